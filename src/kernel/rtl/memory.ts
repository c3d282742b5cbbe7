/** memcpy, memset and their Rtl names. */

import { i32, ptr, sizeT, u8, u32, u64 } from '../../layout/struct.ts';
import { NULL, type Va, vaAdd } from '../../units/address.ts';
import { HIGH_LEVEL } from '../../units/irql.ts';
import type { Kernel } from '../kernel.ts';
import { alias, type Service, service } from '../service.ts';
import { copyMemory, equalBytes, fillMemory } from './guest-memory.ts';

const memcpy = service({
  name: 'memcpy',
  doc: 'string.h',
  params: { Destination: ptr(), Source: ptr(), Length: sizeT },
  returns: 'pointer',
  run(kernel, { Destination, Source, Length }) {
    copyMemory(kernel.mmu, Destination, Source, Length);
    return Destination;
  },
});

const RtlCopyMemory = service({
  name: 'RtlCopyMemory',
  doc: 'wdm/nf-wdm-rtlcopymemory',
  params: { Destination: ptr(), Source: ptr(), Length: sizeT },
  returns: 'void',
  maxIrql: HIGH_LEVEL,
  run: (kernel, args) => copyMemory(kernel.mmu, args.Destination, args.Source, args.Length),
});

const RtlMoveMemory = service({
  name: 'RtlMoveMemory',
  doc: 'wdm/nf-wdm-rtlmovememory',
  params: { Destination: ptr(), Source: ptr(), Length: sizeT },
  returns: 'void',
  maxIrql: HIGH_LEVEL,
  run: (kernel, args) => copyMemory(kernel.mmu, args.Destination, args.Source, args.Length),
});

const memset = service({
  name: 'memset',
  doc: 'string.h',
  params: { Destination: ptr(), Fill: i32, Length: sizeT },
  returns: 'pointer',
  run(kernel, { Destination, Fill, Length }) {
    fillMemory(kernel.mmu, Destination, Length, Fill);
    return Destination;
  },
});

const RtlFillMemory = service({
  name: 'RtlFillMemory',
  doc: 'wdm/nf-wdm-rtlfillmemory',
  params: { Destination: ptr(), Length: sizeT, Fill: u8 },
  returns: 'void',
  maxIrql: HIGH_LEVEL,
  run: (kernel, args) => fillMemory(kernel.mmu, args.Destination, args.Length, args.Fill),
});

const RtlZeroMemory = service({
  name: 'RtlZeroMemory',
  doc: 'wdm/nf-wdm-rtlzeromemory',
  params: { Destination: ptr(), Length: sizeT },
  returns: 'void',
  maxIrql: HIGH_LEVEL,
  run: (kernel, args) => fillMemory(kernel.mmu, args.Destination, args.Length, 0),
});

const RtlSecureZeroMemory = service({
  name: 'RtlSecureZeroMemory',
  doc: 'wdm/nf-wdm-rtlsecurezeromemory',
  params: { Destination: ptr(), Length: sizeT },
  returns: 'pointer',
  maxIrql: HIGH_LEVEL,
  run(kernel, args) {
    fillMemory(kernel.mmu, args.Destination, args.Length, 0);
    return args.Destination;
  },
});

function compareBytes(kernel: Kernel, a: Va, b: Va, length: bigint): number {
  const equal = equalBytes(kernel.mmu, a, b, length);
  if (equal === length) return 0;
  return kernel.mmu.u8(vaAdd(a, equal)) < kernel.mmu.u8(vaAdd(b, equal)) ? -1 : 1;
}

const memcmp = service({
  name: 'memcmp',
  doc: 'string.h',
  params: { Source1: ptr(), Source2: ptr(), Length: sizeT },
  returns: 'u32',
  run: (kernel, args) => compareBytes(kernel, args.Source1, args.Source2, args.Length),
});

