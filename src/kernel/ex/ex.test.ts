import { expect, test } from 'vitest';
import { NULL, PAGE_SIZE, type Va, va, vaAdd } from '../../units/address.ts';
import { STATUS } from '../../units/status.ts';
import { exportAddresses } from '../exports.ts';
import {
  allocate,
  caller,
  drive,
  invoke,
  placeString,
  serviceNamed,
  testKernel,
} from '../test-kernel.ts';
import { pool } from './pool.ts';
import { exServices } from './services.ts';

const TAG = 0x31676154; // 'Tag1'

function setup() {
  const kernel = testKernel();
  exportAddresses(kernel).set('ExAllocatePoolWithTag', va(0xffff_f800_1000_1000n));
  exportAddresses(kernel).set('ExFreePool', va(0xffff_f800_1000_1008n));
  return { kernel, call: caller(kernel, exServices) };
}

const bugCheckOf = (action: () => unknown): { code: number; parameters: bigint[] } => {
  try {
    action();
  } catch (thrown) {
    return thrown as { code: number; parameters: bigint[] };
  }
  throw new TypeError('no bug check');
};

test('every service of the family has a name of its own and a documentation page', () => {
  const names = exServices.map((s) => s.name);
  expect(new Set(names).size).toBe(names.length);
  for (const service of exServices) expect(service.doc).not.toContain('?');
});

test('pool blocks carry their tag and only zeroing services zero them', () => {
  const { kernel, call } = setup();
  const dirty = va(call('ExAllocatePoolWithTag', 512, 24, TAG));
  expect(pool(kernel).block(dirty)).toMatchObject({ tag: 'Tag1', kind: 'nonpaged', bytes: 24 });
  expect(kernel.mmu.u64(dirty)).not.toBe(0n);
  const clean = va(call('ExAllocatePool2', 0x100, 24, TAG));
  expect(pool(kernel).block(clean)?.kind).toBe('paged');
  expect(kernel.mmu.u64(clean)).toBe(0n);
  expect(call('ExAllocatePool2', 0x40 | 0x2, 0x1000, TAG) % BigInt(PAGE_SIZE)).toBe(0n);
  call('ExFreePoolWithTag', dirty, TAG);
  expect(pool(kernel).block(dirty)).toBeUndefined();
});

test.each([
  ['no kind', 0, 16, TAG],
  ['two kinds', 0x140, 16, TAG],
  ['no tag', 0x40, 16, 0],
  ['no bytes', 0x40, 0, TAG],
  ['an unknown required flag', 0x40 | 0x8000, 16, TAG],
  ['more than there is', 0x40, 1 << 30, TAG],
])('ExAllocatePool2 gives NULL for %s', (_what, flags, bytes, tag) => {
  expect(setup().call('ExAllocatePool2', flags, bytes, tag)).toBe(0n);
});

test('wrong frees stop the machine with the documented parameters', () => {
  const { kernel, call } = setup();
  const at = va(call('ExAllocatePoolWithTag', 512, 100, TAG));
  expect(bugCheckOf(() => call('ExFreePoolWithTag', at, 0x32676154))).toMatchObject({
    code: 0xc2,
    parameters: [0xan, at, BigInt(TAG), 0x32676154n],
  });
  expect(bugCheckOf(() => call('ExFreePool', vaAdd(at, 16)))).toMatchObject({
    code: 0xc2,
    parameters: [0x44n, vaAdd(at, 16)],
  });
  call('ExFreePool', at);
  expect(bugCheckOf(() => call('ExFreePool', at)).parameters).toEqual([7n, 0n, 0n, at]);
  expect(bugCheckOf(() => call('ExFreePool', 0)).parameters.slice(0, 2)).toEqual([0x40n, 0n]);
  expect(kernel.irql).toBe(0);
});

test('the limit of an allocation depends on the pool it takes from', () => {
  const { kernel } = setup();
  const service = serviceNamed(exServices, 'ExAllocatePoolWithTag');
  const limit = (type: number) =>
    service.maxIrql(kernel, { PoolType: type, NumberOfBytes: 1n, Tag: TAG });
  expect([limit(512), limit(1)]).toEqual([2, 1]);
});

test('a lookaside list can be used as the inline code of the headers does', () => {
  const { kernel, call } = setup();
  const list = allocate(kernel, 128);
  call('ExInitializeNPagedLookasideList', list, 0, 0, 512, 64, TAG, 0);
  expect(kernel.mmu.u16(vaAdd(list, 16))).toBe(4);
  expect(kernel.mmu.u32(vaAdd(list, 44))).toBe(64);
  expect(kernel.mmu.u64(vaAdd(list, 48))).toBe(0xffff_f800_1000_1000n);
  expect(call('ExpInterlockedPopEntrySList', list)).toBe(0n);
  const entries = [1, 2].map(() => va(call('ExAllocatePoolWithTag', 512, 64, TAG)));
  for (const entry of entries) call('ExpInterlockedPushEntrySList', list, entry);
  expect(call('ExQueryDepthSList', list)).toBe(2n);
  expect(call('ExpInterlockedPopEntrySList', list)).toBe(entries[1]);
  call('ExDeleteNPagedLookasideList', list);
  expect(pool(kernel).block(entries[0] ?? NULL)).toBeUndefined();
});

