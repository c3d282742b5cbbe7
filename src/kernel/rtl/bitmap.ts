/** RTL_BITMAP: finding, setting and counting bits. */

import { ptr, struct, u32, u64 } from '../../layout/struct.ts';
import { type Va, vaAdd } from '../../units/address.ts';
import { APC_LEVEL, HIGH_LEVEL } from '../../units/irql.ts';
import type { Kernel } from '../kernel.ts';
import { type Service, service } from '../service.ts';

const RTL_BITMAP = struct({
  name: 'RTL_BITMAP',
  size: { x64: 16, x86: 8 },
  fields: { SizeOfBitMap: u32, Buffer: ptr('ULONG') },
});

const NOT_FOUND = 0xffff_ffff;

interface Run {
  readonly start: number;
  readonly length: number;
}

/** A bitmap read at once; changes go back to guest memory byte by byte. */
class Bits {
  readonly size: number;
  readonly #kernel: Kernel;
  readonly #buffer: Va;
  readonly #bytes: Uint8Array;

  constructor(kernel: Kernel, header: Va) {
    const { SizeOfBitMap, Buffer } = RTL_BITMAP.at(kernel.mmu, header);
    this.size = SizeOfBitMap;
    this.#kernel = kernel;
    this.#buffer = Buffer;
    this.#bytes = kernel.mmu.readBytes(Buffer, Math.ceil(SizeOfBitMap / 32) * 4);
  }

