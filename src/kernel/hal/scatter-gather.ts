/** Buffers described by MDLs as runs that a device can be given. */
import { PAGE_SIZE, type Pa, pa, type Va, vaAdd } from '../../units/address.ts';
import { notModelledHere } from '../end.ts';
import { pool } from '../ex/pool.ts';
import type { Kernel } from '../kernel.ts';
import { MDL } from '../mm/mdl.ts';
import { type DmaAdapter, highestPhysical, logicalAddress } from './dma-adapters.ts';
import { SCATTER_GATHER_ELEMENT, SCATTER_GATHER_LIST_HEADER } from './dma-layout.ts';

export interface Run {
  readonly physical: Pa;
  readonly length: number;
}

/** A longer chain of MDLs has been corrupted into a loop. */
const MAX_CHAIN = 0x1000;

/** Bytes from `currentVa` on within an MDL or the chain behind it, as physically contiguous runs. */
export function runsOf(kernel: Kernel, first: Va, currentVa: Va, length: number): Run[] {
  const { mmu } = kernel;
  const runs: { physical: Pa; length: number }[] = [];
  let mdl = MDL.at(mmu, first);
  let offset = Number(currentVa - mdl.StartVa) - mdl.ByteOffset;
  let links = 0;
  for (let left = length; left > 0; ) {
    if (offset >= mdl.ByteCount) {
      if (mdl.Next === 0n || ++links > MAX_CHAIN) break;
      offset -= mdl.ByteCount;
      mdl = MDL.at(mmu, mdl.Next);
      continue;
    }
    const at = mdl.ByteOffset + offset;
    const page = Math.floor(at / PAGE_SIZE);
    const bytes = Math.min(left, mdl.ByteCount - offset, PAGE_SIZE - (at % PAGE_SIZE));
    const frame = mmu.u64(vaAdd(mdl.$address, MDL.bytes + page * 8));
    append(runs, pa(Number(frame) * PAGE_SIZE + (at % PAGE_SIZE)), bytes);
    offset += bytes;
    left -= bytes;
  }
  return runs;
}

function append(runs: { physical: Pa; length: number }[], physical: Pa, length: number): void {
  const last = runs[runs.length - 1];
  if (last !== undefined && last.physical + last.length === physical) last.length += length;
  else runs.push({ physical, length });
}

/** Devices that cannot reach a page would need its bytes copied to one they can. */
export function mustReach(adapter: DmaAdapter, runs: readonly Run[]): void {
  const highest = highestPhysical(adapter);
  if (runs.some(({ physical, length }) => physical + length - 1 > highest)) {
    notModelledHere('DMA through bounce buffers', 'hal.dll');
  }
}

export const listBytes = (elements: number): number =>
  SCATTER_GATHER_LIST_HEADER + elements * SCATTER_GATHER_ELEMENT.bytes;

export function writeList(kernel: Kernel, adapter: DmaAdapter, at: Va, runs: readonly Run[]): void {
  kernel.mmu.write(at, 4, BigInt(runs.length));
  kernel.mmu.write(vaAdd(at, 8), 8, 0n);
  runs.forEach(({ physical, length }, i) => {
    const element = SCATTER_GATHER_ELEMENT.at(kernel.mmu, vaAdd(at, listBytes(i)));
    element.Address = BigInt(logicalAddress(adapter, physical));
    element.Length = length;
    element.Reserved = 0n;
  });
}

export function allocateList(
  kernel: Kernel,
  adapter: DmaAdapter,
  runs: readonly Run[],
): Va | undefined {
  const at = pool(kernel).allocate(listBytes(runs.length), 'HalS');
  if (at !== undefined) writeList(kernel, adapter, at, runs);
  return at;
}
