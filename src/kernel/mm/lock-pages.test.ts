import { expect, test } from 'vitest';
import { isGuestFault } from '../../memory/fault.ts';
import { PAGE_SIZE, type Va, va, vaAdd } from '../../units/address.ts';
import { STATUS } from '../../units/status.ts';
import { pool } from '../ex/pool.ts';
import { invoke, serviceNamed } from '../test-kernel.ts';
import { lockedFrames } from './locked-frames.ts';
import { MDL_FLAG, mdlAt, readFrames } from './mdl.ts';
import {
  DEVICE_BASE,
  KERNEL_MODE,
  machine,
  raisedBy,
  type TestMachine,
  troubles,
  USER_MODE,
} from './mm.suite.ts';
import { mmServices } from './services.ts';
import { userMemory } from './user-memory.ts';

const READ = 0;
const WRITE = 1;
const MODIFY = 2;

/** Memory of every kind that a driver may lock or not. */
const MEMORY: Record<string, (on: TestMachine) => Va> = {
  'paged pool': ({ paged }) => paged(2 * PAGE_SIZE),
  'nonpaged pool': ({ nonpaged }) => nonpaged(2 * PAGE_SIZE),
  'user memory': ({ user }) => user(2 * PAGE_SIZE),
  'read-only user memory': ({ kernel }) =>
    userMemory(kernel).allocate(2 * PAGE_SIZE, 0x02) ?? va(0n),
  'free user memory': () => va(0x2000_0000n),
};

const { SUCCESS, ACCESS_VIOLATION } = STATUS;

test.each([
  ['paged pool', KERNEL_MODE, WRITE, SUCCESS],
  ['paged pool', USER_MODE, READ, ACCESS_VIOLATION],
  ['nonpaged pool', KERNEL_MODE, READ, SUCCESS],
  ['user memory', USER_MODE, WRITE, SUCCESS],
  ['user memory', USER_MODE, MODIFY, SUCCESS],
  ['user memory', KERNEL_MODE, READ, SUCCESS],
  ['read-only user memory', USER_MODE, READ, SUCCESS],
  ['read-only user memory', USER_MODE, WRITE, ACCESS_VIOLATION],
  ['read-only user memory', KERNEL_MODE, MODIFY, ACCESS_VIOLATION],
  ['free user memory', USER_MODE, READ, ACCESS_VIOLATION],
  ['free user memory', KERNEL_MODE, READ, ACCESS_VIOLATION],
])('locking %s in mode %i for operation %i', (memory, mode, operation, status) => {
  const on = machine();
  const buffer = MEMORY[memory]?.(on) ?? va(0n);
  const at = va(on.mdl(vaAdd(buffer, 8), PAGE_SIZE));
  on.told('mdl');
  expect(raisedBy(() => on.call('MmProbeAndLockPages', at, mode, operation))).toBe(status);
  const succeeded = status === SUCCESS;
  expect(on.told('mdl')).toMatchObject([{ what: succeeded ? 'lock' : 'failed', trouble: [] }]);
  expect((on.flags(at) & MDL_FLAG.PAGES_LOCKED) !== 0).toBe(succeeded);
  if (!succeeded) return;
  expect((on.flags(at) & MDL_FLAG.WRITE_OPERATION) !== 0).toBe(operation !== READ);
  const isUser = memory.includes('user');
  expect(mdlAt(on.kernel, at).Process).toBe(isUser ? on.kernel.scheduler.currentProcess : 0n);
  expect(readFrames(on.kernel, at, 2)).toEqual(
    [0, 1].map((i) => on.kernel.mmu.translate(vaAdd(buffer, i * PAGE_SIZE), 'read')),
  );
});

test('a system address where nothing is faults as the touch of it does', () => {
  const { call, mdl } = machine();
  const at = mdl(0xffff_a000_7000_0000n, 8);
  expect(() => call('MmProbeAndLockPages', at, KERNEL_MODE, READ)).toThrow(
    expect.toSatisfy((thrown: unknown) => isGuestFault(thrown)),
  );
});

test('a range that wraps or passes user space is refused in user mode', () => {
  const { call, mdl } = machine();
  const at = mdl(0x7fff_fffe_f000n, 2 * PAGE_SIZE);
  expect(raisedBy(() => call('MmProbeAndLockPages', at, USER_MODE, READ))).toBe(ACCESS_VIOLATION);
});

