/** How a run ends from inside: thrown plain values that only the run loop catches. */
import type { Stack } from '../events/frame.ts';

export type RunEnd =
  | {
      readonly runEnd: 'bugcheck';
      readonly code: number;
      readonly parameters: readonly bigint[];
      readonly detail: string | null;
    }
  | {
      readonly runEnd: 'not-modelled';
      readonly name: string;
      readonly dll: string | null;
      readonly where: Stack | null;
    }
  | { readonly runEnd: 'budget'; readonly why: string };

/** Stops the machine as KeBugCheckEx does; four parameters, missing ones are zero. */
export function bugCheck(
  code: number,
  parameters: readonly bigint[],
  detail: string | null = null,
): never {
  throw Object.freeze({ runEnd: 'bugcheck', code, parameters, detail });
}

/** Ends the run because something the driver needs does not exist here. */
export function notModelledHere(name: string, dll: string | null = null): never {
  throw Object.freeze({ runEnd: 'not-modelled', name, dll, where: null });
}

export function outOfBudget(why: string): never {
  throw Object.freeze({ runEnd: 'budget', why });
}

export const isRunEnd = (thrown: unknown): thrown is RunEnd =>
  typeof thrown === 'object' && thrown !== null && 'runEnd' in thrown;
