/** Drivers assembled by hand, for what no compiler would write. */
import {
  CODE,
  CONSTANTS,
  composeImage,
  DATA,
  nextSectionRva,
  type SectionPlan,
} from '../../src/image/pe-compose.ts';
import { IMAGE_DIRECTORY_ENTRY_IMPORT } from '../../src/image/pe-spec.ts';
import { putU32, putU64 } from '../../src/image/reader.ts';

const REGISTERS = [
  ...['rax', 'rcx', 'rdx', 'rbx', 'rsp', 'rbp', 'rsi', 'rdi'],
  ...['r8', 'r9', 'r10', 'r11', 'r12', 'r13', 'r14', 'r15'],
] as const;
export type Register = (typeof REGISTERS)[number];

interface Fixup {
  readonly at: number;
  readonly target: string;
}

/** Bytes of every `data` label; all of them are zero at first. */
const LABEL_BYTES = 0x400;

export class Assembler {
  readonly bytes: number[] = [];
  readonly labels = new Map<string, number>();
  readonly fixups: Fixup[] = [];
  readonly imports: string[] = [];
  readonly data: string[] = [];

  /** Machine code as hex digits. */
  raw(hex: string): this {
    for (const [pair] of hex.matchAll(/[0-9a-f]{2}/gi)) this.bytes.push(Number.parseInt(pair, 16));
    return this;
  }

  label(name: string): this {
    this.labels.set(name, this.bytes.length);
    return this;
  }

  /** mov register, 64-bit constant */
  mov(register: Register, value: bigint): this {
    const number = REGISTERS.indexOf(register);
    this.bytes.push(number < 8 ? 0x48 : 0x49, 0xb8 + (number & 7));
    for (let i = 0n; i < 8n; i++) this.bytes.push(Number((value >> (i * 8n)) & 0xffn));
    return this;
  }

  /** mov [rsp+offset], 64-bit constant, by way of rax */
  argument(index: number, value: bigint): this {
    const register = (['rcx', 'rdx', 'r8', 'r9'] as const)[index];
    if (register !== undefined) return this.mov(register, value);
    this.mov('rax', value).raw('48 89 84 24');
    return this.#long(index * 8);
  }

  /** lea register, [label]: code, or writable data of this name */
  lea(register: Register, target: string): this {
    const number = REGISTERS.indexOf(register);
    this.bytes.push(number < 8 ? 0x48 : 0x4c, 0x8d, 0x05 | ((number & 7) << 3));
    return this.#relative(target);
  }

  call(target: string): this {
    return this.raw('e8').#relative(target);
  }
  jump(target: string): this {
    return this.raw('e9').#relative(target);
  }
  jumpIfNotZero(target: string): this {
    return this.raw('0f 85').#relative(target);
  }
  callService(name: string): this {
    return this.raw('ff 15').#relative(`import ${name}`);
  }

  /** The entry's prologue: shadow space, and room for more arguments than any service has. */
  enter(): this {
    return this.raw('48 81 ec 88 00 00 00');
  }
  /** Returns STATUS_SUCCESS from there. */
  leave(): this {
    return this.raw('31 c0 48 81 c4 88 00 00 00 c3');
  }

  #relative(target: string): this {
    if (target.startsWith('import ')) {
      const name = target.slice('import '.length);
      if (!this.imports.includes(name)) this.imports.push(name);
    } else if (target.startsWith('data ') && !this.data.includes(target)) this.data.push(target);
    this.fixups.push({ at: this.bytes.length, target });
    return this.#long(0);
  }

  #long(value: number): this {
    for (let i = 0; i < 32; i += 8) this.bytes.push((value >>> i) & 0xff);
    return this;
  }
}

const DESCRIPTOR_BYTES = 20;

export interface HandMade {
  /** Of imports that are not spelled `dll!name`. */
  readonly dll?: string;
  /** Whether the import address table and the code can be written. */
  readonly isAllWritable?: boolean;
}

/** A driver whose DriverEntry is what `write` assembles. */
export function handMade(write: (code: Assembler) => unknown, options: HandMade = {}): Uint8Array {
  const { dll = 'ntoskrnl.exe', isAllWritable = false } = options;
  const code = new Assembler();
  write(code);
  const writable = isAllWritable ? DATA : 0;
  const text: SectionPlan = {
    name: '.text',
    bytes: Uint8Array.from(code.bytes),
    characteristics: CODE | writable,
  };
  const rdata = nextSectionRva([text]);
  const { bytes, slots, size } = importTable(code.imports, dll, rdata);
  const constants: SectionPlan = {
    name: '.rdata',
    bytes,
    characteristics: CONSTANTS | writable,
  };
  const data: SectionPlan = {
    name: '.data',
    bytes: new Uint8Array(0x10),
    virtualSize: Math.max(1, code.data.length) * LABEL_BYTES,
    characteristics: DATA,
  };
  const dataAt = nextSectionRva([text, constants]);
  for (const { at, target } of code.fixups) {
    const place = target.startsWith('import ')
      ? slots.get(target.slice('import '.length))
      : target.startsWith('data ')
        ? dataAt + code.data.indexOf(target) * LABEL_BYTES
        : 0x1000 + (code.labels.get(target) ?? Number.NaN);
    if (place === undefined || Number.isNaN(place)) throw new TypeError(`no label ${target}`);
    putU32(text.bytes, at, place - (0x1000 + at + 4));
  }
  return composeImage({
    imageBase: 0x1_4000_0000n,
    entryPoint: 0x1000,
    sections: [text, constants, data],
    directories: new Map(
      code.imports.length === 0 ? [] : [[IMAGE_DIRECTORY_ENTRY_IMPORT, { rva: rdata, size }]],
    ),
  });
}

const dllOf = (name: string, otherDll: string): string =>
  name.includes('!') ? name.slice(0, name.indexOf('!')) : otherDll;

/** By DLL: an import descriptor, lookup and address tables; then the names. */
function importTable(wanted: readonly string[], otherDll: string, rdata: number) {
  const dlls = new Map<string, string[]>();
  for (const name of wanted) {
    const dll = dllOf(name, otherDll);
    dlls.set(dll, [...(dlls.get(dll) ?? []), name]);
  }
  const tables = (dlls.size + 1) * DESCRIPTOR_BYTES;
  const slotCount = wanted.length + dlls.size;
  const text = tables + slotCount * 16;
  const length = wanted.reduce((sum, name) => sum + name.length + otherDll.length + 4, text);
  const bytes = new Uint8Array(length + 0x10);
  const slots = new Map<string, number>();
  let free = text;
  const put = (string: string): void => {
    for (let i = 0; i < string.length; i++) bytes[free + i] = string.charCodeAt(i);
    free += string.length + 1;
  };
  let lookup = tables;
  for (const [index, [dll, names]] of [...dlls].entries()) {
    const table = lookup + slotCount * 8;
    for (const [offset, value] of [
      [0, lookup],
      [12, free],
      [16, table],
    ] as const) {
      putU32(bytes, index * DESCRIPTOR_BYTES + offset, rdata + value);
    }
    put(dll);
    for (const [at, name] of names.entries()) {
      for (const base of [lookup, table]) putU64(bytes, base + at * 8, BigInt(rdata + free));
      slots.set(name, rdata + table + at * 8);
      free += 2;
      put(name.slice(name.indexOf('!') + 1));
    }
    lookup += (names.length + 1) * 8;
  }
  return { bytes, slots, size: tables };
}
