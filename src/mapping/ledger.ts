/** The record of every mapping of a run: what lives, what ended, and which one an address belongs to. */
import type { Stack } from '../events/frame.ts';
import type { MappingFacts } from '../events/mapping.ts';
import type { LedgerEntry } from '../events/run.ts';
import { PAGE_SIZE, pageOf, type Va, va } from '../units/address.ts';
import { PageOwners } from './page-owners.ts';

export interface Release {
  readonly phase: string;
  readonly service: string;
  readonly at: Stack;
}

/** A mapping as the ledger keeps it; only the ledger changes it. */
export class Mapping {
  readonly facts: MappingFacts;
  reads = 0;
  writes = 0;
  /** Pages whose entries are still present. */
  livePages: number;
  released: Release | null = null;

  constructor(facts: MappingFacts) {
    this.facts = facts;
    this.livePages = facts.pages;
  }

  get live(): boolean {
    return this.released === null;
  }

  get firstPage(): Va {
    return pageOf(this.facts.virtual);
  }

  /** True when every byte of the range lies inside the length that was asked for. */
  covers(at: Va, bytes: number): boolean {
    const { virtual, length } = this.facts;
    return at >= virtual && at + BigInt(bytes) <= virtual + BigInt(length);
  }

  entry(): LedgerEntry {
    return {
      ...this.facts,
      releasedIn: this.released?.phase ?? null,
      releasedBy: this.released?.service ?? null,
      releasedAt: this.released?.at ?? null,
      accesses: { reads: this.reads, writes: this.writes },
    };
  }
}

export class Ledger {
  readonly #all: Mapping[] = [];
  readonly #owners = new PageOwners();
  /** In order of birth. */
  readonly #live = new Set<Mapping>();

  /** How many there were in all. */
  get count(): number {
    return this.#all.length;
  }
  get liveCount(): number {
    return this.#live.size;
  }

  nextId(): number {
    return this.#all.length + 1;
  }

  open(facts: MappingFacts): Mapping {
    const mapping = new Mapping(facts);
    this.#all.push(mapping);
    if (facts.space !== 'port') this.#owners.claim(mapping.firstPage, facts.pages, facts.id);
    this.#live.add(mapping);
    return mapping;
  }

  close(mapping: Mapping, release: Release): void {
    if (mapping.released !== null) return;
    mapping.released = release;
    this.#live.delete(mapping);
  }

  byId(id: number): Mapping | undefined {
    return this.#all[id - 1];
  }

  /** The mapping, live or ended, that the page of this address belongs to or belonged to. */
  ownerOf(at: Va): Mapping | undefined {
    return this.byId(this.#owners.ownerOf(at));
  }

  /** The mapping whose guard page this address lies in. */
  guardOwnerOf(at: Va): Mapping | undefined {
    const page = BigInt(PAGE_SIZE);
    return this.byId(this.#owners.ownerOf(va(at - page)) || this.#owners.ownerOf(va(at + page)));
  }

  *live(): Generator<Mapping> {
    yield* this.#live;
  }

  /** In order of birth; where they are more than the limit, those that live come before those that ended. */
  entries(limit = Number.POSITIVE_INFINITY): LedgerEntry[] {
    let ended = Math.max(0, limit - this.#live.size);
    let live = limit;
    return this.#all
      .filter((mapping) => (mapping.live ? live-- > 0 : ended-- > 0))
      .map((mapping) => mapping.entry());
  }
}
