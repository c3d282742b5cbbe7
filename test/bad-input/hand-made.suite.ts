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

export interface HandMade {
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
  const { bytes, slots } = importTable(code.imports, dll, rdata);
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
      code.imports.length === 0 ? [] : [[IMAGE_DIRECTORY_ENTRY_IMPORT, { rva: rdata, size: 0x28 }]],
    ),
  });
}

/** One import descriptor, its lookup and address tables, and the names. */
function importTable(names: readonly string[], dll: string, rdata: number) {
  const lookup = 0x40;
  const table = lookup + (names.length + 1) * 8;
  const text = table + (names.length + 1) * 8;
  const bytes = new Uint8Array(
    text + 0x100 + names.reduce((sum, name) => sum + name.length + 4, 0),
  );
  const put = (at: number, string: string): number => {
    for (let i = 0; i < string.length; i++) bytes[at + i] = string.charCodeAt(i);
    return at + string.length + 1;
  };
  let free = put(text, dll);
  putU32(bytes, 0, rdata + lookup);
  putU32(bytes, 12, rdata + text);
  putU32(bytes, 16, rdata + table);
  const slots = new Map<string, number>();
  for (const [index, name] of names.entries()) {
    const slot = index * 8;
    putU64(bytes, lookup + slot, BigInt(rdata + free));
    putU64(bytes, table + slot, BigInt(rdata + free));
    slots.set(name, rdata + table + slot);
    free = put(free + 2, name);
  }
  return { bytes, slots };
}
