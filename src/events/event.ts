/** Everything that can happen in a run, as plain data. Rules, traces and reports see events and nothing else. */
import type { Pa, Va } from '../units/address.ts';
import type { FaultReason } from '../units/fault.ts';
import type { Irql } from '../units/irql.ts';
import type { NtStatus } from '../units/status.ts';
import type { DeviceEvent } from './device.ts';
import type { Stack } from './frame.ts';
import type { CacheType, Framework, MappingFacts, Origin } from './mapping.ts';

/** Known of every event: when, where and for whom it happened. */
export interface Circumstances {
  /** Position in the run, from 1. */
  readonly sequence: number;
  readonly irql: Irql;
  /**
   * Life-cycle phase: `load`, `add-device`, `start`, `use`, `power`, `query-stop`, `stop`, `restart`
   * (a START after the first, whether STOP came between or not), `query-remove`, `surprise-removal`, `remove` or `unload`. A `phase-begin` and
   * `phase-end` carry the phase that they are about. NDIS miniports: `load`, `initialize`, `restart` (of the
   * data path), `use`, `pause`, `power`, `reset`, `halt`, `surprise-removal`, `shutdown`, `unload`.
   */
  readonly phase: string;
  /**
   * Innermost driver routine running: `DriverEntry`, `AddDevice`, `DriverUnload`, `StartIo`, `ISR`,
   * `DPC`, `Timer DPC`, `Work item`, `Thread`, or `Dispatch` and the IRP: the minor name for PnP and
   * power (`Dispatch IRP_MN_START_DEVICE`), else the major one (`Dispatch IRP_MJ_DEVICE_CONTROL`).
   * NDIS miniports: the routine by its documented name (`MiniportInitializeEx`, `MiniportInterrupt`,
   * `MiniportInterruptDPC`, NDIS 5: `MiniportInitialize`, `MiniportISR`), `NdisTimer`, `NdisWorkItem`.
   */
  readonly callback: string | null;
  /** Device the routine runs for, such as `edu#1`; null where none is known (DriverEntry, a thread). */
  readonly device: string | null;
  /** Identity of the process whose address space is current; 4 is the system's. */
  readonly process: number;
  readonly at: Stack;
}

export type ResourceKind =
  | 'memory'
  | 'memory-large'
  | 'port'
  | 'interrupt'
  | 'message-interrupt'
  | 'bus-number';

/** One assigned resource, raw and translated. For interrupts `start` is the vector. */
export interface AssignedResource {
  readonly kind: ResourceKind;
  readonly rawStart: number;
  readonly rawKind: ResourceKind;
  readonly start: number;
  readonly length: number;
}

/** How the range given to an unmap service relates to the ledger. */
export type UnmapMatch =
  /** base and (where the service takes one) length are those of one live mapping of a twin service */
  | 'exact'
  | 'wrong-length'
  | 'interior'
  /** a live mapping, but made by a service whose release is another one */
  | 'foreign'
  | 'already-ended'
  | 'never-mapped'
  | 'null';

/** What was wrong with or special about a call, where the other facts do not tell. */
export type Trouble =
  /** MmMapIoSpace(Ex) of RAM that nothing locks, where the call failed (else see `unlocked`) */
  | 'unlocked-ram'
  /** the MDL is neither locked nor built for nonpaged pool nor of I/O space */
  | 'not-locked'
  /** an MDL built for nonpaged pool, mapped into system space */
  | 'nonpaged-to-system'
  /** the MDL already has a system mapping */
  | 'already-mapped'
  /** KernelMode with BugCheckOnFailure TRUE */
  | 'bugcheck-on-failure'
  /** a user mapping with no exception handler on the stack */
  | 'outside-try'
  /** a user mapping of an MDL that does not begin and end on a page */
  | 'length-not-pages'
  /** the mapping was made through another MDL than the one given */
  | 'wrong-mdl'
  /** the MDL is a partial one: unlock and unmap belong to its source */
  | 'partial-mdl'
  /** the MDL has no mapping to release, or is not locked */
  | 'not-mapped'
  /** locking or building an MDL, not marked I/O, over pages outside RAM */
  | 'pages-not-memory'
  /** MmAllocateMdlForIoSpace: a range not aligned to, or not a multiple of, pages */
  | 'not-page-aligned'
  /** MmAllocateMdlForIoSpace, NdisMMapIoSpace: a range that is RAM */
  | 'is-ram'
  /** MmAllocateMdlForIoSpace: more than 4 GiB - 1 in all */
  | 'too-long'
  /** an MDL of MmAllocateMdlForIoSpace given to a pool free routine (told as `free`) */
  | 'freed-as-pool'
  /** reserved mapping: the tag is not the one of the reservation */
  | 'wrong-tag'
  /**
   * reserved mapping: released or given back while still mapped, or not as a whole;
   * MmFreeMappingAddress of a range still mapped is told as `unmap` with its mapping and this
   */
  | 'reserved-in-use'
  /** \Device\PhysicalMemory opened without OBJ_KERNEL_HANDLE */
  | 'handle-not-kernel'
  /** NDIS: the handle is not the one that the miniport's initialization was given */
  | 'wrong-handle'
  /** NDIS: NdisMSetMiniportAttributes with registration attributes (NDIS 5: NdisMSetAttributesEx) has not been called */
  | 'before-attributes'
  /** NDIS: the range lies in no resource of that kind assigned to the adapter, as the bus names it */
  | 'not-assigned'
  /** NDIS: the range lies in the translated form of an assigned resource, not the bus-relative one */
  | 'translated-address';

