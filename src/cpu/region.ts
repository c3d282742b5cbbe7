/** The shape of a region: the basic blocks reachable from one address without a call, return or indirect jump. */
import { type Va, va } from '../units/address.ts';
import type { CodeReader } from './code-reader.ts';
import type { GuestInstruction } from './decode.ts';

export interface CodeNode {
  readonly kind: 'code';
  readonly instructions: readonly GuestInstruction[];
  /** Nodes that follow: none when the last instruction leaves, two (taken, otherwise) for a branch. */
  readonly successors: readonly number[];
}
/** Control passes to another region. */
export interface LeaveNode {
  readonly kind: 'leave';
  readonly target: Va;
  readonly successors: readonly [];
}
export type RegionNode = CodeNode | LeaveNode;

export interface RegionShape {
  readonly entry: Va;
  /** Node 0 is the entry. */
  readonly nodes: readonly RegionNode[];
  readonly instructionCount: number;
  /** Physical frames and virtual pages that hold its instructions. */
  readonly frames: ReadonlySet<number>;
  readonly pages: ReadonlySet<Va>;
  readonly kind: RegionKind;
}

/**
 * Normal regions look at the limit where they are entered and where they loop. Stoppable ones may
 * stop before any instruction. A single one is one instruction whose memory accesses the host makes:
 * it is entered only from outside, so the state in memory is exact while it runs.
 */
export type RegionKind = 'normal' | 'stoppable' | 'single';

export interface RegionLimits {
  readonly instructions: number;
  readonly kind: RegionKind;
  /** Such instructions end a region. */
  readonly endsBefore: (instruction: GuestInstruction) => boolean;
}

/** Instructions reachable within the limits, by address, and where blocks start. */
interface Found {
  readonly instructions: Map<bigint, GuestInstruction>;
  readonly leaders: Set<bigint>;
}

export function findRegion(reader: CodeReader, entry: Va, limits: RegionLimits): RegionShape {
  const found = explore(reader, entry, limits);
  const instructionCount = found.instructions.size;
  const frames = new Set<number>();
  const pages = new Set<Va>();
  for (const instruction of found.instructions.values()) {
    reader.placesOf(instruction, frames, pages);
  }
  const nodes = new NodeList(found);
  if (limits.kind === 'single') nodes.buildSingle(entry);
  else nodes.build(entry);
  return { entry, nodes: nodes.list, instructionCount, frames, pages, kind: limits.kind };
}

function explore(reader: CodeReader, entry: Va, limits: RegionLimits): Found {
  const instructions = new Map<bigint, GuestInstruction>();
  const leaders = new Set<bigint>([entry]);
  const pending: bigint[] = [entry];
  for (let start = pending.shift(); start !== undefined; start = pending.shift()) {
    let at = start;
    while (instructions.size < limits.instructions) {
      if (instructions.has(at)) {
        leaders.add(at);
        break;
      }
      const fetched = reader.at(va(at));
      if (fetched.kind === 'fault' || limits.endsBefore(fetched.instruction)) break;
      const { instruction } = fetched;
      instructions.set(at, instruction);
      for (const target of targetsOf(instruction)) {
        leaders.add(target);
        pending.push(target);
      }
      if (instruction.flow !== 'next') break;
      at = instruction.next;
    }
  }
  return { instructions, leaders };
}

function targetsOf({ flow, target, next }: GuestInstruction): bigint[] {
  if (target === undefined) return [];
  if (flow === 'jump') return [target];
  return flow === 'branch' ? [next, target] : [];
}

class NodeList {
  readonly list: RegionNode[] = [];
  readonly #found: Found;
  readonly #numbers = new Map<bigint, number>();

  constructor(found: Found) {
    this.#found = found;
  }

  build(entry: bigint): void {
    this.#numberOf(entry);
    for (let i = 0; i < this.list.length; i++) {
      const [first] = (this.list[i] as CodeNode | undefined)?.instructions ?? [];
      if (first !== undefined) this.list[i] = this.#finish(first);
    }
  }

  /** Everything after the one instruction lies outside, itself included. */
  buildSingle(entry: bigint): void {
    const only = this.#found.instructions.get(entry);
    if (only === undefined) return;
    this.#found.instructions.clear();
    this.list.push({ kind: 'code', instructions: [only], successors: [] });
    this.list[0] = { kind: 'code', instructions: [only], successors: this.#successorsOf(only) };
  }

  /** The node at an address; new ones get their successors when `build` reaches them. */
  #numberOf(address: bigint): number {
    const known = this.#numbers.get(address);
    if (known !== undefined) return known;
    const first = this.#found.instructions.get(address);
    const node: RegionNode =
      first === undefined
        ? { kind: 'leave', target: va(address), successors: [] }
        : { kind: 'code', instructions: [first], successors: [] };
    const number = this.list.push(node) - 1;
    this.#numbers.set(address, number);
    return number;
  }

  #finish(first: GuestInstruction): CodeNode {
    const instructions = [first];
    let last = first;
    while (last.flow === 'next' && !this.#found.leaders.has(last.next)) {
      const following = this.#found.instructions.get(last.next);
      if (following === undefined) break;
      instructions.push(following);
      last = following;
    }
    return { kind: 'code', instructions, successors: this.#successorsOf(last) };
  }

  #successorsOf({ flow, next, target }: GuestInstruction): number[] {
    if (flow === 'leave' || (flow !== 'next' && target === undefined)) return [];
    if (flow === 'next') return [this.#numberOf(next)];
    const taken = this.#numberOf(target ?? next);
    return flow === 'jump' ? [taken] : [taken, this.#numberOf(next)];
  }
}
