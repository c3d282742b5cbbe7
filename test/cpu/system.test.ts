/** What a user-mode recorder cannot run: ports, control registers, interrupts, devices, code that changes. */
import { expect, test } from 'vitest';
import type { CpuEnvironment, PortSize } from '../../src/cpu/environment.ts';
import { bytesOf, CODE, DATA, Rig, STACK_TOP } from '../../src/cpu/rig.ts';
import type { AccessSize, DeviceWindow } from '../../src/memory/physical.ts';
import { pa, va, vaAdd } from '../../src/units/address.ts';

const [RAX, RCX, RDX, RBX, RSI, RDI] = [0, 1, 2, 3, 6, 7];
const INT3 = 'cc';
const IF = 0x200n;

/** Puts other code at the same place, as a loader would. */
function load(rig: Rig, code: string): void {
  rig.load(bytesOf(code));
  rig.mmu.flushAll();
  rig.cpu.invalidateAll();
}

/** Runs the code up to its INT3. */
function run(rig: Rig, code: string): void {
  load(rig, code + INT3);
  expect(rig.cpu.run()).toMatchObject({ kind: 'exception', vector: 3 });
}

function withPorts(): { rig: Rig; told: string[]; answers: number[] } {
  const told: string[] = [];
  const answers: number[] = [];
  const rig = new Rig({
    portRead(port: number, size: PortSize) {
      told.push(`in ${port.toString(16)} ${size}`);
      return answers.shift() ?? 0;
    },
    portWrite: (port, size, value) => {
      told.push(`out ${port.toString(16)} ${size} ${value.toString(16)}`);
    },
  });
  return { rig, told, answers };
}

test('IN keeps the rest of RAX but for 32-bit reads, which clear it', () => {
  const { rig, told, answers } = withPorts();
  answers.push(0xaa, 0xbbbb, 0xcccccccc, 0x11, 0x2222, 0x33333333);
  rig.cpu.state.setGpr(RDX, 0xffff_1234n);
  const seen: string[] = [];
  for (const code of ['e4 60', '66 e5 61', 'e5 62', 'ec', '66 ed', 'ed']) {
    rig.cpu.state.setGpr(RAX, 0x1122_3344_5566_7788n);
    run(rig, code);
    seen.push(rig.cpu.state.gpr(RAX).toString(16));
  }
  expect(told).toEqual(['in 60 1', 'in 61 2', 'in 62 4', 'in 1234 1', 'in 1234 2', 'in 1234 4']);
  expect(seen).toEqual([
    '11223344556677aa',
    '112233445566bbbb',
    'cccccccc',
    '1122334455667711',
    '1122334455662222',
    '33333333',
  ]);
});

test('OUT tells port, size and value', () => {
  const { rig, told } = withPorts();
  rig.cpu.state.setGpr(RAX, 0x1122_3344_8899_aabbn);
  rig.cpu.state.setGpr(RDX, 0xcf8n);
  run(rig, 'e6 70 66 e7 71 e7 72 ee 66 ef ef');
  expect(told).toEqual([
    'out 70 1 bb',
    'out 71 2 aabb',
    'out 72 4 8899aabb',
    'out cf8 1 bb',
    'out cf8 2 aabb',
    'out cf8 4 8899aabb',
  ]);
});

test('REP INS and OUTS move elements between memory and a port, upwards or downwards', () => {
  const { rig, told, answers } = withPorts();
  rig.map(DATA, 1);
  answers.push(0x1111, 0x2222, 0x3333);
  const { state } = rig.cpu;
  state.setGpr(RDX, 0x1f0n);
  state.setGpr(RDI, DATA);
  state.setGpr(RCX, 3n);
  run(rig, 'f3 66 6d');
  expect(rig.mmu.read(DATA, 8)).toBe(0x3333_2222_1111n);
  expect([state.gpr(RCX), state.gpr(RDI)]).toEqual([0n, DATA + 6n]);
  state.setGpr(RSI, DATA + 4n);
  state.setGpr(RCX, 2n);
  state.rflags |= 0x400n;
  run(rig, 'f3 66 6f');
  expect(told.slice(3)).toEqual(['out 1f0 2 3333', 'out 1f0 2 2222']);
  expect([state.gpr(RCX), state.gpr(RSI)]).toEqual([0n, DATA]);
});

