import { expect, test } from 'vitest';
import { readUnicodeString } from '../../layout/nt.ts';
import { type Va, va, vaAdd } from '../../units/address.ts';
import { STATUS } from '../../units/status.ts';
import { loadedImages } from '../exports.ts';
import { addFunction, FakeDriver, FakeMachine } from '../io/fake-driver.fixture.ts';
import { IRP_MJ } from '../io/function-codes.ts';
import { IRP } from '../io/irp-layout.ts';
import { currentLocation } from '../io/irps.ts';
import { startDevice } from '../io/pnp/pnp-manager.ts';
import { handles } from '../ob/handles.ts';
import { namespace } from '../ob/namespace.ts';
import type { ServiceCall } from '../service.ts';
import { allocate, caller, placeString, serviceNamed, testKernel } from '../test-kernel.ts';
import { zwServices } from './services.ts';

/** A started device whose driver answers every file request. */
function machineWithDevice() {
  const machine = new FakeMachine();
  const { kernel } = machine;
  const { mmu } = kernel;
  const done = (_device: bigint, irp: bigint) => driver.complete(va(irp), STATUS.SUCCESS, 0n);
  const dispatch = new Map<number, (device: Va, irp: Va) => number>();
  for (const major of [IRP_MJ.CREATE, IRP_MJ.CLEANUP, IRP_MJ.CLOSE, IRP_MJ.WRITE]) {
    dispatch.set(major, done);
  }
  dispatch.set(IRP_MJ.READ, (_device, irp) => {
    const offset = currentLocation(kernel, irp).Argument3;
    mmu.write(IRP.at(mmu, irp).SystemBuffer, 4, offset);
    return driver.complete(irp, STATUS.SUCCESS, 4n);
  });
  dispatch.set(IRP_MJ.DEVICE_CONTROL, (_device, irp) => {
    const { SystemBuffer } = IRP.at(mmu, irp);
    mmu.write(SystemBuffer, 4, mmu.read(SystemBuffer, 4) + 1n);
    return driver.complete(irp, STATUS.SUCCESS, 4n);
  });
  dispatch.set(IRP_MJ.QUERY_INFORMATION, (_device, irp) => {
    mmu.write(IRP.at(mmu, irp).SystemBuffer, 8, currentLocation(kernel, irp).Argument2);
    return driver.complete(irp, STATUS.SUCCESS, 8n);
  });
  const driver: FakeDriver = new FakeDriver(machine, { dispatch });
  machine.run(startDevice(kernel, driver.add(addFunction(machine))));
  const call = (name: string, ...args: readonly (bigint | number)[]): number => {
    const service = serviceNamed(zwServices, name);
    const frame: ServiceCall = {
      returnAddress: va(0n),
      slot: (index) => BigInt.asUintN(64, BigInt(args[index] ?? 0)),
    };
    const result = service.run(kernel, service.decode(frame), frame);
    return typeof result === 'object' ? Number(machine.run(result)) : Number(result);
  };
  return { machine, kernel, call };
}

function attributesOf(kernel: ReturnType<typeof testKernel>, path: string): Va {
  const at = allocate(kernel, 48);
  kernel.mmu.write(at, 4, 48n);
  kernel.mmu.write(vaAdd(at, 16), 8, placeString(kernel, path));
  return at;
}

