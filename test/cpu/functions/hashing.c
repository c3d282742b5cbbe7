#include "functions.h"
#define ROTL32(x, n) (((x) << (n)) | ((x) >> (32 - (n))))
#define ROTR32(x, n) (((x) >> (n)) | ((x) << (32 - (n))))
#define ROTL64(x, n) (((x) << (n)) | ((x) >> (64 - (n))))
static u32 sizeFor(u64 seed) { return 900 + (u32)(seed % 333); }
u64 crc32Table(u64 seed, u8 *arena) {
  u32 *table = (u32 *)(arena + 0x8000), crc = ~0u, n = sizeFor(seed);
  for (u32 i = 0; i < 256; i++) {
    u32 c = i;
    for (u32 j = 0; j < 8; j++) c = c & 1 ? (c >> 1) ^ 0xedb88320u : c >> 1;
    table[i] = c;
  }
  fillRandom(seed, arena, n);
  for (u32 i = 0; i < n; i++) crc = table[(crc ^ arena[i]) & 255] ^ (crc >> 8);
  return ~crc;
}
u64 crc32Bits(u64 seed, u8 *arena) {
  u32 crc = ~0u, n = sizeFor(seed) / 4;
  fillRandom(seed, arena, n);
  for (u32 i = 0; i < n; i++) {
    crc ^= arena[i];
    for (u32 j = 0; j < 8; j++) crc = (crc >> 1) ^ (0xedb88320u & (0 - (crc & 1)));
  }
  return ~crc;
}
u64 crc16Bytes(u64 seed, u8 *arena) {
  u16 crc = 0xffff;
  fillRandom(seed, arena, 300);
  for (u32 i = 0; i < 300; i++) {
    crc ^= (u16)((u16)arena[i] << 8);
    for (u32 j = 0; j < 8; j++) crc = (u16)(crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1);
  }
  return crc;
}
u64 fnv1a(u64 seed, u8 *arena) {
  u64 hash = 0xcbf29ce484222325ull;
  u32 n = sizeFor(seed), hash32 = 0x811c9dc5;
  fillRandom(seed, arena, n);
  for (u32 i = 0; i < n; i++) hash = (hash ^ arena[i]) * 0x100000001b3ull, hash32 = (hash32 ^ arena[i]) * 0x01000193;
  return hash ^ hash32;
}
static const u32 K[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01,
    0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc,
    0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147,
    0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08,
    0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
    0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};
