import { expect, test } from 'vitest';
import type { PeImport } from '../image/pe-imports.ts';
import { frameworkOf, unmodelledFramework } from './framework.ts';

const from = (...dlls: readonly string[]): PeImport[] =>
  dlls.map((dll) => ({ dll, name: 'Something' }) as PeImport);

test('a driver of a framework that is not modelled is named by it', () => {
  expect(unmodelledFramework(from('ntoskrnl.exe', 'VIDEOPRT.SYS'))).toEqual({
    framework: 'videoport',
    title: 'the VideoPort framework (videoprt.sys)',
  });
  expect(unmodelledFramework(from('ntoskrnl.exe', 'WDFLDR.SYS'))?.framework).toBe('kmdf');
});

test('kernel and NDIS are modelled', () => {
  expect(unmodelledFramework(from('ntoskrnl.exe', 'hal.dll', 'NDIS.SYS'))).toBeUndefined();
  expect(frameworkOf(from('ntoskrnl.exe', 'ndis.sys'))).toBe('wdm');
});