test('a string instruction stops at the element whose page is missing', () => {
  const { rig, told, answers } = withPorts();
  rig.map(DATA, 1);
  answers.push(1, 2, 3);
  const { state } = rig.cpu;
  state.setGpr(RDI, DATA + 0xffen);
  state.setGpr(RCX, 5n);
  load(rig, 'f3 6c cc');
  expect(rig.cpu.run()).toEqual({
    kind: 'exception',
    vector: 14,
    errorCode: 2,
    address: DATA + 0x1000n,
  });
  expect(told.length).toBe(2);
  expect([state.gpr(RCX), state.gpr(RDI), state.rip]).toEqual([3n, DATA + 0x1000n, CODE]);
});

test('CLI, STI, PUSHFQ and POPFQ agree about IF', () => {
  let enabled = 0;
  const rig = new Rig({
    interruptsEnabled: () => {
      enabled++;
    },
  });
  const { state } = rig.cpu;
  run(rig, 'fa 9c 58');
  expect(state.gpr(RAX) & IF).toBe(0n);
  expect(enabled).toBe(0);
  run(rig, '9c fb 9c 58');
  expect(state.gpr(RAX) & IF).toBe(IF);
  expect(enabled).toBe(1);
  run(rig, '9d');
  expect(state.rflags & IF).toBe(0n);
});

test('POPFQ changes ID, so that CPUID can be looked for', () => {
  const rig = new Rig();
  run(rig, '9c 58 48 89 c1 48 35 00 00 20 00 50 9d 9c 58');
  expect((rig.cpu.state.gpr(RAX) ^ rig.cpu.state.gpr(RCX)) & 0x20_0000n).toBe(0x20_0000n);
});

test('lowering CR8 leaves after the instruction; raising and reading do not', () => {
  const rig = new Rig();
  const { state } = rig.cpu;
  state.setGpr(RAX, 2n);
  state.setGpr(RCX, 1n);
  // mov cr8,rax; mov rdx,cr8; mov cr8,rcx; mov rbx,cr8; int3
  load(rig, '44 0f 22 c0 44 0f 20 c2 44 0f 22 c1 44 0f 20 c3 cc');
  expect(rig.cpu.run()).toEqual({ kind: 'cr8' });
  expect([state.cr8, state.gpr(RDX), state.rip]).toEqual([1, 2n, CODE + 12n]);
  expect(rig.cpu.run()).toMatchObject({ kind: 'exception', vector: 3 });
  expect(state.gpr(RBX)).toBe(1n);
});

test('RDMSR and WRMSR use EDX:EAX; an unknown register is a protection fault at the instruction', () => {
  const registers = new Map([[0x1bn, 0xfee0_0900n]]);
  const rig = new Rig({
    readMsr: (msr) => registers.get(BigInt(msr)),
    writeMsr: (msr, value) => {
      if (!registers.has(BigInt(msr))) return false;
      registers.set(BigInt(msr), value);
      return true;
    },
  });
  const { state } = rig.cpu;
  state.setGpr(RCX, 0xffff_ffff_0000_001bn);
  state.setGpr(RDX, ~0n);
  run(rig, '0f 32 ff c2 0f 30');
  expect(registers.get(0x1bn)).toBe(0x1_fee0_0900n);
  for (const code of ['0f 32', '0f 30']) {
    state.setGpr(RCX, 0x1234n);
    load(rig, code);
    expect(rig.cpu.run()).toMatchObject({ kind: 'exception', vector: 13, errorCode: 0 });
    expect(state.rip).toBe(CODE);
  }
});

test('CPUID, RDTSC and XGETBV fill 32-bit halves and clear the rest', () => {
  const rig = new Rig({
    cpuid: (leaf, subleaf) => ({ eax: leaf, ebx: subleaf, ecx: 3, edx: -1 }),
    timestamp: () => 0x1_2345_6789n,
  } satisfies Partial<CpuEnvironment>);
  const { state } = rig.cpu;
  for (const register of [RAX, RCX, RDX, RBX]) state.setGpr(register, 0xffff_ffff_0000_0007n);
  run(rig, '0f a2');
  expect([RAX, RBX, RCX, RDX].map((i) => state.gpr(i))).toEqual([7n, 7n, 3n, 0xffff_ffffn]);
  run(rig, '0f 31');
  expect([state.gpr(RAX), state.gpr(RDX)]).toEqual([0x2345_6789n, 1n]);
  state.setGpr(RCX, 0n);
  run(rig, '0f 01 d0');
  expect(state.gpr(RAX) & 3n).toBe(3n);
});

