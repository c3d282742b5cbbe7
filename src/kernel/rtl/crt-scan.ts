/** sscanf_s and its kin: numbers and text out of a string, each text with the room that there is for it. */
import { readLatin1z, readUtf16z } from '../../layout/nt.ts';
import { ptr, sizeT } from '../../layout/struct.ts';
import { va } from '../../units/address.ts';
import { notModelledHere } from '../end.ts';
import type { Kernel } from '../kernel.ts';
import { type Service, type ServiceCall, service } from '../service.ts';
import { ansiToUnicode, unicodeToAnsi } from './characters.ts';
import { parseNumber } from './crt-number.ts';
import { readCharacters, writeCharacters } from './guest-memory.ts';
import { isSpace, type Piece, piecesOf } from './scan-template.ts';

type Width = 1 | 2;
type Text = Extract<Piece, { kind: 'text' }>;
type Integer = Extract<Piece, { kind: 'integer' }>;

const EOF = -1;

class Scan {
  readonly #kernel: Kernel;
  readonly #input: readonly number[];
  readonly #width: Width;
  readonly #next: () => bigint;
  #at = 0;
  #stored = 0;

  constructor(kernel: Kernel, input: readonly number[], width: Width, next: () => bigint) {
    this.#kernel = kernel;
    this.#input = input;
    this.#width = width;
    this.#next = next;
  }

  /** How many conversions were stored; EOF when the input ended before the first. */
  run(template: string): number {
    for (const piece of piecesOf(template, this.#width === 2)) {
      const ended = this.#take(piece);
      if (ended !== undefined) return ended === 'input' && this.#stored === 0 ? EOF : this.#stored;
    }
    return this.#stored;
  }

  /** What ended the scan, if anything. */
  #take(piece: Piece): 'input' | 'mismatch' | undefined {
    switch (piece.kind) {
      case 'space':
        this.#skip();
        return undefined;
      case 'literal':
        if (this.#at >= this.#input.length) return 'input';
        if (this.#input[this.#at] !== piece.unit) return 'mismatch';
        this.#at++;
        return undefined;
      case 'count':
        this.#kernel.mmu.write(va(this.#next()), piece.bytes, BigInt(this.#at));
        return undefined;
      case 'integer':
        return this.#integer(piece);
      case 'text':
        return this.#text(piece);
      case 'other':
        return notModelledHere(`scanf with %${piece.conversion}`);
      default:
        return piece satisfies never;
    }
  }

  #skip(): void {
    while (isSpace(this.#input[this.#at] ?? 0)) this.#at++;
  }

  #integer({ radix, bytes, most, stores }: Integer): 'input' | 'mismatch' | undefined {
    this.#skip();
    if (this.#at >= this.#input.length) return 'input';
    const from = this.#at;
    const unitAt = (i: number): number => (i < most ? (this.#input[from + i] ?? 0) : 0);
    const { value, used } = parseNumber(unitAt, radix);
    if (used === 0) return 'mismatch';
    this.#at += used;
    if (!stores) return undefined;
    this.#kernel.mmu.write(va(this.#next()), bytes, BigInt.asUintN(bytes * 8, value));
    this.#stored++;
    return undefined;
  }

  #text(piece: Text): 'input' | 'mismatch' | undefined {
    const { takes, accepts, most, stores } = piece;
    if (takes === 'word') this.#skip();
    if (this.#at >= this.#input.length) return 'input';
    const taken: number[] = [];
    for (let unit = this.#input[this.#at]; unit !== undefined; unit = this.#input[this.#at]) {
      if (taken.length >= most || !accepts(unit)) break;
      taken.push(unit);
      this.#at++;
    }
    if (takes === 'characters' && taken.length < most) return 'input';
    if (taken.length === 0) return 'mismatch';
    if (!stores) return undefined;
    if (!this.#store(piece, taken)) return 'mismatch';
    this.#stored++;
    return undefined;
  }

  /** False when there is no room; a string is then left empty. */
  #store({ takes, isWide }: Text, taken: readonly number[]): boolean {
    const at = va(this.#next());
    const room = Number(BigInt.asUintN(32, this.#next()));
    const width = isWide ? 2 : 1;
    const end = takes === 'characters' ? [] : [0];
    if (taken.length + end.length > room) {
      if (room > 0) writeCharacters(this.#kernel.mmu, at, width, [0]);
      return false;
    }
    const units = taken.map((unit) => this.#convert(unit, width));
    writeCharacters(this.#kernel.mmu, at, width, [...units, ...end]);
    return true;
  }

  #convert(unit: number, width: Width): number {
    if (width === this.#width) return unit;
    return width === 2 ? ansiToUnicode(unit) : unicodeToAnsi(unit);
  }
}

function argumentsOf(call: ServiceCall, first: number): () => bigint {
  let index = first;
  return () => call.slot(index++);
}

const templateAt = (kernel: Kernel, at: Parameters<typeof readUtf16z>[1], width: Width): string =>
  width === 2 ? readUtf16z(kernel.mmu, at) : readLatin1z(kernel.mmu, at);

/** `int sscanf_s(buffer, format, ...)` */
const unbounded = (name: string, width: Width): Service =>
  service({
    name,
    doc: 'stdio.h',
    params: { buffer: ptr(), format: ptr() },
    returns: 'u32',
    run(kernel, { buffer, format }, call) {
      const input = readCharacters(kernel.mmu, buffer, width);
      const scan = new Scan(kernel, input, width, argumentsOf(call, 2));
      return scan.run(templateAt(kernel, format, width));
    },
  });

/** `int _snscanf_s(buffer, count, format, ...)` */
const bounded = (name: string, width: Width): Service =>
  service({
    name,
    doc: 'stdio.h',
    params: { buffer: ptr(), count: sizeT, format: ptr() },
    returns: 'u32',
    run(kernel, { buffer, count, format }, call) {
      const input = readCharacters(kernel.mmu, buffer, width, Number(count));
      const scan = new Scan(kernel, input, width, argumentsOf(call, 3));
      return scan.run(templateAt(kernel, format, width));
    },
  });

export const crtScanServices: readonly Service[] = [
  unbounded('sscanf_s', 1),
  unbounded('swscanf_s', 2),
  bounded('_snscanf_s', 1),
  bounded('_snwscanf_s', 2),
];
