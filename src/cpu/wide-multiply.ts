/** The high half of a 64 by 64 bit product, from four 32-bit ones, none of whose sums can carry. */
import { constI64, type I64 } from './wasm/expression.ts';
import { i64 } from './wasm/integer.ts';

type Keep = (value: I64) => I64;
const inline: Keep = (value) => value;

const low = (value: I64): I64 => i64.and(value, constI64(0xffff_ffffn));
const high = (value: I64): I64 => i64.shrU(value, constI64(32n));

/** `keep` holds values that are used more than once. */
export function mulHighUnsigned(a: I64, b: I64, keep: Keep = inline): I64 {
  const [al, ah, bl, bh] = [keep(low(a)), keep(high(a)), keep(low(b)), keep(high(b))];
  const outer = keep(i64.add(i64.mul(ah, bl), high(i64.mul(al, bl))));
  const inner = keep(i64.mul(al, bh));
  const middle = i64.add(low(outer), inner);
  return i64.add(i64.add(i64.mul(ah, bh), high(outer)), high(middle));
}

export function mulHighSigned(a: I64, b: I64, keep: Keep = inline): I64 {
  const sign = (value: I64): I64 => i64.shrS(value, constI64(63n));
  const unsigned = mulHighUnsigned(a, b, keep);
  return i64.sub(i64.sub(unsigned, i64.and(sign(a), b)), i64.and(sign(b), a));
}
