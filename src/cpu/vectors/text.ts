/**
 * The text of the vectors. A form is one instruction (or a short program) at one address:
 *
 *     @18 4801d8 ~10 add rax,rbx        offset in the code image, bytes, undefined flags, disassembly
 *     rax=1 bl=ff f=1 [810]=00ff > rax=0 f=55
 *
 * then one line per state: what differs from the base state, `>`, what the processor changed. Registers are
 * named as wide as they differ (`eax` leaves the upper half alone), `x3` is xmm3, `f` the flags, `mx` MXCSR,
 * `[810]` bytes of the data window, `ip` where it ended unless that is the byte after the form, `!14/6@va`
 * an exception with its error code and address, `~8d5` the undefined flags where not those of the form.
 */
import {
  baseState,
  CODE,
  copyState,
  FLAGS_MASK,
  GPR_NAMES,
  type MachineState,
  type Patch,
} from './layout.ts';

export interface Form {
  /** Of the first byte, from the start of the code image. */
  readonly offset: number;
  readonly bytes: Uint8Array;
  readonly text: string;
  readonly undefinedFlags: number;
  readonly vectors: Vector[];
}

export interface Exception {
  readonly vector: number;
  readonly errorCode: number;
  readonly address: bigint;
}

export interface Vector {
  readonly before: MachineState;
  readonly after: MachineState;
  /** Absent when it ended in the INT3 that `after.rip` names. */
  readonly exception: Exception | undefined;
  readonly undefinedFlags: number;
}

/** Narrow names of each register, with the bits they cover, narrowest first. */
const PARTS = GPR_NAMES.map((name) => {
  const old = /^r[a-ds][xpi]$/.test(name);
  const short = name.slice(1);
  const parts: { name: string; mask: bigint; shift: bigint }[] = [
    { name: old ? lowByte(short) : `${name}b`, mask: 0xffn, shift: 0n },
    { name: old ? short : `${name}w`, mask: 0xffffn, shift: 0n },
    { name: old ? `e${short}` : `${name}d`, mask: 0xffff_ffffn, shift: 0n },
    { name, mask: 0xffff_ffff_ffff_ffffn, shift: 0n },
  ];
  if (short.endsWith('x') && old) {
    parts.splice(1, 0, { name: `${short[0]}h`, mask: 0xffn, shift: 8n });
  }
  return parts;
});

function lowByte(short: string): string {
  return short.endsWith('x') ? `${short[0]}l` : `${short}l`;
}

const PART_BY_NAME = new Map(
  PARTS.flatMap((parts, register) => parts.map((part) => [part.name, { ...part, register }])),
);

const toHex = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

function fromHex(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i++) {
    bytes[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16);
  }
  return bytes;
}

const formEnd = (form: Form): bigint => CODE + BigInt(form.offset + form.bytes.length);

export function printForm(form: Form): string {
  const mask = form.undefinedFlags === 0 ? '' : ` ~${form.undefinedFlags.toString(16)}`;
  return `@${form.offset.toString(16)} ${toHex(form.bytes)}${mask} ${form.text}`;
}

export function printVector(form: Form, vector: Vector): string {
  const { before, after, exception } = vector;
  const given = printDifferences(baseState(), before);
  const changed = printDifferences(before, after);
  if (after.rip !== formEnd(form) && (exception === undefined || after.rip !== before.rip)) {
    changed.push(`ip=${after.rip.toString(16)}`);
  }
  if (exception !== undefined) changed.push(printException(exception));
  if (vector.undefinedFlags !== form.undefinedFlags) {
    changed.push(`~${vector.undefinedFlags.toString(16)}`);
  }
  return [...given, '>', ...changed].join(' ');
}

const printException = ({ vector, errorCode, address }: Exception): string =>
  `!${vector}${vector === 14 ? `/${errorCode.toString(16)}@${address.toString(16)}` : ''}`;