test('a driver-supplied free routine is called with the entry and the list', () => {
  const { kernel } = setup();
  const list = allocate(kernel, 96);
  const calls: unknown[] = [];
  const call = caller(kernel, exServices, (effect) => {
    calls.push(effect);
    return 0n;
  });
  expect(call('ExInitializeLookasideListEx', list, 0, 0x7000, 512, 0, 32, TAG, 0)).toBe(0n);
  expect(call('ExInitializeLookasideListEx', list, 0, 0, 3, 0, 32, TAG, 0)).toBe(
    BigInt(STATUS.INVALID_PARAMETER_4),
  );
  const entry = allocate(kernel, 32);
  call('ExpInterlockedPushEntrySList', list, entry);
  call('ExDeleteLookasideListEx', list);
  expect(calls).toMatchObject([{ kind: 'call-guest', entry: 0x7000n, args: [entry, list] }]);
});

test('a fast mutex raises to APC_LEVEL, and a second thread waits on its event', () => {
  const { kernel, call } = setup();
  const mutex = allocate(kernel, 56);
  call('ExInitializeFastMutex', mutex);
  call('ExAcquireFastMutex', mutex);
  expect([kernel.irql, kernel.mmu.u32(mutex)]).toEqual([1, 0]);
  const second = serviceNamed(exServices, 'ExAcquireFastMutexUnsafe');
  const event = vaAdd(mutex, 24);
  const waits: unknown[] = [];
  invoke(kernel, second, [mutex], (effect) => {
    waits.push(effect);
    call('ExReleaseFastMutex', mutex);
    return 0n;
  });
  expect(waits).toMatchObject([{ kind: 'wait', objects: [event] }]);
  expect(kernel.scheduler.signals).toContain(event);
  expect(kernel.mmu.u32(mutex) & 1).toBe(0);
  expect(kernel.irql).toBe(0);
});

test('a resource is shared by readers, taken again by its writer and refused to others', () => {
  const { kernel, call } = setup();
  const { scheduler } = kernel;
  const resource = allocate(kernel, 104);
  const first = scheduler.currentThread;
  call('ExInitializeResourceLite', resource);
  expect(call('ExAcquireResourceExclusiveLite', resource, 1)).toBe(1n);
  expect(call('ExAcquireResourceExclusiveLite', resource, 1)).toBe(1n);
  expect(call('ExIsResourceAcquiredExclusiveLite', resource)).toBe(1n);
  scheduler.currentThread = vaAdd(first, 0x1000);
  expect(call('ExAcquireResourceSharedLite', resource, 0)).toBe(0n);
  expect(bugCheckOf(() => call('ExReleaseResourceLite', resource)).code).toBe(0xe3);
  scheduler.currentThread = first;
  call('ExReleaseResourceLite', resource);
  call('ExConvertExclusiveToSharedLite', resource);
  scheduler.currentThread = vaAdd(first, 0x1000);
  expect(call('ExAcquireResourceSharedLite', resource, 0)).toBe(1n);
  expect(call('ExIsResourceAcquiredSharedLite', resource)).toBe(1n);
  expect(kernel.mmu.u32(vaAdd(resource, 64))).toBe(2);
});

test('waiting for rundown ends when the last user lets go, and nobody enters after', () => {
  const { kernel, call } = setup();
  const reference = allocate(kernel, 8);
  expect(call('ExAcquireRundownProtection', reference)).toBe(1n);
  const wait = serviceNamed(exServices, 'ExWaitForRundownProtectionRelease');
  invoke(kernel, wait, [reference], () => {
    expect(call('ExAcquireRundownProtection', reference)).toBe(0n);
    call('ExReleaseRundownProtection', reference);
    return 0n;
  });
  expect(kernel.mmu.u64(reference)).toBe(1n);
});

test('interlocked lists give back neighbours, NULL for none', () => {
  const { kernel, call } = setup();
  const [head, a, b, lock] = [16, 16, 16, 8].map((bytes) => allocate(kernel, bytes)) as [
    Va,
    Va,
    Va,
    Va,
  ];
  kernel.mmu.write(head, 8, head);
  kernel.mmu.write(vaAdd(head, 8), 8, head);
  expect(call('ExInterlockedInsertTailList', head, a, lock)).toBe(0n);
  expect(call('ExInterlockedInsertTailList', head, b, lock)).toBe(a);
  expect(call('ExInterlockedRemoveHeadList', head, lock)).toBe(a);
  expect(call('ExInterlockedRemoveHeadList', head, lock)).toBe(b);
  expect(call('ExInterlockedRemoveHeadList', head, lock)).toBe(0n);
  kernel.mmu.write(lock, 8, 1n);
  expect(bugCheckOf(() => call('ExInterlockedRemoveHeadList', head, lock)).code).toBe(0xf);
});

