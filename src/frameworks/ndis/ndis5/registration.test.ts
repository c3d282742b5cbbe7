import { expect, test } from 'vitest';
import type { EventBody } from '../../../events/event.ts';
import { allocateForKernel } from '../../../kernel/ex/pool.ts';
import { caller, testKernel } from '../../../kernel/test-kernel.ts';
import { type Va, va, vaAdd } from '../../../units/address.ts';
import { NDIS_STATUS, ndisStatusName } from '../../../units/ndis-status.ts';
import { miniportDrivers } from '../miniport-driver.ts';
import { CHARACTERISTICS } from './layout.ts';
import { ndis5Services } from './services.ts';

const DRIVER_OBJECT = va(0xffff_a000_0000_1000n);
const ENTRY = va(0xffff_f800_0000_1000n);
const UNLOAD = va(0xffff_f800_0000_2000n);
const REQUIRED = [
  'HaltHandler',
  'InitializeHandler',
  'QueryInformationHandler',
  'ResetHandler',
  'SetInformationHandler',
  'SendPacketsHandler',
] as const;

function machine() {
  const problems: string[] = [];
  const emit = (event: EventBody): void => {
    if (event.kind === 'framework-misuse') problems.push(`${event.service} ${event.problem}`);
  };
  const kernel = testKernel({ emit });
  const call = caller(kernel, ndis5Services);
  const out = allocateForKernel(kernel, 8, 'Test');
  call('NdisInitializeWrapper', out, DRIVER_OBJECT, 0, 0);
  const wrapper = kernel.mmu.pointer(out);
  const characteristics = (major: number, minor: number, without = ''): Va => {
    const at = allocateForKernel(kernel, CHARACTERISTICS.bytes, 'Test');
    kernel.mmu.writeBytes(at, new Uint8Array(CHARACTERISTICS.bytes));
    kernel.mmu.write(at, 1, BigInt(major));
    kernel.mmu.write(vaAdd(at, 1), 1, BigInt(minor));
    for (const field of REQUIRED) {
      if (field !== without) kernel.mmu.write(vaAdd(at, CHARACTERISTICS.offsetOf(field)), 8, ENTRY);
    }
    return at;
  };
  return { kernel, call, wrapper, characteristics, problems };
}

test.each([
  [4, 1, 0xf0, 'BAD_VERSION'],
  [5, 2, 0xf0, 'BAD_VERSION'],
  [6, 0, 0xf0, 'BAD_VERSION'],
  [5, 1, 0xef, 'BAD_CHARACTERISTICS'],
  [5, 0, 0xb7, 'BAD_CHARACTERISTICS'],
] as const)('version %d.%d with %d bytes is refused: %s', (major, minor, bytes, status) => {
  const { call, wrapper, characteristics } = machine();
  const answer = call('NdisMRegisterMiniport', wrapper, characteristics(major, minor), bytes);
  expect(ndisStatusName(Number(answer))).toBe(`NDIS_STATUS_${status}`);
});

test.each(REQUIRED)('a miniport without %s is refused', (field) => {
  const { call, wrapper, characteristics } = machine();
  const answer = call('NdisMRegisterMiniport', wrapper, characteristics(5, 1, field), 0xf0);
  expect(Number(answer)).toBe(NDIS_STATUS.BAD_CHARACTERISTICS);
});

test('an unload handler may be registered before the miniport; a terminated wrapper stands for nothing', () => {
  const { kernel, call, wrapper, problems } = machine();
  expect(miniportDrivers(kernel).driverObjectOf(wrapper)).toBe(DRIVER_OBJECT);
  call('NdisMRegisterUnloadHandler', wrapper, UNLOAD);
  expect(problems).toEqual([]);
  call('NdisTerminateWrapper', wrapper, 0);
  call('NdisMRegisterUnloadHandler', wrapper, UNLOAD);
  call('NdisTerminateWrapper', wrapper, 0);
  expect(problems).toEqual([
    'NdisMRegisterUnloadHandler wrong-handle',
    'NdisTerminateWrapper wrong-handle',
  ]);
  expect(Number(call('NdisMRegisterMiniport', wrapper, 0, 0xf0))).toBe(NDIS_STATUS.FAILURE);
});