  get(index: number): boolean {
    return (((this.#bytes[index >> 3] ?? 0) >> (index & 7)) & 1) === 1;
  }

  /** True when all of a range inside the bitmap have this state. */
  are(state: boolean, start: number, length: number): boolean {
    if (length === 0 || start + length > this.size) return false;
    for (let i = start; i < start + length; i++) if (this.get(i) !== state) return false;
    return true;
  }

  put(state: boolean, start: number, length: number): void {
    const end = Math.min(start + length, this.size);
    for (let i = start; i < end; i++) {
      const byte = this.#bytes[i >> 3] ?? 0;
      this.#bytes[i >> 3] = state ? byte | (1 << (i & 7)) : byte & ~(1 << (i & 7));
    }
    if (end <= start) return;
    const changed = this.#bytes.subarray(start >> 3, ((end - 1) >> 3) + 1);
    this.#kernel.mmu.writeBytes(vaAdd(this.#buffer, start >> 3), changed);
  }

  count(state: boolean): number {
    let count = 0;
    for (let i = 0; i < this.size; i++) if (this.get(i) === state) count++;
    return count;
  }

  *runs(state: boolean, from = 0): Generator<Run> {
    for (let start = from; start < this.size; start++) {
      if (this.get(start) !== state) continue;
      let end = start + 1;
      while (end < this.size && this.get(end) === state) end++;
      yield { start, length: end - start };
      start = end;
    }
  }

  /** First run long enough from the hint on, then from the start. */
  find(state: boolean, length: number, hint: number): number {
    const from = hint < this.size ? hint : 0;
    if (length === 0) return from & ~7;
    for (const start of from === 0 ? [0] : [from, 0]) {
      for (const run of this.runs(state, start)) if (run.length >= length) return run.start;
    }
    return NOT_FOUND;
  }
}

const BitMapHeader = ptr('RTL_BITMAP');

const RtlInitializeBitMap = service({
  name: 'RtlInitializeBitMap',
  doc: 'wdm/nf-wdm-rtlinitializebitmap',
  params: { BitMapHeader, BitMapBuffer: ptr('ULONG'), SizeOfBitMap: u32 },
  returns: 'void',
  maxIrql: HIGH_LEVEL,
  run(kernel, args) {
    const header = RTL_BITMAP.at(kernel.mmu, args.BitMapHeader);
    header.SizeOfBitMap = args.SizeOfBitMap;
    header.Buffer = args.BitMapBuffer;
  },
});

const whole = (name: string, state: boolean): Service =>
  service({
    name,
    doc: `wdm/nf-wdm-${name.toLowerCase()}`,
    params: { BitMapHeader },
    returns: 'void',
    maxIrql: APC_LEVEL,
    run(kernel, args) {
      const { SizeOfBitMap, Buffer } = RTL_BITMAP.at(kernel.mmu, args.BitMapHeader);
      kernel.mmu.fill(Buffer, Math.ceil(SizeOfBitMap / 32) * 4, state ? 0xff : 0);
    },
  });

const range = (name: string, state: boolean): Service =>
  service({
    name,
    doc: `wdm/nf-wdm-${name.toLowerCase()}`,
    params: { BitMapHeader, StartingIndex: u32, Count: u32 },
    returns: 'void',
    maxIrql: APC_LEVEL,
    run: (kernel, args) =>
      new Bits(kernel, args.BitMapHeader).put(state, args.StartingIndex, args.Count),
  });

/** One bit, at a place that the service does not check. */
const single = (name: string, state: boolean): Service =>
  service({
    name,
    doc: `wdm/nf-wdm-${name.toLowerCase()}`,
    params: { BitMapHeader, BitNumber: u32 },
    returns: 'void',
    maxIrql: APC_LEVEL,
    run(kernel, { BitMapHeader: header, BitNumber }) {
      const at = vaAdd(RTL_BITMAP.at(kernel.mmu, header).Buffer, BitNumber >>> 3);
      const bit = 1 << (BitNumber & 7);
      const byte = kernel.mmu.u8(at);
      kernel.mmu.write(at, 1, BigInt(state ? byte | bit : byte & ~bit));
    },
  });

const RtlTestBit = service({
  name: 'RtlTestBit',
  doc: 'wdm/nf-wdm-rtltestbit',
  params: { BitMapHeader, BitNumber: u32 },
  returns: 'bool',
  maxIrql: APC_LEVEL,
  run(kernel, { BitMapHeader: header, BitNumber }) {
    const { Buffer } = RTL_BITMAP.at(kernel.mmu, header);
    return ((kernel.mmu.u8(vaAdd(Buffer, BitNumber >>> 3)) >> (BitNumber & 7)) & 1) === 1;
  },
});

const test = (name: string, state: boolean): Service =>
  service({
    name,
    doc: `wdm/nf-wdm-${name.toLowerCase()}`,
    params: { BitMapHeader, StartingIndex: u32, Length: u32 },
    returns: 'bool',
    maxIrql: APC_LEVEL,
    run: (kernel, args) =>
      new Bits(kernel, args.BitMapHeader).are(state, args.StartingIndex, args.Length),
  });

const finding = (name: string, state: boolean, change: boolean): Service =>
  service({
    name,
    doc: `wdm/nf-wdm-${name.toLowerCase()}`,
    params: { BitMapHeader, NumberToFind: u32, HintIndex: u32 },
    returns: 'u32',
    maxIrql: APC_LEVEL,
    run(kernel, { BitMapHeader: header, NumberToFind, HintIndex }) {
      const bits = new Bits(kernel, header);
      const found = bits.find(state, NumberToFind, HintIndex);
      if (change && found !== NOT_FOUND) bits.put(!state, found, NumberToFind);
      return found;
    },
  });

const counting = (name: string, state: boolean): Service =>
  service({
    name,
    doc: `wdm/nf-wdm-${name.toLowerCase()}`,
    params: { BitMapHeader },
    returns: 'u32',
    maxIrql: APC_LEVEL,
    run: (kernel, args) => new Bits(kernel, args.BitMapHeader).count(state),
  });

/** Stores where a run starts and gives its length; a length of 0 says that there is none. */
function tell(kernel: Kernel, at: Va, run: Run | undefined, otherwise: number): number {
  kernel.mmu.write(at, 4, BigInt(run?.start ?? otherwise));
  return run?.length ?? 0;
}

const RtlFindFirstRunClear = service({
  name: 'RtlFindFirstRunClear',
  doc: 'wdm/nf-wdm-rtlfindfirstrunclear',
  params: { BitMapHeader, StartingIndex: ptr('ULONG') },
  returns: 'u32',
  maxIrql: APC_LEVEL,
  run(kernel, args) {
    const bits = new Bits(kernel, args.BitMapHeader);
    const [first] = bits.runs(false);
    return tell(kernel, args.StartingIndex, first, bits.size);
  },
});

const RtlFindLongestRunClear = service({
  name: 'RtlFindLongestRunClear',
  doc: 'wdm/nf-wdm-rtlfindlongestrunclear',
  params: { BitMapHeader, StartingIndex: ptr('ULONG') },
  returns: 'u32',
  maxIrql: APC_LEVEL,
  run(kernel, args) {
    const [longest] = longestFirst(new Bits(kernel, args.BitMapHeader));
    return tell(kernel, args.StartingIndex, longest, 0);
  },
});

const longestFirst = (bits: Bits): Run[] =>
  [...bits.runs(false)].toSorted((a, b) => b.length - a.length);

const RtlFindNextForwardRunClear = service({
  name: 'RtlFindNextForwardRunClear',
  doc: 'wdm/nf-wdm-rtlfindnextforwardrunclear',
  params: { BitMapHeader, FromIndex: u32, StartingRunIndex: ptr('ULONG') },
  returns: 'u32',
  maxIrql: APC_LEVEL,
  run(kernel, args) {
    const [next] = new Bits(kernel, args.BitMapHeader).runs(false, args.FromIndex);
    return tell(kernel, args.StartingRunIndex, next, args.FromIndex);
  },
});

const RtlFindLastBackwardRunClear = service({
  name: 'RtlFindLastBackwardRunClear',
  doc: 'wdm/nf-wdm-rtlfindlastbackwardrunclear',
  params: { BitMapHeader, FromIndex: u32, StartingRunIndex: ptr('ULONG') },
  returns: 'u32',
  maxIrql: APC_LEVEL,
  run(kernel, args) {
    const before = [...new Bits(kernel, args.BitMapHeader).runs(false)].filter(
      (run) => run.start <= args.FromIndex,
    );
    const last = before.at(-1);
    const length = last && Math.min(last.length, args.FromIndex - last.start + 1);
    const run = last && length !== undefined ? { start: last.start, length } : undefined;
    return tell(kernel, args.StartingRunIndex, run, args.FromIndex);
  },
});

/** RTL_BITMAP_RUN: StartingIndex, NumberOfBits. */
const RtlFindClearRuns = service({
  name: 'RtlFindClearRuns',
  doc: 'wdm/nf-wdm-rtlfindclearruns',
  params: {
    BitMapHeader,
    RunArray: ptr('RTL_BITMAP_RUN'),
    SizeOfRunArray: u32,
    LocateLongestRuns: u32,
  },
  returns: 'u32',
  maxIrql: APC_LEVEL,
  run(kernel, args) {
    const bits = new Bits(kernel, args.BitMapHeader);
    const all = (args.LocateLongestRuns & 0xff) !== 0 ? longestFirst(bits) : [...bits.runs(false)];
    const runs = all.slice(0, args.SizeOfRunArray);
    runs.forEach(({ start, length }, i) => {
      kernel.mmu.write(vaAdd(args.RunArray, i * 8), 4, BigInt(start));
      kernel.mmu.write(vaAdd(args.RunArray, i * 8 + 4), 4, BigInt(length));
    });
    return runs.length;
  },
});

const significant = (name: string, choose: (set: bigint) => number): Service =>
  service({
    name,
    doc: `wdm/nf-wdm-${name.toLowerCase()}`,
    params: { Set: u64 },
    returns: 'u32',
    maxIrql: HIGH_LEVEL,
    run: (_kernel, args) => (args.Set === 0n ? -1 : choose(args.Set)),
  });

const RtlNumberOfSetBitsUlongPtr = service({
  name: 'RtlNumberOfSetBitsUlongPtr',
  doc: 'wdm/nf-wdm-rtlnumberofsetbitsulongptr',
  params: { Target: u64 },
  returns: 'u32',
  maxIrql: HIGH_LEVEL,
  run: (_kernel, { Target }) => Target.toString(2).replaceAll('0', '').length,
});

export const bitmapServices: readonly Service[] = [
  RtlInitializeBitMap,
  whole('RtlClearAllBits', false),
  whole('RtlSetAllBits', true),
  range('RtlClearBits', false),
  range('RtlSetBits', true),
  single('RtlClearBit', false),
  single('RtlSetBit', true),
  RtlTestBit,
  test('RtlAreBitsClear', false),
  test('RtlAreBitsSet', true),
  finding('RtlFindClearBits', false, false),
  finding('RtlFindClearBitsAndSet', false, true),
  finding('RtlFindSetBits', true, false),
  finding('RtlFindSetBitsAndClear', true, true),
  counting('RtlNumberOfClearBits', false),
  counting('RtlNumberOfSetBits', true),
  RtlFindFirstRunClear,
  RtlFindLongestRunClear,
  RtlFindNextForwardRunClear,
  RtlFindLastBackwardRunClear,
  RtlFindClearRuns,
  significant('RtlFindLeastSignificantBit', (set) => (set & -set).toString(2).length - 1),
  significant('RtlFindMostSignificantBit', (set) => set.toString(2).length - 1),
  RtlNumberOfSetBitsUlongPtr,
];