function printDifferences(from: MachineState, to: MachineState): string[] {
  const words: string[] = [];
  for (let i = 0; i < 16; i++) {
    const [was = 0n, is = 0n] = [from.gpr[i], to.gpr[i]];
    if (was !== is) words.push(printRegister(i, was, is));
  }
  if (((from.flags ^ to.flags) & FLAGS_MASK) !== 0) {
    words.push(`f=${(to.flags & FLAGS_MASK).toString(16)}`);
  }
  for (let i = 0; i < 16; i++) {
    const is = toHex(to.xmm.subarray(i * 16, i * 16 + 16));
    if (is !== toHex(from.xmm.subarray(i * 16, i * 16 + 16))) words.push(`x${i}=${is}`);
  }
  if (from.mxcsr !== to.mxcsr) words.push(`mx=${to.mxcsr.toString(16)}`);
  for (const { offset, bytes } of to.memory) {
    words.push(`[${offset.toString(16)}]=${toHex(bytes)}`);
  }
  return words;
}

function printRegister(register: number, was: bigint, is: bigint): string {
  const choices = (PARTS[register] ?? [])
    .filter(({ mask, shift }) => ((was ^ is) & ~(mask << shift)) === 0n)
    .map(({ name, mask, shift }) => `${name}=${((is >> shift) & mask).toString(16)}`);
  return choices.reduce((best, word) => (word.length < best.length ? word : best));
}

export function parseForms(text: string): Form[] {
  const forms: Form[] = [];
  let form: Form | undefined;
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    if (line.startsWith('@')) {
      form = parseForm(line);
      forms.push(form);
    } else if (form !== undefined) {
      form.vectors.push(parseVector(form, line));
    }
  }
  return forms;
}

function parseForm(line: string): Form {
  const [, offset = '', bytes = '', mask = '0', text = ''] =
    /^@(\S+) (\S+)(?: ~(\S+))? (.*)$/.exec(line) ?? [];
  return {
    offset: Number.parseInt(offset, 16),
    bytes: fromHex(bytes),
    undefinedFlags: Number.parseInt(mask, 16),
    text,
    vectors: [],
  };
}

function parseVector(form: Form, line: string): Vector {
  const words = line.split(' ');
  const arrow = words.indexOf('>');
  const before = baseState();
  before.rip = CODE + BigInt(form.offset);
  for (const word of words.slice(0, arrow)) apply(before, word);
  const after = copyState(before);
  after.memory = [];
  let exception: Exception | undefined;
  let undefinedFlags = form.undefinedFlags;
  after.rip = formEnd(form);
  for (const word of words.slice(arrow + 1)) {
    if (word.startsWith('!')) exception = parseException(word);
    else if (word.startsWith('~')) undefinedFlags = Number.parseInt(word.slice(1), 16);
    else apply(after, word);
  }
  if (exception !== undefined && !line.includes(' ip=')) after.rip = before.rip;
  return { before, after, exception, undefinedFlags };
}

function parseException(word: string): Exception {
  const [, vector = '', errorCode = '0', address = '0'] =
    /^!(\d+)(?:\/(\w+)@(\w+))?$/.exec(word) ?? [];
  return {
    vector: Number(vector),
    errorCode: Number.parseInt(errorCode, 16),
    address: BigInt(`0x${address}`),
  };
}

function apply(state: MachineState, word: string): void {
  const equals = word.indexOf('=');
  const [name, value] = [word.slice(0, equals), word.slice(equals + 1)];
  const part = PART_BY_NAME.get(name);
  if (part !== undefined) {
    const kept = (state.gpr[part.register] ?? 0n) & ~(part.mask << part.shift);
    state.gpr[part.register] = kept | (BigInt(`0x${value}`) << part.shift);
  } else if (name === 'f') state.flags = Number.parseInt(value, 16);
  else if (name === 'ip') state.rip = BigInt(`0x${value}`);
  else if (name === 'mx') state.mxcsr = Number.parseInt(value, 16);
  else if (name.startsWith('x')) state.xmm.set(fromHex(value), Number(name.slice(1)) * 16);
  else state.memory.push(parsePatch(name, value));
}

const parsePatch = (name: string, value: string): Patch => ({
  offset: Number.parseInt(name.slice(1, -1), 16),
  bytes: fromHex(value),
});
