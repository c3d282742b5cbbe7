/** Makes threads as guest objects: ETHREAD, kernel stack, and what the processor block says of them. */

import { outOfBudget } from '../kernel/end.ts';
import { allocateForKernel } from '../kernel/ex/pool.ts';
import { initialiseHeader } from '../kernel/ke/dispatcher.ts';
import { DISPATCHER_HEADER, KPCR, KTHREAD, OBJECT_TYPE } from '../kernel/ke/layout.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { processes } from '../kernel/ps/processes.ts';
import type { Va } from '../units/address.ts';
import { PASSIVE_LEVEL } from '../units/irql.ts';
import { initialRegisters } from './registers.ts';
import type { StackAllocator } from './stacks.ts';
import type { Thread } from './thread.ts';

/** Thread ids, as process ids, are multiples of 4; the first belongs to the system process. */
const FIRST_THREAD_ID = 8;
const ID_STEP = 4;
/** A run with more threads than this at once has run away. */
const MAX_THREADS = 4096;

export interface ThreadFactoryParts {
  readonly kernel: () => Kernel;
  readonly stacks: StackAllocator;
  readonly pcr: Va;
}

export class ThreadFactory {
  readonly #parts: ThreadFactoryParts;
  #nextId = FIRST_THREAD_ID;
  #alive = 0;

  constructor(parts: ThreadFactoryParts) {
    this.#parts = parts;
  }

  create(name: string): Thread {
    const kernel = this.#parts.kernel();
    const stack = this.#parts.stacks.allocate();
    if (stack === undefined || this.#alive >= MAX_THREADS) {
      return outOfBudget(`${this.#alive} threads are alive at once, and RAM holds no more stacks`);
    }
    this.#alive++;
    const object = allocateForKernel(kernel, KTHREAD.bytes, 'Thre');
    initialiseHeader(kernel, object, OBJECT_TYPE.Thread, KTHREAD.bytes, 0);
    const id = this.#nextId;
    this.#nextId += ID_STEP;
    const view = KTHREAD.at(kernel.mmu, object);
    view.InitialStack = stack.top;
    view.StackBase = stack.top;
    view.StackLimit = stack.base;
    const process = processes(kernel).system;
    view.Process = process;
    view.UniqueProcess = processes(kernel).idOf(process);
    view.UniqueThread = BigInt(id);
    return {
      object,
      name,
      id,
      stackBase: stack.base,
      stackTop: stack.top,
      activations: [],
      state: 'ready',
      waiting: null,
      context: initialRegisters(stack.top - 0x40n),
      irql: PASSIVE_LEVEL,
      process,
      userApc: false,
      answer: 0n,
    };
  }

  /** What GS-relative reads of the current thread find. */
  makeCurrent(thread: Thread): void {
    const kernel = this.#parts.kernel();
    KPCR.at(kernel.mmu, this.#parts.pcr).CurrentThread = thread.object;
  }

  /** The thread object becomes signalled; its stack goes. */
  end(thread: Thread): void {
    const kernel = this.#parts.kernel();
    DISPATCHER_HEADER.at(kernel.mmu, thread.object).SignalState = 1;
    this.#parts.stacks.free({ base: thread.stackBase, top: thread.stackTop });
    this.#alive--;
  }
}
