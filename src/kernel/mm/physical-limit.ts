/** Physical addresses as arguments: unsigned 64-bit, of which the processor has 52 (Intel SDM vol. 3, 4.1.4). */

export const MAX_PHYSICAL = 2 ** 52;

/** A number that is exact; what lies beyond every physical address is the first one beyond. */
export const toPhysical = (raw: bigint): number => {
  const unsigned = BigInt.asUintN(64, raw);
  return unsigned > BigInt(MAX_PHYSICAL) ? MAX_PHYSICAL : Number(unsigned);
};
