/** What a run may cost: instructions, and beside them what the host does on the driver's behalf. */
import { outOfBudget } from '../kernel/end.ts';

/** What things cost in instructions that would take the host as long, or somewhat less. */
export const COST = {
  service: 2000,
  routine: 2000,
  access: 500,
  timer: 2000,
  translation: 20_000,
} as const;

/**
 * Device accesses in a phase in which the device is gone, at least, and as a share of all instructions. They are
 * all answered with ones; the largest card has not a tenth of them to make before it lets go.
 */
const LEAST_ACCESSES_AFTER_LOSS = 300_000;
const SHARE_AFTER_LOSS = 1 / 3000;

/** Even a run of few instructions may cost the host this much. */
const LEAST_WORK = 50_000_000;

export class Budget {
  readonly #maxInstructions: number;
  readonly #instructions: () => number;
  #work = 0;
  #afterLoss = false;
  #accessesAfterLoss = 0;

  /** `instructions` counts all that were executed so far. */
  constructor(maxInstructions: number, instructions: () => number) {
    this.#maxInstructions = maxInstructions;
    this.#instructions = instructions;
  }

  /** A phase begins: while a device is gone without warning, accesses have a limit of their own. */
  enter(phase: string): void {
    this.#afterLoss = phase === 'surprise-removal' || (phase === 'remove' && this.#afterLoss);
    this.#accessesAfterLoss = 0;
  }

  /** Instructions that may still be executed; ends the run when there are none. */
  get left(): number {
    const left = this.#maxInstructions - this.#instructions();
    if (left <= 0) {
      outOfBudget(`the driver executed ${this.#maxInstructions} instructions and had not finished`);
    }
    return left;
  }

  /** Ends the run when calls, accesses and timers have cost as much as instructions may. */
  spend(cost: number): void {
    this.#work += cost;
    if (this.#work <= Math.max(this.#maxInstructions, LEAST_WORK)) return;
    outOfBudget(
      `the driver's calls, device accesses and timers cost as much as ${this.#work} instructions and it had not finished`,
    );
  }

  /** One access to a device, by memory or port. */
  access(): void {
    this.spend(COST.access);
    if (!this.#afterLoss) return;
    this.#accessesAfterLoss++;
    const most = Math.max(
      LEAST_ACCESSES_AFTER_LOSS,
      Math.floor(this.#maxInstructions * SHARE_AFTER_LOSS),
    );
    if (this.#accessesAfterLoss <= most) return;
    outOfBudget(
      `the driver made ${most} device accesses after its device had gone and had not finished`,
    );
  }
}
