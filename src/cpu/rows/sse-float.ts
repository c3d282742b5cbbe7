/** Floating point: arithmetic, comparison and square root, rounding to nearest, exceptions masked. */
import { Mnemonic } from 'iced-x86';
import { instruction } from '../instruction.ts';
import type { Ir } from '../ir.ts';
import { constI32, constI64, type I32, type V128 } from '../wasm/expression.ts';
import { i32 } from '../wasm/integer.ts';
import { type FloatLanes, f32x4, f64x2, i32x4, i64x2, v128 } from '../wasm/vector.ts';
import { lowFrom } from './sse-move.ts';

type Lanes = 'single' | 'double';
interface Format {
  readonly bytes: 4 | 8;
  readonly lanes: FloatLanes;
  /** The bit that makes a NaN quiet, and the NaN that an invalid operation gives. */
  readonly quiet: V128;
  readonly indefinite: V128;
}

const FORMATS: Record<Lanes, Format> = {
  single: {
    bytes: 4,
    lanes: f32x4,
    quiet: i32x4.splat(constI32(0x40_0000)),
    indefinite: i32x4.splat(constI32(0xffc0_0000)),
  },
  double: {
    bytes: 8,
    lanes: f64x2,
    quiet: i64x2.splat(constI64(0x8_0000_0000_0000n)),
    indefinite: i64x2.splat(constI64(0xfff8_0000_0000_0000n)),
  },
};

/** WebAssembly leaves NaN bits open; the processor takes the first operand that is one, made quiet. */
function withExactNaN(format: Format, result: V128, a: V128, b: V128): V128 {
  const { lanes, quiet, indefinite } = format;
  const nanLanes = (value: V128): V128 => lanes.ne(value, value);
  const second = v128.bitselect(v128.or(b, quiet), indefinite, nanLanes(b));
  const nan = v128.bitselect(v128.or(a, quiet), second, nanLanes(a));
  return v128.bitselect(nan, result, nanLanes(result));
}

/** The scalar forms compute the low lane and keep the target's others. */
function lowerBinary(ir: Ir, format: Format, scalar: boolean, combine: Combine): void {
  const [target, source] = [ir.operand(0), ir.operand(1)];
  const b = ir.readVector(source, scalar ? 'any' : 'aligned');
  const a = ir.readVector(target);
  const result = combine(format, a, b, (value) => ir.keep(value));
  ir.writeVector(target, scalar ? lowFrom(a, result, format.bytes) : result);
}

type Keep = (value: V128) => V128;
type Combine = (format: Format, a: V128, b: V128, keep: Keep) => V128;

const forms = (
  [single, double, oneSingle, oneDouble]: readonly [Mnemonic, Mnemonic, Mnemonic, Mnemonic],
  combine: Combine,
) =>
  (
    [
      [single, 'single', false],
      [double, 'double', false],
      [oneSingle, 'single', true],
      [oneDouble, 'double', true],
    ] as const
  ).map(([name, format, scalar]) =>
    instruction({
      names: [name],
      lower: (ir) => lowerBinary(ir, FORMATS[format], scalar, combine),
    }),
  );

const arithmetic =
  (operation: 'add' | 'sub' | 'mul' | 'div'): Combine =>
  (format, a, b, keep) =>
    withExactNaN(format, keep(format.lanes[operation](a, b)), a, b);

const squareRoot: Combine = (format, _a, b, keep) =>
  withExactNaN(format, keep(format.lanes.sqrt(b)), b, b);

/** Predicates 0 to 7 of CMPPS: EQ LT LE UNORD and their negations. */
function compare(format: Format, predicate: number, a: V128, b: V128): V128 {
  const { lanes } = format;
  const unordered = (): V128 => v128.or(lanes.ne(a, a), lanes.ne(b, b));
  const tests = [() => lanes.eq(a, b), () => lanes.lt(a, b), () => lanes.le(a, b), unordered];
  const test = tests[predicate & 3] ?? unordered;
  return (predicate & 4) === 0 ? test() : v128.not(test());
}

const comparison = (name: Mnemonic, lanes: Lanes, scalar: boolean) =>
  instruction({
    names: [name],
    lower(ir) {
      const predicate = Number(ir.immediate(2) & 7n);
      lowerBinary(ir, FORMATS[lanes], scalar, (format, a, b) => compare(format, predicate, a, b));
    },
  });

/** Unordered 111, less 001, equal 100, greater 000 in ZF, PF and CF; the others are cleared. */
function orderedCompare(ir: Ir, lanes: FloatLanes): void {
  const b = ir.readVector(ir.operand(1));
  const a = ir.readVector(ir.operand(0));
  const low = (mask: V128): I32 => i32.and(i32x4.extract(mask, 0), constI32(1));
  const unordered = ir.keep(low(v128.or(lanes.ne(a, a), lanes.ne(b, b))));
  const carry = i32.or(low(lanes.lt(a, b)), unordered);
  const zero = i32.or(low(lanes.eq(a, b)), unordered);
  const parity = i32.shl(unordered, constI32(2));
  ir.flags.setWord(i32.or(carry, i32.or(parity, i32.shl(zero, constI32(6)))));
}

const orderedRow = (names: Mnemonic[], lanes: FloatLanes) =>
  instruction({
    names,
    writes: ['CF', 'PF', 'AF', 'ZF', 'SF', 'OF'],
    lower: (ir) => orderedCompare(ir, lanes),
  });

const { Addps, Addpd, Addss, Addsd, Subps, Subpd, Subss, Subsd } = Mnemonic;
const { Mulps, Mulpd, Mulss, Mulsd, Divps, Divpd, Divss, Divsd } = Mnemonic;
const { Minps, Minpd, Minss, Minsd, Maxps, Maxpd, Maxss, Maxsd } = Mnemonic;
const { Sqrtps, Sqrtpd, Sqrtss, Sqrtsd } = Mnemonic;

export const sseFloatRows = [
  ...forms([Addps, Addpd, Addss, Addsd], arithmetic('add')),
  ...forms([Subps, Subpd, Subss, Subsd], arithmetic('sub')),
  ...forms([Mulps, Mulpd, Mulss, Mulsd], arithmetic('mul')),
  ...forms([Divps, Divpd, Divss, Divsd], arithmetic('div')),
  // The second operand where the two do not compare, as pmin and pmax have it for their first.
  ...forms([Minps, Minpd, Minss, Minsd], ({ lanes }, a, b) => lanes.pmin(b, a)),
  ...forms([Maxps, Maxpd, Maxss, Maxsd], ({ lanes }, a, b) => lanes.pmax(b, a)),
  ...forms([Sqrtps, Sqrtpd, Sqrtss, Sqrtsd], squareRoot),
  comparison(Mnemonic.Cmpps, 'single', false),
  comparison(Mnemonic.Cmppd, 'double', false),
  comparison(Mnemonic.Cmpss, 'single', true),
  orderedRow([Mnemonic.Comiss, Mnemonic.Ucomiss], f32x4),
  orderedRow([Mnemonic.Comisd, Mnemonic.Ucomisd], f64x2),
];

/** CMPSD is a string instruction too; here an operand is a vector. */
export const sseCompareRows = [comparison(Mnemonic.Cmpsd, 'double', true)];
