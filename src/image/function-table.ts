/** The functions of a module with unwind data: lookup by address, decoded once each. */
import { type Rva, rva, type Va, vaAdd } from '../units/address.ts';
import type { LoadedImage } from './load.ts';
import { type PeImage, SIZEOF_RUNTIME_FUNCTION } from './pe.ts';
import { imageReader } from './pe-sections.ts';
import { u32At } from './reader.ts';
import {
  decodeUnwindInfo,
  type ReadRva,
  type RuntimeFunction,
  type UnwindInfo,
} from './unwind-info.ts';

/** RUNTIME_FUNCTION_INDIRECT: the unwind data is another RUNTIME_FUNCTION. */
const RUNTIME_FUNCTION_INDIRECT = 1;
const MAX_CHAIN = 32;

export class FunctionTable {
  readonly #read: ReadRva;
  readonly #table: Uint8Array;
  readonly #infos = new Map<number, UnwindInfo | undefined>();

  constructor(read: ReadRva, directory: { readonly rva: Rva; readonly count: number } | undefined) {
    this.#read = read;
    this.#table =
      (directory && read(directory.rva, directory.count * SIZEOF_RUNTIME_FUNCTION)) ??
      new Uint8Array(0);
  }

  get length(): number {
    return this.#table.length / SIZEOF_RUNTIME_FUNCTION;
  }

  /** Bytes of the image. */
  read(at: number, length: number): Uint8Array | undefined {
    return this.#read(at, length);
  }

  at(index: number): RuntimeFunction | undefined {
    if (index < 0 || index >= this.length) return undefined;
    const offset = index * SIZEOF_RUNTIME_FUNCTION;
    return {
      begin: rva(u32At(this.#table, offset)),
      end: rva(u32At(this.#table, offset + 4)),
      unwindInfo: rva(u32At(this.#table, offset + 8)),
    };
  }

  /** The function an RVA is in; none means a leaf function. */
  lookup(at: Rva): RuntimeFunction | undefined {
    const found = this.at(this.rowOf(at));
    return found && this.#direct(found);
  }

  /** Which row of the table the function is that an RVA is in, or -1. */
  rowOf(at: Rva): number {
    let [low, high] = [0, this.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (u32At(this.#table, middle * SIZEOF_RUNTIME_FUNCTION) <= at) low = middle + 1;
      else high = middle;
    }
    const found = this.at(low - 1);
    return found !== undefined && at < found.end ? low - 1 : -1;
  }

  /** Nothing when the unwind data is damaged. */
  info(entry: RuntimeFunction): UnwindInfo | undefined {
    if (!this.#infos.has(entry.unwindInfo)) {
      this.#infos.set(entry.unwindInfo, decodeUnwindInfo(this.#read, entry.unwindInfo));
    }
    return this.#infos.get(entry.unwindInfo);
  }

  /** From a function entry to the one it is chained to, and so on; empty when the data is damaged. */
  chain(entry: RuntimeFunction): readonly { entry: RuntimeFunction; info: UnwindInfo }[] {
    const links: { entry: RuntimeFunction; info: UnwindInfo }[] = [];
    for (let next: RuntimeFunction | undefined = entry; next; ) {
      const info = this.info(next);
      if (!info || links.length === MAX_CHAIN) return [];
      links.push({ entry: next, info });
      next = info.chained && this.#direct(info.chained);
    }
    return links;
  }

  #direct(entry: RuntimeFunction): RuntimeFunction {
    if ((entry.unwindInfo & RUNTIME_FUNCTION_INDIRECT) === 0) return entry;
    const row = this.#read(entry.unwindInfo - RUNTIME_FUNCTION_INDIRECT, SIZEOF_RUNTIME_FUNCTION);
    return {
      begin: row ? rva(u32At(row, 0)) : entry.begin,
      end: row ? rva(u32At(row, 4)) : entry.end,
      unwindInfo: rva(row ? u32At(row, 8) : entry.unwindInfo),
    };
  }
}

/** What unwinding needs to know of a module. */
export interface UnwindModule {
  readonly base: Va;
  readonly end: Va;
  readonly functions: FunctionTable;
}

/** The functions of an image as its file has them. */
export function imageFunctions(image: PeImage): FunctionTable {
  const reader = imageReader(image);
  return new FunctionTable((at, length) => reader.peek(at, length), image.exceptionDirectory);
}

export function unwindModule({ image, base, bytes }: LoadedImage): UnwindModule {
  const read: ReadRva = (at, length) =>
    at + length <= bytes.length ? bytes.subarray(at, at + length) : undefined;
  return {
    base,
    end: vaAdd(base, bytes.length),
    functions: new FunctionTable(read, image.exceptionDirectory),
  };
}
