/** ERESOURCE: one writer or many readers, taken again by a thread that has it already. */

import { LIST_ENTRY } from '../../layout/nt.ts';
import { i16, ptr, reserved, struct, u16, u32, u64 } from '../../layout/struct.ts';
import { NULL, type Va } from '../../units/address.ts';
import type { Blocking } from '../effects.ts';
import { bugCheck } from '../end.ts';
import { type Kernel, part } from '../kernel.ts';
import { waitQueues } from './wait-queue.ts';

/** ERESOURCE (wdm.h); OwnerEntry is inlined. */
export const ERESOURCE = struct({
  name: 'ERESOURCE',
  size: { x64: 104, x86: 56 },
  fields: {
    SystemResourcesList: LIST_ENTRY,
    OwnerTable: ptr('OWNER_ENTRY'),
    ActiveCount: i16,
    Flag: u16,
    SharedWaiters: ptr(),
    ExclusiveWaiters: ptr(),
    OwnerThread: u64,
    OwnerCount: u32,
    reserved60: reserved(4),
    ActiveEntries: u32,
    ContentionCount: u32,
    NumberOfSharedWaiters: u32,
    NumberOfExclusiveWaiters: u32,
    Reserved2: ptr(),
    Address: ptr(),
    SpinLock: u64,
  },
});

const RESOURCE_NOT_OWNED = 0xe3;
/** ERESOURCE.Flag: ResourceOwnedExclusive. */
const OWNED_EXCLUSIVE = 0x80;

interface State {
  exclusive: boolean;
  /** How often each thread (or owner pointer) holds it. */
  readonly owners: Map<bigint, number>;
}

/** How a reader treats writers that already wait. */
export type SharedPolicy = 'fair' | 'starve-exclusive' | 'wait-for-exclusive';

class Resources {
  readonly #kernel: Kernel;
  readonly #states = new Map<Va, State>();

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  initialise(at: Va): void {
    this.#kernel.mmu.fill(at, ERESOURCE.bytes, 0);
    const view = this.#view(at);
    view.SystemResourcesList.Flink = at;
    view.SystemResourcesList.Blink = at;
    this.#states.set(at, { exclusive: false, owners: new Map() });
  }

  delete(at: Va): void {
    this.#states.delete(at);
  }

  owns(at: Va, thread: bigint): number {
    return this.#states.get(at)?.owners.get(thread) ?? 0;
  }

  ownsExclusive(at: Va, thread: bigint): boolean {
    return this.#state(at).exclusive && this.owns(at, thread) > 0;
  }

  *acquireExclusive(at: Va, thread: bigint, canWait: boolean): Blocking<boolean> {
    for (;;) {
      const state = this.#state(at);
      const mine = state.exclusive && state.owners.has(thread);
      if (state.owners.size === 0 || mine) {
        state.exclusive = true;
        this.#own(at, state, thread);
        return true;
      }
      if (!canWait) return false;
      yield* this.#wait(at, 'NumberOfExclusiveWaiters');
    }
  }

  *acquireShared(
    at: Va,
    thread: bigint,
    canWait: boolean,
    policy: SharedPolicy,
  ): Blocking<boolean> {
    for (;;) {
      const state = this.#state(at);
      if (this.#mayShare(at, state, thread, policy)) {
        this.#own(at, state, thread);
        return true;
      }
      if (!canWait) return false;
      yield* this.#wait(at, 'NumberOfSharedWaiters');
    }
  }

  release(at: Va, thread: bigint): void {
    const state = this.#state(at);
    const count = state.owners.get(thread);
    if (count === undefined) {
      bugCheck(RESOURCE_NOT_OWNED, [at, thread, this.#view(at).OwnerTable, 0n]);
    }
    if (count > 1) state.owners.set(thread, count - 1);
    else state.owners.delete(thread);
    if (state.owners.size === 0) state.exclusive = false;
    this.#reflect(at, state);
    waitQueues(this.#kernel).wake(this.#kernel, at);
  }

  /** The exclusive owner becomes one of the readers. */
  toShared(at: Va): void {
    const state = this.#state(at);
    state.exclusive = false;
    this.#reflect(at, state);
    waitQueues(this.#kernel).wake(this.#kernel, at);
  }

  /** Ownership passes from the running thread to a pointer of the driver's. */
  setOwner(at: Va, thread: bigint, owner: bigint): void {
    const state = this.#state(at);
    const count = state.owners.get(thread);
    if (count === undefined) bugCheck(RESOURCE_NOT_OWNED, [at, thread, 0n, 0n]);
    state.owners.delete(thread);
    state.owners.set(owner, (state.owners.get(owner) ?? 0) + count);
    this.#reflect(at, state);
  }

  #mayShare(at: Va, state: State, thread: bigint, policy: SharedPolicy): boolean {
    if (state.owners.size === 0) return true;
    if (state.exclusive) return state.owners.has(thread);
    const writersWait = this.#view(at).NumberOfExclusiveWaiters > 0;
    switch (policy) {
      case 'starve-exclusive':
        return true;
      case 'wait-for-exclusive':
        return !writersWait;
      case 'fair':
        return !writersWait || state.owners.has(thread);
    }
  }

  *#wait(at: Va, counter: 'NumberOfSharedWaiters' | 'NumberOfExclusiveWaiters'): Blocking<void> {
    const view = this.#view(at);
    view.ContentionCount += 1;
    view[counter] += 1;
    yield* waitQueues(this.#kernel).sleep(this.#kernel, at);
    view[counter] -= 1;
  }

  #own(at: Va, state: State, thread: bigint): void {
    state.owners.set(thread, (state.owners.get(thread) ?? 0) + 1);
    this.#reflect(at, state);
  }

  #reflect(at: Va, state: State): void {
    const view = this.#view(at);
    const [first] = state.owners;
    view.ActiveCount = state.exclusive ? 1 : state.owners.size;
    view.ActiveEntries = state.owners.size;
    view.Flag = state.exclusive ? OWNED_EXCLUSIVE : 0;
    view.OwnerThread = first?.[0] ?? 0n;
    view.OwnerCount = first?.[1] ?? 0;
    if (first === undefined) view.OwnerTable = NULL;
  }

  /** A resource that was never initialised reads as free when its memory is zero, as in Windows. */
  #state(at: Va): State {
    let state = this.#states.get(at);
    if (state === undefined) {
      state = { exclusive: false, owners: new Map() };
      this.#states.set(at, state);
    }
    return state;
  }

  #view(at: Va) {
    return ERESOURCE.at(this.#kernel.mmu, at);
  }
}

export const resources = part((kernel) => new Resources(kernel));
