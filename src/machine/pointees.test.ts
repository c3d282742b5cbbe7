/** What traces see behind pointers, and that looking disturbs nothing. */
import { expect, test } from 'vitest';
import { service } from '../kernel/service.ts';
import { allocate, placeAnsi, placeString, placeWide, testKernel } from '../kernel/test-kernel.ts';
import { out, ptr, u32 } from '../layout/struct.ts';
import { NULL, type Va, va, vaAdd } from '../units/address.ts';
import { outputsOf, pointeesOf } from './pointees.ts';

const taking = (params: Record<string, ReturnType<typeof ptr>>) =>
  service({
    name: 'Sample',
    doc: 'wdm/nf-wdm-sample',
    params: { ...params, Plain: u32 },
    returns: 'void',
    run: () => {},
  });

const seen = (to: string, at: Va, kernel = testKernel()) =>
  pointeesOf(kernel.mmu, taking({ P: ptr(to) }), { P: at }).pointees?.P;

test('strings are shown, counted and terminated, narrow and wide', () => {
  const kernel = testKernel();
  expect(seen('UNICODE_STRING', placeString(kernel, '*Speed'), kernel)).toBe('"*Speed"');
  expect(seen('NDIS_STRING', placeString(kernel, ''), kernel)).toBe('""');
  expect(seen('ANSI_STRING', placeString(kernel, 'eth', { width: 1 }), kernel)).toBe('"eth"');
  expect(seen('WCHAR', placeWide(kernel, 'Depth'), kernel)).toBe('"Depth"');
  expect(seen('CHAR', placeAnsi(kernel, ''), kernel)).toBe('""');
  expect(seen('CHAR', placeAnsi(kernel, 'x'.repeat(81)), kernel)).toBe(`"${'x'.repeat(80)}"...`);
});

test('a GUID and a time are shown as people write them', () => {
  const kernel = testKernel();
  const at = allocate(kernel, 16);
  kernel.mmu.writeBytes(
    at,
    Uint8Array.from({ length: 16 }, (_, i) => i),
  );
  expect(seen('GUID', at, kernel)).toBe('{03020100-0504-0706-0809-0a0b0c0d0e0f}');
  kernel.mmu.write(at, 8, -10_000n);
  expect(seen('LARGE_INTEGER', at, kernel)).toBe('-10000');
});

test('what only the callee fills in is shown after the call', () => {
  const kernel = testKernel();
  const takes = taking({
    Name: out('UNICODE_STRING'),
    Status: ptr('NDIS_STATUS'),
    Base: ptr('PVOID'),
  });
  const status = allocate(kernel, 8);
  const base = allocate(kernel, 8);
  kernel.mmu.write(status, 4, 0xc000_0001n);
  kernel.mmu.write(base, 8, 0xffff_9000_0000_1000n);
  const args = { Name: placeString(kernel, 'done'), Status: status, Base: base };
  expect(pointeesOf(kernel.mmu, takes, args)).toEqual({});
  expect(outputsOf(kernel.mmu, takes, args)).toEqual({
    outputs: { Name: '"done"', Status: 'NDIS_STATUS_FAILURE', Base: '0xffff900000001000' },
  });
});

test('absent memory and NULL show nothing, text that runs out of memory what there is', () => {
  const kernel = testKernel();
  expect(seen('CHAR', NULL, kernel)).toBeUndefined();
  expect(seen('UNICODE_STRING', va(0xffff_8888_0000_0000n), kernel)).toBeUndefined();
  const watched: bigint[] = [];
  kernel.mmu.onWatchedAccess = ({ address }) => watched.push(address);
  const at = placeAnsi(kernel, 'quiet');
  kernel.mmu.watch(vaAdd(at, 0));
  expect(seen('CHAR', at, kernel)).toBe('"quiet"');
  expect(watched).toEqual([]);
});
