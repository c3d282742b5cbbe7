/** CPUID of the virtual processor: exactly the features that the translator has (Intel SDM vol. 2A, CPUID). */
import type { CpuIdResult } from '../cpu/environment.ts';

const leaf = (eax: number, ebx: number, ecx: number, edx: number): CpuIdResult => ({
  eax: eax >>> 0,
  ebx: ebx >>> 0,
  ecx: ecx >>> 0,
  edx: edx >>> 0,
});

const text = (four: string): number =>
  [...four].reduce((word, c, i) => word | (c.charCodeAt(0) << (8 * i)), 0);

const VENDOR = leaf(0xd, text('Genu'), text('ntel'), text('ineI'));
/** Family 6: FPU VME PSE TSC MSR PAE MCE CX8 APIC SEP MTRR PGE CMOV PAT CLFSH MMX FXSR SSE SSE2; CX16 POPCNT MOVBE XSAVE OSXSAVE. */
const FEATURES = leaf(0x0003_06a0, 0x0001_0800, 0x0cc0_2000, 0x0788_fbff);
/** The states that XCR0 may name, x87 and SSE, and the bytes of their area with its header. */
const STATES = leaf(0x3, 0x240, 0x240, 0);
/** XSAVEOPT, but neither XSAVEC nor XSAVES. */
const STATE_FEATURES = leaf(0x1, 0, 0, 0);
const NOTHING = leaf(0, 0, 0, 0);
/** LAHF in long mode, LZCNT; SYSCALL, NX, RDTSCP, long mode. */
const EXTENDED = leaf(0, 0, 0x21, 0x2810_0800);
const BRAND = 'iospace virtual x86-64 processor'.padEnd(48, '\0');
/** 48 bits virtual, 52 bits physical. */
const ADDRESS_BITS = 0x3034;

export function cpuid(function_: number, subleaf: number): CpuIdResult {
  switch (function_ >>> 0) {
    case 0:
      return VENDOR;
    case 1:
      return FEATURES;
    case 0xd:
      return [STATES, STATE_FEATURES][subleaf >>> 0] ?? NOTHING;
    case 0x8000_0000:
      return leaf(0x8000_0008, 0, 0, 0);
    case 0x8000_0001:
      return EXTENDED;
    case 0x8000_0002:
    case 0x8000_0003:
    case 0x8000_0004: {
      const at = ((function_ >>> 0) - 0x8000_0002) * 16;
      const word = (i: number): number => text(BRAND.slice(at + i * 4, at + i * 4 + 4));
      return leaf(word(0), word(1), word(2), word(3));
    }
    case 0x8000_0008:
      return leaf(ADDRESS_BITS, 0, 0, 0);
    default:
      return NOTHING;
  }
}