const memchr = service({
  name: 'memchr',
  doc: 'string.h',
  params: { Source: ptr(), Character: i32, Length: sizeT },
  returns: 'pointer',
  run(kernel, { Source, Character, Length }) {
    for (let i = 0n; i < Length; i++) {
      if (kernel.mmu.u8(vaAdd(Source, i)) === (Character & 0xff)) return vaAdd(Source, i);
    }
    return NULL;
  },
});

const RtlCompareMemory = service({
  name: 'RtlCompareMemory',
  doc: 'wdm/nf-wdm-rtlcomparememory',
  params: { Source1: ptr(), Source2: ptr(), Length: sizeT },
  returns: 'u64',
  maxIrql: HIGH_LEVEL,
  run: (kernel, args) => equalBytes(kernel.mmu, args.Source1, args.Source2, args.Length),
});

const RtlEqualMemory = service({
  name: 'RtlEqualMemory',
  doc: 'wdm/nf-wdm-rtlequalmemory',
  params: { Destination: ptr(), Source: ptr(), Length: sizeT },
  returns: 'bool',
  maxIrql: HIGH_LEVEL,
  run: (kernel, args) =>
    equalBytes(kernel.mmu, args.Destination, args.Source, args.Length) === args.Length,
});

/** Both buffers must be ULONG-aligned; 0 otherwise (ntifs.h). */
const RtlCompareMemoryUlong = service({
  name: 'RtlCompareMemoryUlong',
  doc: 'ntifs/nf-ntifs-rtlcomparememoryulong',
  params: { Source: ptr(), Length: sizeT, Pattern: u32 },
  returns: 'u64',
  maxIrql: HIGH_LEVEL,
  run(kernel, { Source, Length, Pattern }) {
    if ((Source & 3n) !== 0n) return 0n;
    let equal = 0n;
    while (equal + 4n <= Length && kernel.mmu.u32(vaAdd(Source, equal)) === Pattern) equal += 4n;
    return equal;
  },
});

const RtlFillMemoryUlong = service({
  name: 'RtlFillMemoryUlong',
  doc: 'ntifs/nf-ntifs-rtlfillmemoryulong',
  params: { Destination: ptr(), Length: sizeT, Pattern: u32 },
  returns: 'void',
  run(kernel, { Destination, Length, Pattern }) {
    for (let done = 0n; done + 4n <= Length; done += 4n) {
      kernel.mmu.write(vaAdd(Destination, done), 4, BigInt(Pattern));
    }
  },
});

const RtlFillMemoryUlonglong = service({
  name: 'RtlFillMemoryUlonglong',
  doc: 'ntifs/nf-ntifs-rtlfillmemoryulonglong',
  params: { Destination: ptr(), Length: sizeT, Pattern: u64 },
  returns: 'void',
  run(kernel, { Destination, Length, Pattern }) {
    for (let done = 0n; done + 8n <= Length; done += 8n) {
      kernel.mmu.write(vaAdd(Destination, done), 8, Pattern);
    }
  },
});

/** A hint to the cache, of which there is none. */
const RtlPrefetchMemoryNonTemporal = service({
  name: 'RtlPrefetchMemoryNonTemporal',
  doc: 'wdm/nf-wdm-rtlprefetchmemorynontemporal',
  params: { Source: ptr(), Length: sizeT },
  returns: 'void',
  maxIrql: HIGH_LEVEL,
  run() {},
});

export const memoryServices: readonly Service[] = [
  memcpy,
  alias('memmove', memcpy),
  RtlCopyMemory,
  alias('RtlCopyMemoryNonTemporal', RtlCopyMemory, 'wdm/nf-wdm-rtlcopymemorynontemporal'),
  RtlMoveMemory,
  memset,
  RtlFillMemory,
  RtlZeroMemory,
  RtlSecureZeroMemory,
  memcmp,
  memchr,
  RtlCompareMemory,
  RtlEqualMemory,
  RtlCompareMemoryUlong,
  RtlFillMemoryUlong,
  RtlFillMemoryUlonglong,
  RtlPrefetchMemoryNonTemporal,
];
