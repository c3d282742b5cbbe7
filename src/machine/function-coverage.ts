/** Which functions of an image have run: those whose first instruction was executed. */
import type { EntryWatch } from '../cpu/entry-watch.ts';
import type { Module } from '../kernel/ke/modules.ts';
import { type Va, vaAdd } from '../units/address.ts';

export class FunctionCoverage {
  readonly #entries: EntryWatch;
  readonly #starts = new WeakMap<Module, readonly Va[]>();

  constructor(entries: EntryWatch) {
    this.#entries = entries;
  }

  /** To be said before anything of the image runs. */
  watch(module: Module): void {
    const starts = startsOf(module);
    this.#starts.set(module, starts);
    for (const start of starts) this.#entries.watch(start);
  }

  /** Functions with unwind data, and how many of them ran since their image was first loaded here. */
  of(module: Module): { readonly total: number; readonly reached: number } {
    const starts = this.#starts.get(module) ?? [];
    const reached = starts.filter((start) => this.#entries.wasEntered(start));
    return { total: starts.length, reached: reached.length };
  }
}

/** Where the entries of the exception directory begin a function, not a chained part of one. */
function startsOf({ base, functions }: Module): Va[] {
  const starts: Va[] = [];
  for (let i = 0; i < functions.length; i++) {
    const entry = functions.at(i);
    if (entry === undefined || functions.info(entry)?.chained !== undefined) continue;
    starts.push(vaAdd(base, entry.begin));
  }
  return starts;
}
