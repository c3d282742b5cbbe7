import { expect, test } from 'vitest';
import { PAGE_SIZE, rva, type Va, va, vaAdd } from '../../units/address.ts';
import { STATUS } from '../../units/status.ts';
import { freePool } from '../ex/pool-services.ts';
import { exportAddresses, loadedImages } from '../exports.ts';
import { placeString } from '../test-kernel.ts';
import { DEVICE_BASE, machine, type TestMachine } from './mm.suite.ts';

const NOWHERE = va(0xffff_a000_7000_0000n);
const RAM_BYTES = 16 << 20;

test('physical from virtual and back', () => {
  const { kernel, call, nonpaged } = machine();
  const at = vaAdd(nonpaged(2 * PAGE_SIZE), 0x1234);
  const physical = call('MmGetPhysicalAddress', at);
  expect(physical).toBe(BigInt(kernel.mmu.translate(at, 'read')));
  expect(call('MmGetVirtualForPhysical', physical)).toBe(at);
  call('MmMapIoSpace', physical, 8, 1);
  expect(call('MmGetVirtualForPhysical', physical)).toBe(at);
  freePool(kernel, vaAdd(at, -0x1234));
  expect(call('MmGetVirtualForPhysical', BigInt(RAM_BYTES - 8))).toBe(0n);
  expect(call('MmGetVirtualForPhysical', DEVICE_BASE)).toBe(0n);
  expect(call('MmGetPhysicalAddress', NOWHERE)).toBe(0n);
});

test('validity of addresses', () => {
  const { call, nonpaged, paged } = machine();
  const [resident, pageable] = [nonpaged(8), paged(8)];
  const answers = (name: string) =>
    [resident, pageable, NOWHERE, 8n, 0x8000_0000_0000_0000n].map((at) => call(name, at));
  expect(answers('MmIsAddressValid')).toEqual([1n, 1n, 0n, 0n, 0n]);
  expect(answers('MmIsNonPagedSystemAddressValid')).toEqual([1n, 0n, 0n, 0n, 0n]);
});

test.each([
  ['MmGetPhysicalMemoryRanges', []],
  ['MmGetPhysicalMemoryRangesEx', [0]],
  ['MmGetPhysicalMemoryRangesEx2', [0, 0]],
])('%s ends with zeros and is freed as pool', (name, args) => {
  const { kernel, call } = machine();
  const at = va(call(name, ...args));
  const words = [0, 8, 16, 24].map((offset) => kernel.mmu.u64(vaAdd(at, offset)));
  expect(words).toEqual([0x1000n, BigInt(RAM_BYTES - 0x1000), 0n, 0n]);
  expect(() => freePool(kernel, at)).not.toThrow();
});

const PHYSICAL = 1;
const VIRTUAL = 2;
const { SUCCESS, INVALID_ADDRESS, INVALID_PARAMETER_4 } = STATUS;
const backed = ({ kernel, nonpaged }: TestMachine) => {
  const at = nonpaged(PAGE_SIZE);
  kernel.mmu.write(at, 8, 0x1122_3344_5566_7788n);
  return at;
};
const physicalOf = (on: TestMachine, at: Va) => BigInt(on.kernel.mmu.translate(at, 'read'));

test.each([
  ['pool', (on: TestMachine) => backed(on), VIRTUAL, 8, SUCCESS, 8n, null],
  ['pool', (on: TestMachine) => physicalOf(on, backed(on)), PHYSICAL, 8, SUCCESS, 8n, 'ram'],
  [
    'past pool',
    (on: TestMachine) => vaAdd(backed(on), 0xffc),
    VIRTUAL,
    8,
    INVALID_ADDRESS,
    4n,
    null,
  ],
  ['nothing', () => NOWHERE, VIRTUAL, 8, INVALID_ADDRESS, 0n, null],
  ['a device', () => DEVICE_BASE, PHYSICAL, 8, INVALID_ADDRESS, 0n, 'device'],
  ['no memory', () => 2n ** 40n, PHYSICAL, 8, INVALID_ADDRESS, 0n, 'nothing'],
  ['the end of RAM', () => RAM_BYTES - 4, PHYSICAL, 8, INVALID_ADDRESS, 4n, 'nothing'],
  [
    'mapped registers',
    (on: TestMachine) => on.call('MmMapIoSpace', DEVICE_BASE, 8, 0),
    VIRTUAL,
    8,
    INVALID_ADDRESS,
    0n,
    null,
  ],
  ['neither kind', () => NOWHERE, 0, 8, INVALID_PARAMETER_4, 0n, null],
  ['both kinds', () => NOWHERE, 3, 8, INVALID_PARAMETER_4, 0n, null],
  ['no bytes', () => NOWHERE, VIRTUAL, 0, SUCCESS, 0n, null],
] as const)('MmCopyMemory of %s (%#)', (_, source, flags, bytes, status, copied, backing) => {
  const on = machine();
  const target = on.nonpaged(16);
  const count = vaAdd(target, 8);
  const result = on.call('MmCopyMemory', target, source(on), bytes, flags, count);
  expect([Number(result), on.kernel.mmu.u64(count)]).toEqual([status, copied]);
  if (copied === 8n) expect(on.kernel.mmu.u64(target)).toBe(0x1122_3344_5566_7788n);
  expect(on.told('copy-memory').map((event) => event.backing)).toEqual(
    backing === null ? [] : [backing],
  );
});

test('MmGetSystemRoutineAddress finds what the kernel and the HAL export', () => {
  const { kernel, call } = machine();
  const images = [
    { name: 'ntoskrnl.exe', base: va(0xffff_f800_1000_0000n) },
    { name: 'hal.dll', base: va(0xffff_f800_1010_0000n) },
    { name: 'ndis.sys', base: va(0xffff_f800_1020_0000n) },
  ];
  for (const { name, base } of images) {
    loadedImages(kernel).push({ name, path: name, base, bytes: 0x1000 });
    exportAddresses(kernel).set(`From${name}`, vaAdd(base, rva(0x20)));
  }
  const find = (name: string) => call('MmGetSystemRoutineAddress', placeString(kernel, name));
  expect(find('Fromntoskrnl.exe')).toBe(0xffff_f800_1000_0020n);
  expect(find('Fromhal.dll')).toBe(0xffff_f800_1010_0020n);
  expect([find('Fromndis.sys'), find('MmNoSuchRoutine'), find('')]).toEqual([0n, 0n, 0n]);
});

test('a workstation, large and without Driver Verifier', () => {
  const { call } = machine();
  expect([call('MmQuerySystemSize'), call('MmIsThisAnNtAsSystem')]).toEqual([2n, 0n]);
  expect([call('MmIsDriverVerifying', 0), call('MmIsDriverVerifyingByAddress', 0)]).toEqual([
    0n,
    0n,
  ]);
});
