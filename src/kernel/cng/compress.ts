/** What a hash function does with one block (RFC 1321, 3.4; FIPS 180-4, 6.1.2, 6.2.2 and 6.4.2). */

const rotateLeft = (word: number, by: number): number => (word << by) | (word >>> (32 - by));
const rotateRight = (word: number, by: number): number => (word >>> by) | (word << (32 - by));

const primes = (count: number): number[] => {
  const found: number[] = [];
  for (let n = 2; found.length < count; n++) if (found.every((p) => n % p !== 0)) found.push(n);
  return found;
};

/** The integer part of the root of `value`: of degree 2 or 3. */
function root(value: bigint, degree: bigint): bigint {
  let [low, high] = [0n, 1n << 80n];
  while (low < high) {
    const middle = (low + high + 1n) >> 1n;
    if (middle ** degree <= value) low = middle;
    else high = middle - 1n;
  }
  return low;
}

/** The first 64 bits of the fractions of the cube roots of the first 80 primes, from which SHA-2 takes its constants. */
const CUBE_ROOTS: readonly bigint[] = primes(80).map((prime) =>
  BigInt.asUintN(64, root(BigInt(prime) << 192n, 3n)),
);
const K256 = Uint32Array.from(CUBE_ROOTS.slice(0, 64), (fraction) => Number(fraction >> 32n));
const K512 = BigUint64Array.from(CUBE_ROOTS);

const SINES = Uint32Array.from({ length: 64 }, (_, i) =>
  Math.floor(Math.abs(Math.sin(i + 1)) * 2 ** 32),
);
const MD5_SHIFTS = [
  [7, 12, 17, 22],
  [5, 9, 14, 20],
  [4, 11, 16, 23],
  [6, 10, 15, 21],
] as const;

function md5Step(i: number, b: number, c: number, d: number): readonly [mix: number, word: number] {
  if (i < 16) return [(b & c) | (~b & d), i];
  if (i < 32) return [(d & b) | (~d & c), (5 * i + 1) % 16];
  if (i < 48) return [b ^ c ^ d, (3 * i + 5) % 16];
  return [c ^ (b | ~d), (7 * i) % 16];
}

/** The words of the state, none of which is ever missing. */
const words = (state: Uint32Array): number[] => [...state];

function addTo(state: Uint32Array, more: readonly number[]): void {
  more.forEach((word, i) => {
    state[i] = ((state[i] ?? 0) + word) >>> 0;
  });
}

export function compressMd5(state: Uint32Array, block: DataView): void {
  let [a = 0, b = 0, c = 0, d = 0] = words(state);
  for (let i = 0; i < 64; i++) {
    const [mix, word] = md5Step(i, b, c, d);
    const sum = (a + mix + (SINES[i] ?? 0) + block.getUint32(word * 4, true)) | 0;
    [a, d, c] = [d, c, b];
    b = (b + rotateLeft(sum, MD5_SHIFTS[i >> 4]?.[i & 3] ?? 0)) | 0;
  }
  addTo(state, [a, b, c, d]);
}

function sha1Step(t: number, b: number, c: number, d: number): number {
  if (t < 20) return ((b & c) | (~b & d)) + 0x5a827999;
  if (t < 40) return (b ^ c ^ d) + 0x6ed9eba1;
  if (t < 60) return ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc;
  return (b ^ c ^ d) + 0xca62c1d6;
}

export function compressSha1(state: Uint32Array, block: DataView): void {
  const w = new Int32Array(80);
  for (let t = 0; t < 16; t++) w[t] = block.getInt32(t * 4);
  const at = (t: number): number => w[t] ?? 0;
  for (let t = 16; t < 80; t++) {
    w[t] = rotateLeft(at(t - 3) ^ at(t - 8) ^ at(t - 14) ^ at(t - 16), 1);
  }
  let [a = 0, b = 0, c = 0, d = 0, e = 0] = words(state);
  for (let t = 0; t < 80; t++) {
    const sum = (rotateLeft(a, 5) + sha1Step(t, b, c, d) + e + at(t)) | 0;
    [e, d, c, b, a] = [d, c, rotateLeft(b, 30), a, sum];
  }
  addTo(state, [a, b, c, d, e]);
}

