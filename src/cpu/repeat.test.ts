import { expect, test } from 'vitest';
import { PAGE_SIZE, vaAdd } from '../units/address.ts';
import { bytesOf, CODE, DATA, Rig } from './rig.ts';

const [RAX, RCX, RSI, RDI] = [0, 1, 6, 7];
const BREAKPOINT = { kind: 'exception', vector: 3 };
const REP_MOVSB = 'f3a4 cc';

function rigWith(code: string, rcx: bigint, rsi: bigint, rdi: bigint): Rig {
  const rig = new Rig();
  rig.load(bytesOf(code));
  rig.map(DATA, 4);
  rig.mmu.writeBytes(
    DATA,
    Uint8Array.from({ length: 2 * PAGE_SIZE }, (_, i) => i % 251),
  );
  for (const [register, value] of [
    [RCX, rcx],
    [RSI, rsi],
    [RDI, rdi],
  ] as const) {
    rig.cpu.state.setGpr(register, value);
  }
  return rig;
}

const pointers = ({ cpu: { state } }: Rig): bigint[] => [RCX, RSI, RDI].map((i) => state.gpr(i));

test('a copy over pages moves every byte', () => {
  const rig = rigWith(REP_MOVSB, 5000n, DATA + 100n, DATA + 0x2001n);
  expect(rig.cpu.run()).toEqual(BREAKPOINT);
  expect(pointers(rig)).toEqual([0n, DATA + 5100n, DATA + 0x2001n + 5000n]);
  expect(rig.mmu.readBytes(vaAdd(DATA, 0x2001), 5000)).toEqual(
    rig.mmu.readBytes(vaAdd(DATA, 100), 5000),
  );
});

test('a copy into an absent page stops at the byte that faulted', () => {
  const rig = rigWith(REP_MOVSB, 100n, DATA, DATA + 0x4000n - 10n);
  expect(rig.cpu.run()).toMatchObject({ vector: 14, errorCode: 2, address: DATA + 0x4000n });
  expect(pointers(rig)).toEqual([90n, DATA + 10n, DATA + 0x4000n]);
  expect(rig.cpu.state.rip).toBe(CODE);
  rig.map(vaAdd(DATA, 0x4000), 1);
  expect(rig.cpu.run()).toEqual(BREAKPOINT);
  expect(pointers(rig)).toEqual([0n, DATA + 100n, DATA + 0x4000n + 90n]);
});

test('an overlapping copy upwards repeats its pattern', () => {
  const rig = rigWith(REP_MOVSB, 9n, DATA + 1n, DATA + 3n);
  rig.cpu.run();
  expect([...rig.mmu.readBytes(DATA, 12)]).toEqual([0, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1]);
});

test('a copy downwards goes from high to low', () => {
  // std; rep movsb; int3
  const rig = rigWith('fd f3a4 cc', 5n, DATA + 10n, DATA + 12n);
  expect(rig.cpu.run()).toEqual(BREAKPOINT);
  expect(pointers(rig)).toEqual([0n, DATA + 5n, DATA + 7n]);
  expect([...rig.mmu.readBytes(vaAdd(DATA, 8), 5)]).toEqual([6, 7, 8, 9, 10]);
});

test('stores of words fill whole pages', () => {
  // rep stosw; int3
  const rig = rigWith('66f3ab cc', 3000n, 0n, DATA + 3n);
  rig.cpu.state.setGpr(RAX, 0xabcdn);
  expect(rig.cpu.run()).toEqual(BREAKPOINT);
  expect(rig.mmu.read(vaAdd(DATA, 3), 2)).toBe(0xabcdn);
  expect(rig.mmu.read(vaAdd(DATA, 3 + 5998), 2)).toBe(0xabcdn);
  expect(rig.mmu.read(vaAdd(DATA, 3 + 6000), 1)).toBe(6003n % 251n);
});

test('a search stops past the byte it found, with the flags of the comparison', () => {
  // repne scasb; int3
  const rig = rigWith('f2ae cc', 1000n, 0n, DATA);
  rig.cpu.state.setGpr(RAX, 200n);
  expect(rig.cpu.run()).toEqual(BREAKPOINT);
  expect(pointers(rig)).toEqual([1000n - 201n, 0n, DATA + 201n]);
  expect(rig.cpu.state.rflags & 0x40n).toBe(0x40n);
});

test('a long repetition lets the limit in between its parts', () => {
  const rig = rigWith(REP_MOVSB, 8000n, DATA, DATA + 0x2000n);
  rig.cpu.state.limit = 1;
  expect(rig.cpu.run()).toEqual({ kind: 'budget' });
  expect(pointers(rig)).toEqual([8000n - 4096n, DATA + 0x1000n, DATA + 0x3000n]);
  expect(rig.cpu.state.rip).toBe(CODE);
});
