/** The one printf: every conversion of the Microsoft C runtime and the kernel's own (%wZ, %Z, %I64), shared by all printing services. */
import { readLatin1z, readUtf16, readUtf16z, STRING } from '../../layout/nt.ts';
import type { Mmu } from '../../memory/mmu.ts';
import { NULL, type Va, va } from '../../units/address.ts';
import { formatFloat } from './format-float.ts';

/** Argument slots in order, 8 bytes each on x64. */
export type NextArgument = () => bigint;

/** Widths and precisions beyond this are cut: a format string cannot make us print without limit. */
const MAX_FIELD = 0x2000;
/** Longest text one call gives. */
const MAX_TEXT = 0x10_0000;

type Size = 'hh' | 'h' | 'l' | 'w' | '32' | '64' | '';

interface Conversion {
  readonly left: boolean;
  readonly plus: boolean;
  readonly space: boolean;
  readonly alternate: boolean;
  readonly zero: boolean;
  readonly width: number;
  /** -1 when absent. */
  readonly precision: number;
  readonly size: Size;
  readonly type: string;
}

const SIZES: readonly (readonly [prefix: string, size: Size])[] = [
  ['I64', '64'],
  ['I32', '32'],
  ['ll', '64'],
  ['hh', 'hh'],
  ['I', '64'],
  ['h', 'h'],
  ['l', 'l'],
  ['L', 'l'],
  ['w', 'w'],
  ['z', '64'],
  ['j', '64'],
  ['t', '64'],
];

