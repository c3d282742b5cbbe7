import { expect, test } from 'vitest';
import { STATUS } from '../../units/status.ts';
import { allocate, caller, testKernel } from '../test-kernel.ts';
import { keServices } from './services.ts';

const bugCheckOf = (action: () => unknown): unknown => {
  try {
    return action();
  } catch (thrown) {
    return thrown;
  }
};

test('x87 and SSE are enabled, as CPUID says', () => {
  const call = caller(testKernel(), keServices);
  expect(call('RtlGetEnabledExtendedFeatures', -1)).toBe(3n);
});

test('saving x87 and SSE succeeds with nothing saved', () => {
  const kernel = testKernel();
  const call = caller(kernel, keServices);
  const save = allocate(kernel, 56);
  expect(call('KeSaveExtendedProcessorState', 3, save)).toBe(0n);
  call('KeRestoreExtendedProcessorState', save);
});

test('saving AVX stops the machine', () => {
  const kernel = testKernel();
  const save = allocate(kernel, 56);
  const action = () => caller(kernel, keServices)('KeSaveExtendedProcessorState', 4, save);
  expect(bugCheckOf(action)).toMatchObject({ code: 0x131, parameters: [0n, 0x80_0000n, 4n, 0n] });
});

/** States that a callback hears, and what registering gives when the first of them is answered so. */
function register(flags: number, answer: number) {
  const kernel = testKernel();
  const heard: number[] = [];
  const call = caller(kernel, keServices, (effect) => {
    if (effect.kind !== 'call-guest') throw new TypeError(effect.kind);
    const [context = 0n, change = kernel.scheduler.currentThread, status = change] = effect.args;
    expect([effect.entry, context]).toEqual([0x7000n, 0x55n]);
    heard.push(kernel.mmu.u32(change as typeof kernel.scheduler.currentThread));
    kernel.mmu.write(status as typeof kernel.scheduler.currentThread, 4, BigInt(answer));
    return 0n;
  });
  const handle = call('KeRegisterProcessorChangeCallback', 0x7000, 0x55, flags);
  if (handle !== 0n) call('KeDeregisterProcessorChangeCallback', handle);
  return { heard, isRegistered: handle !== 0n };
}

test.each([
  ['without existing ones', 0, 0, [], true],
  ['with the existing one', 1, 0, [0, 1], true],
  ['with one that the driver refuses', 1, STATUS.NO_MEMORY, [0], false],
])('a processor callback %s', (_what, flags, answer, heard, isRegistered) => {
  expect(register(flags, answer)).toEqual({ heard, isRegistered });
});
