/** The virtual clock: instructions, waits and stalls move it; callbacks come due between instructions. */
import type { Clock } from '../kernel/kernel.ts';

/** A 1 GHz processor that retires one instruction a cycle: 100 instructions a tick of 100 ns. */
export const INSTRUCTIONS_PER_TICK = 100;

interface Due {
  readonly at: bigint;
  readonly order: number;
  readonly callback: () => void;
  calledOff: boolean;
}

export class VirtualClock implements Clock {
  readonly #instructions: () => number;
  readonly #queue: Due[] = [];
  #skipped = 0n;
  #order = 0;

  /** `instructions` counts all that were executed so far. */
  constructor(instructions: () => number) {
    this.#instructions = instructions;
  }

  get now(): bigint {
    return this.#skipped + BigInt(Math.floor(this.#instructions() / INSTRUCTIONS_PER_TICK));
  }

  after(delay: bigint, callback: () => void): () => void {
    const due: Due = {
      at: this.now + (delay > 0n ? delay : 0n),
      order: this.#order++,
      callback,
      calledOff: false,
    };
    let index = this.#queue.length;
    while (index > 0 && (this.#queue[index - 1]?.at ?? 0n) > due.at) index--;
    this.#queue.splice(index, 0, due);
    return () => {
      due.calledOff = true;
    };
  }

  stall(delay: bigint): void {
    this.#skipped += delay;
  }

  /** Runs what is due; true when something ran. */
  runDue(): boolean {
    let ran = false;
    while (this.#head() !== undefined && (this.#head()?.at ?? 0n) <= this.now) {
      this.#queue.shift()?.callback();
      ran = true;
    }
    return ran;
  }

  /** Ticks until the next callback, or nothing when none waits. */
  get untilNext(): bigint | undefined {
    const head = this.#head();
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

  #head(): Due | undefined {
    while (this.#queue[0]?.calledOff === true) this.#queue.shift();
    return this.#queue[0];
  }
}