export type EventBody =
  | DeviceEvent
  /** Subject: the device, also of `add-device`; null for `load`, `unload` and a driver without PnP. */
  | { readonly kind: 'phase-begin'; readonly name: string; readonly subject: string | null }
  | {
      readonly kind: 'phase-end';
      readonly name: string;
      readonly subject: string | null;
      /** What the driver under test answered, whatever the rest of the stack did afterwards. */
      readonly status: NtStatus | null;
      readonly instructions: number;
    }
  | { readonly kind: 'callback-enter'; readonly routine: string; readonly subject: string | null }
  | {
      readonly kind: 'callback-leave';
      readonly routine: string;
      readonly subject: string | null;
      readonly status: NtStatus | null;
    }
  | {
      readonly kind: 'service-enter';
      readonly service: string;
      readonly dll: string;
      readonly args: Readonly<Record<string, string>>;
      /** What pointers among the arguments point to, where that is text, a time or a GUID. */
      readonly pointees?: Readonly<Record<string, string>>;
      /** Highest IRQL documented for this call, or null where the documentation sets none. */
      readonly maxIrql: Irql | null;
    }
  | {
      readonly kind: 'service-leave';
      readonly service: string;
      /** In the terms of its type; empty where nothing is returned. */
      readonly result: string;
      /** What the call left behind pointers among its arguments. */
      readonly outputs?: Readonly<Record<string, string>>;
    }
  | { readonly kind: 'irql'; readonly from: Irql; readonly to: Irql }
  | { readonly kind: 'map'; readonly mapping: MappingFacts; readonly call: MapCall }
  | {
      readonly kind: 'map-failed';
      readonly reason: string;
      readonly call: MapCall;
      /** What the service answered, where it answers with a status (NDIS). */
      readonly status?: NtStatus;
    }
  | {
      readonly kind: 'unmap';
      readonly framework: Framework;
      readonly service: string;
      readonly base: Va;
      /** Bytes given, or null when the service takes none. */
      readonly length: number | null;
      readonly match: UnmapMatch;
      /** The live mapping that the address lies in, or the ended one that it once lay in. */
      readonly mapping: MappingFacts | null;
      /** For `already-ended`: the stack of the release. */
      readonly releasedAt: Stack | null;
      /** For MDL, reserved and NDIS mappings. */
      readonly trouble?: readonly Trouble[];
    }
  /** The last page of a mapping is gone. */
  | { readonly kind: 'mapping-ended'; readonly mapping: MappingFacts }
  | {
      readonly kind: 'access';
      readonly address: Va;
      readonly physical: Pa;
      readonly size: number;
      readonly access: 'read' | 'write';
      readonly value: bigint;
      readonly mapping: MappingFacts | null;
      /** False when the access touches bytes of the page outside the mapped length. */
      readonly inside: boolean;
    }
  | {
      readonly kind: 'port-access';
      readonly port: number;
      readonly size: number;
      readonly access: 'read' | 'write';
      readonly value: number;
      /** True when some device or the platform answers this port. */
      readonly claimed: boolean;
    }
  | {
      readonly kind: 'page-fault';
      readonly address: Va;
      readonly access: 'read' | 'write' | 'execute';
      readonly reason: FaultReason;
      /** The mapping that once covered the address, or whose guard page it hit. */
      readonly mapping: MappingFacts | null;
      readonly was: 'ended' | 'guard' | 'live' | null;
      /** In words: what lies or lay at the address. */
      readonly description: string;
      /** The stack that released the mapping, when it has ended. */
      readonly releasedAt: Stack | null;
    }
  /** Told when a START begins, before the driver's dispatch routine runs; memory in decoded bytes. */
  | {
      readonly kind: 'resources';
      readonly subject: string;
      readonly resources: readonly AssignedResource[];
    }
  /** The bus driver below completed START for this device. */
  | { readonly kind: 'lower-start'; readonly subject: string; readonly status: NtStatus }
  | {
      readonly kind: 'irp';
      /** `passed-down`: the driver under test gave it to the driver below. */
      readonly what: 'sent' | 'completed' | 'passed-down';
      readonly subject: string | null;
      /** Minor name for PnP and power, else the major one, such as `IRP_MJ_DEVICE_CONTROL`. */
      readonly name: string;
      readonly status: NtStatus | null;
      /** Where it came from: the PnP manager, a user-mode caller, another driver. */
      readonly from: 'system' | 'user' | 'driver';
      /** Input bytes of a user's request, in hex. */
      readonly input?: string;
    }
  | {
      readonly kind: 'interrupt';
      readonly what: 'connect' | 'disconnect';
      readonly subject: string | null;
    }
  | {
      readonly kind: 'device-object';
      readonly what: 'create' | 'delete' | 'attach' | 'detach';
      readonly subject: string | null;
    }
  /**
   * Calls of the driver under test only: MDLs that the I/O manager locks for a request are its own.
   * `lock` and `unlock` are MmProbeAndLockPages and MmUnlockPages, `build` MmBuildMdlForNonPagedPool.
   */
  | {
      readonly kind: 'mdl';
      readonly what:
        | 'allocate'
        | 'build'
        | 'lock'
        | 'unlock'
        | 'free'
        | 'allocate-io-space'
        | 'failed';
      readonly mdl: Va;
      readonly flags: number;
      readonly detail: string;
      /** Rule-relevant circumstances of this call, such as `pages-not-memory`. */
      readonly trouble: readonly Trouble[];
    }
  /** MmCopyMemory with MM_COPY_MEMORY_PHYSICAL. */
  | {
      readonly kind: 'copy-memory';
      readonly physical: Pa;
      readonly length: number;
      readonly backing: 'device' | 'ram' | 'ram-window' | 'nothing';
    }
  /** A user-mode caller has closed its handles and ended; what it had locked or mapped would stay. */
  | { readonly kind: 'process-ended'; readonly ended: number }
  | { readonly kind: 'debug-print'; readonly text: string }
  /** NDIS took an adapter from one state to the next: `halted`, `initializing`, `paused`, `restarting`, `running`, `pausing`, `shutdown`. */
  | { readonly kind: 'adapter-state'; readonly subject: string; readonly state: string }
  /**
   * NDIS is about to call a routine that is told why: the NDIS_HALT_ACTION, NDIS_SHUTDOWN_ACTION or
   * NDIS_DEVICE_PNP_EVENT by name, such as `NdisHaltDeviceStopped`.
   */
  | {
      readonly kind: 'miniport-reason';
      readonly subject: string;
      readonly routine: string;
      readonly reason: string;
    }
  /** A miniport indicated a status, such as a change of its link. */
  | { readonly kind: 'adapter-status'; readonly subject: string; readonly status: NtStatus }
  /** An entry for the system's event log: the driver's own (NdisWriteErrorLogEntry) or the framework's about it. */
  | {
      readonly kind: 'log-entry';
      readonly by: 'driver' | 'framework';
      readonly subject: string | null;
      readonly code: number;
      readonly values: readonly number[];
    }
  /** A frame on its way: given to the driver, completed by it, seen by the device's link, put on the link, indicated by the driver, returned to it. */
  | {
      readonly kind: 'frame';
      readonly what: 'send' | 'sent' | 'on-wire' | 'inject' | 'indicate' | 'return';
      readonly subject: string;
      readonly length: number;
      readonly status: NtStatus | null;
    }
  /**
   * What became of the frames of one round of use. `seen` counts those sent that were on the link byte for
   * byte, null where the device has none; `indicated` those put on the link that came up byte for byte. A
   * large send counts as its segments.
   */
  | {
      readonly kind: 'traffic';
      readonly subject: string;
      readonly given: number;
      /** Completed with success. */
      readonly sent: number;
      readonly seen: number | null;
      readonly received: number;
      readonly indicated: number;
    }
  /** The driver's own counters of frames, asked for after a round: do they hold at least what was counted? */
  | { readonly kind: 'traffic-counters'; readonly subject: string; readonly agree: boolean }
  /** The driver did with a framework what its documentation forbids, in matters other than mappings. */
  | {
      readonly kind: 'framework-misuse';
      readonly framework: Framework;
      readonly service: string;
      /** Which kind of mistake, such as `completed-twice`. */
      readonly problem: string;
      readonly detail: string;
    }
  | { readonly kind: 'stubbed'; readonly service: string; readonly value: string }
  | {
      readonly kind: 'bugcheck';
      readonly code: number;
      readonly name: string;
      readonly parameters: readonly bigint[];
    };

/** What a driver asked of a map service. */
export interface MapCall {
  readonly framework: Framework;
  readonly service: string;
  readonly origin: Origin;
  readonly physical: Pa;
  /** NDIS: the bus-relative address or port that the driver gave, where `physical` is its translation. */
  readonly bus?: number;
  readonly length: number;
  readonly cacheType: CacheType;
  /** The raw MEMORY_CACHING_TYPE or Protect argument. */
  readonly rawType: number;
  readonly accessMode: 'kernel' | 'user';
  /** For MDL mappings: the MDL and what was wrong or special about the call. */
  readonly mdl: Va | null;
  readonly trouble: readonly Trouble[];
}

export type Event = Circumstances & EventBody;
export type EventKind = EventBody['kind'];
export type EventOf<K extends EventKind> = Circumstances & Extract<EventBody, { kind: K }>;
