/** Short programs: instructions and labels laid out at an address. */
import { type Code, Instruction } from 'iced-x86';
import { type Encoded, encode } from './encode.ts';

export type Item =
  | { readonly kind: 'instruction'; readonly make: (at: bigint) => Instruction | undefined }
  | { readonly kind: 'branch'; readonly code: Code; readonly to: string }
  | { readonly kind: 'label'; readonly name: string };

export const label = (name: string): Item => ({ kind: 'label', name });
export const branch = (code: Code, to: string): Item => ({ kind: 'branch', code, to });
export const plain = (make: (at: bigint) => Instruction | undefined): Item => ({
  kind: 'instruction',
  make,
});

export interface Assembled {
  readonly bytes: Uint8Array;
  readonly text: string;
  readonly instructions: readonly Encoded[];
}

/** Lays the items out twice: first to learn where the labels are, then for good. */
export function assemble(items: readonly Item[], at: bigint): Assembled {
  const labels = new Map<string, bigint>();
  layOut(items, at, labels);
  const instructions = layOut(items, at, labels);
  const bytes = new Uint8Array(instructions.reduce((sum, { bytes }) => sum + bytes.length, 0));
  let end = 0;
  for (const one of instructions) {
    bytes.set(one.bytes, end);
    end += one.bytes.length;
  }
  return { bytes, text: instructions.map(({ text }) => text).join('; '), instructions };
}

function layOut(items: readonly Item[], start: bigint, labels: Map<string, bigint>): Encoded[] {
  const encoded: Encoded[] = [];
  let at = start;
  for (const item of items) {
    if (item.kind === 'label') {
      labels.set(item.name, at);
      continue;
    }
    const instruction =
      item.kind === 'branch'
        ? Instruction.createBranch(item.code, labels.get(item.to) ?? at)
        : item.make(at);
    const one = instruction && encode(instruction, at);
    if (one === undefined) throw new Error('a program holds an instruction without encoding');
    encoded.push(one);
    at += BigInt(one.bytes.length);
  }
  return encoded;
}
