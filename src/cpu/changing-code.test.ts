import { expect, test } from 'vitest';
import { PAGE_SIZE, vaAdd } from '../units/address.ts';
import { bytesOf, CODE, DATA, Rig } from './rig.ts';

const [RAX, RCX, RDX] = [0, 1, 2];
const BREAKPOINT = { kind: 'exception', vector: 3 };

test('an instruction that was just overwritten runs as it now is', () => {
  // mov byte ptr [rip+1],42 (the next instruction's operand); mov al,1; int3
  const rig = new Rig();
  rig.load(bytesOf('c605010000002a b001 cc'));
  for (const written of [42n, 42n]) {
    rig.cpu.state.rip = CODE;
    expect(rig.cpu.run()).toEqual(BREAKPOINT);
    expect(rig.cpu.state.gpr(RAX)).toBe(written);
  }
});

test('code written by a service is translated anew', () => {
  const rig = new Rig();
  rig.load(bytesOf('b001 cc'));
  expect(rig.cpu.run()).toEqual(BREAKPOINT);
  rig.mmu.writeBytes(vaAdd(CODE, 1), Uint8Array.of(9));
  rig.cpu.state.rip = CODE;
  expect(rig.cpu.run()).toEqual(BREAKPOINT);
  expect(rig.cpu.state.gpr(RAX)).toBe(9n);
});

test('a page mapped elsewhere is fetched anew after invalidate', () => {
  const rig = new Rig();
  rig.load(bytesOf('b001 cc'));
  rig.cpu.run();
  rig.tables.unmap(CODE);
  rig.mmu.flushPage(CODE);
  rig.cpu.invalidate(CODE);
  rig.cpu.state.rip = CODE;
  expect(rig.cpu.run()).toMatchObject({ vector: 14, errorCode: 0x10, address: CODE });
  rig.load(bytesOf('b007 cc'));
  expect(rig.cpu.run()).toEqual(BREAKPOINT);
  expect(rig.cpu.state.gpr(RAX)).toBe(7n);
});

test('data beside code on its page can be stored to', () => {
  // 1: inc dword ptr [rcx]; dec edx; jne 1b; int3
  const rig = new Rig();
  rig.load(bytesOf('ff01 ffca 75fa cc'));
  rig.cpu.state.setGpr(RCX, CODE + 0x800n);
  rig.cpu.state.setGpr(RDX, 10n);
  expect(rig.cpu.run()).toEqual(BREAKPOINT);
  expect(rig.mmu.u32(vaAdd(CODE, 0x800))).toBe(10);
});

test('an unmapped page faults although it was in the TLB', () => {
  // mov eax,[rcx]; int3
  const rig = new Rig();
  rig.load(bytesOf('8b01 cc'));
  rig.map(DATA, 1);
  rig.cpu.state.setGpr(RCX, DATA);
  expect(rig.cpu.run()).toEqual(BREAKPOINT);
  rig.tables.unmap(DATA);
  rig.mmu.flushPage(DATA);
  rig.cpu.state.rip = CODE;
  expect(rig.cpu.run()).toMatchObject({ vector: 14, errorCode: 0, address: DATA });
});

test('an instruction across two pages runs, and faults on the second when that goes', () => {
  const rig = new Rig();
  const start = vaAdd(CODE, PAGE_SIZE - 2);
  rig.load(bytesOf('b8 44332211 cc'), start);
  expect(rig.cpu.run()).toEqual(BREAKPOINT);
  expect(rig.cpu.state.gpr(RAX)).toBe(0x11223344n);
  const second = vaAdd(CODE, PAGE_SIZE);
  rig.tables.unmap(second);
  rig.cpu.invalidate(second);
  rig.cpu.state.rip = start;
  expect(rig.cpu.run()).toMatchObject({ vector: 14, errorCode: 0x10, address: second });
  expect(rig.cpu.state.rip).toBe(start);
});
