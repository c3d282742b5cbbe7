/** A kernel without a processor for unit tests: real memory, a clock moved by hand, services called directly. */
import type { EventBody } from '../events/event.ts';
import { latin1Bytes, utf16Bytes } from '../layout/nt.ts';
import { MappingCore } from '../mapping/core.ts';
import { FrameAllocator } from '../memory/frames.ts';
import { Mmu } from '../memory/mmu.ts';
import { PageTables } from '../memory/page-tables.ts';
import { PhysicalMemory } from '../memory/physical.ts';
import { NULL, type Va, va, vaAdd } from '../units/address.ts';
import type { Irql } from '../units/irql.ts';
import { type Effect, type GuestContext, isBlocking } from './effects.ts';
import { allocateForKernel } from './ex/pool.ts';
import { KPROCESS, KTHREAD } from './ke/layout.ts';
import { type Clock, Kernel, type KernelOptions, type Scheduler } from './kernel.ts';
import { type Service, type ServiceCall, toRegister } from './service.ts';

/** Time that only tests move; due callbacks run in order. */
export class TestClock implements Clock {
  now = 0n;
  #timers: { readonly due: bigint; readonly callback: () => void }[] = [];

  after(delay: bigint, callback: () => void): () => void {
    const timer = { due: this.now + delay, callback };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  stall(delay: bigint): void {
    this.advance(delay);
  }

  advance(delay: bigint): void {
    const end = this.now + delay;
    for (;;) {
      const [next] = this.#timers.toSorted((a, b) => Number(a.due - b.due));
      if (next === undefined || next.due > end) break;
      this.#timers = this.#timers.filter((other) => other !== next);
      this.now = next.due;
      next.callback();
    }
    this.now = end;
  }
}

/** Keeps what was asked of it: threads to run with `runThreads`, objects that were signalled. */
export class TestScheduler implements Scheduler {
  currentThread: Va = NULL;
  currentProcess: Va = NULL;
  readonly signals: Va[] = [];
  readonly threads: {
    readonly name: string;
    readonly body: () => Generator<Effect, unknown, bigint>;
  }[] = [];

  spawn(name: string, body: () => Generator<Effect, unknown, bigint>): Va {
    this.threads.push({ name, body });
    return vaAdd(this.currentThread, this.threads.length * 0x1000);
  }

  signalled(object: Va): void {
    this.signals.push(object);
  }

  attach(process: Va): void {
    this.currentProcess = process;
  }

  setUserApc(): void {}

