/** Division of 128 by 64 bits, which WebAssembly lacks. Halves arrive signed, as wasm hands them over. */

const joinUnsigned = (high: bigint, low: bigint): bigint =>
  (BigInt.asUintN(64, high) << 64n) | BigInt.asUintN(64, low);
const joinSigned = (high: bigint, low: bigint): bigint =>
  (BigInt.asIntN(64, high) << 64n) | BigInt.asUintN(64, low);

export const wideDivide = {
  divideUnsigned: (high: bigint, low: bigint, divisor: bigint): bigint =>
    BigInt.asUintN(64, joinUnsigned(high, low) / BigInt.asUintN(64, divisor)),
  unsignedQuotientFits: (high: bigint, _low: bigint, divisor: bigint): number =>
    BigInt.asUintN(64, high) < BigInt.asUintN(64, divisor) ? 1 : 0,
  divideSigned: (high: bigint, low: bigint, divisor: bigint): bigint =>
    BigInt.asIntN(64, joinSigned(high, low) / divisor),
  signedQuotientFits(high: bigint, low: bigint, divisor: bigint): number {
    const quotient = joinSigned(high, low) / divisor;
    return quotient === BigInt.asIntN(64, quotient) ? 1 : 0;
  },
};