test('a device is opened, read, controlled, queried and closed by handle', () => {
  const { machine, kernel, call } = machineWithDevice();
  const { mmu } = kernel;
  const [out, block, buffer, offset] = [8, 16, 16, 8].map((n) => allocate(kernel, n)) as [
    Va,
    Va,
    Va,
    Va,
  ];
  const path = attributesOf(kernel, '\\Device\\Edu0');
  expect(call('ZwCreateFile', out, 0xc0100000, path, block, 0, 0, 7, 1, 0x20, 0, 0)).toBe(0);
  const file = mmu.u64(out);
  mmu.write(offset, 8, 0x1234n);
  expect(call('ZwReadFile', file, 0, 0, 0, block, buffer, 4, offset, 0)).toBe(0);
  expect([mmu.u32(buffer), mmu.u64(vaAdd(block, 8))]).toEqual([0x1234, 4n]);
  expect(call('ZwWriteFile', file, 0, 0, 0, block, buffer, 4, 0, 0)).toBe(0);
  mmu.write(buffer, 4, 41n);
  expect(call('ZwDeviceIoControlFile', file, 0, 0, 0, block, 0x222000, buffer, 4, buffer, 4)).toBe(
    0,
  );
  expect(mmu.u32(buffer)).toBe(42);
  expect(call('ZwQueryInformationFile', file, block, buffer, 16, 5)).toBe(0);
  expect(mmu.u64(buffer)).toBe(5n);
  expect(call('ZwSetInformationFile', file, block, offset, 8, 14)).toBe(0);
  expect(call('ZwQueryInformationFile', file, block, buffer, 8, 14)).toBe(0);
  expect(mmu.u64(buffer)).toBe(0x1234n);
  expect(call('ZwClose', file)).toBe(0);
  expect(call('ZwClose', file)).toBe(STATUS.INVALID_HANDLE);
  expect(call('ZwReadFile', file, 0, 0, 0, block, buffer, 4, 0, 0)).toBe(STATUS.INVALID_HANDLE);
  const sent = machine.irpTrace.filter((line) => /sent IRP_MJ/.test(line));
  expect(sent.slice(-2)).toEqual(['sent IRP_MJ_CLEANUP system', 'sent IRP_MJ_CLOSE system']);
});

test.each([
  ['\\??\\C:\\log.txt', 1, STATUS.OBJECT_NAME_NOT_FOUND],
  ['\\SystemRoot\\x.bin', 5, STATUS.OBJECT_PATH_NOT_FOUND],
  ['C:\\log.txt', 1, STATUS.OBJECT_PATH_SYNTAX_BAD],
])('there is no file %s to open with disposition %i', (path, disposition, status) => {
  const { kernel, call } = machineWithDevice();
  const [out, block] = [allocate(kernel, 8), allocate(kernel, 16)];
  const at = attributesOf(kernel, path);
  expect(call('ZwCreateFile', out, 0, at, block, 0, 0, 0, disposition, 0, 0, 0)).toBe(status);
});

test('system information comes whole or not at all', () => {
  const kernel = testKernel();
  const call = caller(kernel, zwServices);
  const [buffer, needed] = [allocate(kernel, 1024), allocate(kernel, 4)];
  loadedImages(kernel).push(
    { name: 'ntoskrnl.exe', path: '\\SystemRoot\\a\\ntoskrnl.exe', base: va(1n), bytes: 2 },
    { name: 'x.sys', path: '\\SystemRoot\\x.sys', base: va(0x8000n), bytes: 0x3000 },
  );
  expect(call('ZwQuerySystemInformation', 11, 0, 0, needed)).toBe(
    BigInt(STATUS.INFO_LENGTH_MISMATCH),
  );
  expect(kernel.mmu.u32(needed)).toBe(8 + 2 * 296);
  expect(call('ZwQuerySystemInformation', 11, buffer, 1024, needed)).toBe(0n);
  const second = vaAdd(buffer, 8 + 296);
  expect(kernel.mmu.u32(buffer)).toBe(2);
  expect(kernel.mmu.u64(vaAdd(second, 16))).toBe(0x8000n);
  const name = vaAdd(second, 40 + kernel.mmu.u16(vaAdd(second, 38)));
  expect(String.fromCharCode(...kernel.mmu.readBytes(name, 5))).toBe('x.sys');
  expect(call('ZwQuerySystemInformation', 0, buffer, 64, needed)).toBe(0n);
  expect(kernel.mmu.u32(vaAdd(buffer, 8))).toBe(4096);
  expect(call('ZwQuerySystemInformation', 0x1000, buffer, 64, needed)).toBe(
    BigInt(STATUS.INVALID_INFO_CLASS),
  );
  expect(() => call('ZwQuerySystemInformation', 16, buffer, 64, needed)).toThrow(
    expect.objectContaining({ runEnd: 'not-modelled' }),
  );
});

test('a descriptor that was set is the one that is read', () => {
  const kernel = testKernel();
  const call = caller(kernel, zwServices);
  const handle = handles(kernel).open({ type: 'anything' });
  const [descriptor, buffer, needed] = [40, 128, 4].map((n) => allocate(kernel, n)) as [Va, Va, Va];
  expect(call('ZwQuerySecurityObject', handle, 4, buffer, 128, needed)).toBe(0n);
  expect(kernel.mmu.u32(needed)).toBe(20 + 32);
  kernel.mmu.write(descriptor, 8, 1n);
  expect(call('ZwSetSecurityObject', handle, 4, descriptor)).toBe(0n);
  expect(call('ZwQuerySecurityObject', handle, 4, buffer, 8, needed)).toBe(
    BigInt(STATUS.BUFFER_TOO_SMALL),
  );
  expect(kernel.mmu.u32(needed)).toBe(20);
});