  callerBeyond(): undefined {}
}

/** Answers an effect of a service: RAX of a guest call, the status of a wait. */
export type Answer = (effect: Effect) => bigint;

export interface TestKernelOptions extends Partial<KernelOptions> {
  readonly ramBytes?: number;
  /** Told of every event that a service emits. */
  readonly emit?: (event: EventBody) => void;
}

/** A kernel with `scheduler` and `clock` of the test classes above. */
export function testKernel(options: TestKernelOptions = {}): Kernel & {
  readonly clock: TestClock;
  readonly scheduler: TestScheduler;
} {
  const physical = new PhysicalMemory(options.ramBytes ?? 16 << 20);
  const frames = new FrameAllocator(physical, 0x10000);
  const mmu = new Mmu(physical, new PageTables(physical, frames));
  const kernel = new Kernel({
    mmu,
    physical,
    frames,
    mappings: new MappingCore(mmu),
    processor: {
      irql: 0 as Irql,
      pcr: va(0xffff_f7a0_0000_1000n),
      callerContext: emptyContext,
    },
    scheduler: new TestScheduler(),
    clock: new TestClock(),
    options: {
      seed: options.seed ?? 1,
      registry: options.registry ?? [],
      driverName: options.driverName ?? 'sample',
    },
    phase: () => 'test',
    device: () => null,
    stack: () => [],
    emit: options.emit ?? (() => {}),
  });
  const scheduler = kernel.scheduler as TestScheduler;
  scheduler.currentThread = allocateForKernel(kernel, KTHREAD.bytes, 'Thre');
  scheduler.currentProcess = allocateForKernel(kernel, KPROCESS.bytes, 'Proc');
  return kernel as ReturnType<typeof testKernel>;
}

const emptyContext = (): GuestContext => ({
  rip: 0n,
  rsp: 0n,
  rflags: 2n,
  gpr: Array.from({ length: 16 }, () => 0n),
  xmm: new Uint8Array(256),
  mxcsr: 0x1f80,
});

/** What a slot holds that the caller did not set: tests show that no service reads it. */
const POISON = 0xdead_dead_dead_deadn;

const unexpected: Answer = (effect) => {
  throw new TypeError(
    `the service asked for an effect that the test does not answer: ${effect.kind}`,
  );
};

/** Runs a generator to its end, answering its effects. */
export function drive<T>(blocking: Generator<Effect, T, bigint>, answer: Answer = unexpected): T {
  let step = blocking.next();
  while (!step.done) step = blocking.next(answer(step.value));
  return step.value;
}

/** Calls a service with raw argument slots and gives RAX. Small negative numbers are sign-extended. */
export function invoke(
  kernel: Kernel,
  service: Service,
  args: readonly (bigint | number)[] = [],
  answer?: Answer,
): bigint {
  const call: ServiceCall = {
    returnAddress: va(0xffff_f800_6000_1000n),
    slot(index) {
      const given = args[index];
      return given === undefined ? POISON : BigInt.asUintN(64, BigInt(given));
    },
  };
  const result = service.run(kernel, service.decode(call), call);
  return toRegister(isBlocking(result) ? (drive(result, answer) as bigint) : result);
}

/** The service of that name, or a failure that names it. */
export function serviceNamed(services: readonly Service[], name: string): Service {
  const found = services.find((service) => service.name === name);
  if (found === undefined) throw new TypeError(`no service is named ${name}`);
  return found;
}

/** `call('RtlZeroMemory', at, 4)` for tests that call many services of one array. */
export function caller(
  kernel: Kernel,
  services: readonly Service[],
  answer?: Answer,
): (name: string, ...args: readonly (bigint | number)[]) => bigint {
  return (name, ...args) => invoke(kernel, serviceNamed(services, name), args, answer);
}

/** Zeroed nonpaged memory of the test's own. */
export const allocate = (kernel: Kernel, bytes: number): Va =>
  allocateForKernel(kernel, bytes, 'Test');

/** A NUL-terminated string of bytes. */
export function placeAnsi(kernel: Kernel, text: string): Va {
  const at = allocate(kernel, text.length + 1);
  kernel.mmu.writeBytes(at, latin1Bytes(`${text}\0`));
  return at;
}

/** A NUL-terminated string of 16-bit characters. */
export function placeWide(kernel: Kernel, text: string): Va {
  const at = allocate(kernel, text.length * 2 + 2);
  kernel.mmu.writeBytes(at, utf16Bytes(`${text}\0`));
  return at;
}

/** A UNICODE_STRING (or with `width` 1 an ANSI_STRING) with a buffer of `capacity` characters. */
export function placeString(
  kernel: Kernel,
  text: string,
  { capacity = text.length + 1, width = 2 }: { capacity?: number; width?: 1 | 2 } = {},
): Va {
  const at = allocate(kernel, 16);
  const buffer = capacity === 0 ? 0n : allocate(kernel, capacity * width);
  if (capacity > 0) {
    kernel.mmu.writeBytes(va(buffer), width === 2 ? utf16Bytes(text) : latin1Bytes(text));
  }
  kernel.mmu.write(at, 2, BigInt(text.length * width));
  kernel.mmu.write(vaAdd(at, 2), 2, BigInt(capacity * width));
  kernel.mmu.write(vaAdd(at, 8), 8, buffer);
  return at;
}
