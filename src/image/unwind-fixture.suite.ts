/** The functions of the listing as a module, and a run of one that knows every register on the way. */
import { rva, type Va, va } from '../units/address.ts';
import { FunctionTable, type UnwindModule } from './function-table.ts';
import { putU32 } from './reader.ts';
import type { ReadMemory, UnwindContext } from './unwind.ts';
import { LISTING } from './unwind-listing.suite.ts';

export interface Line {
  readonly at: number;
  readonly bytes: Uint8Array;
  readonly text: string;
}

export interface ListedFunction {
  readonly name: string;
  readonly primary: string | undefined;
  readonly unwind: Uint8Array;
  readonly lines: readonly Line[];
  readonly begin: number;
  readonly end: number;
}

export const fromHex = (text: string): Uint8Array =>
  Uint8Array.from(text.replaceAll(/\s/g, '').match(/../g) ?? [], (pair) =>
    Number.parseInt(pair, 16),
  );

const TEXT = 0x1000;

function parseListing(): ListedFunction[] {
  const functions: (ListedFunction & { lines: Line[]; end: number })[] = [];
  let at = TEXT;
  for (const line of LISTING.trim().split('\n')) {
    const [left = '', right = ''] = line.split('|').map((part) => part.trim());
    const current = functions.at(-1);
    if (current && /^([0-9a-f]{2})+$/.test(left)) {
      const bytes = fromHex(left);
      current.lines.push({ at, bytes, text: right });
      at += bytes.length;
      current.end = at;
    } else {
      const [name = '', primary] = left.split(' < ');
      const start = { begin: at, end: at, lines: [] };
      functions.push({ name, primary, unwind: fromHex(right), ...start });
    }
  }
  return functions;
}

export const FUNCTIONS: ReadonlyMap<string, ListedFunction> = new Map(
  parseListing().map((entry) => [entry.name, entry]),
);

export function listed(name: string): ListedFunction {
  const found = FUNCTIONS.get(name);
  if (!found) throw new Error(`no function ${name} in the listing`);
  return found;
}

/** Handler RVA and handler data of `handled`. */
export const HANDLER = 0x1234;
const HANDLER_DATA = 0x1122_3344;

const XDATA = 0x2000;
const PDATA = 0x3000;

/** Code at 0x1000, unwind information at 0x2000, the function table at 0x3000. */
function listingImage(): { bytes: Uint8Array; count: number } {
  const bytes = new Uint8Array(0x4000);
  const infos = new Map<string, number>();
  let info = XDATA;
  let count = 0;
  for (const { name, primary, unwind, lines, begin, end } of FUNCTIONS.values()) {
    for (const line of lines) bytes.set(line.bytes, line.at);
    if (unwind.length === 0) continue;
    bytes.set(unwind, info);
    infos.set(name, info);
    const row = [begin, end, info];
    for (const [index, value] of row.entries())
      putU32(bytes, PDATA + count * 12 + index * 4, value);
    info += unwind.length;
    const to = primary === undefined ? undefined : listed(primary);
    const chained = to ? [to.begin, to.end, infos.get(to.name) ?? 0] : [];
    const tail = name === 'handled' ? [HANDLER, HANDLER_DATA] : chained;
    for (const [index, value] of tail.entries()) putU32(bytes, info + index * 4, value);
    info += tail.length * 4;
    count += 1;
  }
  return { bytes, count };
}

export const BASE = va(0xffff_f800_1000_0000n);

export function listingModule(): UnwindModule {
  const { bytes, count } = listingImage();
  const read = (at: number, length: number) =>
    at + length <= bytes.length ? bytes.subarray(at, at + length) : undefined;
  return {
    base: BASE,
    end: va(BASE + BigInt(bytes.length)),
    functions: new FunctionTable(read, { rva: rva(PDATA), count }),
  };
}

