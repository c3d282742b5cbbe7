import { expect, test } from 'vitest';
import { checkDeclaration } from './check-declaration.ts';

const row = { name: 'ID', at: 0, size: 4, access: 'rw' };
const good = {
  name: 'tried',
  summary: 'for tests',
  spec: 'none',
  pci: { vendorId: 0x1234, deviceId: 0xb11e, classCode: 0xff0000 },
  initialState: () => ({}),
  bars: [{ index: 0, size: 0x1000, registers: [row] }],
};
const withRow = (change: object) => ({
  ...good,
  bars: [{ index: 0, size: 0x1000, registers: [{ ...row, ...change }] }],
});

test('a declaration with every member in its place is taken', () => {
  expect(() => checkDeclaration(good)).not.toThrow();
  expect(() => checkDeclaration({ ...good, express: undefined })).not.toThrow();
});

test.each([
  [undefined, 'device({...}) is not an object'],
  [{ ...good, pci: undefined }, 'device({...}) lacks "pci"'],
  [{ ...good, initialState: {} }, 'device({...}).initialState is not a function'],
  [{ ...good, timers: { blink: 5 } }, 'device({...}).timers.blink is not a function'],
  [{ ...good, bars: {} }, 'device({...}).bars is not a list'],
  [{ ...good, lineInterrupt: 'E' }, 'device({...}).lineInterrupt is none of A, B, C, D'],
  [{ ...good, msi: 1 }, 'device({...}).msi is not an object'],
  [withRow({ size: 3 }), 'device({...}).bars[0].registers[0].size is none of 1, 2, 4, 8'],
  [withRow({ at: '0x4' }), 'device({...}).bars[0].registers[0].at is not a whole number'],
  [withRow({ access: 'RW' }), 'registers[0].access is none of rw, ro, wo, w1c, rc'],
  [withRow({ reed: () => 1 }), 'registers[0] has an unknown member "reed"; there are name, at'],
  [withRow({ read: 1 }), 'registers[0].read is not a function'],
  [withRow({ reset: '1' }), 'registers[0].reset is neither a whole number nor a bigint'],
])('%o is refused with the way to it', (declaration, message) => {
  expect(() => checkDeclaration(declaration)).toThrowError(message);
});
