/** The deferred procedure call queue: KDPC objects in guest memory, run at DISPATCH_LEVEL in order. */
import { NULL, type Va, va } from '../../units/address.ts';
import { DISPATCH_LEVEL } from '../../units/irql.ts';
import { type Blocking, callGuest } from '../effects.ts';
import { type Interruption, type Kernel, part } from '../kernel.ts';
import { DPC_OBJECT, KDPC } from './layout.ts';

/** KDPC.Importance: HighImportance goes to the head of the queue. */
const HIGH_IMPORTANCE = 2;
/** A non-zero DpcData means queued, as in Windows. */
const QUEUED = va(1n);

/** A deferred routine of ours, such as a framework's around its client's. */
type HostDpc = () => Blocking<void>;

class DpcQueue {
  readonly #kernel: Kernel;
  readonly #queue: (Va | HostDpc)[] = [];
  active = false;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
    kernel.interruptSources.push((irql) => this.#interruption(irql));
  }

  get isEmpty(): boolean {
    return this.#queue.length === 0;
  }

  initialise(dpc: Va, routine: Va, context: Va, type = DPC_OBJECT): void {
    const view = KDPC.at(this.#kernel.mmu, dpc);
    view.Type = type;
    view.Importance = 1;
    view.Number = 0;
    view.DeferredRoutine = routine;
    view.DeferredContext = context;
    view.DpcData = NULL;
  }

  /** False when it was queued already. */
  insert(dpc: Va, argument1: Va, argument2: Va): boolean {
    const view = KDPC.at(this.#kernel.mmu, dpc);
    if (view.DpcData !== NULL) return false;
    view.DpcData = QUEUED;
    view.SystemArgument1 = argument1;
    view.SystemArgument2 = argument2;
    if (view.Importance === HIGH_IMPORTANCE) this.#queue.unshift(dpc);
    else this.#queue.push(dpc);
    return true;
  }

  /** Runs `body` at DISPATCH_LEVEL when its turn comes. */
  insertHost(body: HostDpc): void {
    this.#queue.push(body);
  }

  /** True when it was queued. */
  remove(dpc: Va): boolean {
    const index = this.#queue.indexOf(dpc);
    if (index < 0) return false;
    this.#queue.splice(index, 1);
    KDPC.at(this.#kernel.mmu, dpc).DpcData = NULL;
    return true;
  }

  /** DPC routines still queued, for the unload check. */
  get pending(): readonly Va[] {
    return this.#queue.filter((entry): entry is Va => typeof entry === 'bigint');
  }

  #interruption(irql: number): Interruption | null {
    if (irql >= DISPATCH_LEVEL || this.#queue.length === 0) return null;
    return { irql: DISPATCH_LEVEL, name: 'DPC', run: () => this.#drain() };
  }

  *#drain(): Blocking<void> {
    this.active = true;
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
      if (typeof next === 'function') yield* next();
      else yield* this.#call(next);
    }
    this.active = false;
  }

  *#call(dpc: Va): Blocking<void> {
    const view = KDPC.at(this.#kernel.mmu, dpc);
    const { DeferredRoutine, DeferredContext, SystemArgument1, SystemArgument2 } = view;
    view.DpcData = NULL;
    const args = [dpc, DeferredContext, SystemArgument1, SystemArgument2];
    yield* callGuest(DeferredRoutine, args, 'DPC');
  }
}

export const dpcQueue = part((kernel) => new DpcQueue(kernel));
