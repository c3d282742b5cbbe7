/** The virtual clock: instructions, waits and stalls move it; callbacks come due between instructions. */
import type { Clock } from '../kernel/kernel.ts';
import { COST } from './budget.ts';

/** A 1 GHz processor that retires one instruction a cycle: 100 instructions a tick of 100 ns. */
export const INSTRUCTIONS_PER_TICK = 100;

interface Due {
  readonly at: bigint;
  readonly callback: () => void;
}

export class VirtualClock implements Clock {
  readonly #instructions: () => number;
  readonly #spend: (cost: number) => void;
  readonly #queue: Due[] = [];
  #skipped = 0n;

  /** `instructions` counts all that were executed so far; `spend` is told what callbacks cost. */
  constructor(instructions: () => number, spend: (cost: number) => void) {
    this.#instructions = instructions;
    this.#spend = spend;
  }

  get now(): bigint {
    return this.#skipped + BigInt(Math.floor(this.#instructions() / INSTRUCTIONS_PER_TICK));
  }

  after(delay: bigint, callback: () => void): () => void {
    const at = this.now + (delay > 0n ? delay : 0n);
    const due: Due = { at, callback };
    this.#queue.splice(this.#placeOf(at), 0, due);
    return () => {
      const index = this.#queue.indexOf(due);
      if (index >= 0) this.#queue.splice(index, 1);
    };
  }

  stall(delay: bigint): void {
    this.#skipped += delay;
  }

  /** Runs what is due; true when something ran. */
  runDue(): boolean {
    for (let ran = false; ; ran = true) {
      const head = this.#queue[0];
      if (head === undefined || head.at > this.now) return ran;
      this.#queue.shift();
      this.#spend(COST.timer);
      head.callback();
    }
  }

  /** Ticks until the next callback, or nothing when none waits. */
  get untilNext(): bigint | undefined {
    const head = this.#queue[0];
    if (head === undefined) return undefined;
    return head.at > this.now ? head.at - this.now : 0n;
  }

  /** Jumps to the next callback and runs it; false when none waits. */
  skipToNext(): boolean {
    const delay = this.untilNext;
    if (delay === undefined) return false;
    this.#skipped += delay;
    return this.runDue();
  }

  /** Behind all that are due no later. */
  #placeOf(at: bigint): number {
    let low = 0;
    let high = this.#queue.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#queue[middle]?.at ?? 0n) <= at) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
