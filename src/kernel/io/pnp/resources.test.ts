import { expect, test } from 'vitest';
import type { ResourceDescription } from '../../../bus/resources.ts';
import { busAddress } from '../../../units/address.ts';
import { addFunction, FakeMachine } from '../fake-driver.fixture.ts';
import { assignedResource, rawDescriptors, translatedDescriptors } from './resource-descriptors.ts';
import { encodeList, makeRequirementsList } from './resource-lists.ts';

const range = (
  type: 'memory' | 'memory-large' | 'port',
  length: number,
  more: Partial<Extract<ResourceDescription, { bar: number }>> = {},
): ResourceDescription => ({
  type,
  bar: 2,
  rawStart: busAddress(0x8000_0000),
  translatedType: type,
  translatedStart: 0x10_8000_0000,
  length,
  prefetchable: false,
  bits: 64,
  ...more,
});

const first = (resource: ResourceDescription, side = rawDescriptors) => {
  const descriptor = side(resource)[0];
  if (descriptor === undefined) throw new TypeError('every resource has a descriptor');
  const view = new DataView(descriptor.data.buffer);
  return { ...descriptor, view };
};

test('a list has one full descriptor of 20-byte partial ones', () => {
  const bytes = encodeList(0x40, rawDescriptors(range('memory', 0x1000)));
  const view = new DataView(bytes.buffer);
  expect(bytes).toHaveLength(20 + 2 * 20);
  expect([0, 4, 8].map((at) => view.getUint32(at, true))).toEqual([1, 5, 0x40]);
  expect(view.getUint32(16, true)).toBe(2);
  expect(view.getUint8(20)).toBe(3);
  expect(view.getBigUint64(24, true)).toBe(0x8000_0000n);
  expect(view.getUint32(32, true)).toBe(0x1000);
});

test('behind each range lies the bus driver’s own note', () => {
  const [, note] = rawDescriptors(range('memory', 0x1000));
  expect(note?.type).toBe(0x81);
  expect(new DataView(note?.data.buffer ?? new ArrayBuffer(8)).getUint32(4, true)).toBe(2);
});

test('raw and translated sides have addresses and kinds of their own', () => {
  const port = range('port', 0x20, { translatedType: 'memory', rawStart: busAddress(0x1000) });
  expect(first(port).type).toBe(1);
  expect(first(port).flags & 1).toBe(1);
  const translated = first(port, translatedDescriptors);
  expect(translated.type).toBe(3);
  expect(translated.view.getBigUint64(0, true)).toBe(0x10_8000_0000n);
  expect(assignedResource(port)).toEqual({
    kind: 'memory',
    rawKind: 'port',
    rawStart: 0x1000,
    start: 0x10_8000_0000,
    length: 0x20,
  });
});

test.each([
  [0x1_0000_0000, 0x200, 0x100_0000],
  [0x200_0000_0000, 0x400, 0x200_0000],
  [2 ** 49, 0x800, 2 ** 17],
])('a length of 0x%x is scaled', (length, flag, scaled) => {
  const { type, flags, view } = first(range('memory-large', length));
  expect(type).toBe(7);
  expect(flags & 0xe00).toBe(flag);
  expect(view.getUint32(8, true)).toBe(scaled);
});

test('a line has its number raw, and level, vector and processors translated', () => {
  const line = { type: 'interrupt', line: 17, irql: 5, vector: 0x59, affinity: 1 } as const;
  const raw = first(line);
  expect([raw.share, raw.flags, raw.view.getUint32(0, true), raw.view.getUint32(4, true)]).toEqual([
    3, 0, 17, 17,
  ]);
  const translated = first(line, translatedDescriptors);
  expect(translated.view.getUint32(0, true)).toBe(5);
  expect(translated.view.getUint32(4, true)).toBe(0x59);
  expect(translated.view.getBigUint64(8, true)).toBe(1n);
});

test('messages are counted raw and have a vector translated', () => {
  const message = {
    type: 'message-interrupt',
    mechanism: 'msi',
    message: 0,
    messageCount: 4,
    irql: 9,
    vector: 0x90,
    affinity: 1,
    address: busAddress(0xfee0_0000),
    data: 0x90,
  } as const;
  const raw = first(message);
  expect([raw.share, raw.flags]).toEqual([1, 3]);
  expect(raw.view.getUint16(2, true)).toBe(4);
  expect(first(message, translatedDescriptors).view.getUint32(4, true)).toBe(0x90);
});

test('requirements name every range and both kinds of interrupt', () => {
  const machine = new FakeMachine();
  const at = makeRequirementsList(machine.kernel, addFunction(machine));
  const { mmu } = machine.kernel;
  const bytes = mmu.readBytes(at, mmu.u32(at));
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const count = view.getUint32(36, true);
  const types = Array.from({ length: count }, (_, i) => view.getUint8(40 + i * 32 + 1));
  expect(types).toEqual([3, 1, 2, 2]);
  expect(bytes).toHaveLength(40 + count * 32);
});
