/** Seeded programs of random instructions: straight, with skips, loops in loops, calls, and faults at the end. */
import { Code, EncodingKind, Instruction, MemoryOperand, Register } from 'iced-x86';
import { CODE, DATA, randomWords } from '../../src/cpu/vectors/layout.ts';
import { branch, type Item, label, plain } from './assemble.ts';
import { decode, encode } from './encode.ts';
import { TOPICS, type Topic } from './families.ts';
import { after, STATUS_FLAGS } from './flags-known.ts';
import { build, pick, type Random, shapes } from './forms.ts';
import { BY_NAME, CONDITIONS, COUNTER, type Placement } from './programs.ts';

/** Operands of a body that runs above a return address. */
const REGISTERS_ONLY = /^undefined$/;
const WITH_MEMORY = /^(undefined|stack|rip)$/;

export function addRandomProgram(placement: Placement, seed: number, states: number): void {
  const next = randomWords(seed * 7919);
  const { items, mask, faultMask } = randomProgram(next);
  placement.add(items, mask | faultMask, next, states);
}

/** What random programs are made of: nothing that divides, repeats, transfers or moves the stack. */
const TRANSFERS: readonly Topic[] = ['control', 'flags', 'string'];
const INGREDIENTS = [...BY_NAME.values()].filter(
  (entry) =>
    [...TOPICS].some(([topic, list]) => !TRANSFERS.includes(topic) && list.has(entry.mnemonic)) &&
    (entry.info.encoding === EncodingKind.Legacy ||
      (entry.info.encoding === EncodingKind.VEX && TOPICS.get('optional')?.has(entry.mnemonic))) &&
    !/^(Div|Idiv|Xlatb|Cmpxchg(8|16)b|Maskmov|Movs[bwdq]_m|Cmps[bwdq]_m|Bswap_r16|Movsxd_r16|Sh[lr]d_rm16.*CL)/.test(
      entry.name,
    ) &&
    !entry.operands.some((kind) => /^(seg|cr|dr|mm|es_|st|mem_offs|bnd|k_|ymm|zmm)/.test(kind)) &&
    !(/^Bt/.test(entry.mnemonic) && entry.operands[1] !== 'imm8'),
);

interface Body {
  readonly items: Item[];
  /** Undefined status flags here, and where an unaligned vector operand may end the program. */
  mask: number;
  faultMask: number;
  readonly memory: RegExp;
}

function randomProgram(next: Random): Body {
  const body: Body = { items: [], mask: 0, faultMask: 0, memory: WITH_MEMORY };
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
    if (/xmm.*\[/.test(encoded.text)) body.faultMask |= body.mask;
    body.mask = mask;
    body.items.push(plain(make));
    return;
  }
}

const touchesReserved = (text: string): boolean => /\br1[45]|(^|[ ,])[re]?spl?(,|$)/.test(text);

/** The flags at the loop's head are those of any round. */
function addLoop(body: Body, next: Random, name: string, counter = COUNTER): void {
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
  addCountdown(body, next, 'outer', COUNTER);
}

function addCall(body: Body, next: Random): void {
  addBlock(body, next, 2, 'a');
  body.items.push(branch(Code.Call_rel32_64, 'function'));
  const tail: Body = { items: [], mask: STATUS_FLAGS, faultMask: 0, memory: WITH_MEMORY };
  addBlock(tail, next, 2, 'b');
  tail.items.push(branch(Code.Call_rel32_64, 'function'), branch(Code.Jmp_rel8_64, 'end'));
  const callee: Body = {
    items: [label('function')],
    mask: STATUS_FLAGS,
    faultMask: 0,
    memory: REGISTERS_ONLY,
  };
  addBlock(callee, next, 4, 'c');
  callee.items.push(
    plain(() => Instruction.create(Code.Retnq)),
    label('end'),
  );
  body.items.push(...tail.items, ...callee.items);
  body.mask = callee.mask;
  body.faultMask |= tail.faultMask;
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
