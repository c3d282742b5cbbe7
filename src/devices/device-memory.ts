/** What a device sees of the memory behind its own BARs. */
import { badArgument } from '../units/errors.ts';
import type { BarDeclaration } from './declaration.ts';
import type { SparseBytes } from './sparse-bytes.ts';

/** Offsets are from the start of the BAR. */
export interface DeviceMemory {
  read(bar: number, offset: number, length: number): Uint8Array;
  write(bar: number, offset: number, data: Uint8Array): void;
}

interface MemorySite<State> {
  readonly name: string;
  readonly bars: readonly BarDeclaration<State>[];
  /** Bytes behind a BAR that is backed by memory. */
  ram(bar: number): Uint8Array | undefined;
  /** What was written where the BAR has no registers. */
  kept(bar: number): SparseBytes;
}

export function deviceMemory<State>({ name, bars, ram, kept }: MemorySite<State>): DeviceMemory {
  const check = (index: number, offset: number, length: number): BarDeclaration<State> => {
    const bar = bars.find((candidate) => candidate.index === index);
    const fits = bar !== undefined && offset >= 0 && length >= 0 && offset + length <= bar.size;
    if (!fits) throw badArgument(`${name} has no ${length} bytes at ${offset} of BAR ${index}`);
    if (bar.backing === 'ram' || bar.elsewhere === 'last-write') return bar;
    throw badArgument(`BAR ${index} of ${name} is no memory`);
  };
  return {
    read(index, offset, length) {
      const { backing } = check(index, offset, length);
      const bytes = backing === 'ram' ? ram(index) : undefined;
      if (bytes !== undefined) return bytes.slice(offset, offset + length);
      const memory = kept(index);
      return Uint8Array.from({ length }, (_, i) => Number(memory.read(offset + i, 1)));
    },
    write(index, offset, data) {
      const { backing } = check(index, offset, data.length);
      const bytes = backing === 'ram' ? ram(index) : undefined;
      if (bytes !== undefined) {
        bytes.set(data, offset);
        return;
      }
      const memory = kept(index);
      for (const [i, byte] of data.entries()) memory.write(offset + i, 1, BigInt(byte));
    },
  };
}
