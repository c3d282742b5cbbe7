import { expect, test } from 'vitest';
import { rva, va } from '../units/address.ts';
import { type UnwindContext, virtualUnwind } from './unwind.ts';
import {
  BASE,
  FUNCTIONS,
  fromHex,
  HANDLER,
  type Line,
  listed,
  listingModule,
  Machine,
} from './unwind-fixture.suite.ts';
import { walkStack } from './walk-stack.ts';

const module = listingModule();
const RETURN = va(0xffff_f800_2000_0042n);
const RSP = va(0xffff_a000_0070_0ff8n);

const start = (): UnwindContext => ({
  rip: BASE,
  rsp: RSP,
  gpr: Array.from({ length: 16 }, (_, index) => (index === 4 ? RSP : 0x1111n * BigInt(index + 1))),
  xmm: Array.from({ length: 16 }, (_, index) => (BigInt(index + 1) << 100n) | BigInt(index + 1)),
});

const linesByAddress = new Map<number, Line>(
  [...FUNCTIONS.values()].flatMap(({ lines }) =>
    lines.map((line): [number, Line] => [line.at, line]),
  ),
);
const NONVOLATILE = [3, 4, 5, 6, 7, 12, 13, 14, 15];

/** Runs a function and unwinds before each instruction. */
function unwindEverywhere(name: string): number {
  const before = start();
  const machine = new Machine(before, listed(name).begin);
  machine.cells.set(RSP, RETURN);
  for (let steps = 0; ; steps += 1) {
    const line = linesByAddress.get(machine.pc);
    if (!line || steps > 100) throw new Error(`${name} left the listing`);
    const result = virtualUnwind(module, machine.context(), machine.readMemory);
    const where = `${name} before ${line.text} at ${line.at.toString(16)}`;
    if (result.kind !== 'unwound') throw new Error(`${where}: ${result.kind}`);
    const { context } = result;
    expect({ where, rip: context.rip, rsp: context.rsp }).toEqual({
      where,
      rip: RETURN,
      rsp: RSP + 8n,
    });
    const registers = before.gpr.with(4, RSP + 8n);
    for (const register of NONVOLATILE) {
      expect(context.gpr[register], `${where}: r${register}`).toBe(registers[register]);
    }
    expect(context.xmm?.slice(6), where).toEqual(before.xmm?.slice(6));
    if (name.startsWith('tail') && line.text.startsWith('jmp')) return steps;
    if (!machine.step(line)) return steps;
  }
}

test.each([
  'pushes',
  'xmm_saves',
  'frame8',
  'frame32_r13',
  'large16',
  'large32',
  'home_saves',
  'far_saves',
  'tail_jump',
  'tail_indirect',
  'rep_ret',
  'primary',
  'handled',
  'pushes_v2',
  'early_epilogue_v2',
])('%s unwinds to its caller from every instruction', (name) => {
  expect(unwindEverywhere(name)).toBeGreaterThan(2);
});

const at = (name: string, offset: number) => va(BASE + BigInt(listed(name).begin + offset));

function unwindAt(name: string, offset: number, gpr: Readonly<Record<number, bigint>> = {}) {
  const context = start();
  const registers = context.gpr.map((value, index) => gpr[index] ?? value);
  return virtualUnwind(
    module,
    { ...context, gpr: registers, rip: at(name, offset) },
    () => new Uint8Array(8),
  );
}

test('the handler counts in the body, not in prologue or epilogue', () => {
  const [prologue, body, epilogue] = [
    unwindAt('handled', 5),
    unwindAt('handled', 15),
    unwindAt('handled', 16),
  ];
  expect(prologue).toMatchObject({ kind: 'unwound', handler: undefined });
  expect(epilogue).toMatchObject({ kind: 'unwound', handler: undefined });
  expect(body).toMatchObject({ handler: { rva: HANDLER, exception: true, termination: true } });
  if (body.kind !== 'unwound' || !body.handler) throw new Error('no handler');
  expect(module.functions.read(body.handler.dataRva, 4)).toEqual(fromHex('44332211'));
});

test('the establisher frame follows the frame pointer once it is set', () => {
  const rbp = { 5: 0xffff_a000_0000_2020n };
  expect(unwindAt('handled', 5, rbp)).toMatchObject({ establisherFrame: RSP });
  expect(unwindAt('handled', 10, rbp)).toMatchObject({ establisherFrame: 0xffff_a000_0000_2000n });
});

