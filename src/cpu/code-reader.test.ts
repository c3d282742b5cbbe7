import { expect, test } from 'vitest';
import { PAGE_SIZE, va, vaAdd } from '../units/address.ts';
import { CodeReader, DecodedBefore, type Fetched } from './code-reader.ts';
import { bytesOf, CODE, Rig } from './rig.ts';

const LAST = vaAdd(CODE, PAGE_SIZE - 1);

function decoding(rig: Rig, before: DecodedBefore) {
  return (address = CODE): string => {
    const reader = new CodeReader(rig.mmu, before);
    const fetched: Fetched = reader.at(address);
    reader.close();
    if (fetched.kind === 'fault') return fetched.fault.reason;
    return Buffer.from(fetched.instruction.bytes).toString('hex');
  };
}

test('what was decoded before holds while its bytes are the same', () => {
  const rig = new Rig();
  rig.load(bytesOf('b8 01000000 c3'));
  const before = new DecodedBefore();
  const at = decoding(rig, before);
  expect(at()).toBe('b801000000');
  const known = before.at(CODE);
  expect(at()).toBe('b801000000');
  expect(before.at(CODE)).toBe(known);
  rig.mmu.physical.write(rig.mmu.translate(vaAdd(CODE, 1), 'read'), 1, 2n);
  expect(at()).toBe('b802000000');
  rig.mmu.physical.write(rig.mmu.translate(CODE, 'read'), 1, 0xc3n);
  expect(at()).toBe('c3');
});

test('an instruction over the end of a page follows both pages', () => {
  const rig = new Rig();
  rig.map(CODE, 2);
  const before = new DecodedBefore();
  const at = decoding(rig, before);
  rig.mmu.writeBytes(LAST, bytesOf('b8 01000000'));
  expect(at(LAST)).toBe('b801000000');
  rig.mmu.writeBytes(vaAdd(LAST, 1), bytesOf('07'));
  expect(at(LAST)).toBe('b807000000');
  rig.tables.unmap(va(LAST + 1n));
  rig.mmu.flushAll();
  expect(at(LAST)).toBe('not-present');
});

test('a page that may not be executed any more faults, whatever was decoded there', () => {
  const rig = new Rig();
  rig.load(bytesOf('c3'));
  const at = decoding(rig, new DecodedBefore());
  expect(at()).toBe('c3');
  rig.tables.protect(CODE, 1, { writable: true, executable: false });
  rig.mmu.flushAll();
  expect(at()).toBe('no-execute');
});
