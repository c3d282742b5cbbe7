#include "functions.h"
void *memcpy(void *to, const void *from, u64 bytes) {
  void *start = to;
  __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(bytes) : : "memory");
  return start;
}
void *memmove(void *to, const void *from, u64 bytes) {
  u8 *d = to;
  const u8 *s = from;
  if (d <= s || d >= s + bytes)
    while (bytes--) *d++ = *s++;
  else
    while (bytes--) d[bytes] = s[bytes];
  return to;
}
void *memset(void *to, int value, u64 bytes) {
  void *start = to;
  __asm__ volatile("rep stosb" : "+D"(to), "+c"(bytes) : "a"(value) : "memory");
  return start;
}
int memcmp(const void *a, const void *b, u64 bytes) {
  const u8 *x = a, *y = b;
  for (; bytes; bytes--, x++, y++)
    if (*x != *y) return *x < *y ? -1 : 1;
  return 0;
}
static u64 digest(const u8 *p, u32 n) {
  u64 sum = 11;
  for (u32 i = 0; i + 8 <= n; i += 8) sum = mix(sum, *(const u64 *)(p + i));
  return sum;
}
static void copyWide(u8 *to, const u8 *from, u64 bytes) {
  while (bytes && ((u64)to & 7)) *to++ = *from++, bytes--;
  for (; bytes >= 32; bytes -= 32, to += 32, from += 32) {
    u64 a = ((u64 *)from)[0], b = ((u64 *)from)[1], c = ((u64 *)from)[2], d = ((u64 *)from)[3];
    ((u64 *)to)[0] = a, ((u64 *)to)[1] = b, ((u64 *)to)[2] = c, ((u64 *)to)[3] = d;
  }
  switch (bytes / 4) {
    case 7: *(u32 *)(to + 24) = *(u32 *)(from + 24); __attribute__((fallthrough));
    case 6: *(u32 *)(to + 20) = *(u32 *)(from + 20); __attribute__((fallthrough));
    case 5: *(u32 *)(to + 16) = *(u32 *)(from + 16); __attribute__((fallthrough));
    case 4: *(u32 *)(to + 12) = *(u32 *)(from + 12); __attribute__((fallthrough));
    case 3: *(u32 *)(to + 8) = *(u32 *)(from + 8); __attribute__((fallthrough));
    case 2: *(u32 *)(to + 4) = *(u32 *)(from + 4); __attribute__((fallthrough));
    case 1: *(u32 *)to = *(u32 *)from;
  }
  for (u64 i = bytes & ~3ull; i < bytes; i++) to[i] = from[i];
}
u64 copyBytes(u64 seed, u8 *arena) {
  fillRandom(seed, arena, 0x1000);
  for (u32 i = 0; i < 40; i++) {
    u32 n = (u32)(next(&seed) % 300);
    u8 *to = arena + 0x2000 + next(&seed) % 0x1000, *from = arena + next(&seed) % 0xe00;
    if (i & 1) copyWide(to, from, n);
    else memcpy(to, from, n);
  }
  return digest(arena, 0x4000);
}
u64 copyOverlap(u64 seed, u8 *arena) {
  fillRandom(seed, arena, 0x800);
  for (u32 i = 0; i < 60; i++) memmove(arena + next(&seed) % 0x600, arena + next(&seed) % 0x600, next(&seed) % 0x200);
  return digest(arena, 0x800);
}
u64 fillMemory(u64 seed, u8 *arena) {
  for (u32 i = 0; i < 40; i++) {
    u64 n = next(&seed) % 200, *q = (u64 *)(arena + next(&seed) % 0x1000);
    u64 value = next(&seed);
    switch (i % 4) {
      case 0: memset(q, (int)i, n); break;
      case 1: __asm__ volatile("rep stosq" : "+D"(q), "+c"(n) : "a"(value) : "memory"); break;
      case 2: __asm__ volatile("rep stosw" : "+D"(q), "+c"(n) : "a"(value) : "memory"); break;
      default:
        for (u64 j = 0; j < n; j++) ((u8 *)q)[j] = (u8)(value >> (j & 31));
    }
  }
  return digest(arena, 0x2000);
}
u64 compareMemory(u64 seed, u8 *arena) {
  u64 sum = 0;
  fillRandom(seed, arena, 0x400);
  memcpy(arena + 0x400, arena, 0x400);
  for (u32 i = 0; i < 50; i++) {
    u32 at = (u32)(next(&seed) % 0x300), n = (u32)(next(&seed) % 0x100);
    arena[0x400 + at + next(&seed) % 0x100] ^= (u8)(i & 3);
    const u8 *a = arena + at, *b = arena + 0x400 + at;
    u64 left = n;
    u8 equal;
    __asm__ volatile("cmp %%eax, %%eax\n repe cmpsb\n sete %0" : "=q"(equal), "+S"(a), "+D"(b), "+c"(left) : : "cc", "memory");
    sum = mix(sum, (u64)(memcmp(arena + at, arena + 0x400 + at, n) + 1) + equal * 16 + left * 256);
  }
  return sum;
}
u64 copyStrings(u64 seed, u8 *arena) {
  char *a = (char *)arena, *b = a + 0x1000, *end;
  for (u32 i = 0; i < 0x400; i++) a[i] = next(&seed) % 40 ? (char)('a' + i % 26) : 0;
  a[0x400] = 0;
  u32 count = 0;
  for (char *from = a; from < a + 0x400; from += strlen(from) + 1, count++) {
    end = b + count * 48;
    for (u32 i = 0; i < 47 && from[i]; i++) *end++ = from[i];
    *end = 0;
  }
  return mix(digest((u8 *)b, 0x1000), count);
}
u64 scanMemory(u64 seed, u8 *arena) {
  u64 sum = 0;
  fillRandom(seed, arena, 0x1000);
  for (u32 i = 0; i < 60; i++) {
    u8 *p = arena + next(&seed) % 0x800, *start = p, wanted = (u8)next(&seed);
    u64 left = 1 + next(&seed) % 0x400;
    u8 found;
    __asm__ volatile("repne scasb\n sete %0" : "=q"(found), "+D"(p), "+c"(left) : "a"(wanted) : "cc", "memory");
    sum = mix(sum, found ? (u64)(p - start) : left + 0x10000);
  }
  return sum;
}
u64 swapBlocks(u64 seed, u8 *arena) {
  struct block {
    u64 q[5];
    u8 tail[3];
  } *blocks = (struct block *)arena;
  fillRandom(seed, arena, 0x1000);
  for (u32 i = 0; i < 200; i++) {
    u32 a = (u32)(next(&seed) % 80), b = (u32)(next(&seed) % 80);
    struct block t = blocks[a];
    blocks[a] = blocks[b];
    blocks[b] = t;
  }
  return digest(arena, 80 * sizeof(struct block));
}
u64 stringOps(u64 seed, u8 *arena) {
  u64 sum = 0;
  fillRandom(seed, arena, 0x800);
  for (u32 i = 0; i < 30; i++) {
    u64 n = next(&seed) % 60, value;
    u8 *s = arena + next(&seed) % 0x200, *d = arena + 0x900 + next(&seed) % 0x200;
    __asm__ volatile("rep movsq" : "+D"(d), "+S"(s), "+c"(n) : : "memory");
    n = next(&seed) % 60;
    s = arena + 0x400, d = arena + 0x404;
    __asm__ volatile("std\n rep movsl\n cld" : "+D"(d), "+S"(s), "+c"(n) : : "cc", "memory");
    s = arena + next(&seed) % 0x200;
    __asm__ volatile("xor %%eax, %%eax\n lodsb\n movzbl %%al, %%ecx\n lodsw\n shl $16, %%rax\n lodsw\n add %%rcx, %%rax"
                     : "+S"(s), "=&a"(value)
                     :
                     : "rcx", "cc", "memory");
    sum = mix(sum, value + (u64)(s - arena));
  }
  return sum ^ digest(arena, 0x1000);
}