test('events by handle are set, waited for and found by name', () => {
  const kernel = testKernel();
  const waits: unknown[] = [];
  const call = caller(kernel, zwServices, (effect) => {
    waits.push(effect);
    return 0n;
  });
  const [out, state] = [allocate(kernel, 8), allocate(kernel, 4)];
  const name = attributesOf(kernel, '\\KernelObjects\\Mine');
  expect(call('ZwCreateEvent', out, 0, name, 0, 0)).toBe(0n);
  const event = kernel.mmu.u64(out);
  expect(call('ZwCreateEvent', out, 0, name, 0, 0)).toBe(BigInt(STATUS.OBJECT_NAME_COLLISION));
  expect(call('ZwOpenEvent', out, 0, name)).toBe(0n);
  expect(call('ZwSetEvent', event, state)).toBe(0n);
  expect(call('ZwSetEvent', kernel.mmu.u64(out), state)).toBe(0n);
  expect(kernel.mmu.u32(state)).toBe(1);
  expect(call('ZwWaitForSingleObject', event, 0, 0)).toBe(0n);
  expect(waits).toMatchObject([{ kind: 'wait', timeout: null }]);
  expect(call('ZwClose', event)).toBe(0n);
  expect(call('ZwOpenEvent', out, 0, name)).toBe(0n);
  expect(call('ZwWaitForSingleObject', 0x1234, 0, 0)).toBe(BigInt(STATUS.INVALID_HANDLE));
});

test('links are read and directories opened through handles', () => {
  const kernel = testKernel();
  const call = caller(kernel, zwServices);
  const out = allocate(kernel, 8);
  namespace(kernel).insert('\\??\\Edu', { kind: 'link', target: '\\Device\\Edu0' });
  const link = attributesOf(kernel, '\\DosDevices\\Edu');
  expect(call('ZwOpenSymbolicLinkObject', out, 0, link)).toBe(0n);
  const target = placeString(kernel, '', { capacity: 20 });
  expect(call('ZwQuerySymbolicLinkObject', kernel.mmu.u64(out), target, 0)).toBe(0n);
  expect(readUnicodeString(kernel.mmu, target)).toBe('\\Device\\Edu0');
  expect(call('ZwOpenDirectoryObject', out, 0, attributesOf(kernel, '\\??'))).toBe(0n);
  const inside = attributesOf(kernel, 'Edu');
  kernel.mmu.write(vaAdd(inside, 8), 8, kernel.mmu.u64(out));
  expect(call('ZwOpenSymbolicLinkObject', out, 0, inside)).toBe(0n);
  expect(call('ZwOpenDirectoryObject', out, 0, attributesOf(kernel, '\\None'))).toBe(
    BigInt(STATUS.OBJECT_NAME_NOT_FOUND),
  );
});

test('processes open by identity, and handles can be duplicated', () => {
  const kernel = testKernel();
  const call = caller(kernel, zwServices);
  const [out, client, buffer] = [8, 16, 48].map((n) => allocate(kernel, n)) as [Va, Va, Va];
  kernel.mmu.write(client, 8, 4n);
  expect(call('ZwOpenProcess', out, 0, 0, client)).toBe(0n);
  const system = kernel.mmu.u64(out);
  expect(call('ZwQueryInformationProcess', system, 0, buffer, 48, 0)).toBe(0n);
  expect(kernel.mmu.u64(vaAdd(buffer, 32))).toBe(4n);
  expect(call('ZwQueryInformationProcess', system, 0, buffer, 47, 0)).toBe(
    BigInt(STATUS.INFO_LENGTH_MISMATCH),
  );
  expect(call('ZwDuplicateObject', -1, system, -1, out, 0, 0, 1)).toBe(0n);
  expect(call('ZwClose', system)).toBe(BigInt(STATUS.INVALID_HANDLE));
  expect(call('ZwClose', kernel.mmu.u64(out))).toBe(0n);
  kernel.mmu.write(client, 8, 0x9999n);
  expect(call('ZwOpenProcess', out, 0, 0, client)).toBe(BigInt(STATUS.INVALID_CID));
});
