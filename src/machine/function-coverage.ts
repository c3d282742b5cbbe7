/** Which functions of an image are known to have run: those that were called back and those that called a service. */
import type { Module } from '../kernel/ke/modules.ts';
import { rva } from '../units/address.ts';

export class FunctionCoverage {
  readonly #seen = new Set<bigint>();

  note(address: bigint): void {
    this.#seen.add(address);
  }

  /** Functions with unwind data, and how many of them were seen to run; a leaf that calls nothing is not seen. */
  of({ base, end, functions }: Module): { readonly total: number; readonly reached: number } {
    const reached = new Set<number>();
    for (const address of this.#seen) {
      if (address < base || address >= end) continue;
      const entry = functions.lookup(rva(Number(address - base)));
      if (entry === undefined) continue;
      reached.add(functions.chain(entry).at(-1)?.entry.begin ?? entry.begin);
    }
    return { total: countFunctions(functions), reached: reached.size };
  }
}

/** Entries of the exception directory that begin a function, not a chained part of one. */
function countFunctions(functions: Module['functions']): number {
  let count = 0;
  for (let i = 0; i < functions.length; i++) {
    const entry = functions.at(i);
    if (entry !== undefined && functions.info(entry)?.chained === undefined) count++;
  }
  return count;
}
