import { expect, test } from 'vitest';
import { allocate } from '../../kernel/test-kernel.ts';
import { utf16Bytes } from '../../layout/nt.ts';
import { type Va, vaAdd } from '../../units/address.ts';
import { NDIS_STATUS } from '../../units/ndis-status.ts';
import { FakeMiniport } from './miniport.fixture.ts';
import { OBJECT, setHeader } from './object-header.ts';

const NAMES = [0x10, 0x20, 0x30];
const HANDLERS = {
  options: 0x40,
  attach: 0x50,
  detach: 0x58,
  restart: 0x60,
  pause: 0x68,
  send: 0x70,
  cancelSend: 0x80,
  oid: 0x98,
  oidComplete: 0xa0,
  cancelOid: 0xa8,
  direct: 0xc8,
  directComplete: 0xd0,
};
type Handler = keyof typeof HANDLERS;
const ALWAYS: readonly Handler[] = ['attach', 'detach', 'restart', 'pause'];
const ENTRY = 0xffff_f800_6200_0000n;

interface Registration {
  readonly revision?: number;
  readonly size?: number;
  readonly minor?: number;
  readonly without?: Handler;
  readonly besides?: readonly Handler[];
  readonly options?: () => number;
}

function characteristics(on: FakeMiniport, how: Registration): Va {
  const { mmu } = on.kernel;
  const at = allocate(on.kernel, 240);
  const { revision = 2, size = 224, minor = 30, without, besides = [] } = how;
  setHeader(on.kernel, at, OBJECT.FILTER_DRIVER_CHARACTERISTICS, revision, size);
  mmu.write(vaAdd(at, 4), 1, 6n);
  mmu.write(vaAdd(at, 5), 1, BigInt(minor));
  const name = utf16Bytes('sieve');
  const text = allocate(on.kernel, name.length);
  mmu.writeBytes(text, name);
  for (const offset of NAMES) {
    mmu.write(vaAdd(at, offset), 2, BigInt(name.length));
    mmu.write(vaAdd(at, offset + 2), 2, BigInt(name.length));
    mmu.write(vaAdd(at, offset + 8), 8, text);
  }
  for (const handler of [...ALWAYS, ...besides]) {
    if (handler !== without) mmu.write(vaAdd(at, HANDLERS[handler]), 8, ENTRY);
  }
  if (how.options !== undefined) {
    mmu.write(vaAdd(at, HANDLERS.options), 8, on.machine.routine(how.options));
  }
  return at;
}

function register(how: Registration = {}) {
  const on = new FakeMiniport();
  const out = allocate(on.kernel, 8);
  const { driverObject } = on.adapter.driver;
  const at = characteristics(on, how);
  const status = Number(on.call('NdisFRegisterFilterDriver', driverObject, 0x1234, at, out));
  return { on, status, handle: on.kernel.mmu.pointer(out) };
}

test('a filter registers, is attached to nothing, and deregisters once', () => {
  const { on, status, handle } = register();
  expect(status).toBe(NDIS_STATUS.SUCCESS);
  on.call('NdisFDeregisterFilterDriver', handle);
  expect(on.problems).toEqual([]);
  on.call('NdisFDeregisterFilterDriver', handle);
  expect(on.problems).toEqual(['NdisFDeregisterFilterDriver wrong-handle']);
});

test.each<readonly [string, Registration, number]>([
  ['of NDIS 6.0', { minor: 0, revision: 1, size: 200 }, NDIS_STATUS.SUCCESS],
  ['of NDIS 6.80', { minor: 80, revision: 3, size: 240 }, NDIS_STATUS.SUCCESS],
  ['of NDIS 6.80 in an older revision', { minor: 80 }, NDIS_STATUS.BAD_CHARACTERISTICS],
  ['that are too short', { size: 200 }, NDIS_STATUS.BAD_CHARACTERISTICS],
  ['without an attach handler', { without: 'attach' }, NDIS_STATUS.BAD_CHARACTERISTICS],
  ['with requests that nobody completes', { besides: ['oid'] }, NDIS_STATUS.BAD_CHARACTERISTICS],
  ['with both', { besides: ['oid', 'oidComplete', 'cancelOid'] }, NDIS_STATUS.SUCCESS],
  ['that only cancel', { besides: ['cancelOid'] }, NDIS_STATUS.BAD_CHARACTERISTICS],
  ['with direct requests likewise', { besides: ['direct'] }, NDIS_STATUS.BAD_CHARACTERISTICS],
  ['with both of those', { besides: ['direct', 'directComplete'] }, NDIS_STATUS.SUCCESS],
  ['that cancel sends of others', { besides: ['cancelSend'] }, NDIS_STATUS.BAD_CHARACTERISTICS],
  ['that cancel their own', { besides: ['send', 'cancelSend'] }, NDIS_STATUS.SUCCESS],
  ['of a newer NDIS', { minor: 200 }, NDIS_STATUS.BAD_VERSION],
  ['whose options fail', { options: () => NDIS_STATUS.RESOURCES }, NDIS_STATUS.RESOURCES],
])('characteristics %s', (_, how, expected) => {
  expect(register(how).status).toBe(expected);
});

test('its Parameters key is opened with its handle', () => {
  const { on, handle } = register();
  const object = allocate(on.kernel, 24);
  setHeader(on.kernel, object, OBJECT.CONFIGURATION_OBJECT, 1, 24);
  on.kernel.mmu.write(vaAdd(object, 8), 8, handle);
  const out = allocate(on.kernel, 8);
  expect(Number(on.call('NdisOpenConfigurationEx', object, out))).toBe(NDIS_STATUS.SUCCESS);
});