test('reader-writer spin locks raise to DISPATCH_LEVEL and keep their word', () => {
  const { kernel, call } = setup();
  const lock = allocate(kernel, 4);
  expect(call('ExAcquireSpinLockShared', lock)).toBe(0n);
  expect(kernel.irql).toBe(2);
  expect(call('ExTryConvertSharedSpinLockExclusive', lock)).toBe(1n);
  expect(bugCheckOf(() => call('ExAcquireSpinLockSharedAtDpcLevel', lock)).code).toBe(0xf);
  call('ExReleaseSpinLockExclusive', lock, 0);
  expect([kernel.irql, kernel.mmu.u32(lock)]).toEqual([0, 0]);
});

test('a work item runs its routine on a thread of its own and may not be queued twice', () => {
  const { kernel, call } = setup();
  const item = allocate(kernel, 32);
  kernel.mmu.write(vaAdd(item, 16), 8, 0x7000n);
  kernel.mmu.write(vaAdd(item, 24), 8, 0x1234n);
  call('ExQueueWorkItem', item, 1);
  expect(bugCheckOf(() => call('ExQueueWorkItem', item, 1)).code).toBe(0xe4);
  const [thread] = kernel.scheduler.threads;
  const effects: unknown[] = [];
  if (thread !== undefined)
    drive(thread.body(), (effect) => {
      effects.push(effect);
      call('ExQueueWorkItem', item, 1);
      return 0n;
    });
  expect(effects).toMatchObject([{ entry: 0x7000n, args: [0x1234n] }]);
});

test('callback objects notify in order of registration', () => {
  const { kernel } = setup();
  const called: unknown[] = [];
  const call = caller(kernel, exServices, (effect) => {
    called.push(effect);
    return 0n;
  });
  const attributes = allocate(kernel, 48);
  kernel.mmu.write(vaAdd(attributes, 16), 8, placeString(kernel, '\\Callback\\Mine'));
  const out = allocate(kernel, 8);
  expect(call('ExCreateCallback', out, attributes, 0, 0)).toBe(
    BigInt(STATUS.OBJECT_NAME_NOT_FOUND),
  );
  expect(call('ExCreateCallback', out, attributes, 1, 0)).toBe(0n);
  const object = kernel.mmu.u64(out);
  expect(call('ExRegisterCallback', object, 0x7000, 5)).not.toBe(0n);
  expect(call('ExRegisterCallback', object, 0x8000, 6)).toBe(0n);
  call('ExNotifyCallback', object, 1, 2);
  expect(called).toMatchObject([{ entry: 0x7000n, args: [5n, 1n, 2n] }]);
});

test('probes of a user range pass in silence, and writing probes touch each page', () => {
  const { kernel, call } = setup();
  call('ProbeForRead', 0x10000, 16, 4);
  call('ProbeForRead', -8, 0, 4);
  expect(() => call('ProbeForWrite', 0x10000, 16, 1)).toThrow();
  expect(call('ExGetPreviousMode')).toBe(0n);
  expect(kernel.irql).toBe(0);
});

test('timer resolution only gets finer until it is given back', () => {
  const { call } = setup();
  expect(call('ExSetTimerResolution', 10_000, 1)).toBe(10_000n);
  expect(call('ExSetTimerResolution', 20_000, 1)).toBe(10_000n);
  expect(call('ExSetTimerResolution', 0, 0)).toBe(156_250n);
});

test('an allocated timer calls back at DISPATCH_LEVEL until it is deleted', () => {
  const { kernel, call } = setup();
  const timer = va(call('ExAllocateTimer', 0x7000, 0x99, 0));
  expect(call('ExSetTimer', timer, -100, 50, 0)).toBe(0n);
  kernel.clock.advance(100n);
  const source = kernel.interruptSources.map((offer) => offer(0)).find((offer) => offer !== null);
  expect(source?.irql).toBe(2);
  const calls: unknown[] = [];
  if (source !== undefined && source !== null)
    drive(source.run(), (effect) => {
      calls.push(effect);
      return 0n;
    });
  expect(calls).toMatchObject([{ entry: 0x7000n, args: [timer, 0x99n] }]);
  expect(kernel.mmu.u32(vaAdd(timer, 4))).toBe(1);
  expect(call('ExDeleteTimer', timer, 1, 1, 0)).toBe(1n);
  kernel.clock.advance(1000n);
  expect(kernel.interruptSources.every((offer) => offer(0) === null)).toBe(true);
});

test('identifiers come from the seed alone', () => {
  const uuid = () => {
    const { kernel, call } = setup();
    const at = allocate(kernel, 16);
    call('ExUuidCreate', at);
    return kernel.mmu.u64(at);
  };
  expect(uuid()).toBe(uuid());
  expect(uuid()).not.toBe(BigInt(NULL));
});
