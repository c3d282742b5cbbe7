/** What every Windows service works with: memory, processor, scheduler, clock, and the families' own state as parts. */
import type { EventBody } from '../events/event.ts';
import type { Stack } from '../events/frame.ts';
import type { MappingCore } from '../mapping/core.ts';
import type { FrameAllocator } from '../memory/frames.ts';
import type { Mmu } from '../memory/mmu.ts';
import type { PhysicalMemory } from '../memory/physical.ts';
import type { Va } from '../units/address.ts';
import type { Irql } from '../units/irql.ts';
import type { Blocking, GuestContext } from './effects.ts';

/** The one virtual processor as services see it. */
export interface Processor {
  /** CR8. Setting it delivers nothing by itself; the run loop looks after every service. */
  irql: Irql;
  readonly pcr: Va;
  /** Registers of the guest code that called the running service: RIP is its return address, RSP above it. */
  callerContext(): GuestContext;
}

/** Ticks of 100 ns since the machine started, moved by instructions, waits and stalls only. */
export interface Clock {
  readonly now: bigint;
  /** Runs `callback` when `delay` ticks have passed, between instructions; returns a way to call it off. */
  after(delay: bigint, callback: () => void): () => void;
  /** Time passes without instructions (KeStallExecutionProcessor). */
  stall(delay: bigint): void;
}

export interface Scheduler {
  /** The running thread's ETHREAD. */
  readonly currentThread: Va;
  readonly currentProcess: Va;
  /** Starts a system thread in `process` (the system's by default); returns its ETHREAD. */
  spawn(name: string, body: () => Blocking<unknown>): Va;
  /** A dispatcher object's signal state in guest memory has changed: waits on it are looked at again. */
  signalled(object: Va): void;
  /** Makes `process` (an EPROCESS) current for the running thread. */
  attach(process: Va): void;
  /** Whether a user APC is pending for a thread (its ETHREAD): while it is, waits in UserMode end with STATUS_USER_APC. */
  setUserApc(thread: Va, pending: boolean): void;
  /**
   * Where an exception goes on when it leaves the outermost frame of a routine that a service called,
   * `context` being what that frame returns to: the driver that called the service, if the service
   * lets exceptions pass.
   */
  callerBeyond(context: GuestContext): GuestContext | undefined;
}

/** Work that interrupts what runs: a device interrupt or the DPC queue. */
export interface Interruption {
  readonly irql: Irql;
  readonly name: string;
  run(): Blocking<void>;
}

/** Asked with the current IRQL; answers the most urgent interruption above it, if any. */
export type InterruptSource = (irql: Irql) => Interruption | null;

export interface RegistryValue {
  readonly key: string;
  readonly value: string;
}

/** A value that installing the driver left in the registry. */
export interface InstalledValue {
  /** Absolute path of its key. */
  readonly path: string;
  readonly name: string;
  readonly type: number;
  readonly data: Uint8Array;
}

/** Choices of the run that services read. */
export interface KernelOptions {
  readonly seed: number;
  /** KEY=VALUE pairs of the user, seeded into the registry before the driver loads. */
  readonly registry: readonly RegistryValue[];
  /** What the driver's INF writes besides the keys of its devices. */
  readonly installed?: readonly InstalledValue[];
  /** Service base name of the driver: registry key and object name. */
  readonly driverName: string;
}

export interface KernelHost {
  readonly mmu: Mmu;
  readonly physical: PhysicalMemory;
  readonly frames: FrameAllocator;
  readonly mappings: MappingCore;
  readonly processor: Processor;
  readonly scheduler: Scheduler;
  readonly clock: Clock;
  readonly options: KernelOptions;
  /** Life-cycle phase that the scenario is in. */
  readonly phase: () => string;
  /** Device whose callback runs, such as `edu#1`, or null. */
  readonly device: () => string | null;
  /** Stack of the running thread's guest code, innermost first. */
  readonly stack: () => Stack;
  readonly emit: (body: EventBody) => void;
}

export class Kernel {
  readonly mmu: Mmu;
  readonly physical: PhysicalMemory;
  readonly frames: FrameAllocator;
  readonly mappings: MappingCore;
  readonly processor: Processor;
  readonly scheduler: Scheduler;
  readonly clock: Clock;
  readonly options: KernelOptions;
  readonly phase: () => string;
  readonly device: () => string | null;
  readonly stack: () => Stack;
  readonly emit: (body: EventBody) => void;
  readonly interruptSources: InterruptSource[] = [];
  #random: number;

  constructor(host: KernelHost) {
    this.mmu = host.mmu;
    this.physical = host.physical;
    this.frames = host.frames;
    this.mappings = host.mappings;
    this.processor = host.processor;
    this.scheduler = host.scheduler;
    this.clock = host.clock;
    this.options = host.options;
    this.phase = host.phase;
    this.device = host.device;
    this.stack = host.stack;
    this.emit = host.emit;
    this.#random = host.options.seed >>> 0;
  }

  get irql(): Irql {
    return this.processor.irql;
  }

  /** Sets IRQL and tells that it changed. */
  setIrql(to: Irql): void {
    const from = this.processor.irql;
    if (from === to) return;
    this.processor.irql = to;
    this.emit({ kind: 'irql', from, to });
  }

  /** The next of a seeded sequence, 0 to 2^32-1 (mulberry32). */
  random(): number {
    this.#random = (this.#random + 0x6d2b79f5) >>> 0;
    let mixed = this.#random;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }
}

/**
 * State of one family of services, made when first asked for and kept per kernel, e.g.
 * `export const pool = part((kernel) => new Pool(kernel))`, then `pool(kernel).allocate(...)`.
 */
export function part<T extends object>(create: (kernel: Kernel) => T): (kernel: Kernel) => T {
  const parts = new WeakMap<Kernel, T>();
  return (kernel) => {
    let found = parts.get(kernel);
    if (found === undefined) {
      found = create(kernel);
      parts.set(kernel, found);
    }
    return found;
  };
}
