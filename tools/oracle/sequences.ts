/**
 * Short programs, for what one instruction cannot show: flags that are consumed later, by every condition,
 * across blocks, in loops and calls, and the exact state when an instruction in the middle faults.
 */
import { Code, EncodingKind, Instruction, MemoryOperand, Register } from 'iced-x86';
import {
  baseState,
  CODE,
  DATA,
  type MachineState,
  randomWords,
} from '../../src/cpu/vectors/layout.ts';
import { assemble, branch, type Item, label, plain } from './assemble.ts';
import { type CodeEntry, codes, decode, encode } from './encode.ts';
import { TOPICS } from './families.ts';
import { after, STATUS_FLAGS } from './flags-known.ts';
import { build, pick, type Random, shapes } from './forms.ts';
import { operandsOf, setPart } from './operands.ts';
import type { Program } from './record.ts';
import { draw, drawVector } from './values.ts';

const COUNTER = 15;
/** Operands of a body that runs above a return address. */
const REGISTERS_ONLY = /^undefined$/;
const WITH_MEMORY = /^(undefined|stack|rip)$/;
const CONDITIONS = 'o no b ae e ne be a s ns p np l ge le g'.split(' ');
const BY_NAME = new Map(codes().map((entry) => [entry.name, entry]));

const named = (name: string): Code => {
  const entry = BY_NAME.get(name);
  if (entry === undefined) throw new Error(`no encoding is called ${name}`);
  return entry.code;
};

export function sequences(): Program[] {
  const programs: Program[] = [];
  let offset = 16;
  const place = (items: readonly Item[], mask: number, next: Random, count: number): void => {
    const assembled = assemble(items, CODE + BigInt(offset));
    const states = Array.from({ length: count }, () =>
      startFor(offset, assembled.instructions, next),
    );
    const undefinedFlags = states.map(() => mask);
    programs.push({ offset, bytes: assembled.bytes, text: assembled.text, states, undefinedFlags });
    offset += (assembled.bytes.length + 47) & ~15;
  };
  for (const producer of producers()) {
    const next = randomWords(producer.code);
    for (const consume of [jumps, sets, moves]) consumed(producer, consume, next, place);
  }
  for (let seed = 1; seed <= 300; seed++) {
    const next = randomWords(seed * 7919);
    const { items, mask } = randomProgram(next);
    place(items, mask, next, 6);
  }
  return programs;
}

type Place = (items: readonly Item[], mask: number, next: Random, count: number) => void;

/** Every way of setting flags, in registers. */
function producers(): CodeEntry[] {
  const wanted =
    /^((Add|Sub|Cmp|And|Or|Xor|Test|Adc|Sbb|Xadd|Cmpxchg)_rm(8|16|32|64)_r|(Inc|Dec|Neg)_rm|(Shl|Shr|Sar|Rol|Ror|Rcl|Rcr)_rm(8|16|32|64)_(1|CL)$|(Add|Cmp|Test|And)_rm(8|32|64)_imm|Sh[lr]d_rm(32|64)_r.*_CL|(Bt|Bts)_rm(32|64)_r|(Tzcnt|Lzcnt|Popcnt|Bsf|Bsr)_r(32|64)|Imul_r(32|64)_rm(32|64)$|Mul_rm|(Ucomisd|Comiss)_)/;
  return [...BY_NAME.values()].filter(
    ({ name, info }) =>
      wanted.test(name) && info.encoding === EncodingKind.Legacy && !/82$|F6r1|F7r1/.test(name),
  );
}

function consumed(
  producer: CodeEntry,
  consume: (condition: string, i: number) => Item[],
  next: Random,
  place: Place,
): void {
  const seed = next();
  const make = (at: bigint) =>
    build(producer, { registers: 'low', immediate: 5 + (seed % 7) }, at, randomWords(seed));
  const probe = make(CODE);
  const encoded = probe && encode(probe, CODE);
  if (encoded === undefined) return;
  const mask = after(0, producer, encoded) ?? 0;
  const usable = CONDITIONS.filter((condition) => {
    const reader = decode(Uint8Array.of(0x70 | CONDITIONS.indexOf(condition), 0), CODE);
    const entry = BY_NAME.get(`J${condition}_rel8_64`);
    return entry !== undefined && after(mask, entry, reader) !== undefined;
  });
  place([plain(make), ...usable.flatMap(consume)], mask, next, 8);
}

