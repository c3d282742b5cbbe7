#include "functions.h"
static u64 digest(const u8 *p, u32 n) {
  u64 sum = 5;
  for (u32 i = 0; i < n; i++) sum = mix(sum, p[i]);
  return sum;
}
static void repetitive(u64 seed, u8 *to, u32 n) {
  for (u32 i = 0; i < n;) {
    u32 run = 1 + (u32)(next(&seed) % 20), back = 1 + (u32)(next(&seed) % 60);
    for (u32 j = 0; j < run && i < n; j++, i++) to[i] = back < i && (run & 3) ? to[i - back] : (u8)(next(&seed) % 12 + 'a');
  }
}
u64 lzCompress(u64 seed, u8 *arena) {
  u32 n = 1500, out = 0, back = 0;
  u8 *to = arena + 0x2000, *again = arena + 0x4000;
  repetitive(seed, arena, n);
  for (u32 i = 0; i < n;) {
    u32 best = 0, from = 0;
    for (u32 j = i > 255 ? i - 255 : 0; j < i; j++) {
      u32 length = 0;
      while (length < 18 && i + length < n && arena[j + length] == arena[i + length]) length++;
      if (length > best) best = length, from = j;
    }
    if (best >= 3) to[out++] = 0, to[out++] = (u8)(i - from), to[out++] = (u8)best, i += best;
    else to[out++] = arena[i++];
  }
  for (u32 i = 0; i < out;) {
    if (to[i]) again[back++] = to[i++];
    else {
      for (u32 j = 0; j < to[i + 2]; j++, back++) again[back] = again[back - to[i + 1]];
      i += 3;
    }
  }
  return back == n && !memcmp(again, arena, n) ? mix(digest(to, out), out) : 0;
}
u64 runLength(u64 seed, u8 *arena) {
  u32 n = 2000, out = 0, back = 0;
  u8 *to = arena + 0x2000, *again = arena + 0x6000;
  for (u32 i = 0; i < n;)
    for (u32 run = 1 + (u32)(next(&seed) % 9), c = (u32)next(&seed) & 3; run && i < n; run--) arena[i++] = (u8)c;
  for (u32 i = 0; i < n;) {
    u32 run = 1;
    while (i + run < n && run < 255 && arena[i + run] == arena[i]) run++;
    to[out++] = (u8)run, to[out++] = arena[i], i += run;
  }
  for (u32 i = 0; i < out; i += 2)
    for (u32 j = 0; j < to[i]; j++) again[back++] = to[i + 1];
  return back == n && !memcmp(again, arena, n) ? mix(digest(to, out), out) : 0;
}
u64 huffman(u64 seed, u8 *arena) {
  u32 weight[64] = {0}, n = 2000, nodes = 32;
  u16 parent[64] = {0};
  u8 alive[64];
  u64 bits = 0, sum = 0;
  repetitive(seed, arena, n);
  for (u32 i = 0; i < n; i++) weight[arena[i] & 31]++;
  for (u32 i = 0; i < 64; i++) alive[i] = i < 32 && weight[i];
  for (;;) {
    u32 a = 64, b = 64;
    for (u32 i = 0; i < nodes; i++) {
      if (!alive[i]) continue;
      if (a == 64 || weight[i] < weight[a]) b = a, a = i;
      else if (b == 64 || weight[i] < weight[b]) b = i;
    }
    if (b == 64) break;
    weight[nodes] = weight[a] + weight[b], alive[nodes] = 1, alive[a] = alive[b] = 0;
    parent[a] = parent[b] = (u16)nodes++;
  }
  for (u32 i = 0; i < 32; i++) {
    u32 length = 0;
    for (u32 j = i; parent[j]; j = parent[j]) length++;
    bits += (u64)length * weight[i];
    sum = mix(sum, length);
  }
  return sum ^ bits;
}
static i32 compareRotations(const u8 *text, u32 a, u32 b, u32 n) {
  for (u32 i = 0; i < n; i++) {
    u8 x = text[a + i < n ? a + i : a + i - n], y = text[b + i < n ? b + i : b + i - n];
    if (x != y) return x - y;
  }
  return (i32)a - (i32)b;
}
u64 burrowsWheeler(u64 seed, u8 *arena) {
  u32 n = 120;
  u16 *order = (u16 *)(arena + 0x1000);
  u8 *last = arena + 0x2000, front[256];
  u64 sum = 0;
  repetitive(seed, arena, n);
  for (u32 i = 0; i < n; i++) {
    u32 j = i;
    for (; j > 0 && compareRotations(arena, order[j - 1], i, n) > 0; j--) order[j] = order[j - 1];
    order[j] = (u16)i;
  }
  for (u32 i = 0; i < n; i++) last[i] = arena[(order[i] + n - 1) % n];
  for (u32 i = 0; i < 256; i++) front[i] = (u8)i;
  for (u32 i = 0; i < n; i++) {
    u32 at = 0;
    while (front[at] != last[i]) at++;
    sum = mix(sum, at);
    for (; at; at--) front[at] = front[at - 1];
    front[0] = last[i];
  }
  return sum;
}
u64 arithmeticCoder(u64 seed, u8 *arena) {
  u32 low = 0, range = ~0u, out = 0, probability = 0x8000;
  u8 *to = arena + 0x1000;
  for (u32 i = 0; i < 3000; i++) {
    u32 bit = next(&seed) % 10 < 3, middle = (u32)((u64)range * probability >> 16);
    if (bit) low += middle, range -= middle, probability -= probability >> 5;
    else range = middle, probability += (0x10000 - probability) >> 5;
    while (((low ^ (low + range)) >> 24) == 0 || range < 0x10000) {
      if (range < 0x10000) range = -low & 0xffff;
      to[out++ & 0xfff] = (u8)(low >> 24);
      low <<= 8, range = range << 8 | 0xff;
      if (out > 4000) return out;
    }
  }
  return mix(digest(to, out), out);
}
u64 interlocked(u64 seed, u8 *arena) {
  i64 volatile *q = (i64 volatile *)arena;
  i32 volatile *d = (i32 volatile *)(arena + 8);
  u16 volatile *w = (u16 volatile *)(arena + 16);
  u8 volatile *b = arena + 18;
  u64 sum = 0;
  for (u32 i = 0; i < 200; i++) {
    i64 x = (i64)next(&seed), expected = i & 1 ? *q : x;
    sum = mix(sum, (u64)__sync_fetch_and_add(q, x));
    sum = mix(sum, (u64)__sync_val_compare_and_swap(q, expected + (i & 1 ? x : 0), (i64)i));
    sum = mix(sum, (u32)__sync_add_and_fetch(d, (i32)x) + (u32)__sync_fetch_and_sub(d, 3));
    sum = mix(sum, (u32)__sync_lock_test_and_set(d, (i32)(x >> 9)));
    sum = mix(sum, (u64)__sync_fetch_and_or(w, (u16)x) + __sync_fetch_and_xor(w, (u16)(x >> 5)));
    sum = mix(sum, (u64)__sync_fetch_and_and(b, (u8)~x) + __sync_fetch_and_add(b, 7));
    __sync_synchronize();
    u8 carry;
    __asm__ volatile("lock btsq %2, %1\n setc %0" : "=q"(carry), "+m"(*q) : "r"(x & 63) : "cc");
    sum += carry;
  }
  return sum;
}