test.each([
  { code: 'cc', vector: 3, past: 1n },
  { code: 'cd 29', vector: 0x29, past: 2n },
  { code: 'cd 2c', vector: 0x2c, past: 2n },
  { code: 'cd 03', vector: 3, past: 2n },
  { code: 'f1', vector: 1, past: 1n },
  { code: '0f 0b', vector: 6, past: 0n },
])('$code raises vector $vector with RIP $past bytes on', ({ code, vector, past }) => {
  const rig = new Rig();
  load(rig, code);
  expect(rig.cpu.run()).toMatchObject({ kind: 'exception', vector });
  expect(rig.cpu.state.rip).toBe(CODE + past);
});

test('HLT leaves with RIP past it', () => {
  const rig = new Rig();
  load(rig, 'f4 90');
  expect(rig.cpu.run()).toEqual({ kind: 'halt' });
  expect(rig.cpu.state.rip).toBe(CODE + 1n);
});

test('IRETQ restores RIP, flags and RSP', () => {
  const rig = new Rig();
  const { state } = rig.cpu;
  const frame = vaAdd(STACK_TOP, -0x400);
  const values = [CODE + 0x10n, 0x10n, 0x646n, STACK_TOP - 0x40n, 0x18n];
  values.forEach((value, i) => {
    rig.mmu.write(vaAdd(frame, i * 8), 8, value);
  });
  state.rsp = frame;
  load(rig, '48 cf'.padEnd(48, ' 90') + INT3);
  rig.mmu.writeBytes(vaAdd(CODE, 0x10), bytesOf(INT3));
  expect(rig.cpu.run()).toMatchObject({ kind: 'exception', vector: 3 });
  expect([state.rip, state.rsp]).toEqual([CODE + 0x11n, STACK_TOP - 0x40n]);
  expect(state.rflags & 0xfd5n).toBe(0x644n);
});

test('FS and GS reach memory through their bases, SWAPGS changes GS', () => {
  const rig = new Rig();
  rig.map(DATA, 1);
  rig.mmu.write(vaAdd(DATA, 0x188), 8, 0x1111n);
  rig.mmu.write(vaAdd(DATA, 0x288), 8, 0x2222n);
  rig.cpu.state.gsBase = DATA;
  rig.cpu.state.fsBase = DATA + 0x100n;
  run(rig, '65 48 8b 04 25 88 01 00 00 64 48 8b 0c 25 88 01 00 00 0f 01 f8');
  expect([rig.cpu.state.gpr(RAX), rig.cpu.state.gpr(RCX)]).toEqual([0x1111n, 0x2222n]);
  expect(rig.cpu.state.gsBase).toBe(0n);
});

/** A page of device registers that writes down every access. */
function withDevice(): { rig: Rig; told: string[]; at: ReturnType<typeof va> } {
  const rig = new Rig();
  const told: string[] = [];
  const window: DeviceWindow = {
    kind: 'device',
    name: 'recorder',
    base: pa(0xfeb0_0000),
    length: 0x1000,
    read(offset: number, size: AccessSize) {
      told.push(`read ${offset.toString(16)} ${size}`);
      return 0x8877_6655_4433_2211n;
    },
    write(offset: number, size: AccessSize, value: bigint) {
      told.push(`write ${offset.toString(16)} ${size} ${value.toString(16)}`);
    },
  };
  rig.mmu.physical.addWindow(window);
  const at = va(0xffff_f800_5000_0000n);
  const attributes = { writable: true, executable: false, user: false, cache: 'uncached' } as const;
  rig.tables.map(at, pa(0xfeb0_0000), attributes);
  rig.cpu.state.setGpr(RBX, at);
  return { rig, told, at };
}

test("device registers see one access of the instruction's size", () => {
  const { rig, told } = withDevice();
  rig.cpu.state.setGpr(RAX, 0x1020_3040_5060_7080n);
  // mov [rbx+4],eax; mov cx,[rbx+2]; movzx edx,byte [rbx+7]; mov [rbx+8],rax; test dword [rbx],1; cmp al,[rbx+1]
  run(rig, '89 43 04 66 8b 4b 02 0f b6 53 07 48 89 43 08 f7 03 01 00 00 00 3a 43 01');
  expect(told).toEqual([
    'write 4 4 50607080',
    'read 2 2',
    'read 7 1',
    'write 8 8 1020304050607080',
    'read 0 4',
    'read 1 1',
  ]);
  expect([rig.cpu.state.gpr(RCX) & 0xffffn, rig.cpu.state.gpr(RDX)]).toEqual([0x2211n, 0x11n]);
});

