import { expect, test } from 'vitest';
import type { EventBody } from '../../events/event.ts';
import { pool } from '../../kernel/ex/pool.ts';
import { allocate, caller, placeAnsi, placeString, testKernel } from '../../kernel/test-kernel.ts';
import { readUnicodeString } from '../../layout/nt.ts';
import { NULL, va } from '../../units/address.ts';
import { DISPATCH_LEVEL } from '../../units/irql.ts';
import { NDIS_STATUS } from '../../units/ndis-status.ts';
import { NDIS_EXPORTS } from './documented.ts';
import { ndisServices } from './services.ts';

function machine() {
  const problems: string[] = [];
  const emit = (event: EventBody): void => {
    if (event.kind === 'framework-misuse') problems.push(`${event.service} ${event.problem}`);
  };
  const kernel = testKernel({ emit });
  return { kernel, call: caller(kernel, ndisServices), problems };
}

test('every service is of ndis.sys, named once, and documented', () => {
  const names = ndisServices.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(ndisServices.filter(({ dll }) => dll !== 'ndis.sys')).toEqual([]);
  expect(ndisServices.filter(({ doc }) => doc === '')).toEqual([]);
});

test('what ndis.sys exports by its documentation is listed once, in order', () => {
  expect(NDIS_EXPORTS).toEqual([...new Set(NDIS_EXPORTS)].sort());
  expect(NDIS_EXPORTS).toContain('NdisMMapIoSpace');
  expect(NDIS_EXPORTS).toContain('NdisFRegisterFilterDriver');
});

test('memory comes from the pool and goes back', () => {
  const { kernel, call } = machine();
  const out = allocate(kernel, 8);
  expect(call('NdisAllocateMemoryWithTag', out, 100, 0x74736554)).toBe(0n);
  const at = kernel.mmu.pointer(out);
  expect(pool(kernel).block(at)).toBeDefined();
  call('NdisFreeMemory', at, 100, 0);
  expect([pool(kernel).block(at), pool(kernel).wasFreed(at)]).toEqual([undefined, true]);
});

test('a spin lock raises to DISPATCH_LEVEL and comes back', () => {
  const { kernel, call } = machine();
  const lock = allocate(kernel, 16);
  call('NdisAllocateSpinLock', lock);
  call('NdisAcquireSpinLock', lock);
  expect(kernel.irql).toBe(DISPATCH_LEVEL);
  call('NdisReleaseSpinLock', lock);
  expect(kernel.irql).toBe(0);
});

test('a reader-writer lock raises, and gives the old level back', () => {
  const { kernel, call } = machine();
  const lock = call('NdisAllocateRWLock', 0);
  const state = allocate(kernel, 16);
  call('NdisAcquireRWLockWrite', lock, state, 0);
  expect(kernel.irql).toBe(DISPATCH_LEVEL);
  call('NdisReleaseRWLock', lock, state);
  expect(kernel.irql).toBe(0);
  call('NdisAcquireRWLockRead', lock, state, 0);
  call('NdisReleaseRWLock', lock, state);
  call('NdisFreeRWLock', lock);
  expect(kernel.irql).toBe(0);
});

test('strings are made, converted and compared as the runtime library does', () => {
  const { kernel, call } = machine();
  const target = placeString(kernel, '', { capacity: 20 });
  const source = placeString(kernel, 'Adapter', { width: 1 });
  expect(call('NdisAnsiStringToUnicodeString', target, source)).toBe(0n);
  expect(readUnicodeString(kernel.mmu, target)).toBe('Adapter');
  const small = placeString(kernel, '', { capacity: 2 });
  expect(Number(call('NdisAnsiStringToUnicodeString', small, source))).not.toBe(0);
  const made = allocate(kernel, 16);
  call('NdisInitializeString', made, placeAnsi(kernel, 'eth0'));
  expect(readUnicodeString(kernel.mmu, made)).toBe('eth0');
});

test('there is no file system: no file is found', () => {
  const { kernel, call, problems } = machine();
  const out = allocate(kernel, 32);
  call('NdisOpenFile', out, out + 8n, out + 16n, placeString(kernel, 'firmware.bin'), -1);
  expect([kernel.mmu.u32(out), kernel.mmu.pointer(va(out + 8n))]).toEqual([
    NDIS_STATUS.FILE_NOT_FOUND,
    NULL,
  ]);
  call('NdisCloseFile', 0);
  expect(problems).toEqual(['NdisCloseFile wrong-handle']);
});

test.each([
  ['NdisMMapIoSpace', [0, 0, 0xfeb0_0000, 0x1000]],
  ['NdisMRegisterIoPortRange', [0, 0, 0xc000, 0x40]],
] as const)('%s with a handle of no adapter fails and clears the pointer', (name, args) => {
  const { kernel, call } = machine();
  const out = allocate(kernel, 8);
  kernel.mmu.write(out, 8, 0x1234n);
  const status = Number(call(name, out, ...args.slice(1)));
  expect(status).not.toBe(NDIS_STATUS.SUCCESS);
  expect(kernel.mmu.pointer(out)).toBe(NULL);
  expect(kernel.mappings.ledger.entries()).toEqual([]);
});

test.each([
  ['NdisMUnmapIoSpace', [0, 0xffff_f780_0000_0000n, 0x1000]],
  ['NdisMDeregisterIoPortRange', [0, 0xc000, 0x40, 0xc000]],
] as const)('%s of what was never mapped ends nothing', (name, args) => {
  const events: string[] = [];
  const kernel = testKernel({ emit: (event) => events.push(event.kind) });
  caller(kernel, ndisServices)(name, ...args);
  expect(events).toContain('unmap');
  expect(events).not.toContain('mapping-ended');
});
