import { expect, test } from 'vitest';
import { NULL, type Va, va, vaAdd } from '../../units/address.ts';
import { STATUS } from '../../units/status.ts';
import { addFunction, FakeDriver, FakeMachine } from '../io/fake-driver.fixture.ts';
import { allocate, caller, placeString } from '../test-kernel.ts';
import { handles } from './handles.ts';
import { objectType } from './object-types.ts';
import { objects } from './objects.ts';
import { obServices } from './services.ts';

function withDevice() {
  const machine = new FakeMachine();
  const driver = new FakeDriver(machine);
  driver.add(addFunction(machine));
  const { kernel } = machine;
  return { machine, kernel, fdo: driver.fdo, driver, call: caller(kernel, obServices) };
}

test('objects are found by name when they are of the type asked for', () => {
  const { kernel, driver, call } = withDevice();
  const out = allocate(kernel, 8);
  const byName = (name: string, type: Va) =>
    call('ObReferenceObjectByName', placeString(kernel, name), 0, NULL, 0, type, 0, NULL, out);
  const driverType = objectType(kernel, 'Driver');
  expect(byName('\\Driver\\edu', driverType)).toBe(0n);
  expect(kernel.mmu.pointer(out)).toBe(driver.driver);
  const mismatch = BigInt(STATUS.OBJECT_TYPE_MISMATCH);
  expect(byName('\\Device\\Edu0', driverType)).toBe(mismatch);
  expect(byName('\\Device\\None', NULL)).toBe(BigInt(STATUS.OBJECT_NAME_NOT_FOUND));
});

test('a name needs room for its string and characters', () => {
  const { kernel, fdo, call } = withDevice();
  const at = allocate(kernel, 64);
  const length = allocate(kernel, 4);
  const needed = 16 + '\\Device\\Edu0'.length * 2 + 2;
  const tooSmall = BigInt(STATUS.INFO_LENGTH_MISMATCH);
  expect(call('ObQueryNameString', fdo, at, needed - 1, length)).toBe(tooSmall);
  expect(kernel.mmu.u32(length)).toBe(needed);
  expect(call('ObQueryNameString', fdo, at, needed, length)).toBe(0n);
  expect(kernel.mmu.u16(at)).toBe(needed - 18);
  expect(kernel.mmu.pointer(vaAdd(at, 8))).toBe(vaAdd(at, 16));
});

test('a handle holds a reference until it is closed', () => {
  const { kernel, fdo, call } = withDevice();
  const out = allocate(kernel, 8);
  const type = objectType(kernel, 'Device');
  expect(call('ObOpenObjectByPointer', fdo, 0x200, NULL, 0, type, 0, out)).toBe(0n);
  const handle = kernel.mmu.u64(out);
  expect(objects(kernel).get(fdo)?.references).toBe(2);
  expect(call('ObReferenceObjectByHandle', handle, 0, type, 0, out, NULL)).toBe(0n);
  expect(kernel.mmu.pointer(out)).toBe(fdo);
  expect(call('ObfDereferenceObject', fdo)).toBe(2n);
  expect(call('ObCloseHandle', handle, 0)).toBe(0n);
  expect(objects(kernel).get(fdo)?.references).toBe(1);
  expect(call('ObCloseHandle', handle, 0)).toBe(BigInt(STATUS.INVALID_HANDLE));
});

test('user mode has no use of kernel handles', () => {
  const { kernel, call } = withDevice();
  const at = allocate(kernel, 16);
  const handle = handles(kernel).open({ type: 'event', body: at });
  const out = allocate(kernel, 8);
  const answer = call('ObReferenceObjectByHandle', handle, 0, NULL, 1, out, NULL);
  expect(answer).toBe(BigInt(STATUS.INVALID_HANDLE));
  expect(kernel.mmu.pointer(out)).toBe(NULL);
});

test('the last dereference ends the object', () => {
  const { kernel, call } = withDevice();
  const at = va(0xffff_a000_1234_0000n);
  let ended = 0;
  objects(kernel).add(at, 'Event', null, () => {
    ended++;
    return undefined;
  });
  expect(call('ObfReferenceObject', at)).toBe(2n);
  expect(call('ObfDereferenceObject', at)).toBe(1n);
  expect(call('ObfDereferenceObject', at)).toBe(0n);
  expect(ended).toBe(1);
});
