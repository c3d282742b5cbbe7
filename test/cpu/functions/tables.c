#include "functions.h"
u64 matrixProduct(u64 seed, u8 *arena) {
  enum { N = 24 };
  i32(*a)[N] = (void *)arena, (*b)[N] = (void *)(arena + 0x1000), (*c)[N] = (void *)(arena + 0x2000);
  u64 sum = 0;
  for (u32 i = 0; i < N; i++)
    for (u32 j = 0; j < N; j++) a[i][j] = (i32)next(&seed) >> 20, b[i][j] = (i32)next(&seed) >> 18;
  for (u32 i = 0; i < N; i++)
    for (u32 j = 0; j < N; j++) {
      i32 x = 0;
      for (u32 k = 0; k < N; k++) x += a[i][k] * b[k][j];
      c[i][j] = x;
      sum = mix(sum, (u32)x);
    }
  return sum;
}
u64 matrixTranspose(u64 seed, u8 *arena) {
  u16(*m)[48] = (void *)arena;
  u64 sum = 0;
  fillRandom(seed, arena, sizeof(u16) * 48 * 48);
  for (u32 i = 0; i < 48; i++)
    for (u32 j = 0; j < i; j++) {
      u16 t = m[i][j];
      m[i][j] = m[j][i];
      m[j][i] = t;
    }
  for (u32 i = 0; i < 48; i++) sum = mix(sum, m[i][(i * 7) % 48]);
  return sum;
}
u64 determinant(u64 seed, u8 *arena) {
  // Fraction-free elimination (Bareiss) on small numbers.
  i64(*m)[6] = (void *)arena, sign = 1, before = 1;
  for (u32 i = 0; i < 36; i++) m[0][i] = (i64)(next(&seed) % 15) - 7;
  for (u32 k = 0; k < 5; k++) {
    if (m[k][k] == 0) {
      u32 r = k + 1;
      while (r < 6 && m[r][k] == 0) r++;
      if (r == 6) return 0;
      for (u32 j = 0; j < 6; j++) {
        i64 t = m[k][j];
        m[k][j] = m[r][j], m[r][j] = t;
      }
      sign = -sign;
    }
    for (u32 i = k + 1; i < 6; i++)
      for (u32 j = k + 1; j < 6; j++) m[i][j] = (m[i][j] * m[k][k] - m[i][k] * m[k][j]) / before;
    before = m[k][k];
  }
  return (u64)(sign * m[5][5]);
}
u64 longestCommon(u64 seed, u8 *arena) {
  u8 *a = arena, *b = arena + 256;
  u16(*best)[101] = (void *)(arena + 0x1000);
  for (u32 i = 0; i < 100; i++) a[i] = (u8)(next(&seed) % 6), b[i] = (u8)(next(&seed) % 6);
  for (u32 i = 1; i <= 100; i++)
    for (u32 j = 1; j <= 100; j++) {
      u16 up = best[i - 1][j], left = best[i][j - 1];
      best[i][j] = a[i - 1] == b[j - 1] ? (u16)(best[i - 1][j - 1] + 1) : up > left ? up : left;
    }
  return best[100][100];
}
u64 knapsack(u64 seed, u8 *arena) {
  u32 *best = (u32 *)arena;
  for (u32 item = 0; item < 30; item++) {
    u32 weight = 1 + (u32)(next(&seed) % 40), worth = (u32)(next(&seed) % 100);
    for (u32 w = 300; w >= weight; w--)
      if (best[w - weight] + worth > best[w]) best[w] = best[w - weight] + worth;
  }
  return best[300] * 1000ull + best[150];
}
u64 prefixSums(u64 seed, u8 *arena) {
  i64 *sums = (i64 *)(arena + 0x4000), best = -1000000, running = 0;
  i16 *values = (i16 *)arena;
  fillRandom(seed, arena, 2000);
  for (u32 i = 0; i < 1000; i++) {
    sums[i + 1] = sums[i] + values[i];
    running = running > 0 ? running + values[i] : values[i];
    if (running > best) best = running;
  }
  return (u64)best ^ (u64)sums[1000] ^ (u64)(sums[700] - sums[300]);
}
u64 vectorLoops(u64 seed, u8 *arena) {
  u32 *a = (u32 *)arena, *b = a + 500, least = ~0u, most = 0, total = 0;
  i32 low = 0x7fffffff;
  u16 *w = (u16 *)(arena + 0x3000);
  u8 *p = arena + 0x5000;
  fillRandom(seed, arena, 4000);
  for (u32 i = 0; i < 500; i++) a[i] += b[i] * 3;
  for (u32 i = 0; i < 500; i++) b[i] = (a[i] ^ b[i]) >> 3 | a[i] << 7;
  for (u32 i = 0; i < 500; i++) total += a[i] & b[i];
  for (u32 i = 0; i < 500; i++) least = a[i] < least ? a[i] : least, most = b[i] > most ? b[i] : most;
  for (u32 i = 0; i < 500; i++) low = (i32)a[i] < low ? (i32)a[i] : low;
  for (u32 i = 0; i < 500; i++) w[i] = (u16)((a[i] >> 9) * (b[i] & 0xff));
  for (u32 i = 0; i < 500; i++) p[i] = (u8)(w[i] > 1000 ? 255 : w[i] >> 2);
  for (u32 i = 0; i < 500; i++) total += p[i] == 255 ? 2 : w[i];
  for (u32 i = 0; i < 499; i++) a[i] = a[i] == b[i + 1] ? 0 : a[i + 1] - b[i];
  return ((u64)least << 32 | most) ^ total ^ (u32)low;
}
u64 magicSquare(u64 seed, u8 *arena) {
  u32 n = 5 + 2 * (u32)(seed % 4), x = n / 2, y = 0;
  u16 *square = (u16 *)arena;
  u64 sum = 0;
  for (u32 i = 1; i <= n * n; i++) {
    square[y * n + x] = (u16)i;
    u32 nx = (x + 1) % n, ny = (y + n - 1) % n;
    if (square[ny * n + nx]) ny = (y + 1) % n, nx = x;
    x = nx, y = ny;
  }
  for (u32 i = 0; i < n; i++) sum = sum * 1000 + square[i * n + i];
  return sum;
}