test('a machine frame gives the interrupted rip and rsp', () => {
  const context = start();
  const cells = new Map<bigint, bigint>();
  const entryRsp = RSP - 0x48n;
  // error code, rip, cs, eflags, rsp, ss
  for (const [index, value] of [0n, 0xaaaan, 0x10n, 2n, 0xbbbbn, 0x18n].entries()) {
    cells.set(RSP + BigInt(index * 8), value);
  }
  cells.set(RSP - 8n, 0x5555n);
  const result = virtualUnwind(
    module,
    { ...context, rsp: va(entryRsp), rip: at('machine', 5) },
    (where) => {
      const bytes = new Uint8Array(8);
      new DataView(bytes.buffer).setBigUint64(0, cells.get(where) ?? 0n, true);
      return bytes;
    },
  );
  expect(result).toMatchObject({ kind: 'unwound', context: { rip: 0xaaaan, rsp: 0xbbbbn } });
  if (result.kind === 'unwound') expect(result.context.gpr[5]).toBe(0x5555n);
});

test('code without unwind data is a leaf function', () => {
  const result = unwindAt('elsewhere', 0);
  expect(result).toMatchObject({
    kind: 'unwound',
    functionEntry: undefined,
    establisherFrame: RSP,
  });
  if (result.kind === 'unwound') expect(result.context.rsp).toBe(RSP + 8n);
});

test('unreadable stack is named', () => {
  const context = { ...start(), rip: at('pushes', 0x12) };
  expect(virtualUnwind(module, context, () => undefined)).toEqual({
    kind: 'unreadable',
    at: RSP + 48n,
  });
});

test('a chained function gives the handler and entry of its own', () => {
  const { begin, end } = listed('fragment');
  const entry = module.functions.lookup(rva(begin + 6));
  expect(entry).toMatchObject({ begin, end });
  const chain = entry && module.functions.chain(entry);
  expect(chain?.map((link) => link.entry.begin)).toEqual([begin, listed('primary').begin]);
});

test('lookup finds the function of an address and none between functions', () => {
  for (const { begin, end, unwind } of FUNCTIONS.values()) {
    if (unwind.length === 0) expect(module.functions.lookup(rva(begin))).toBeUndefined();
    else expect(module.functions.lookup(rva(end - 1))?.begin).toBe(begin);
  }
  expect(module.functions.lookup(rva(0))).toBeUndefined();
  expect(module.functions.lookup(rva(0x3fff))).toBeUndefined();
});

test('a stack is walked until it leaves the modules', () => {
  const memory = new Map<bigint, bigint>([
    [RSP + 48n, 1n],
    [RSP + 56n, 2n],
    [RSP + 64n, 3n],
    [RSP + 72n, at('large16', 8)],
    [RSP + 80n + 4064n, 4n],
    [RSP + 88n + 4064n, at('rep_ret', 9)],
    [RSP + 96n + 4064n + 40n, 0x1234n],
  ]);
  const readMemory = (where: bigint) => {
    const value = memory.get(where);
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setBigUint64(0, value ?? 0n, true);
    return value === undefined ? undefined : bytes;
  };
  const lookup = (where: bigint) =>
    where >= module.base && where < module.end ? module : undefined;
  const context = { ...start(), rip: at('pushes', 0xd) };
  const whole = [at('large16', 8), at('rep_ret', 9)];
  expect(walkStack(context, readMemory, lookup, 64)).toEqual(whole);
  expect(walkStack(context, readMemory, lookup, 1)).toEqual(whole.slice(0, 1));
  memory.delete(RSP + 88n + 4064n);
  expect(walkStack(context, readMemory, lookup, 64)).toEqual(whole.slice(0, 1));
  expect(walkStack(context, () => undefined, lookup, 64)).toEqual([]);
});

test('a call through a bad pointer is walked from its return address', () => {
  const memory = new Map<bigint, bigint>([[RSP, at('rep_ret', 9)]]);
  const readMemory = (where: bigint) => {
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setBigUint64(0, memory.get(where) ?? 0n, true);
    return bytes;
  };
  const lookup = (where: bigint) =>
    where >= module.base && where < module.end ? module : undefined;
  expect(walkStack({ ...start(), rip: va(0n) }, readMemory, lookup, 64)).toEqual([
    at('rep_ret', 9),
  ]);
});
