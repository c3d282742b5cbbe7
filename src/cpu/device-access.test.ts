import { expect, test } from 'vitest';
import type { AccessSize } from '../memory/physical.ts';
import { pa, vaAdd } from '../units/address.ts';
import { bytesOf, CODE, DATA, Rig } from './rig.ts';

const [RAX, RCX, RDX] = [0, 1, 2];
const BREAKPOINT = { kind: 'exception', vector: 3 };
const BASE = pa(0xf000_0000);

interface Access {
  readonly what: string;
  readonly rip: bigint;
  readonly instructions: number;
}

/** A page of registers at `DATA` that count up when read; every access is noted with the state it found. */
function rigWithDevice(code: string, onRead: (rig: Rig) => void = () => {}) {
  const rig = new Rig();
  const { state } = rig.cpu;
  const accesses: Access[] = [];
  let reads = 0n;
  const note = (what: string): void => {
    accesses.push({ what, rip: state.rip - CODE, instructions: state.instructions });
  };
  rig.mmu.physical.addWindow({
    kind: 'device',
    name: 'counter',
    base: BASE,
    length: 0x1000,
    read(offset: number, size: AccessSize) {
      note(`read ${size}@${offset}`);
      onRead(rig);
      return ++reads;
    },
    write: (offset, size, value) => note(`write ${size}@${offset} ${value}`),
  });
  const attributes = { writable: true, executable: false, user: false, cache: 'uncached' } as const;
  rig.tables.map(DATA, BASE, attributes);
  rig.load(bytesOf(code));
  state.setGpr(RCX, DATA);
  return { rig, accesses };
}

test('each access reaches the device once, with RIP and the instruction count exact', () => {
  // mov eax,[rcx+4]; inc eax; mov [rcx+8],eax; add dword ptr [rcx+12],5; int3
  const { rig, accesses } = rigWithDevice('8b4104 ffc0 894108 83410c05 cc');
  expect(rig.cpu.run()).toEqual(BREAKPOINT);
  expect(accesses).toEqual([
    { what: 'read 4@4', rip: 0n, instructions: 0 },
    { what: 'write 4@8 2', rip: 5n, instructions: 2 },
    { what: 'read 4@12', rip: 8n, instructions: 3 },
    { what: 'write 4@12 7', rip: 8n, instructions: 3 },
  ]);
});

test('a device that lowers the limit stops the run after the access', () => {
  // mov eax,[rcx+4]; inc eax; ...
  const { rig } = rigWithDevice('8b4104 ffc0 894108 cc', ({ cpu: { state } }) => {
    state.limit = state.instructions;
  });
  expect(rig.cpu.run()).toEqual({ kind: 'budget' });
  expect(rig.cpu.state.instructions).toBe(1);
  expect(rig.cpu.state.gpr(RAX)).toBe(1n);
  rig.cpu.state.limit = Number.MAX_SAFE_INTEGER;
  expect(rig.cpu.run()).toEqual(BREAKPOINT);
});

test('polling a register goes on until the device answers', () => {
  // 1: mov eax,[rcx]; cmp eax,edx; jne 1b; int3
  const { rig, accesses } = rigWithDevice('8b01 39d0 75fa cc');
  rig.cpu.state.setGpr(RDX, 50n);
  expect(rig.cpu.run()).toEqual(BREAKPOINT);
  expect(accesses).toHaveLength(50);
  expect(rig.cpu.state.instructions).toBe(151);
});

test('a watched page of RAM tells each access', () => {
  const rig = new Rig();
  const seen: string[] = [];
  rig.mmu.onWatchedAccess = ({ access, address, value }) =>
    seen.push(`${access} ${address - DATA} ${value}`);
  // mov eax,[rcx]; add dword ptr [rcx+4],2; int3
  rig.load(bytesOf('8b01 83410402 cc'));
  rig.map(DATA, 1);
  rig.mmu.write(vaAdd(DATA, 4), 4, 5n);
  rig.mmu.watch(DATA);
  rig.cpu.state.setGpr(RCX, DATA);
  expect(rig.cpu.run()).toEqual(BREAKPOINT);
  expect(seen).toEqual(['read 0 0', 'read 4 5', 'write 4 7']);
});