test('frames stay locked until the last MDL lets go, and are not reused before', () => {
  const { kernel, call, paged, mdl } = machine();
  const buffer = paged(PAGE_SIZE);
  const frame = kernel.mmu.translate(buffer, 'read');
  const [first, second] = [mdl(buffer, PAGE_SIZE), mdl(buffer, PAGE_SIZE)];
  for (const at of [first, second]) call('MmProbeAndLockPages', at, KERNEL_MODE, READ);
  pool(kernel).free(buffer);
  call('MmUnlockPages', first);
  expect([lockedFrames(kernel).has(frame), kernel.frames.isAllocated(frame)]).toEqual([true, true]);
  call('MmUnlockPages', second);
  expect([lockedFrames(kernel).has(frame), kernel.frames.isAllocated(frame)]).toEqual([
    false,
    false,
  ]);
});

test('locking device memory is told of and locks nothing', () => {
  const { kernel, call, mdl, told, flags } = machine();
  const registers = call('MmMapIoSpace', DEVICE_BASE, PAGE_SIZE, 0);
  const at = mdl(registers, PAGE_SIZE);
  call('MmProbeAndLockPages', at, KERNEL_MODE, WRITE);
  expect(troubles(told('mdl'))).toEqual(['pages-not-memory']);
  expect(flags(at) & MDL_FLAG.IO_SPACE).not.toBe(0);
  expect(readFrames(kernel, va(at), 1)).toEqual([DEVICE_BASE]);
});

test('MmUnlockPages ends the system mapping too', () => {
  const { call, paged, mdl, map, told, flags } = machine();
  const at = mdl(paged(PAGE_SIZE), PAGE_SIZE);
  call('MmProbeAndLockPages', at, KERNEL_MODE, WRITE);
  const mapped = map(at);
  call('MmUnlockPages', at);
  expect(told('mapping-ended')).toMatchObject([{ mapping: { virtual: mapped } }]);
  expect(told('unmap')).toEqual([]);
  expect(flags(at) & (MDL_FLAG.MAPPED_TO_SYSTEM_VA | MDL_FLAG.PAGES_LOCKED)).toBe(0);
});

test.each([
  ['never locked', (on: TestMachine) => on.mdl(on.paged(8), 8), 'not-mapped'],
  [
    'built for nonpaged pool',
    (on: TestMachine) => {
      const at = on.mdl(on.nonpaged(8), 8);
      on.call('MmBuildMdlForNonPagedPool', at);
      return at;
    },
    'not-mapped',
  ],
  [
    'partial',
    (on: TestMachine) => {
      const buffer = on.paged(8);
      const [source, target] = [on.mdl(buffer, 8), on.mdl(buffer, 8)];
      on.call('MmProbeAndLockPages', source, KERNEL_MODE, READ);
      on.call('IoBuildPartialMdl', source, target, buffer, 0);
      return target;
    },
    'partial-mdl',
  ],
] as const)('unlocking an MDL that is %s', (_, make, trouble) => {
  const on = machine();
  const at = make(on);
  on.call('MmUnlockPages', at);
  expect(troubles(on.told('mdl'))).toEqual([trouble]);
});

test('MmProbeAndLockProcessPages locks as the other process and comes back', () => {
  const { kernel, call, user, mdl } = machine();
  const { currentProcess } = kernel.scheduler;
  const other = vaAdd(currentProcess, 0x1000);
  const at = va(mdl(user(8), 8));
  call('MmProbeAndLockProcessPages', at, other, USER_MODE, READ);
  expect([mdlAt(kernel, at).Process, kernel.scheduler.currentProcess]).toEqual([
    other,
    currentProcess,
  ]);
  call('MmUnlockPages', at);
  expect(
    raisedBy(() => call('MmProbeAndLockProcessPages', mdl(8n, 8), other, USER_MODE, READ)),
  ).toBe(ACCESS_VIOLATION);
  expect(kernel.scheduler.currentProcess).toBe(currentProcess);
});

test.each([
  ['user memory', 1],
  ['paged pool', 1],
  ['nonpaged pool', 2],
])('the highest IRQL for %s is %i', (memory, irql) => {
  const on = machine();
  const at = on.mdl(MEMORY[memory]?.(on) ?? 0n, 8);
  const service = serviceNamed(mmServices, 'MmProbeAndLockPages');
  const args = { MemoryDescriptorList: va(at), AccessMode: 0, Operation: 0 };
  expect(service.maxIrql(on.kernel, args)).toBe(irql);
  expect(() => invoke(on.kernel, service, [at, KERNEL_MODE, READ])).not.toThrow();
});
