import { expect, test } from 'vitest';
import { edu } from '../devices/edu.ts';
import { latin1Bytes } from '../layout/nt.ts';
import { HostError } from '../units/errors.ts';
import { hardwareFor } from './installed.ts';

/** An INF whose models are the given ids, each with an installation of its own: I0, I1, ... */
function inf(ids: readonly string[], more = ''): Uint8Array {
  const models = ids.map((id, i) => `d = I${i}, ${id}\n`).join('');
  const installs = ids.map((_, i) => `[I${i}]\nAddReg = R\n[I${i}.HW]\nAddReg = H\n`).join('');
  return latin1Bytes(`[Version]\n[Manufacturer]\nm = M, NTamd64\n[M.NTamd64]\n${models}${installs}
[R]\nHKR,, Depth, 0x00010001, 3\n${more}`);
}

const EDU = 'PCI\\VEN_1234&DEV_11E8';

const choose = (bytes: Uint8Array | undefined, device?: typeof edu | null) =>
  hardwareFor({ device, usual: 'edu', fileName: 'nic.sys', inf: bytes });

test('without an INF the usual device runs', () => {
  const { device, service, facts, installed } = choose(undefined);
  expect([device?.name, service, facts, installed]).toEqual(['edu', 'nic', null, []]);
});

test.each([
  [['PCI\\VEN_ABCD&DEV_0001', EDU], 'edu', 1, false],
  [['PCI\\VEN_8086&DEV_100E'], 'e1000', 0, false],
  [[`${EDU}&SUBSYS_00011AF4`, 'PCI\\VEN_8086&DEV_100E'], 'e1000', 1, false],
  [['PCI\\VEN_ABCD&DEV_0001'], 'blank', 0, true],
  [['USB\\VID_1234', 'PCI\\VEN_ABCD&DEV_0001'], 'blank', 1, true],
  [['USB\\VID_1234'], 'edu', 0, false],
  [['ROOT\\SAMPLE'], undefined, 0, false],
  [['USB\\VID_1234', 'sample'], undefined, 1, false],
  [['SWD\\SAMPLE', EDU], 'edu', 1, false],
])('%j leads to %s', (ids, name, at, isStandIn) => {
  const { device, facts, setup } = choose(inf(ids));
  expect(device?.name).toBe(name);
  expect(facts).toEqual({ hardwareId: ids[at], section: `I${at}`, isStandIn });
  expect(setup.installation?.values).toMatchObject([{ root: 'device', name: 'Depth' }]);
});

test('a foreign subsystem and revision are put on the model of the chip', () => {
  const { device, identity } = choose(inf([`${EDU}&SUBSYS_ABCD1AF4&REV_07`]));
  const { revision, subsystemId, subsystemVendorId } = identity;
  expect([device?.name, revision, subsystemId, subsystemVendorId]).toEqual([
    'edu',
    7,
    0xabcd,
    0x1af4,
  ]);
});

test('a stand-in has the identity of its id', () => {
  const { identity } = choose(inf(['PCI\\VEN_ABCD&DEV_0001&SUBSYS_00020003'])).device ?? {};
  expect(identity).toMatchObject({ vendorId: 0xabcd, deviceId: 1, subsystemId: 2 });
});

test('the device of the user stays, installed by the closest id', () => {
  const { device, facts } = choose(inf(['PCI\\VEN_8086&DEV_100E', EDU]), edu);
  expect([device?.name, facts?.hardwareId]).toEqual(['edu', EDU]);
  expect(choose(inf(['PCI\\VEN_8086&DEV_100E']), edu).facts?.section).toBe('I0');
});

test('a user may want no hardware', () => {
  const { device, facts, setup } = choose(inf([EDU], supported), null);
  expect([device, facts?.hardwareId, facts?.isStandIn, setup.messages]).toEqual([
    null,
    EDU,
    false,
    0,
  ]);
});

test.each([
  ['0x1 ; NCF_VIRTUAL', null],
  ['0x84 ; NCF_PHYSICAL', 'edu'],
])('a network adapter of Characteristics %s has the device %s', (characteristics, name) => {
  const bytes = latin1Bytes(`[Version]\nClass = Net\n[Manufacturer]\nm = M, NTamd64\n[M.NTamd64]
d = I, *TUNNEL\n[I]\nCharacteristics = ${characteristics}\n`);
  expect(choose(bytes).device?.name ?? null).toBe(name);
});

test('only ids whose service runs the image count, under the name of the service', () => {
  const services = `[I0.Services]\nAddService = other, 2, S0\n[S0]\nServiceBinary = %13%\\other.sys
[I1.Services]\nAddService = Own, 2, S1\n[S1]\nServiceBinary = %13%\\NIC.SYS\nAddReg = P
[P]\nHKR, Parameters, A, 0x00010001, 1\nHKLM, Software\\Acme, B, 0x1, 0a, ff\n`;
  const { device, service, installed } = choose(inf([EDU, 'PCI\\VEN_8086&DEV_100E'], services));
  const key = '\\Registry\\Machine\\System\\CurrentControlSet\\Services\\Own';
  expect([device?.name, service]).toEqual(['e1000', 'Own']);
  expect(installed).toMatchObject([
    { path: key, name: 'ImagePath' },
    { path: `${key}\\Parameters`, name: 'A', type: 4, data: Uint8Array.of(1, 0, 0, 0) },
    { path: '\\Registry\\Machine\\Software\\Acme', name: 'B', type: 3 },
  ]);
});

const MESSAGES = 'HKR, Interrupt Management\\MessageSignaledInterruptProperties';
const supported = `[H]\n${MESSAGES}, MSISupported, 0x00010001, 1\n`;

test.each([
  ['', EDU, 0],
  [supported, EDU, 1],
  [supported, 'PCI\\VEN_1AF4&DEV_1041', 4],
  [`${supported}${MESSAGES}, MessageNumberLimit, 0x00010001, 2\n`, 'PCI\\VEN_1AF4&DEV_1041', 2],
  [`${supported}${MESSAGES}, MessageNumberLimit, 0x00010001, 4\n`, 'PCI\\VEN_ABCD&DEV_0001', 4],
  [`${supported}${MESSAGES}, MessageNumberLimit, 0x00010001, 100\n`, 'PCI\\VEN_ABCD&DEV_0001', 32],
  [`${supported}${MESSAGES}, MessageNumberLimit, 0x00010001, 5\n`, 'PCI\\VEN_ABCD&DEV_0001', 4],
  [supported, 'PCI\\VEN_8086&DEV_100E', 0],
])('messages by %j', (more, id, messages) => {
  expect(choose(inf([id], more)).setup.messages).toBe(messages);
});

test('damaged INFs lead to hardware or are refused', () => {
  const ids = [EDU, 'PCI\\VEN_ABCD&DEV_0001&SUBSYS_00020003&REV_01', 'PCI\\CC_0200'];
  const bytes = inf(ids, `${supported}${MESSAGES}, MessageNumberLimit, 0x00010001, 2\n`);
  let state = 1;
  const below = (limit: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
  for (let round = 0; round < 1500; round++) {
    const damaged = bytes.slice(0, below(4) === 0 ? below(bytes.length) : bytes.length);
    for (let i = below(8); i >= 0; i--) damaged[below(damaged.length)] = 0x20 + below(0x60);
    try {
      choose(damaged);
    } catch (error) {
      const refused = error instanceof HostError && error.code === 'bad-image';
      if (!refused) throw new Error(`round ${round}`, { cause: error });
    }
  }
});
