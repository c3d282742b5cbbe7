import { expect, test } from 'vitest';
import { ENABLED_FEATURES } from '../kernel/ke/extended-state.ts';
import { cpuid } from './cpuid.ts';

const OSXSAVE = 1 << 27;
const AVX = 1 << 28;

test('XSAVE is there and AVX is not', () => {
  const { ecx } = cpuid(1, 0);
  expect([ecx & OSXSAVE, ecx & AVX]).toEqual([OSXSAVE, 0]);
});

test('the states that CPUID names are those that Windows enables', () => {
  const { eax, ebx, ecx, edx } = cpuid(0xd, 0);
  expect((BigInt(edx) << 32n) | BigInt(eax)).toBe(ENABLED_FEATURES);
  expect([ebx, ecx]).toEqual([512 + 64, 512 + 64]);
  expect(cpuid(0xd, 1)).toEqual({ eax: 1, ebx: 0, ecx: 0, edx: 0 });
  expect(cpuid(0xd, 2)).toEqual({ eax: 0, ebx: 0, ecx: 0, edx: 0 });
});

test('no leaf in use lies beyond the highest', () => {
  expect(cpuid(0, 0).eax).toBe(0xd);
  for (const leaf of [0xe, 0x14, 0x1f]) expect(cpuid(leaf, 0).eax).toBe(0);
});
