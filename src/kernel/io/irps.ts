/** IRPs: their memory, and what the I/O manager remembers of each beyond the packet itself. */
import { type Va, vaAdd } from '../../units/address.ts';
import type { Blocking } from '../effects.ts';
import { bugCheck } from '../end.ts';
import { allocateForKernel, pool } from '../ex/pool.ts';
import { type Kernel, part } from '../kernel.ts';
import { IO_STACK_LOCATION, IRP, IRP_ALLOCATED_FIXED_SIZE, irpBytes } from './irp-layout.ts';
import { IO_TYPE } from './layout.ts';

export type IrpOrigin = 'system' | 'user' | 'driver';

export interface IrpRecord {
  readonly at: Va;
  readonly origin: IrpOrigin;
  /** Name and device of the request, once it is sent. */
  name: string | null;
  subject: string | null;
  /** Input bytes of a user's request, in hex. */
  input: string | null;
  /** IofCallDriver calls of it that have not returned yet. */
  calls: number;
  completed: boolean;
  /** The I/O manager frees the packet after completion. */
  threaded: boolean;
  /** What the requester does at the end of completion. */
  finish: (() => Blocking<void> | undefined) | null;
}

const newRecord = (at: Va, origin: IrpOrigin): IrpRecord => ({
  at,
  origin,
  name: null,
  subject: null,
  input: null,
  calls: 0,
  completed: false,
  threaded: false,
  finish: null,
});

/** StackSize is a CCHAR, and CurrentLocation starts one above it. */
const MAX_STACK = 126;
const MULTIPLE_IRP_COMPLETE_REQUESTS = 0x44;

class Irps {
  readonly #kernel: Kernel;
  readonly #records = new Map<Va, IrpRecord>();

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  /** A packet from the pool, or nothing when RAM is used up or the stack is no size for one. */
  allocate(stackSize: number, origin: IrpOrigin): Va | undefined {
    if (stackSize < 1 || stackSize > MAX_STACK) return undefined;
    const at = pool(this.#kernel).allocate(irpBytes(stackSize), 'Irp ');
    if (at === undefined) return undefined;
    this.initialise(at, irpBytes(stackSize), stackSize, origin);
    IRP.at(this.#kernel.mmu, at).AllocationFlags = IRP_ALLOCATED_FIXED_SIZE;
    return at;
  }

  /** For requests of the system itself, which has RAM for them. */
  allocateForSystem(stackSize: number, origin: IrpOrigin): IrpRecord {
    const at = allocateForKernel(this.#kernel, irpBytes(stackSize), 'Irp ');
    return this.initialise(at, irpBytes(stackSize), stackSize, origin);
  }

  /** Makes a packet of memory, whoever owns it (IoInitializeIrp). */
  initialise(at: Va, bytes: number, stackSize: number, origin: IrpOrigin): IrpRecord {
    const { mmu } = this.#kernel;
    mmu.fill(at, bytes, 0);
    const irp = IRP.at(mmu, at);
    irp.Type = IO_TYPE.IRP;
    irp.Size = bytes;
    irp.StackCount = stackSize;
    irp.CurrentLocation = stackSize + 1;
    const list = irp.ThreadListEntry;
    list.Flink = list.$address;
    list.Blink = list.$address;
    irp.CurrentStackLocation = vaAdd(at, irpBytes(stackSize));
    const record = newRecord(at, origin);
    this.#records.set(at, record);
    return record;
  }

  /** What is known of a packet; one that a driver built by hand is known from its first use. */
  record(at: Va): IrpRecord {
    const known = this.#records.get(at);
    if (known !== undefined) return known;
    const record = newRecord(at, 'driver');
    this.#records.set(at, record);
    return record;
  }

  isKnown(at: Va): boolean {
    return this.#records.has(at);
  }

  free(at: Va): void {
    this.#records.delete(at);
    if (!pool(this.#kernel).free(at)) {
      bugCheck(MULTIPLE_IRP_COMPLETE_REQUESTS, [at], 'an IRP was freed that is not allocated');
    }
  }

  /** Packets sent and not completed, for the unload check and reports. */
  *pending(): Generator<IrpRecord> {
    for (const record of this.#records.values()) {
      if (record.name !== null && !record.completed) yield record;
    }
  }
}

export const irps = part((kernel) => new Irps(kernel));

/** The stack location of the driver that has the packet. */
export const currentLocation = (kernel: Kernel, irp: Va) =>
  IO_STACK_LOCATION.at(kernel.mmu, IRP.at(kernel.mmu, irp).CurrentStackLocation);

/** The stack location that the next lower driver will get. */
export const nextLocation = (kernel: Kernel, irp: Va) =>
  IO_STACK_LOCATION.at(
    kernel.mmu,
    vaAdd(IRP.at(kernel.mmu, irp).CurrentStackLocation, -IO_STACK_LOCATION.bytes),
  );