const jumps = (condition: string, i: number): Item[] => [
  branch(named(`J${condition}_rel8_64`), `skip${i}`),
  plain(() =>
    Instruction.createRegMem(
      Code.Lea_r64_m,
      Register.R15,
      MemoryOperand.createBaseDispl(Register.R15, BigInt(1 << i)),
    ),
  ),
  label(`skip${i}`),
];

const sets = (condition: string, i: number): Item[] => [
  plain(() =>
    Instruction.createMem(
      named(`Set${condition}_rm8`),
      MemoryOperand.createBaseDispl(Register.RSP, BigInt(i)),
    ),
  ),
];

const moves = (condition: string, i: number): Item[] => [
  plain(() =>
    Instruction.createRegReg(
      named(`Cmov${condition}_r${i % 2 ? 32 : 64}_rm${i % 2 ? 32 : 64}`),
      (i % 2 ? Register.R8D : Register.R8) + (i >> 1),
      i % 2 ? Register.ESP : Register.RSP,
    ),
  ),
];

/** What random programs are made of: nothing that divides, repeats, transfers or moves the stack. */
const INGREDIENTS = [...BY_NAME.values()].filter(
  (entry) =>
    ['move', 'arithmetic', 'logic', 'shift', 'bit', 'multiply', 'sse-move', 'sse-integer'].some(
      (topic) => [...TOPICS].some(([name, list]) => name === topic && list.has(entry.mnemonic)),
    ) &&
    entry.info.encoding === EncodingKind.Legacy &&
    !/^(Div|Idiv|Xlatb|Cmpxchg(8|16)b|Maskmov|Movs[bwdq]_m|Cmps[bwdq]_m|Bswap_r16|Sh[lr]d_rm16.*CL)/.test(
      entry.name,
    ) &&
    !entry.operands.some((kind) => /^(seg|cr|dr|mm|es_|st|mem_offs|bnd|k_)/.test(kind)) &&
    !(/^Bt/.test(entry.mnemonic) && entry.operands[1] !== 'imm8'),
);

interface Body {
  readonly items: Item[];
  mask: number;
  readonly memory: RegExp;
}

function randomProgram(next: Random): Body {
  const body: Body = { items: [], mask: 0, memory: WITH_MEMORY };
  const shape = next() % 5;
  if (shape === 0) addLoop(body, next, 'a');
  else if (shape === 1) addCall(body, next);
  else if (shape === 2) addNestedLoop(body, next);
  else addBlock(body, next, 3 + (next() % 8), 'a');
  if (shape === 4) addFault(body, next);
  return body;
}

function addBlock(body: Body, next: Random, count: number, name: string): void {
  for (let i = 0; i < count; i++) {
    if (next() % 4 > 0) addInstruction(body, next);
    else addSkip(body, next, `${name}${i}`);
  }
}

/** A conditional jump over a few instructions. */
function addSkip(body: Body, next: Random, name: string): void {
  const condition = pick(next, CONDITIONS);
  const entry = BY_NAME.get(`J${condition}_rel8_64`);
  const reader = decode(Uint8Array.of(0x70 | CONDITIONS.indexOf(condition), 0), CODE);
  if (entry === undefined || after(body.mask, entry, reader) === undefined) return;
  const taken = body.mask;
  body.items.push(branch(entry.code, name));
  for (let i = 0; i < 1 + (next() % 3); i++) addInstruction(body, next);
  body.items.push(label(name));
  body.mask |= taken;
}

function addInstruction(body: Body, next: Random): void {
  for (let attempt = 0; attempt < 20; attempt++) {
    const entry = pick(next, INGREDIENTS);
    const usable = [...shapes(entry)].filter(
      (shape) => shape.registers !== 'stack' && body.memory.test(String(shape.memory)),
    );
    if (usable.length === 0) continue;
    const shape = pick(next, usable);
    const seed = next();
    const make = (at: bigint) => build(entry, shape, at, randomWords(seed));
    const probe = make(CODE);
    const encoded = probe && encode(probe, CODE);
    if (encoded === undefined || touchesReserved(encoded.text)) continue;
    const mask = after(body.mask, entry, encoded);
    if (mask === undefined) continue;
    body.mask = mask;
    body.items.push(plain(make));
    return;
  }
}

