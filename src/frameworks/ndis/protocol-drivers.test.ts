import { expect, test } from 'vitest';
import { allocate } from '../../kernel/test-kernel.ts';
import { utf16Bytes } from '../../layout/nt.ts';
import { type Va, vaAdd } from '../../units/address.ts';
import { NDIS_STATUS } from '../../units/ndis-status.ts';
import { FakeMiniport } from './miniport.fixture.ts';
import { OBJECT, setHeader } from './object-header.ts';

const HANDLERS = { options: 0x20, bind: 0x28, unbind: 0x30, opened: 0x38, closed: 0x40 };
const ENTRY = 0xffff_f800_6200_0000n;

interface Registration {
  readonly type?: number;
  readonly revision?: number;
  readonly size?: number;
  readonly minor?: number;
  readonly without?: keyof typeof HANDLERS;
  readonly options?: () => number;
}

/** The characteristics as a miniport that looks for its virtual function fills them. */
function characteristics(on: FakeMiniport, how: Registration): Va {
  const { mmu } = on.kernel;
  const at = allocate(on.kernel, 128);
  const { type = OBJECT.PROTOCOL_DRIVER_CHARACTERISTICS, revision = 2, size = 128 } = how;
  setHeader(on.kernel, at, type, revision, size);
  mmu.write(vaAdd(at, 4), 1, 6n);
  mmu.write(vaAdd(at, 5), 1, BigInt(how.minor ?? 30));
  const name = utf16Bytes('failover');
  const text = allocate(on.kernel, name.length);
  mmu.writeBytes(text, name);
  mmu.write(vaAdd(at, 0x10), 2, BigInt(name.length));
  mmu.write(vaAdd(at, 0x12), 2, BigInt(name.length));
  mmu.write(vaAdd(at, 0x18), 8, text);
  for (const offset of Object.values(HANDLERS).slice(1)) mmu.write(vaAdd(at, offset), 8, ENTRY);
  if (how.without !== undefined) mmu.write(vaAdd(at, HANDLERS[how.without]), 8, 0n);
  if (how.options !== undefined) {
    mmu.write(vaAdd(at, HANDLERS.options), 8, on.machine.routine(how.options));
  }
  return at;
}

function register(how: Registration = {}) {
  const on = new FakeMiniport();
  const out = allocate(on.kernel, 8);
  const at = characteristics(on, how);
  const status = Number(on.call('NdisRegisterProtocolDriver', 0x1234, at, out));
  return { on, status, handle: on.kernel.mmu.pointer(out) };
}

test('a protocol registers, is bound to nothing, and deregisters once', () => {
  const { on, status, handle } = register();
  expect(status).toBe(NDIS_STATUS.SUCCESS);
  on.call('NdisReEnumerateProtocolBindings', handle);
  on.call('NdisDeregisterProtocolDriver', handle);
  expect(on.problems).toEqual([]);
  on.call('NdisDeregisterProtocolDriver', handle);
  expect(on.problems).toEqual(['NdisDeregisterProtocolDriver wrong-handle']);
});

test.each<readonly [string, Registration, number]>([
  ['of revision 1', { revision: 1, size: 120 }, NDIS_STATUS.SUCCESS],
  ['of another type', { type: OBJECT.DEFAULT }, NDIS_STATUS.BAD_CHARACTERISTICS],
  ['that are too short', { size: 120 }, NDIS_STATUS.BAD_CHARACTERISTICS],
  ['without a bind handler', { without: 'bind' }, NDIS_STATUS.BAD_CHARACTERISTICS],
  ['of a newer NDIS', { minor: 200 }, NDIS_STATUS.BAD_VERSION],
  ['whose options fail', { options: () => NDIS_STATUS.RESOURCES }, NDIS_STATUS.RESOURCES],
])('characteristics %s', (_, how, expected) => {
  expect(register(how).status).toBe(expected);
});
