import { expect, test } from 'vitest';
import { va, vaAdd } from '../../units/address.ts';
import { type Module, modules } from '../ke/modules.ts';
import { handledOnStack } from './handled-on-stack.ts';
import { machine, stopOf } from './mm.suite.ts';
import { mmVariables } from './variables.ts';

const BASE = va(0xffff_f800_6000_0000n);
const SECTIONS = [
  { rva: 0x1000, virtualSize: 0x1800 },
  { rva: 0x3000, virtualSize: 0x10 },
];

/** A machine with an image of two sections; nothing looks at the rest of it. */
function withImage() {
  const on = machine();
  const image = { name: 'sample.sys', base: BASE, end: vaAdd(BASE, 0x4000) };
  modules(on.kernel).add({ ...image, image: { sections: SECTIONS } } as unknown as Module);
  return on;
}

test.each([
  ['MmLockPagableDataSection', 0x1010, 0x1000],
  ['MmLockPagableDataSection', 0x27ff, 0x1000],
  ['MmLockPagableCodeSection', 0x3000, 0x3000],
  ['MmLockPagableDataSection', 0x10, 0],
])('%s at %d gives the section as a handle', (service, at, section) => {
  expect(withImage().call(service, vaAdd(BASE, at))).toBe(vaAdd(BASE, section));
});

test('every unlock needs its lock', () => {
  const { call } = withImage();
  const handle = call('MmLockPagableDataSection', vaAdd(BASE, 0x1010));
  call('MmLockPagableSectionByHandle', handle);
  call('MmUnlockPagableImageSection', handle);
  call('MmUnlockPagableImageSection', handle);
  expect(stopOf(() => call('MmUnlockPagableImageSection', handle))).toEqual({
    code: 0x1a,
    first: 0x1010n,
  });
});

test('the whole driver is paged by any address in it', () => {
  const { call } = withImage();
  expect(call('MmPageEntireDriver', vaAdd(BASE, 0x1010))).toBe(BASE);
  expect(call('MmResetDriverPaging', vaAdd(BASE, 0x1010))).toBe(0n);
});

test.each(['MmLockPagableDataSection', 'MmPageEntireDriver', 'MmResetDriverPaging'])(
  '%s of an address in no image stops the machine',
  (service) => {
    expect(stopOf(() => withImage().call(service, 0x5000n)).code).toBe(0x1a);
  },
);

test('no frame of an image on the stack means no handler', () => {
  expect(handledOnStack(machine().kernel)).toBe(false);
});

test('the variables say where user space ends and system space begins', () => {
  const { kernel, nonpaged } = machine();
  const values = mmVariables.map(({ name, initialise }) => {
    const at = nonpaged(8);
    initialise(kernel, at);
    return [name, kernel.mmu.u64(at)];
  });
  expect(Object.fromEntries(values)).toEqual({
    MmHighestUserAddress: 0x7fff_fffe_ffffn,
    MmSystemRangeStart: 0xffff_8000_0000_0000n,
    MmUserProbeAddress: 0x7fff_ffff_0000n,
  });
});
