/** The value the loader puts into `__security_cookie`, from a seed instead of the clock. */

/** DEFAULT_SECURITY_COOKIE of x64 images (process.h): the driver's own check refuses it at entry. */
export const DEFAULT_SECURITY_COOKIE = 0x0000_2b99_2ddf_a232n;
/** Windows leaves the top 16 bits clear, so that a string copy over the cookie meets a NUL. */
const COOKIE_MASK = 0x0000_ffff_ffff_ffffn;

const u64 = (value: bigint): bigint => BigInt.asUintN(64, value);

/** The output step of splitmix64. */
function mix(seed: bigint): bigint {
  let z = u64(seed + 0x9e37_79b9_7f4a_7c15n);
  z = u64((z ^ (z >> 30n)) * 0xbf58_476d_1ce4_e5b9n);
  z = u64((z ^ (z >> 27n)) * 0x94d0_49bb_1331_11ebn);
  return z ^ (z >> 31n);
}

export function securityCookie(seed: bigint): bigint {
  const cookie = mix(u64(seed)) & COOKIE_MASK;
  return cookie === 0n || cookie === DEFAULT_SECURITY_COOKIE ? cookie + 1n : cookie;
}
