#include "functions.h"
static u64 sumOf(const u8 *p, u32 n) {
  u64 sum = 3;
  for (u32 i = 0; i < n; i++) sum = mix(sum, p[i]);
  return sum;
}
static u32 words(u64 seed, char *to, u32 count) {
  u32 n = 0;
  for (u32 i = 0; i < count; i++) {
    if (i) to[n++] = next(&seed) % 5 ? ' ' : '\n';
    for (u32 j = 1 + next(&seed) % 7; j > 0; j--) to[n++] = (char)((next(&seed) & 8 ? 'a' : 'A') + next(&seed) % 26);
  }
  to[n] = 0;
  return n;
}
u64 strlen(const char *text) {
  const char *end = text;
  while (*end) end++;
  return (u64)(end - text);
}
static int compare(const char *a, const char *b) {
  while (*a && *a == *b) a++, b++;
  return (u8)*a - (u8)*b;
}
static char *find(const char *in, const char *what) {
  for (; *in; in++) {
    const char *a = in, *b = what;
    while (*b && *a == *b) a++, b++;
    if (!*b) return (char *)in;
  }
  return 0;
}
u64 stringBasics(u64 seed, u8 *arena) {
  char *a = (char *)arena, *b = a + 4096;
  u64 sum = words(seed, a, 40) + words(seed + 1, b, 40);
  sum = mix(sum, (u64)(i64)compare(a, b));
  sum = mix(sum, strlen(a) * 1000 + strlen(b));
  u64 n = strlen(a);
  for (u64 i = 0; i <= strlen(b); i++) a[n + i] = b[i];
  return mix(sum, sumOf(arena, (u32)strlen(a)));
}
u64 stringSearch(u64 seed, u8 *arena) {
  char *text = (char *)arena, *wanted = text + 8000;
  u64 sum = 0;
  u32 n = words(seed, text, 150);
  for (u32 i = 0; i < 30; i++) {
    u32 at = (u32)(next(&seed) % (n - 6)), length = 1 + (u32)(next(&seed) % 4);
    for (u32 j = 0; j < length; j++) wanted[j] = text[at + j];
    wanted[length] = 0;
    if (i % 5 == 0) wanted[length - 1] = '~';
    char *found = find(text, wanted);
    sum = mix(sum, found ? (u64)(found - text) : ~0ull);
  }
  return sum;
}
static u32 print(char *to, u64 value, u32 base, u32 negative) {
  char digits[70];
  u32 n = 0, length = 0;
  do digits[n++] = "0123456789abcdefghijklmnopqrstuvwxyz"[value % base];
  while (value /= base);
  if (negative) to[length++] = '-';
  while (n) to[length++] = digits[--n];
  to[length] = 0;
  return length;
}
static i64 parse(const char *p, u32 base) {
  i64 value = 0;
  u32 negative = *p == '-';
  for (p += negative; *p; p++) value = value * base + (*p >= 'a' ? *p - 'a' + 10 : *p - '0');
  return negative ? -value : value;
}
u64 numbersAsText(u64 seed, u8 *arena) {
  u64 sum = 0;
  u32 at = 0;
  for (u32 i = 0; i < 60; i++) {
    i64 value = (i64)next(&seed) >> i;
    u32 base = 2 + (u32)(next(&seed) % 35);
    u64 magnitude = value < 0 ? 0 - (u64)value : (u64)value;
    u32 length = print((char *)arena + at, magnitude, base, value < 0);
    if (parse((char *)arena + at, base) != value) return i;
    at += length + 1;
    sum = mix(sum, length);
  }
  return mix(sum, sumOf(arena, at));
}
static u32 encodeUtf8(u32 code, u8 *to) {
  if (code < 0x80) return to[0] = (u8)code, 1;
  if (code < 0x800) return to[0] = (u8)(0xc0 | code >> 6), to[1] = (u8)(0x80 | (code & 63)), 2;
  if (code < 0x10000) {
    to[0] = (u8)(0xe0 | code >> 12), to[1] = (u8)(0x80 | (code >> 6 & 63)), to[2] = (u8)(0x80 | (code & 63));
    return 3;
  }
  to[0] = (u8)(0xf0 | code >> 18), to[1] = (u8)(0x80 | (code >> 12 & 63));
  to[2] = (u8)(0x80 | (code >> 6 & 63)), to[3] = (u8)(0x80 | (code & 63));
  return 4;
}
u64 utf8(u64 seed, u8 *arena) {
  u16 *wide = (u16 *)(arena + 0x4000);
  u32 n = 0, m = 0, bad = 0;
  for (u32 i = 0; i < 300; i++) {
    u32 code = (u32)(next(&seed) % 0x110000) >> (next(&seed) % 15);
    if (code >= 0xd800 && code < 0xe000) code = '?';
    n += encodeUtf8(code, arena + n);
  }
  if (seed & 1) arena[n / 2] ^= 0x80;
  for (u32 i = 0; i < n;) {
    u8 lead = arena[i++];
    u32 more = lead < 0x80 ? 0 : lead < 0xc0 ? 9 : lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
    u32 code = more == 0 ? lead : lead & (0x3fu >> more);
    if (more == 9) {
      bad++;
      continue;
    }
    while (more-- && i < n && (arena[i] & 0xc0) == 0x80) code = code << 6 | (arena[i++] & 63);
    if (code < 0x10000) wide[m++] = (u16)code;
    else wide[m++] = (u16)(0xd7c0 + (code >> 10)), wide[m++] = (u16)(0xdc00 | (code & 0x3ff));
  }
  return sumOf((u8 *)wide, m * 2) + bad;
}
u64 base64(u64 seed, u8 *arena) {
  static const char letters[65] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  u32 n = 400 + (u32)(seed % 7), m = 0, k = 0;
  u8 *to = arena + 0x1000, *back = arena + 0x2000;
  fillRandom(seed, arena, n);
  for (u32 i = 0; i < n; i += 3) {
    u32 left = n - i, x = arena[i] << 16 | (left > 1 ? arena[i + 1] : 0) << 8 | (left > 2 ? arena[i + 2] : 0);
    to[m++] = (u8)letters[x >> 18], to[m++] = (u8)letters[x >> 12 & 63];
    to[m++] = left > 1 ? (u8)letters[x >> 6 & 63] : '=', to[m++] = left > 2 ? (u8)letters[x & 63] : '=';
  }
  for (u32 i = 0; i < m; i += 4) {
    u32 x = 0;
    for (u32 j = 0; j < 4; j++) {
      u8 c = to[i + j];
      u32 v = c >= 'a' ? c - 'a' + 26u : c >= 'A' ? c - 'A' + 0u : c >= '0' ? c - '0' + 52u : c == '+' ? 62 : 63;
      x = x << 6 | (c == '=' ? 0 : v);
    }
    back[k++] = (u8)(x >> 16), back[k++] = (u8)(x >> 8), back[k++] = (u8)x;
  }
  for (u32 i = 0; i < n; i++)
    if (back[i] != arena[i]) return i;
  return sumOf(to, m);
}
u64 hexText(u64 seed, u8 *arena) {
  u32 n = 300;
  fillRandom(seed, arena, n);
  for (u32 i = n; i-- > 0;) {
    u8 high = arena[i] >> 4, low = arena[i] & 15;
    arena[0x1000 + i * 2] = (u8)(high + (high < 10 ? '0' : 'a' - 10));
    arena[0x1001 + i * 2] = (u8)(low + (low < 10 ? '0' : 'a' - 10));
  }
  return sumOf(arena + 0x1000, n * 2);
}
static u32 format(char *to, const char *text, ...) {
  __builtin_va_list list;
  u32 n = 0;
  __builtin_va_start(list, text);
  for (; *text; text++) {
    if (*text != '%') {
      to[n++] = *text;
      continue;
    }
    switch (*++text) {
      case 'd': {
        i32 v = __builtin_va_arg(list, i32);
        n += print(to + n, v < 0 ? 0 - (u64)(i64)v : (u64)v, 10, v < 0);
        break;
      }
      case 'x': n += print(to + n, __builtin_va_arg(list, u64), 16, 0); break;
      case 'c': to[n++] = (char)__builtin_va_arg(list, i32); break;
      case 's':
        for (const char *s = __builtin_va_arg(list, const char *); *s; s++) to[n++] = *s;
        break;
      default: to[n++] = *text;
    }
  }
  __builtin_va_end(list);
  to[n] = 0;
  return n;
}
u64 formatText(u64 seed, u8 *arena) {
  u32 n = 0;
  for (u32 i = 0; i < 20; i++)
    n += format((char *)arena + n, "%d: %x is %s%c 100%% of %x %d\n", (i32)next(&seed), next(&seed),
                i & 1 ? "odd" : "even", 'a' + (i32)i, (u64)i << 40, -(i32)i);
  return sumOf(arena, n);
}
static u32 matches(const char *pattern, const char *text) {
  if (*pattern == 0) return *text == 0;
  if (*pattern == '*') return matches(pattern + 1, text) || (*text && matches(pattern, text + 1));
  return *text && (*pattern == '?' || *pattern == *text) && matches(pattern + 1, text + 1);
}
u64 wildcard(u64 seed, u8 *arena) {
  u64 sum = 0;
  char *pattern = (char *)arena, *text = pattern + 100;
  for (u32 i = 0; i < 60; i++) {
    u32 n = 2 + (u32)(next(&seed) % 4), m = (u32)(next(&seed) % 9);
    for (u32 j = 0; j < n; j++) pattern[j] = "ab*?*"[next(&seed) % 5];
    for (u32 j = 0; j < m; j++) text[j] = "ab"[next(&seed) & 1];
    pattern[n] = text[m] = 0;
    sum = sum * 2 + matches(pattern, text);
  }
  return sum;
}
u64 wordCount(u64 seed, u8 *arena) {
  u32 n = words(seed, (char *)arena, 200), lines = 0, count = 0, inside = 0;
  for (u32 i = 0; i < n; i++) {
    lines += arena[i] == '\n';
    u32 space = arena[i] == ' ' || arena[i] == '\n';
    count += !space && !inside;
    inside = !space;
  }
  return lines * 100000ull + count * 1000ull + n % 1000;
}
static void turn(char *from, char *to) {
  while (from < to) {
    char t = *from;
    *from++ = *to;
    *to-- = t;
  }
}
u64 reverseWords(u64 seed, u8 *arena) {
  char *text = (char *)arena, *start = text;
  u32 n = words(seed, text, 90);
  turn(text, text + n - 1);
  for (char *p = text;; p++)
    if (*p == ' ' || *p == 0) {
      turn(start, p - 1);
      start = p + 1;
      if (*p == 0) break;
    }
  return sumOf(arena, n);
}
u64 caseFold(u64 seed, u8 *arena) {
  u32 n = words(seed, (char *)arena, 120);
  u16 *wide = (u16 *)(arena + 0x4000);
  for (u32 i = 0; i < n; i++) {
    u8 c = arena[i];
    wide[i] = c >= 'a' && c <= 'z' ? (u16)(c & ~0x20) : c;
    arena[i] = c >= 'A' && c <= 'Z' ? (u8)(c | 0x20) : c;
  }
  return sumOf((u8 *)wide, n * 2) ^ sumOf(arena, n);
}
u64 editDistance(u64 seed, u8 *arena) {
  char *a = (char *)arena, *b = a + 1000;
  u32 n = words(seed, a, 12), m = words(seed ^ 5, b, 12);
  u16 *row = (u16 *)(arena + 0x2000);
  for (u32 j = 0; j <= m; j++) row[j] = (u16)j;
  for (u32 i = 1; i <= n; i++) {
    u16 diagonal = row[0];
    row[0] = (u16)i;
    for (u32 j = 1; j <= m; j++) {
      u16 best = (u16)(diagonal + (a[i - 1] != b[j - 1]));
      diagonal = row[j];
      if (row[j] + 1 < best) best = (u16)(row[j] + 1);
      if (row[j - 1] + 1 < best) best = (u16)(row[j - 1] + 1);
      row[j] = best;
    }
  }
  return row[m];
}