test('read-modify-write of a device register is one read, then one write', () => {
  const { rig, told } = withDevice();
  rig.cpu.state.setGpr(RAX, 1n);
  // or dword [rbx],8; lock add [rbx+4],eax; xchg [rbx+8],eax; inc byte [rbx+1]; not word [rbx+6]
  run(rig, '83 0b 08 f0 01 43 04 87 43 08 fe 43 01 66 f7 53 06');
  expect(told).toEqual([
    'read 0 4',
    'write 0 4 44332219',
    'read 4 4',
    'write 4 4 44332212',
    'read 8 4',
    'write 8 4 1',
    'read 1 1',
    'write 1 1 12',
    'read 6 2',
    'write 6 2 ddee',
  ]);
});

test('a repeated move feeds a device register element by element', () => {
  const { rig, told, at } = withDevice();
  rig.map(DATA, 1);
  rig.mmu.write(DATA, 8, 0x0000_0002_0000_0001n);
  const { state } = rig.cpu;
  state.setGpr(RSI, DATA);
  state.setGpr(RDI, at);
  state.setGpr(RCX, 2n);
  run(rig, 'f3 a5');
  expect(told).toEqual(['write 0 4 1', 'write 4 4 2']);
  state.setGpr(RSI, at);
  state.setGpr(RDI, DATA + 0x10n);
  state.setGpr(RCX, 3n);
  run(rig, 'f3 66 a5');
  expect(told.slice(2)).toEqual(['read 0 2', 'read 2 2', 'read 4 2']);
  expect(rig.mmu.read(vaAdd(DATA, 0x10), 8)).toBe(0x2211_2211_2211n);
});

test('the limit is met to the instruction, in a loop and over calls', () => {
  const rig = new Rig();
  // loop: inc rax; call next; next: pop rcx; jmp loop
  load(rig, '48 ff c0 e8 00 00 00 00 59 eb f5');
  const { state } = rig.cpu;
  const places = [0n, 3n, 8n, 9n];
  for (const steps of [1, 2, 3, 4, 5, 7, 101, 1000, 100_003]) {
    const before = state.instructions;
    state.limit = before + steps;
    expect(rig.cpu.run()).toEqual({ kind: 'budget' });
    expect(state.instructions).toBe(before + steps);
    expect(state.rip - CODE).toBe(places[(before + steps) % 4]);
    expect(state.gpr(RAX)).toBe(BigInt(Math.ceil((before + steps) / 4)));
  }
});

test('code that rewrites itself runs as rewritten, in the same block and in another', () => {
  const rig = new Rig();
  // mov byte [rip+1],0x22 (the immediate of the next instruction); mov al,0x11
  run(rig, 'c6 05 01 00 00 00 22 b0 11');
  expect(rig.cpu.state.gpr(RAX) & 0xffn).toBe(0x22n);
  // call f; mov byte [f+1],7; call f; int3; f: mov al,3; shl rdx,8; mov dl,al; ret
  rig.cpu.state.setGpr(RDX, 0n);
  run(rig, 'e8 0d 00 00 00 c6 05 07 00 00 00 07 e8 01 00 00 00 cc b0 03 48 c1 e2 08 88 c2 c3');
  expect(rig.cpu.state.gpr(RDX)).toBe(0x307n);
});

test('fetching from a page that is missing, or may not be executed, faults there', () => {
  const rig = new Rig();
  rig.map(DATA, 1, { executable: false });
  for (const [target, errorCode] of [
    [vaAdd(DATA, 0x2000), 0x10],
    [DATA, 0x11],
  ] as const) {
    load(rig, 'ff e0');
    rig.cpu.state.setGpr(RAX, target);
    expect(rig.cpu.run()).toEqual({ kind: 'exception', vector: 14, errorCode, address: target });
    expect(rig.cpu.state.rip).toBe(target);
  }
});

test('an instruction that runs into a missing page faults at the page, with RIP at its start', () => {
  const rig = new Rig();
  rig.map(CODE, 1);
  const at = vaAdd(CODE, 0xffd);
  rig.mmu.writeBytes(at, bytesOf('48 05 01'));
  rig.cpu.state.rip = at;
  const address = vaAdd(CODE, 0x1000);
  expect(rig.cpu.run()).toEqual({ kind: 'exception', vector: 14, errorCode: 0x10, address });
  expect(rig.cpu.state.rip).toBe(at);
});
