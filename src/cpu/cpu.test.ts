import { expect, test } from 'vitest';
import { vaAdd } from '../units/address.ts';
import { ModuleCache } from './module-cache.ts';
import { bytesOf, CODE, DATA, RETURN, Rig, STACK_TOP } from './rig.ts';
import { STATE } from './state.ts';

/** fib(n): recursive, built with clang -O2. */
const FIB = bytesOf(`56 57 48 83 ec 28 48 89 ce 31 ff 48 83 f9 02 72 25
  66 2e 0f 1f 84 00 00 00 00 00 0f 1f 44 00 00 48 8d 4e ff e8 d7 ff ff ff
  48 83 c6 fe 48 01 c7 48 83 fe 01 77 ea 48 01 f7 48 89 f8 48 83 c4 28 5f 5e c3`);

/** xor eax,eax; mov ecx,5; 1: add rax,rcx; push rax; dec ecx; jne 1b; pop rdx; shl rdx,3; imul rax,rdx; rol eax,5; adc rax,3; int3 */
const LOOP = bytesOf('31c0 b905000000 4801c8 50 ffc9 75f8 5a 48c1e203 480fafc2 c1c005 4883d003 cc');

const [RAX, RCX, RDX, RBX] = [0, 1, 2, 3];
const BREAKPOINT = { kind: 'exception', vector: 3 };

/** Registers, flags, RIP and the instruction count. */
function snapshot({ cpu: { state } }: Rig): unknown {
  return [state.gprs(), state.rflags, state.rip, state.instructions];
}

function rigWith(code: string): Rig {
  const rig = new Rig();
  rig.load(bytesOf(code));
  return rig;
}

test('a recursive function returns its value', () => {
  const rig = new Rig();
  rig.load(FIB);
  expect(rig.call(CODE, 20n)).toBe(6765n);
});

test('single steps and whole functions end in the same state', () => {
  const [whole, stepped] = [new Rig(), new Rig()];
  for (const rig of [whole, stepped]) rig.load(FIB);
  whole.call(CODE, 7n);
  stepped.prepareCall(CODE, 7n);
  while (stepped.cpu.state.rip !== RETURN) expect(stepped.cpu.step()).toBeUndefined();
  expect(stepped.cpu.step()).toEqual({ kind: 'host-call' });
  expect(snapshot(stepped)).toEqual(snapshot(whole));
});

test('a limit stops exactly where as many steps do', () => {
  const limits = Array.from({ length: 32 }, (_, i) => i + 1);
  for (const limit of limits) {
    const [whole, stepped] = [new Rig(), new Rig()];
    for (const rig of [whole, stepped]) rig.load(LOOP);
    whole.cpu.state.limit = limit;
    const exit = whole.cpu.run();
    for (let i = 0; i < limit; i++) stepped.cpu.step();
    expect(snapshot(whole), `limit ${limit}`).toEqual(snapshot(stepped));
    const done = whole.cpu.state.instructions < limit || exit.kind === 'exception';
    expect(exit).toEqual(done ? BREAKPOINT : { kind: 'budget' });
  }
});

test('reaching a host range stops with the return address on the stack', () => {
  // mov rax, RETURN + 0x40; call rax; int3
  const rig = rigWith('48b84000004000f8ffff ffd0 cc');
  expect(rig.cpu.run()).toEqual({ kind: 'host-call' });
  expect(rig.cpu.state.rip).toBe(RETURN + 0x40n);
  expect(rig.mmu.u64(rig.cpu.state.rsp)).toBe(CODE + 12n);
  rig.cpu.state.rip = CODE + 12n;
  expect(rig.cpu.run()).toEqual(BREAKPOINT);
});

test('an instruction without a row stops the run when it is reached, not before', () => {
  // mov eax,1; test eax,eax; jne 1f; fldpi; 1: mov eax,2; fldpi
  const rig = rigWith('b801000000 85c0 7502 d9eb b802000000 d9eb');
  expect(rig.cpu.run()).toMatchObject({ kind: 'not-modelled', mnemonic: 'fldpi' });
  expect(rig.cpu.state.rip).toBe(CODE + 16n);
  expect(rig.cpu.state.instructions).toBe(4);
});

test('a push onto an absent page changes nothing but what came before it', () => {
  // mov ebx,7; add ebx,1; push rbx; int3
  const rig = rigWith('bb07000000 83c301 53 cc');
  const { state } = rig.cpu;
  state.rsp = DATA;
  expect(rig.cpu.run()).toEqual({
    kind: 'exception',
    vector: 14,
    errorCode: 2,
    address: DATA - 8n,
  });
  expect([state.gpr(RBX), state.rsp, state.rip]).toEqual([8n, DATA, CODE + 8n]);
  expect(state.get(STATE.cr2)).toBe(DATA - 8n);
  expect(state.rflags & 0x8d5n).toBe(0n);
  expect(state.instructions).toBe(2);
});

test('an exchange with a read-only page leaves the register', () => {
  // mov eax,5; xchg [rcx],rax; int3
  const rig = rigWith('b805000000 488701 cc');
  rig.map(DATA, 1, { writable: false });
  rig.cpu.state.setGpr(RCX, DATA);
  expect(rig.cpu.run()).toMatchObject({ vector: 14, errorCode: 3, address: DATA });
  expect(rig.cpu.state.gpr(RAX)).toBe(5n);
});

test('a read-modify-write of a read-only page faults as a write, flags untouched', () => {
  // mov edx,1; add edx,-1; add [rcx],edx; int3
  const rig = rigWith('ba01000000 83c2ff 0111 cc');
  rig.map(DATA, 1, { writable: false });
  rig.cpu.state.setGpr(RCX, DATA);
  expect(rig.cpu.run()).toMatchObject({ vector: 14, errorCode: 3 });
  // ZF, PF, CF and AF of 1 + -1.
  expect(rig.cpu.state.rflags & 0x8d5n).toBe(0x55n);
  expect(rig.cpu.state.rip).toBe(CODE + 8n);
});

