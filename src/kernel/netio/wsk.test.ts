import { expect, test } from 'vitest';
import { type Va, va, vaAdd } from '../../units/address.ts';
import { STATUS } from '../../units/status.ts';
import { exportAddresses } from '../exports.ts';
import { IRP, irpBytes } from '../io/irp-layout.ts';
import { irps } from '../io/irps.ts';
import { allocate, caller, testKernel } from '../test-kernel.ts';
import { netioServices, WSK_UNMODELLED } from './services.ts';

const NAMES = ['WskSocket', 'WskSocketConnect', 'WskControlClient', ...WSK_UNMODELLED];
const DEVICE_NOT_READY = BigInt(STATUS.DEVICE_NOT_READY);

/** A client that has registered for a version. */
function setup(version = 0x100) {
  const kernel = testKernel();
  NAMES.forEach((name, i) => {
    exportAddresses(kernel).set(name, va(0xffff_f800_2000_0000n + BigInt(i) * 16n));
  });
  const call = caller(kernel, netioServices, (effect) => {
    expect(effect.kind).toBe('wait');
    call('WskReleaseProviderNPI', registration);
    return 0n;
  });
  const [registration, dispatch, client, npi] = [24, 16, 16, 16].map((bytes) =>
    allocate(kernel, bytes),
  ) as [Va, Va, Va, Va];
  kernel.mmu.write(dispatch, 2, BigInt(version));
  kernel.mmu.write(vaAdd(client, 8), 8, dispatch);
  expect(call('WskRegister', client, registration)).toBe(0n);
  return { kernel, call, registration, npi, client };
}

const captured = (version?: number) => {
  const given = setup(version);
  const { kernel, call, registration, npi } = given;
  expect(call('WskCaptureProviderNPI', registration, 0xffff_ffff, npi)).toBe(0n);
  return { ...given, wskClient: kernel.mmu.u64(npi), dispatch: va(kernel.mmu.u64(vaAdd(npi, 8))) };
};

test('the captured interface leads to the functions of the provider', () => {
  const { kernel, dispatch } = captured();
  expect(kernel.mmu.u16(dispatch)).toBe(0x100);
  const entries = NAMES.map((_, i) => kernel.mmu.u64(vaAdd(dispatch, 8 + i * 8)));
  expect(entries).toEqual(NAMES.map((name) => exportAddresses(kernel).get(name)));
});

test('a version that there is not has no interface', () => {
  const { call, registration, npi } = setup(0x200);
  expect(call('WskCaptureProviderNPI', registration, 0, npi)).toBe(BigInt(STATUS.NOINTERFACE));
});

test('deregistering waits for the last release, and ends all further captures', () => {
  const { call, registration, npi } = captured();
  call('WskDeregister', registration);
  expect(call('WskCaptureProviderNPI', registration, 0, npi)).toBe(DEVICE_NOT_READY);
  expect(call('WskQueryProviderCharacteristics', registration, npi)).toBe(DEVICE_NOT_READY);
});

test('the characteristics name the one version', () => {
  const { kernel, call, registration, npi } = setup();
  expect(call('WskQueryProviderCharacteristics', registration, npi)).toBe(0n);
  expect(kernel.mmu.u32(npi)).toBe(0x0100_0100);
});

test('no transport is listed', () => {
  const { kernel, call, wskClient, npi } = captured();
  const control = (size: number) => call('WskControlClient', wskClient, 2, 0, 0, size, npi, npi, 0);
  kernel.mmu.write(npi, 8, 99n);
  expect([control(64), kernel.mmu.u64(npi)]).toEqual([0n, 0n]);
});

test('event callbacks are taken for sockets to come, a mask of another size is refused', () => {
  const { kernel, call, wskClient } = captured();
  const mask = allocate(kernel, 16);
  kernel.mmu.write(vaAdd(mask, 8), 4, 0x100n);
  const set = (size: number) => call('WskControlClient', wskClient, 7, size, mask, 0, 0, 0, 0);
  expect([set(16), set(8)]).toEqual([0n, BigInt(STATUS.INVALID_PARAMETER)]);
});

test('a code that no document has is not supported; what would need a transport ends the run', () => {
  const { call, wskClient } = captured();
  const control = (code: number) => call('WskControlClient', wskClient, code, 0, 0, 0, 0, 0, 0);
  expect(control(99)).toBe(BigInt(STATUS.NOT_SUPPORTED));
  expect(() => control(3)).toThrow(
    expect.objectContaining({ name: 'WskControlClient WSK_TRANSPORT_LIST_CHANGE' }),
  );
  expect(call('WskControlClient', 1, 2, 0, 0, 0, 0, 0, 0)).toBe(BigInt(STATUS.INVALID_PARAMETER));
});

test('a socket is not supported, and the packet says so when it completes', () => {
  const { kernel, call, wskClient } = captured();
  const irp = allocate(kernel, irpBytes(1));
  irps(kernel).initialise(irp, irpBytes(1), 1, 'driver');
  const refused = BigInt(STATUS.NOT_SUPPORTED);
  expect(call('WskSocket', wskClient, 2, 2, 17, 4, 0, 0, 0, 0, 0, irp)).toBe(refused);
  expect(IRP.at(kernel.mmu, irp).IoStatus.Status).toBe(STATUS.NOT_SUPPORTED);
  expect(IRP.at(kernel.mmu, irp).CurrentLocation).toBe(2);
});
