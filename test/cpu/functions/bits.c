#include "functions.h"
u64 bitCounts(u64 seed, u8 *arena) {
  u64 sum = 0;
  (void)arena;
  for (u32 i = 0; i < 200; i++) {
    u64 x = next(&seed) & next(&seed), y = x, kernighan = 0;
    while (y) y &= y - 1, kernighan++;
    y = x - ((x >> 1) & 0x5555555555555555ull);
    y = (y & 0x3333333333333333ull) + ((y >> 2) & 0x3333333333333333ull);
    y = ((y + (y >> 4)) & 0x0f0f0f0f0f0f0f0full) * 0x0101010101010101ull >> 56;
    u64 parity = x ^ (x >> 32);
    parity ^= parity >> 16, parity ^= parity >> 8, parity ^= parity >> 4;
    sum = mix(sum, kernighan * 1000 + y * 10 + ((0x6996 >> (parity & 15)) & 1) + __builtin_popcountll(x));
  }
  return sum;
}
u64 bitReversal(u64 seed, u8 *arena) {
  u64 sum = 0;
  for (u32 i = 0; i < 150; i++) {
    u64 x = next(&seed), y = 0, z = x;
    for (u32 j = 0; j < 64; j++) y = y << 1 | (z & 1), z >>= 1;
    u32 w = (u32)x;
    w = (w >> 1 & 0x55555555) | (w & 0x55555555) << 1;
    w = (w >> 2 & 0x33333333) | (w & 0x33333333) << 2;
    w = (w >> 4 & 0x0f0f0f0f) | (w & 0x0f0f0f0f) << 4;
    ((u64 *)arena)[i] = __builtin_bswap64(y) ^ __builtin_bswap32(w) ^ __builtin_bswap16((u16)x);
    sum = mix(sum, y ^ w);
  }
  return sum;
}
u64 bitScan(u64 seed, u8 *arena) {
  u64 sum = 0;
  (void)arena;
  for (u32 i = 0; i < 200; i++) {
    u64 x = (next(&seed) >> (i % 64)) | 1ull << 63 >> (i % 61), y = x << (i % 63) | 1ull << 62;
    u32 z = (u32)next(&seed) | 0x100;
    sum = mix(sum, (u64)(__builtin_clzll(x) * 64 + __builtin_ctzll(y)));
    sum = mix(sum, (u64)(__builtin_clz(z) * 32 + __builtin_ctz(z) + __builtin_ffsll((i64)y)));
  }
  return sum;
}
u64 rotations(u64 seed, u8 *arena) {
  u64 a = next(&seed);
  u32 b = (u32)a;
  u16 c = (u16)(a >> 7);
  u8 d = (u8)(a >> 3);
  for (u32 i = 0; i < 256; i++) {
    u32 n = (u32)next(&seed);
    a = (a << (n & 63) | a >> (-n & 63)) + i;
    b = (b >> (n & 31) | b << (-n & 31)) ^ i;
    c = (u16)((c << (n & 15) | c >> (-n & 15)) + 1);
    d = (u8)((d >> (n & 7) | d << (-n & 7)) - 1);
    arena[i] = (u8)(a ^ b ^ c ^ d);
  }
  return a ^ b ^ ((u64)c << 40) ^ ((u64)d << 56);
}
static u64 spread(u32 x) {
  u64 y = x;
  y = (y | y << 16) & 0x0000ffff0000ffffull;
  y = (y | y << 8) & 0x00ff00ff00ff00ffull;
  y = (y | y << 4) & 0x0f0f0f0f0f0f0f0full;
  y = (y | y << 2) & 0x3333333333333333ull;
  return (y | y << 1) & 0x5555555555555555ull;
}
u64 morton(u64 seed, u8 *arena) {
  u64 sum = 0;
  (void)arena;
  for (u32 i = 0; i < 200; i++) sum = mix(sum, spread((u32)next(&seed)) | spread((u32)next(&seed)) << 1);
  return sum;
}
u64 grayCode(u64 seed, u8 *arena) {
  u64 sum = seed;
  for (u32 i = 0; i < 1000; i++) {
    u32 gray = i ^ (i >> 1), back = gray;
    for (u32 shift = 1; shift < 32; shift <<= 1) back ^= back >> shift;
    arena[i] = (u8)(gray + (back != i));
    sum += gray;
  }
  return sum;
}
u64 shiftRegister(u64 seed, u8 *arena) {
  u16 state = (u16)(seed | 1), start = state;
  u32 period = 0;
  u64 wide = seed | 1;
  do {
    state = (u16)(state >> 1 ^ (-(state & 1) & 0xb400u));
    wide = wide << 1 ^ ((i64)wide < 0 ? 0x1b : 0);
    if (period % 100 == 0) arena[period / 100] = (u8)(state ^ wide);
    period++;
  } while (state != start && period < 20000);
  return period ^ wide;
}
u64 bitSets(u64 seed, u8 *arena) {
  u32 *set = (u32 *)arena, count = 0;
  for (u32 i = 0; i < 3000; i++) {
    u32 bit = (u32)(next(&seed) % 20000), word = bit >> 5, mask = 1u << (bit & 31);
    switch (next(&seed) % 4) {
      case 0: set[word] |= mask; break;
      case 1: set[word] &= ~mask; break;
      case 2: set[word] ^= mask; break;
      default: count += (set[word] >> (bit & 31)) & 1;
    }
  }
  for (u32 i = 0; i < 625; i++) count += (u32)__builtin_popcount(set[i]);
  return count;
}
u64 narrowTypes(u64 seed, u8 *arena) {
  u8 a = (u8)seed;
  i8 b = (i8)(seed >> 8);
  u16 c = (u16)(seed >> 16);
  i16 d = (i16)(seed >> 24);
  u64 sum = 0;
  for (u32 i = 0; i < 500; i++) {
    a = (u8)(a * 5 + 3), b = (i8)(b - a), c = (u16)(c + (u16)b), d = (i16)(d ^ (i16)(c >> 3));
    if ((i8)a < b) d = (i16)-d;
    if (a > (u8)b) c = (u16)~c;
    i32 product = (i16)c * d;
    arena[i] = (u8)(product >> (a & 7));
    sum = mix(sum, (u64)(i64)b + (u64)(i64)d * c + (u64)(i64)(i32)product);
  }
  return sum;
}
u64 saturation(u64 seed, u8 *arena) {
  fillRandom(seed, arena, 4096);
  i16 *a = (i16 *)arena, *b = a + 512;
  u8 *c = arena + 2048, *d = c + 1024;
  for (u32 i = 0; i < 512; i++) {
    i32 sum = a[i] + b[i], less = a[i] - b[i];
    a[i] = (i16)(sum > 32767 ? 32767 : sum < -32768 ? -32768 : sum);
    b[i] = (i16)(less > 32767 ? 32767 : less < -32768 ? -32768 : less);
  }
  for (u32 i = 0; i < 1024; i++) {
    u32 sum = c[i] + d[i];
    c[i] = (u8)(sum > 255 ? 255 : sum);
    d[i] = (u8)(c[i] > d[i] ? c[i] - d[i] : d[i] / 2);
  }
  u64 total = 0;
  for (u32 i = 0; i < 4096; i++) total = total * 3 + arena[i];
  return total;
}
u64 conditions(u64 seed, u8 *arena) {
  u64 sum = 0;
  for (u32 i = 0; i < 400; i++) {
    i64 a = (i64)next(&seed) >> (i % 63), b = (i64)next(&seed) >> (i % 59);
    u64 c = (u64)a, d = (u64)b;
    i32 e = (i32)a, f = (i32)b;
    u32 bits = (a < b) | (a <= b) << 1 | (c < d) << 2 | (c <= d) << 3 | (a == b) << 4 | (e < f) << 5 | (e > f) << 6 |
               ((u32)e >= (u32)f) << 7 | (a < 0) << 8 | (e >= 0) << 9 | ((a & b) == 0) << 10 | ((i8)a > (i8)b) << 11 |
               ((u16)a < (u16)b) << 12 | (!c) << 13;
    i64 larger = a > b ? a : b;
    u32 smaller = (u32)e < (u32)f ? (u32)e : (u32)f;
    arena[i] = (u8)bits;
    sum = mix(sum, bits + (u64)larger + smaller + (u64)(e > 0 ? e : -f));
  }
  return sum;
}
struct fields {
  u32 a : 3, b : 7, c : 12, d : 10;
  i32 e : 5, f : 20;
  u64 g : 41, h : 23;
};
u64 bitFields(u64 seed, u8 *arena) {
  struct fields *x = (struct fields *)arena;
  u64 sum = 0;
  for (u32 i = 0; i < 100; i++, x++) {
    x->a = (u32)next(&seed), x->b = x->a * 3, x->c = (u32)next(&seed), x->d = x->c + x->b;
    x->e = (i32)next(&seed), x->f = x->e * (i32)x->c, x->g = next(&seed), x->h = x->g >> 11;
    sum = mix(sum, x->a + x->b + x->c + x->d + (u64)(i64)x->e + (u64)(i64)x->f + x->g + x->h);
  }
  return sum;
}
