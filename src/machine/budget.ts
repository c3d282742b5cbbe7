/** What a run may cost: instructions, and beside them what the host does on the driver's behalf. */
import { outOfBudget } from '../kernel/end.ts';

/** What things cost in instructions that would take the host as long, or somewhat less. */
export const COST = {
  service: 2000,
  routine: 2000,
  access: 100,
  timer: 2000,
  translation: 20_000,
} as const;

/**
 * What a phase in which the device is gone may cost, as a share of all: nothing answers any more, so a driver
 * that is not done soon polls for what never comes.
 */
const SHARE_OF_LOSS = 1 / 20;

/** Even a run of few instructions may cost the host this much. */
const LEAST_WORK = 50_000_000;

export class Budget {
  readonly #maxInstructions: number;
  readonly #instructions: () => number;
  #work = 0;
  #afterLoss = false;
  /** What instructions and work may reach in this phase. */
  #ceiling: { readonly instructions: number; readonly work: number } | null = null;

  /** `instructions` counts all that were executed so far. */
  constructor(maxInstructions: number, instructions: () => number) {
    this.#maxInstructions = maxInstructions;
    this.#instructions = instructions;
  }

  /** A phase begins: one in which a device is gone without warning has an allowance of its own. */
  enter(phase: string): void {
    this.#afterLoss = phase === 'surprise-removal' || (phase === 'remove' && this.#afterLoss);
    const allowance = this.#allowance;
    this.#ceiling = this.#afterLoss
      ? { instructions: this.#instructions() + allowance, work: this.#work + allowance }
      : null;
  }

  /** Instructions that may still be executed; ends the run when there are none. */
  get left(): number {
    const left = this.#maxInstructions - this.#instructions();
    if (left <= 0) {
      outOfBudget(`the driver executed ${this.#maxInstructions} instructions and had not finished`);
    }
    return this.#ceiling === null ? left : Math.min(left, this.#leftAfterLoss(this.#ceiling));
  }

  /** Ends the run when calls, accesses and timers have cost as much as instructions may. */
  spend(cost: number): void {
    this.#work += cost;
    if (this.#ceiling !== null && this.#work > this.#ceiling.work) this.#endAfterLoss();
    if (this.#work <= Math.max(this.#maxInstructions, LEAST_WORK)) return;
    outOfBudget(
      `the driver's calls, device accesses and timers cost as much as ${this.#work} instructions and it had not finished`,
    );
  }

  get #allowance(): number {
    return Math.max(LEAST_WORK, Math.floor(this.#maxInstructions * SHARE_OF_LOSS));
  }

  #leftAfterLoss({ instructions }: { readonly instructions: number }): number {
    const left = instructions - this.#instructions();
    return left > 0 ? left : this.#endAfterLoss();
  }

  #endAfterLoss(): never {
    outOfBudget(
      `the driver spent ${this.#allowance} instructions, or calls and accesses that cost as much, after its device had gone and had not finished`,
    );
  }
}