export function compressSha256(state: Uint32Array, block: DataView): void {
  const w = new Int32Array(64);
  const at = (t: number): number => w[t] ?? 0;
  for (let t = 0; t < 16; t++) w[t] = block.getInt32(t * 4);
  for (let t = 16; t < 64; t++) {
    const [x, y] = [at(t - 15), at(t - 2)];
    const small0 = rotateRight(x, 7) ^ rotateRight(x, 18) ^ (x >>> 3);
    const small1 = rotateRight(y, 17) ^ rotateRight(y, 19) ^ (y >>> 10);
    w[t] = at(t - 16) + small0 + at(t - 7) + small1;
  }
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = words(state);
  for (let t = 0; t < 64; t++) {
    const big1 = rotateRight(e, 6) ^ rotateRight(e, 11) ^ rotateRight(e, 25);
    const one = (h + big1 + ((e & f) ^ (~e & g)) + (K256[t] ?? 0) + at(t)) | 0;
    const big0 = rotateRight(a, 2) ^ rotateRight(a, 13) ^ rotateRight(a, 22);
    const two = (big0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + one) | 0, c, b, a, (one + two) | 0];
  }
  addTo(state, [a, b, c, d, e, f, g, h]);
}

const low64 = (value: bigint): bigint => BigInt.asUintN(64, value);
const rotateRight64 = (word: bigint, by: bigint): bigint =>
  low64((word >> by) | (word << (64n - by)));

function schedule512(block: DataView): BigUint64Array {
  const w = new BigUint64Array(80);
  const at = (t: number): bigint => w[t] ?? 0n;
  for (let t = 0; t < 16; t++) w[t] = block.getBigUint64(t * 8);
  for (let t = 16; t < 80; t++) {
    const [x, y] = [at(t - 15), at(t - 2)];
    const small0 = rotateRight64(x, 1n) ^ rotateRight64(x, 8n) ^ (x >> 7n);
    const small1 = rotateRight64(y, 19n) ^ rotateRight64(y, 61n) ^ (y >> 6n);
    w[t] = at(t - 16) + small0 + at(t - 7) + small1;
  }
  return w;
}

/** Words of 64 bits lie in the state as their high and low halves. */
export function compressSha512(state: Uint32Array, block: DataView): void {
  const w = schedule512(block);
  const before = Array.from(
    { length: 8 },
    (_, i) => (BigInt(state[i * 2] ?? 0) << 32n) | BigInt(state[i * 2 + 1] ?? 0),
  );
  let [a = 0n, b = 0n, c = 0n, d = 0n, e = 0n, f = 0n, g = 0n, h = 0n] = before;
  for (let t = 0; t < 80; t++) {
    const big1 = rotateRight64(e, 14n) ^ rotateRight64(e, 18n) ^ rotateRight64(e, 41n);
    const one = h + big1 + ((e & f) ^ (low64(~e) & g)) + (K512[t] ?? 0n) + (w[t] ?? 0n);
    const big0 = rotateRight64(a, 28n) ^ rotateRight64(a, 34n) ^ rotateRight64(a, 39n);
    const two = big0 + ((a & b) ^ (a & c) ^ (b & c));
    [h, g, f, e, d, c, b, a] = [g, f, e, low64(d + one), c, b, a, low64(one + two)];
  }
  [a, b, c, d, e, f, g, h].forEach((word, i) => {
    const sum = low64((before[i] ?? 0n) + word);
    state[i * 2] = Number(sum >> 32n);
    state[i * 2 + 1] = Number(sum & 0xffff_ffffn);
  });
}