const touchesReserved = (text: string): boolean => /\br1[45]|(^|[ ,])[re]?spl?(,|$)/.test(text);

/** The flags at the loop's head are those of any round. */
function addLoop(body: Body, next: Random, name: string, counter = Register.R15): void {
  body.items.push(label(`loop-${name}`));
  body.mask = STATUS_FLAGS;
  addBlock(body, next, 2 + (next() % 4), name);
  addCountdown(body, next, `loop-${name}`, counter);
}

function addCountdown(body: Body, next: Random, to: string, counter: Register): void {
  const subtract = next() % 2 === 0;
  body.items.push(
    plain(() =>
      subtract
        ? Instruction.createRegI32(Code.Sub_rm64_imm8, counter, 1)
        : Instruction.createReg(Code.Dec_rm64, counter),
    ),
    branch(subtract && next() % 2 ? Code.Ja_rel32_64 : Code.Jne_rel32_64, to),
  );
  body.mask = subtract ? 0 : body.mask & 1;
}

function addNestedLoop(body: Body, next: Random): void {
  body.items.push(label('outer'));
  body.items.push(plain(() => Instruction.createRegU32(Code.Mov_r32_imm32, Register.R14D, 3)));
  addLoop(body, next, 'inner', Register.R14);
  addBlock(body, next, 1, 'tail');
  addCountdown(body, next, 'outer', Register.R15);
}

function addCall(body: Body, next: Random): void {
  addBlock(body, next, 2, 'a');
  body.items.push(branch(Code.Call_rel32_64, 'function'));
  const tail: Body = { items: [], mask: STATUS_FLAGS, memory: WITH_MEMORY };
  addBlock(tail, next, 2, 'b');
  tail.items.push(branch(Code.Call_rel32_64, 'function'), branch(Code.Jmp_rel8_64, 'end'));
  const callee: Body = {
    items: [label('function')],
    mask: STATUS_FLAGS,
    memory: REGISTERS_ONLY,
  };
  addBlock(callee, next, 4, 'c');
  callee.items.push(
    plain(() => Instruction.create(Code.Retnq)),
    label('end'),
  );
  body.items.push(...tail.items, ...callee.items);
  body.mask = callee.mask;
}

/** The last instruction touches the hole behind the window. */
function addFault(body: Body, next: Random): void {
  const hole = DATA + 0x2440n;
  const memory = () =>
    new MemoryOperand(Register.RIP, Register.None, 1, hole, 8, false, Register.None);
  const code = pick(next, [Code.Add_rm64_r64, Code.Mov_rm64_r64, Code.Xchg_rm64_r64]);
  body.items.push(
    plain(() =>
      next() % 3 === 0
        ? Instruction.createRegMem(Code.Add_r64_rm64, Register.RBX, memory())
        : Instruction.createMemReg(code, memory(), Register.RBX),
    ),
  );
}

/** A few of the registers that the program reads get values; the loop counter is small. */
function startFor(
  offset: number,
  instructions: readonly { instruction: Instruction }[],
  next: Random,
): MachineState {
  const state = baseState();
  state.rip = CODE + BigInt(offset);
  for (const bit of [1, 4, 0x10, 0x40, 0x80, 0x800]) if (next() % 2) state.flags |= bit;
  const operands = instructions.map(({ instruction }) => operandsOf(instruction));
  for (const part of operands.flatMap(({ registers }) => registers)) {
    if (part.number !== 4 && next() % 2) setPart(state, part, draw(next, part.width));
  }
  for (const vector of new Set(operands.flatMap(({ vectors }) => vectors))) {
    if (next() % 2) state.xmm.set(drawVector(next, next() % 16), vector * 16);
  }
  state.gpr[COUNTER] = BigInt(1 + (next() % 5));
  return state;
}