const FLAGS = /^[-+ #0]*/;
const NUMBER = /^\d+/;

class Formatter {
  readonly #memory: Mmu;
  readonly #next: NextArgument;
  readonly #wide: boolean;

  constructor(memory: Mmu, next: NextArgument, wide: boolean) {
    this.#memory = memory;
    this.#next = next;
    this.#wide = wide;
  }

  format(text: string): string {
    let out = '';
    for (let at = 0; at < text.length && out.length < MAX_TEXT; ) {
      const percent = text.indexOf('%', at);
      if (percent < 0) {
        out += text.slice(at);
        break;
      }
      out += text.slice(at, percent);
      const [conversion, length] = this.#parse(text.slice(percent + 1));
      out += this.#convert(conversion);
      at = percent + 1 + length;
    }
    return out.slice(0, MAX_TEXT);
  }

  #parse(text: string): readonly [Conversion, number] {
    let at = 0;
    const flags = FLAGS.exec(text)?.[0] ?? '';
    at += flags.length;
    let left = flags.includes('-');
    let [width, used] = this.#number(text.slice(at));
    at += used;
    if (width < 0) {
      left = true;
      width = -width;
    }
    let precision = -1;
    if (text[at] === '.') {
      [precision, used] = this.#number(text.slice(at + 1));
      at += 1 + used;
    }
    let size: Size = '';
    const found = SIZES.find(([prefix]) => text.startsWith(prefix, at));
    if (found !== undefined) {
      size = found[1];
      at += found[0].length;
    }
    const conversion = {
      left,
      plus: flags.includes('+'),
      space: flags.includes(' '),
      alternate: flags.includes('#'),
      zero: flags.includes('0'),
      width: Math.min(width, MAX_FIELD),
      precision: Math.min(precision, MAX_FIELD),
      size,
      type: text[at] ?? '',
    };
    return [conversion, at + 1];
  }

  /** Digits, or `*` for the next argument; 0 when neither is there. */
  #number(text: string): [value: number, used: number] {
    if (text.startsWith('*')) return [Number(BigInt.asIntN(32, this.#next())), 1];
    const digits = NUMBER.exec(text)?.[0] ?? '';
    return [digits === '' ? 0 : Number(digits), digits.length];
  }

  #convert(c: Conversion): string {
    switch (c.type) {
      case 'd':
      case 'i':
        return this.#integer(c, BigInt.asIntN(bitsOf(c.size), this.#next()), 10);
      case 'u':
        return this.#integer(c, BigInt.asUintN(bitsOf(c.size), this.#next()), 10);
      case 'o':
        return this.#integer(c, BigInt.asUintN(bitsOf(c.size), this.#next()), 8);
      case 'x':
      case 'X':
        return this.#integer(c, BigInt.asUintN(bitsOf(c.size), this.#next()), 16);
      case 'p':
        return this.#integer({ ...c, type: 'X', precision: 16 }, this.#next(), 16);
      case 'c':
      case 'C':
        return pad(c, this.#character(c), ' ');
      case 's':
      case 'S':
        return pad(c, this.#string(c), ' ');
      case 'Z':
        return pad(c, this.#counted(c), ' ');
      case 'n':
        this.#next();
        return '';
      case 'a':
      case 'A':
      case 'e':
      case 'E':
      case 'f':
      case 'F':
      case 'g':
      case 'G':
        return this.#float(c);
      default:
        return c.type;
    }
  }

  #integer(c: Conversion, value: bigint, radix: 8 | 10 | 16): string {
    const magnitude = value < 0n ? -value : value;
    let digits = magnitude === 0n && c.precision === 0 ? '' : magnitude.toString(radix);
    if (c.type === 'X') digits = digits.toUpperCase();
    if (radix === 8 && c.alternate && !digits.startsWith('0')) digits = `0${digits}`;
    if (c.precision > digits.length) digits = digits.padStart(c.precision, '0');
    const prefix = radix === 16 && c.alternate && value !== 0n ? `0${c.type}` : signOf(c, value);
    return padNumber(c, prefix, digits, c.zero && c.precision < 0);
  }

  #float(c: Conversion): string {
    const bits = this.#next();
    const text = formatFloat(bits, c.type, c.precision < 0 ? 6 : c.precision, c.alternate);
    const negative = text.startsWith('-');
    return padNumber(c, signOf(c, negative ? -1n : 1n), negative ? text.slice(1) : text, c.zero);
  }

  /** Wide when the size says so, else by the letter's case and the width of the format. */
  #isWide(c: Conversion): boolean {
    if (c.size === 'h' || c.size === 'hh') return false;
    if (c.size === 'l' || c.size === 'w') return true;
    return (c.type === 's' || c.type === 'c') === this.#wide;
  }

  #character(c: Conversion): string {
    const unit = Number(this.#next() & 0xffffn);
    return String.fromCharCode(this.#isWide(c) ? unit : unit & 0xff);
  }

  #string(c: Conversion): string {
    const at = va(this.#next());
    if (at === NULL) return cut('(null)', c.precision);
    const limit = c.precision < 0 ? MAX_TEXT : c.precision;
    return this.#isWide(c)
      ? readUtf16z(this.#memory, at, limit)
      : readLatin1z(this.#memory, at, limit);
  }

  /** ANSI_STRING, or UNICODE_STRING with `w` or `l`. */
  #counted(c: Conversion): string {
    const at = va(this.#next());
    if (at === NULL) return '(null)';
    const { Length, Buffer } = STRING.at(this.#memory, at);
    if (Buffer === NULL) return '(null)';
    if (c.size === 'w' || c.size === 'l') return readUtf16(this.#memory, Buffer, Length);
    return String.fromCharCode(...this.#memory.readBytes(Buffer, Length));
  }
}

const bitsOf = (size: Size): number => {
  switch (size) {
    case '64':
      return 64;
    case 'h':
      return 16;
    case 'hh':
      return 8;
    default:
      return 32;
  }
};

const cut = (text: string, precision: number): string =>
  precision < 0 ? text : text.slice(0, precision);

function signOf(c: Conversion, value: bigint): string {
  if ('xXou'.includes(c.type)) return '';
  if (value < 0n) return '-';
  if (c.plus) return '+';
  return c.space ? ' ' : '';
}

const pad = (c: Conversion, text: string, fill: string): string =>
  c.left ? text.padEnd(c.width, ' ') : text.padStart(c.width, c.zero ? '0' : fill);

function padNumber(c: Conversion, prefix: string, digits: string, zeros: boolean): string {
  const length = prefix.length + digits.length;
  if (length >= c.width) return prefix + digits;
  const room = c.width - length;
  if (c.left) return prefix + digits + ' '.repeat(room);
  return zeros ? prefix + '0'.repeat(room) + digits : ' '.repeat(room) + prefix + digits;
}

/** Formats `text`; `wide` says that the format string itself is of 16-bit characters. */
export function formatText(memory: Mmu, text: string, next: NextArgument, wide: boolean): string {
  return new Formatter(memory, next, wide).format(text);
}

/** Arguments of a `va_list`, which on x64 is a pointer to their slots. */
export function fromList(memory: Mmu, list: Va): NextArgument {
  let at = list;
  return () => {
    const value = memory.u64(at);
    at = va(at + 8n);
    return value;
  };
}

/** Variable arguments of the running call from slot `first` on. */
export function fromSlots(slot: (index: number) => bigint, first: number): NextArgument {
  let index = first;
  return () => slot(index++);
}