const NAMES = ['rax', 'rcx', 'rdx', 'rbx', 'rsp', 'rbp', 'rsi', 'rdi'];
const registerNumber = (name: string): number => {
  const wide = name.replace(/^e/, 'r').replace(/d$/, '');
  const known = NAMES.indexOf(wide);
  return known >= 0 ? known : Number(wide.slice(1));
};
const isRegister = (text: string): boolean => /^(r\d+d?|[re][a-ds][xpi]|[re]bp|[re]di)$/.test(text);

/** Memory in 8-byte cells, and the few instructions the listing uses. */
export class Machine {
  readonly cells = new Map<bigint, bigint>();
  readonly gpr: bigint[];
  readonly xmm: bigint[];
  pc: number;

  constructor(start: UnwindContext, pc: number) {
    this.gpr = [...start.gpr];
    this.xmm = [...(start.xmm ?? [])];
    this.pc = pc;
  }

  readonly readMemory: ReadMemory = (at: Va, length: number) => {
    const value = this.cells.get(at);
    if (value === undefined || length !== 8) return undefined;
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setBigUint64(0, value, true);
    return bytes;
  };

  context(): UnwindContext {
    const rsp = va(this.gpr[4] ?? 0n);
    return { rip: va(BASE + BigInt(this.pc)), rsp, gpr: [...this.gpr], xmm: [...this.xmm] };
  }

  /** False at the end of the function. */
  step(line: Line): boolean {
    this.pc += line.bytes.length;
    const [mnemonic = '', rest = ''] = line.text.split(/ (.*)/);
    if (/^(ret|rep)/.test(mnemonic) || line.text === 'jmp rax') return false;
    if (mnemonic === 'jmp')
      this.pc += line.bytes.length === 2 ? ((line.bytes[1] ?? 0) << 24) >> 24 : 0;
    else if (mnemonic !== 'call' && mnemonic !== 'nop') this.#execute(mnemonic, rest.split(', '));
    return true;
  }

  #execute(mnemonic: string, [to = '', from = '']: string[]): void {
    const rsp = this.gpr[4] ?? 0n;
    if (mnemonic === 'push') {
      this.cells.set(rsp - 8n, this.gpr[registerNumber(to)] ?? 0n);
      this.gpr[4] = rsp - 8n;
    } else if (mnemonic === 'pop') {
      this.gpr[registerNumber(to)] = this.cells.get(rsp) ?? 0n;
      this.gpr[4] = rsp + 8n;
    } else if (mnemonic === 'sub') this.gpr[4] = rsp - BigInt(from);
    else if (mnemonic === 'add') this.gpr[4] = rsp + BigInt(from);
    else if (mnemonic === 'xor') this.gpr[registerNumber(to)] = 0n;
    else if (mnemonic === 'xorps') this.xmm[Number(to.slice(3))] = 0n;
    else if (mnemonic === 'lea') this.gpr[registerNumber(to)] = this.#address(from);
    else if (mnemonic === 'mov' && isRegister(to)) {
      this.gpr[registerNumber(to)] = this.cells.get(this.#address(from)) ?? 0n;
    } else if (mnemonic === 'mov')
      this.cells.set(this.#address(to), this.gpr[registerNumber(from)] ?? 0n);
    else if (mnemonic === 'movaps') this.#movaps(to, from);
    else throw new Error(`the listing uses ${mnemonic}`);
  }

  #movaps(to: string, from: string): void {
    if (to.startsWith('xmm')) {
      const at = this.#address(from);
      const high = this.cells.get(at + 8n) ?? 0n;
      this.xmm[Number(to.slice(3))] = (this.cells.get(at) ?? 0n) | (high << 64n);
      return;
    }
    const [at, value] = [this.#address(to), this.xmm[Number(from.slice(3))] ?? 0n];
    this.cells.set(at, BigInt.asUintN(64, value));
    this.cells.set(at + 8n, value >> 64n);
  }

  #address(operand: string): bigint {
    const [, base = '', offset = '0'] = /\[(\w+) \+ (\d+)\]/.exec(operand) ?? [];
    return (this.gpr[registerNumber(base)] ?? 0n) + BigInt(offset);
  }
}
