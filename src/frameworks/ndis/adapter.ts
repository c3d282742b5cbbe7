/** Adapters: one device in the hands of a miniport, its state and everything NDIS remembers for it. */
import { allocateForKernel, pool } from '../../kernel/ex/pool.ts';
import type { DeviceNode } from '../../kernel/io/pnp/nodes.ts';
import { type Kernel, part } from '../../kernel/kernel.ts';
import type { Mapping } from '../../mapping/ledger.ts';
import { NULL, type Va } from '../../units/address.ts';
import type { NtStatus } from '../../units/status.ts';
import type { MiniportDriver } from './miniport-driver.ts';
import type { AdapterOffloads, ReceiveScale, WakeUp } from './task-offload.ts';

/** "Miniport Adapter States and Operations". */
export type AdapterState =
  | 'halted'
  | 'initializing'
  | 'paused'
  | 'restarting'
  | 'running'
  | 'pausing'
  | 'shutdown';

export interface RegistrationAttributes {
  readonly context: Va;
  readonly flags: number;
  readonly checkForHangSeconds: number;
}

/** What of the general attributes decides how NDIS uses the adapter. */
export interface GeneralAttributes {
  readonly mediaType: number;
  readonly mtu: number;
  readonly lookahead: number;
  readonly macOptions: number;
  readonly packetFilters: number;
  readonly multicastEntries: number;
  readonly permanentAddress: Uint8Array;
  readonly currentAddress: Uint8Array;
  readonly supportedOids: readonly number[];
  readonly hasPowerManagement: boolean;
  /** NDIS_PM_SELECTIVE_SUSPEND_SUPPORTED is said of it. */
  readonly selectiveSuspend: boolean;
  /** Receive side scaling; null where the adapter has none. */
  readonly receiveScale: ReceiveScale | null;
  readonly wakeUp: WakeUp | null;
  /** NDIS_SUPPORTED_PAUSE_FUNCTIONS. */
  readonly pauseFunctions: number;
  readonly maxLinkSpeed: bigint;
  /** The structure as the driver gave it, for the restart attributes. */
  readonly bytes: Uint8Array;
}

/** Something NDIS asked for that the miniport answers now or later. */
export interface Outstanding {
  done: boolean;
  status: NtStatus;
  /** AddressingReset of a reset. */
  flag: boolean;
}

/** A frame that the miniport indicated, and how. */
export interface IndicatedFrame {
  readonly bytes: Uint8Array;
  readonly service: string;
  /** What is said beside it: NDIS_TCP_IP_CHECKSUM_NET_BUFFER_LIST_INFO, and a hash of a kind. */
  readonly checksums?: number;
  readonly hash?: { readonly information: number; readonly value: number };
}

/** Frames kept for those who look at them. */
const MAX_KEPT_FRAMES = 4096;

/** NDIS_MINIPORT_BLOCK up to the end that its header documents (ndis.h of DDK 3790). */
const BLOCK_BYTES = 0x2f0;

export class Adapter {
  /** MiniportAdapterHandle: an NDIS_MINIPORT_BLOCK in guest memory. */
  readonly handle: Va;
  readonly driver: MiniportDriver;
  readonly node: DeviceNode;
  readonly fdo: Va;
  /** The device below, where requests are passed on. */
  readonly lower: Va;
  state: AdapterState = 'halted';
  registration: RegistrationAttributes | null = null;
  general: GeneralAttributes | null = null;
  offloads: AdapterOffloads | null = null;
  /** Of MiniportAddDevice. */
  addDeviceContext: Va = NULL;
  /** Set by PnP: the device is gone, or will be. */
  isLost = false;
  /** NdisMRemoveMiniport was called. */
  failed = false;
  lowPower = false;
  readonly ports = new Set<Mapping>();
  /** Net buffer lists or packets given to the miniport and not completed, with what to do then. */
  readonly sends = new Map<Va, Outstanding>();
  /** Lists that were indicated and have not been returned yet. */
  readonly unreturned = new Set<Va>();
  readonly indicated: IndicatedFrame[] = [];
  indicatedCount = 0;
  /** Frames that the miniport completed with success. */
  sentCount = 0;
  /** The link, as the miniport last said. */
  linkUp = false;
  /** Requests of this kind that the miniport holds, by what identifies them. */
  readonly oids = new Map<Va, Outstanding>();
  pausing: Outstanding | null = null;
  restarting: Outstanding | null = null;
  resetting: Outstanding | null = null;
  /** Status indications as they came: code and buffer. */
  readonly indications: { readonly status: NtStatus; readonly buffer: Uint8Array }[] = [];
  /** NDIS 5: the handler of NdisMRegisterAdapterShutdownHandler. */
  shutdownHandler: { readonly entry: Va; readonly context: Va } | null = null;
  /** NDIS 5: NdisMInitializeScatterGatherDma was called. */
  scatterGather = false;
  mediaType = 0;

  constructor(handle: Va, facts: { driver: MiniportDriver; node: DeviceNode; fdo: Va; lower: Va }) {
    this.handle = handle;
    this.driver = facts.driver;
    this.node = facts.node;
    this.fdo = facts.fdo;
    this.lower = facts.lower;
  }

  get subject(): string {
    return this.node.subject;
  }

  /** MiniportAdapterContext. */
  get context(): Va {
    return this.registration?.context ?? NULL;
  }

  hasFlag(flag: number): boolean {
    return ((this.registration?.flags ?? 0) & flag) !== 0;
  }

  keep(frame: IndicatedFrame): void {
    this.indicatedCount++;
    if (this.indicated.length < MAX_KEPT_FRAMES) this.indicated.push(frame);
  }
}

class Adapters {
  readonly #kernel: Kernel;
  readonly #live = new Map<Va, Adapter>();

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  add(facts: { driver: MiniportDriver; node: DeviceNode; fdo: Va; lower: Va }): Adapter {
    const handle = allocateForKernel(this.#kernel, BLOCK_BYTES, 'NDmb');
    const adapter = new Adapter(handle, facts);
    this.#live.set(handle, adapter);
    return adapter;
  }

  get(handle: Va): Adapter | undefined {
    return this.#live.get(handle);
  }

  byFdo(fdo: Va): Adapter | undefined {
    return this.all.find((adapter) => adapter.fdo === fdo);
  }

  byNode(node: DeviceNode): Adapter | undefined {
    return this.all.find((adapter) => adapter.node === node);
  }

  byContext(context: Va): Adapter | undefined {
    return context === NULL ? undefined : this.all.find((a) => a.context === context);
  }

  of(driver: MiniportDriver): readonly Adapter[] {
    return this.all.filter((adapter) => adapter.driver === driver);
  }

  remove({ handle }: Adapter): void {
    this.#live.delete(handle);
    pool(this.#kernel).free(handle);
  }

  get all(): readonly Adapter[] {
    return [...this.#live.values()];
  }
}

export const adapters = part((kernel) => new Adapters(kernel));

/** The device that a handle of either kind is for, for callbacks of its objects. */
export const subjectOf = (kernel: Kernel, handle: Va): string | null =>
  adapters(kernel).get(handle)?.subject ?? null;