static void shaBlock(u32 *h, const u8 *p) {
  u32 w[64], a = h[0], b = h[1], c = h[2], d = h[3], e = h[4], f = h[5], g = h[6], k = h[7];
  for (u32 i = 0; i < 16; i++) w[i] = ((u32)p[i * 4] << 24) | (p[i * 4 + 1] << 16) | (p[i * 4 + 2] << 8) | p[i * 4 + 3];
  for (u32 i = 16; i < 64; i++) {
    u32 s0 = ROTR32(w[i - 15], 7) ^ ROTR32(w[i - 15], 18) ^ (w[i - 15] >> 3);
    u32 s1 = ROTR32(w[i - 2], 17) ^ ROTR32(w[i - 2], 19) ^ (w[i - 2] >> 10);
    w[i] = w[i - 16] + s0 + w[i - 7] + s1;
  }
  for (u32 i = 0; i < 64; i++) {
    u32 t1 = k + (ROTR32(e, 6) ^ ROTR32(e, 11) ^ ROTR32(e, 25)) + ((e & f) ^ (~e & g)) + K[i] + w[i];
    u32 t2 = (ROTR32(a, 2) ^ ROTR32(a, 13) ^ ROTR32(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
    k = g, g = f, f = e, e = d + t1, d = c, c = b, b = a, a = t1 + t2;
  }
  h[0] += a, h[1] += b, h[2] += c, h[3] += d, h[4] += e, h[5] += f, h[6] += g, h[7] += k;
}
u64 sha256(u64 seed, u8 *arena) {
  u32 n = (u32)(seed % 500), *h = (u32 *)(arena + 0x4000);
  static const u32 start[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  for (u32 i = 0; i < 8; i++) h[i] = start[i];
  fillRandom(seed, arena, n);
  arena[n] = 0x80;
  u32 blocks = (n + 9 + 63) / 64;
  for (u32 i = 0; i < 8; i++) arena[blocks * 64 - 1 - i] = (u8)(((u64)n * 8) >> (8 * i));
  for (u32 i = 0; i < blocks; i++) shaBlock(h, arena + i * 64);
  return ((u64)h[0] << 32) | h[7];
}
#define SIPROUND \
  v0 += v1, v1 = ROTL64(v1, 13), v1 ^= v0, v0 = ROTL64(v0, 32), v2 += v3, v3 = ROTL64(v3, 16), v3 ^= v2, v0 += v3, \
      v3 = ROTL64(v3, 21), v3 ^= v0, v2 += v1, v1 = ROTL64(v1, 17), v1 ^= v2, v2 = ROTL64(v2, 32)
u64 sipHash(u64 seed, u8 *arena) {
  u32 n = sizeFor(seed);
  fillRandom(seed, arena, n);
  u64 k0 = next(&seed), k1 = next(&seed);
  u64 v0 = 0x736f6d6570736575ull ^ k0, v1 = 0x646f72616e646f6dull ^ k1, v2 = 0x6c7967656e657261ull ^ k0,
      v3 = 0x7465646279746573ull ^ k1, last = (u64)n << 56;
  for (u32 i = 0; i + 8 <= n; i += 8) {
    u64 m = *(u64 *)(arena + i);
    v3 ^= m;
    SIPROUND;
    SIPROUND;
    v0 ^= m;
  }
  switch (n & 7) {
    case 7: last |= (u64)arena[(n & ~7u) + 6] << 48; __attribute__((fallthrough));
    case 6: last |= (u64)arena[(n & ~7u) + 5] << 40; __attribute__((fallthrough));
    case 5: last |= (u64)arena[(n & ~7u) + 4] << 32; __attribute__((fallthrough));
    case 4: last |= (u64)arena[(n & ~7u) + 3] << 24; __attribute__((fallthrough));
    case 3: last |= (u64)arena[(n & ~7u) + 2] << 16; __attribute__((fallthrough));
    case 2: last |= (u64)arena[(n & ~7u) + 1] << 8; __attribute__((fallthrough));
    case 1: last |= arena[n & ~7u];
  }
  v3 ^= last;
  SIPROUND;
  SIPROUND;
  v0 ^= last;
  v2 ^= 255;
  for (u32 i = 0; i < 4; i++) SIPROUND;
  return v0 ^ v1 ^ v2 ^ v3;
}
u64 adler32(u64 seed, u8 *arena) {
  u32 a = 1, b = 0, n = sizeFor(seed) * 4;
  fillRandom(seed, arena, n);
  for (u32 i = 0; i < n; i++) a = (a + arena[i]) % 65521, b = (b + a) % 65521;
  return ((u64)b << 16) | a;
}
u64 murmur3(u64 seed, u8 *arena) {
  u32 h = (u32)seed, n = sizeFor(seed) & ~3u;
  fillRandom(seed, arena, n);
  for (u32 i = 0; i < n; i += 4) {
    u32 k = *(u32 *)(arena + i) * 0xcc9e2d51u;
    h ^= ROTL32(k, 15) * 0x1b873593u;
    h = ROTL32(h, 13) * 5 + 0xe6546b64u;
  }
  h ^= n;
  h = (h ^ (h >> 16)) * 0x85ebca6bu;
  h = (h ^ (h >> 13)) * 0xc2b2ae35u;
  return h ^ (h >> 16);
}
static u32 md5Step(u32 i, u32 b, u32 c, u32 d) {
  switch (i / 16) {
    case 0: return (b & c) | (~b & d);
    case 1: return (d & b) | (~d & c);
    case 2: return b ^ c ^ d;
    default: return c ^ (b | ~d);
  }
}
u64 md5(u64 seed, u8 *arena) {
  static const u8 turns[16] = {7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21};
  u32 h[4] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};
  fillRandom(seed, arena, 512);
  for (u32 block = 0; block < 8; block++) {
    u32 a = h[0], b = h[1], c = h[2], d = h[3];
    for (u32 i = 0; i < 64; i++) {
      u32 g = i < 16 ? i : i < 32 ? (5 * i + 1) & 15 : i < 48 ? (3 * i + 5) & 15 : (7 * i) & 15;
      u32 f = md5Step(i, b, c, d) + a + K[i] + *(u32 *)(arena + block * 64 + g * 4);
      u32 turn = turns[(i / 16) * 4 + (i & 3)];
      a = d, d = c, c = b, b += ROTL32(f, turn);
    }
    h[0] += a, h[1] += b, h[2] += c, h[3] += d;
  }
  memcpy(arena + 0x2000, h, 16);
  return ((u64)h[0] << 32 | h[1]) ^ ((u64)h[2] << 32 | h[3]);
}
u64 xxHash64(u64 seed, u8 *arena) {
  const u64 p1 = 0x9e3779b185ebca87ull, p2 = 0xc2b2ae3d27d4eb4full, p3 = 0x165667b19e3779f9ull;
  u64 lane[4] = {seed + p1 + p2, seed + p2, seed, seed - p1}, h = 0;
  fillRandom(seed, arena, 2048);
  for (u32 i = 0; i < 2048; i += 32)
    for (u32 j = 0; j < 4; j++) {
      lane[j] += *(u64 *)(arena + i + j * 8) * p2;
      lane[j] = ROTL64(lane[j], 31) * p1;
    }
  h = ROTL64(lane[0], 1) + ROTL64(lane[1], 7) + ROTL64(lane[2], 12) + ROTL64(lane[3], 18);
  h ^= h >> 33, h *= p2, h ^= h >> 29, h *= p3;
  return h ^ (h >> 32);
}