test('accesses that cross pages see both, and fault on the second without storing in the first', () => {
  // mov rax,[rcx]; mov [rcx],rdx; int3
  const rig = rigWith('488b01 488911 cc');
  const { state } = rig.cpu;
  rig.map(DATA, 2);
  rig.mmu.write(vaAdd(DATA, 0xffc), 8, 0x1122334455667788n);
  state.setGpr(RCX, DATA + 0xffcn);
  state.setGpr(RDX, 0x99n);
  expect(rig.cpu.run()).toEqual(BREAKPOINT);
  expect(state.gpr(RAX)).toBe(0x1122334455667788n);
  expect(rig.mmu.u64(vaAdd(DATA, 0xffc))).toBe(0x99n);

  state.rip = CODE + 3n;
  state.setGpr(RCX, DATA + 0x1ffcn);
  expect(rig.cpu.run()).toMatchObject({ vector: 14, address: DATA + 0x2000n });
  expect(rig.mmu.u32(vaAdd(DATA, 0x1ffc))).toBe(0);
});

test('a pending jump to a page without execute permission faults at its target', () => {
  const rig = rigWith('ffe0');
  rig.map(DATA, 1, { executable: false });
  rig.cpu.state.setGpr(RAX, DATA + 8n);
  expect(rig.cpu.run()).toMatchObject({ vector: 14, errorCode: 0x11, address: DATA + 8n });
  expect(rig.cpu.state.rip).toBe(DATA + 8n);
  rig.cpu.state.rip = CODE;
  rig.cpu.state.setGpr(RAX, 0x1234_5678_9abc_def0n);
  expect(rig.cpu.run()).toMatchObject({ vector: 13, errorCode: 0 });
  expect(rig.cpu.state.rip).toBe(CODE);
});

test.each([0n, 1n, 2n, 3n, 4n, 5n, 0xfffn])(
  'a call of %i faults there like any other',
  (target) => {
    const rig = rigWith('ffd0');
    rig.cpu.state.setGpr(RAX, target);
    expect(rig.cpu.run()).toMatchObject({ vector: 14, errorCode: 0x10, address: target });
    expect([rig.cpu.state.rip, rig.cpu.state.instructions]).toEqual([target, 1]);
  },
);

test('division by zero and a quotient too large keep every register', () => {
  // mov ecx,3; xor edx,edx; mov eax,100; div esi; int3
  const rig = rigWith('b903000000 31d2 b864000000 f7f6 cc');
  const { state } = rig.cpu;
  expect(rig.cpu.run()).toEqual({ kind: 'exception', vector: 0 });
  expect([state.gpr(RAX), state.gpr(RCX), state.rip]).toEqual([100n, 3n, CODE + 12n]);
  expect(state.instructions).toBe(3);
});

test('lowering CR8 stops after the instruction, raising it does not', () => {
  // mov rax,cr8; mov cr8,rbx; mov ecx,9; int3
  const rig = rigWith('440f20c0 440f22c3 b909000000 cc');
  const { state } = rig.cpu;
  state.cr8 = 2;
  expect(rig.cpu.run()).toEqual({ kind: 'cr8' });
  expect([state.gpr(RAX), state.cr8, state.rip]).toEqual([2n, 0, CODE + 8n]);
  state.rip = CODE;
  state.setGpr(RBX, 13n);
  expect(rig.cpu.run()).toEqual(BREAKPOINT);
  expect(state.cr8).toBe(13);
});

test('the trap flag stops after the next instruction', () => {
  // pushfq; or dword ptr [rsp],0x100; popfq; mov eax,1; mov eax,2
  const rig = rigWith('9c 810c2400010000 9d b801000000 b802000000');
  expect(rig.cpu.run()).toEqual({ kind: 'exception', vector: 1 });
  expect(rig.cpu.state.gpr(RAX)).toBe(1n);
  expect(rig.cpu.state.rip).toBe(CODE + 14n);
});

test('loops entered in the middle run', () => {
  // test ecx,ecx; je 2f; 1: add eax,1; 2: add eax,16; dec edx; jne 1b; int3
  for (const [rcx, expected] of [
    [0n, 50n],
    [1n, 51n],
  ] as const) {
    const rig = rigWith('85c9 7403 83c001 83c010 ffca 75f6 cc');
    rig.cpu.state.setGpr(RCX, rcx);
    rig.cpu.state.setGpr(RDX, 3n);
    expect(rig.cpu.run()).toEqual(BREAKPOINT);
    expect(rig.cpu.state.gpr(RAX)).toBe(expected);
  }
});

test('a thread switch keeps registers and flags, but not the instruction count', () => {
  const rig = rigWith('31c0 cc');
  const { state } = rig.cpu;
  state.setXmm(3, new Uint8Array(16).fill(7));
  const before = state.save();
  rig.cpu.run();
  state.setXmm(3, new Uint8Array(16));
  state.restore(before);
  expect([state.rip, state.xmm(3)[5], state.instructions]).toEqual([CODE, 7, 2]);
  expect(state.rsp).toBe(vaAdd(STACK_TOP, -0x100));
});

test('another processor with the same code compiles nothing', () => {
  const modules = new ModuleCache();
  const sizes = [0, 1].map(() => {
    const rig = new Rig({}, { modules });
    rig.load(FIB);
    expect(rig.call(CODE, 10n)).toBe(55n);
    return modules.size;
  });
  expect(sizes[1]).toBe(sizes[0]);
});
