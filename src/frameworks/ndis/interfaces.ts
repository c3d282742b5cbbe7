/** Network interfaces that drivers provide, with their indexes, and which stands over which. */
import { type Kernel, part } from '../../kernel/kernel.ts';
import type { Va } from '../../units/address.ts';
import { adapters } from './adapter.ts';
import { Handles } from './handles.ts';
import { interfaceIndex } from './init-parameters.ts';

/** Indexes of interfaces of this kind, and of NET_LUIDs, start behind those of adapters. */
const FIRST_INDEX = 0x100;
/** Interfaces, NET_LUID indexes and entries of the stack, of each: far more than any driver has. */
const MOST = 0x1000;

interface Provided {
  readonly luid: bigint;
  readonly index: number;
  readonly provider: Va;
}

class Interfaces {
  readonly #kernel: Kernel;
  readonly providers: Handles<'provider'>;
  readonly #provided = new Map<number, Provided>();
  /** NET_LUID indexes given out, with their interface type. */
  readonly #luidIndexes = new Set<string>();
  readonly #stack = new Set<string>();

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
    this.providers = new Handles(kernel, 'NDip');
  }

  byIndex(index: number): Provided | undefined {
    return this.#provided.get(index);
  }

  byLuid(luid: bigint): Provided | undefined {
    return [...this.#provided.values()].find((one) => one.luid === luid);
  }

  isKnown(index: number): boolean {
    const own = adapters(this.#kernel).all.map((adapter) => interfaceIndex(adapter));
    return this.#provided.has(index) || own.includes(index);
  }

  /** The interface's index; nothing when there are too many. */
  add(provider: Va, luid: bigint): number | undefined {
    const index = firstFree((taken) => this.#provided.has(taken));
    if (index !== undefined) this.#provided.set(index, { luid, index, provider });
    return index;
  }

  /** False when there is none. */
  remove(index: number): boolean {
    for (const entry of this.#stack) {
      if (entry.split(' ').includes(String(index))) this.#stack.delete(entry);
    }
    return this.#provided.delete(index);
  }

  of(provider: Va): readonly Provided[] {
    return [...this.#provided.values()].filter((one) => one.provider === provider);
  }

  allocateLuidIndex(type: number): number | undefined {
    if (this.#luidIndexes.size >= MOST) return undefined;
    const index = firstFree((taken) => this.#luidIndexes.has(pair(type, taken)));
    if (index !== undefined) this.#luidIndexes.add(pair(type, index));
    return index;
  }

  freeLuidIndex(type: number, index: number): boolean {
    return this.#luidIndexes.delete(pair(type, index));
  }

  /** False when there are too many entries. */
  putOver(higher: number, lower: number): boolean {
    if (this.#stack.size >= MOST) return false;
    this.#stack.add(pair(higher, lower));
    return true;
  }

  takeOff(higher: number, lower: number): boolean {
    return this.#stack.delete(pair(higher, lower));
  }
}

const pair = (one: number, other: number): string => `${one} ${other}`;

function firstFree(isTaken: (index: number) => boolean): number | undefined {
  for (let index = FIRST_INDEX; index < FIRST_INDEX + MOST; index++) {
    if (!isTaken(index)) return index;
  }
  return undefined;
}

export const interfaces = part((kernel) => new Interfaces(kernel));
