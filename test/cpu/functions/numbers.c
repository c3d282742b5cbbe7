#include "functions.h"
typedef unsigned __int128 u128;
typedef __int128 i128;
static void multiply(u32 *to, const u32 *a, u32 n, const u32 *b, u32 m) {
  for (u32 i = 0; i < n + m; i++) to[i] = 0;
  for (u32 i = 0; i < n; i++) {
    u64 carry = 0;
    for (u32 j = 0; j < m; j++) {
      carry += (u64)a[i] * b[j] + to[i + j];
      to[i + j] = (u32)carry;
      carry >>= 32;
    }
    to[i + m] = (u32)carry;
  }
}
static u64 digest(const u32 *a, u32 n) {
  u64 sum = 7;
  for (u32 i = 0; i < n; i++) sum = mix(sum, a[i]);
  return sum;
}
u64 bigMultiply(u64 seed, u8 *arena) {
  u32 *a = (u32 *)arena, n = 40, m = 20 + (u32)(seed % 15);
  fillRandom(seed, arena, (n + m) * 4);
  multiply(a + 200, a, n, a + n, m);
  return digest(a + 200, n + m);
}
// Knuth, The Art of Computer Programming, 4.3.1, algorithm D, with 32-bit digits.
static void divide(u32 *quotient, u32 *u, u32 n, const u32 *v, u32 m) {
  for (i32 j = (i32)(n - m); j >= 0; j--) {
    u64 top = ((u64)u[j + m] << 32) | u[j + m - 1];
    u64 guess = top / v[m - 1], rest = top % v[m - 1];
    while (guess >> 32 || guess * v[m - 2] > ((rest << 32) | u[j + m - 2])) {
      guess--, rest += v[m - 1];
      if (rest >> 32) break;
    }
    i64 borrow = 0, t;
    for (u32 i = 0; i < m; i++) {
      u64 p = guess * v[i];
      t = (i64)u[i + j] - borrow - (i64)(p & 0xffffffff);
      u[i + j] = (u32)t;
      borrow = (i64)(p >> 32) - (t >> 32);
    }
    t = (i64)u[j + m] - borrow;
    u[j + m] = (u32)t;
    if (t < 0) {
      u64 carry = 0;
      guess--;
      for (u32 i = 0; i < m; i++) {
        carry += (u64)u[i + j] + v[i];
        u[i + j] = (u32)carry;
        carry >>= 32;
      }
      u[j + m] += (u32)carry;
    }
    quotient[j] = (u32)guess;
  }
}
u64 bigDivide(u64 seed, u8 *arena) {
  u32 *u = (u32 *)arena, *v = u + 100, *q = u + 200, n = 50, m = 10 + (u32)(seed % 20);
  fillRandom(seed, arena, n * 4);
  fillRandom(~seed, (u8 *)v, m * 4);
  v[m - 1] |= 0x80000000;
  if (seed & 1) v[m - 2] = ~0u, u[n - 2] = ~0u;
  divide(q, u, n, v, m);
  return mix(digest(q, n - m + 1), digest(u, m));
}
u64 modularPower(u64 seed, u8 *arena) {
  u64 sum = 0;
  (void)arena;
  for (u32 i = 0; i < 20; i++) {
    u64 base = (u32)next(&seed), power = next(&seed) & 0xffffff, modulus = (u32)next(&seed) | 1, result = 1;
    for (base %= modulus; power; power >>= 1, base = base * base % modulus)
      if (power & 1) result = result * base % modulus;
    sum = mix(sum, result);
  }
  return sum;
}
static u64 multiplyModulo(u64 a, u64 b, u64 modulus) {
  u64 low, high, quotient, rest;
  u128 p = (u128)a * b;
  low = (u64)p, high = (u64)(p >> 64);
  __asm__("divq %4" : "=a"(quotient), "=d"(rest) : "0"(low), "1"(high), "r"(modulus) : "cc");
  return rest;
}
u64 modularPower128(u64 seed, u8 *arena) {
  u64 *out = (u64 *)arena;
  for (u32 i = 0; i < 10; i++) {
    u64 modulus = next(&seed) | 1, base = next(&seed) % modulus, power = next(&seed), result = 1;
    for (; power; power >>= 1, base = multiplyModulo(base, base, modulus))
      if (power & 1) result = multiplyModulo(result, base, modulus);
    out[i] = result;
  }
  return digest((u32 *)out, 20);
}
u64 greatestDivisor(u64 seed, u8 *arena) {
  u64 sum = 0;
  (void)arena;
  for (u32 i = 0; i < 40; i++) {
    u64 a = next(&seed) >> (i & 31), b = next(&seed) >> (i & 15);
    i64 x = (i64)a >> 3, y = (i64)b;
    while (b) {
      u64 t = a % b;
      a = b, b = t;
    }
    while (y) {
      i64 t = x % y;
      x = y, y = t;
    }
    sum = mix(sum, a + (u64)x);
  }
  return sum;
}
u64 squareRoot(u64 seed, u8 *arena) {
  u64 sum = 0;
  (void)arena;
  for (u32 i = 0; i < 60; i++) {
    u64 x = next(&seed) >> i, root = 0, bit = 1ull << 62;
    while (bit > x) bit >>= 2;
    while (bit) {
      if (x >= root + bit) x -= root + bit, root = (root >> 1) + bit;
      else root >>= 1;
      bit >>= 2;
    }
    sum = mix(sum, root);
  }
  return sum;
}
u64 factorial(u64 seed, u8 *arena) {
  u32 *digits = (u32 *)arena, length = 1, n = 60 + (u32)(seed % 60);
  digits[0] = 1;
  for (u32 i = 2; i <= n; i++) {
    u32 carry = 0;
    for (u32 j = 0; j < length; j++) {
      u64 x = (u64)digits[j] * i + carry;
      digits[j] = (u32)(x % 1000000000);
      carry = (u32)(x / 1000000000);
    }
    if (carry) digits[length++] = carry;
  }
  return digest(digits, length);
}
u64 wideArithmetic(u64 seed, u8 *arena) {
  u128 sum = 1;
  i128 balance = -1;
  for (u32 i = 0; i < 200; i++) {
    u64 a = next(&seed), b = next(&seed);
    sum = sum * a + ((u128)b << 64) - i;
    balance = balance * (i64)b - (i128)a;
    if ((i128)sum < balance) sum ^= (u128)balance;
    if (sum > ((u128)a << 64)) balance += (i128)(i64)a * (i64)b;
  }
  *(u128 *)arena = sum;
  *(i128 *)(arena + 16) = balance;
  return (u64)(sum >> 64) ^ (u64)sum ^ (u64)(balance >> 64) ^ (u64)balance;
}
u64 wideShifts(u64 seed, u8 *arena) {
  u128 value = ((u128)next(&seed) << 64) | next(&seed);
  i128 number = (i128)(value ^ ((u128)1 << 127));
  for (u32 i = 0; i < 128; i++) {
    u32 count = (u32)next(&seed) & 127;
    value = (value << count) ^ (value >> (127 - count)) ^ i;
    number = (number >> (count & 31)) ^ (i128)(value << 1);
    ((u64 *)arena)[i] = (u64)value ^ (u64)(number >> 64);
  }
  return (u64)(value >> 64) + (u64)number;
}
u64 signedDivision(u64 seed, u8 *arena) {
  u64 sum = 0;
  (void)arena;
  for (u32 i = 0; i < 100; i++) {
    i64 a = (i64)next(&seed) >> (i % 60), b = (i64)next(&seed) >> (i % 50);
    i32 c = (i32)next(&seed), d = (i32)next(&seed) >> (i % 28);
    i16 e = (i16)a;
    i8 f = (i8)(b | 1);
    if (b == 0 || b == -1) b = 3;
    if (d == 0 || d == -1) d = 5;
    sum = mix(sum, (u64)(a / b) ^ (u64)(a % b));
    sum = mix(sum, (u32)(c / d) ^ (u32)(c % d) ^ (u32)(e / f) ^ (u32)(e % f));
    sum = mix(sum, (u64)(a / 10) ^ (u64)(a % 1000) ^ (u32)(c / 7) ^ (u32)(c % 100) ^ (u32)(c / -16) ^ ((u32)c / 9));
  }
  return sum;
}
u64 carryChains(u64 seed, u8 *arena) {
  u64 *a = (u64 *)arena, *b = a + 64;
  u8 carry = 0, borrow = 0;
  fillRandom(seed, arena, 1024);
  for (u32 i = 0; i < 64; i++) {
    u64 total = a[i] + b[i], with = total + carry;
    carry = (u8)((total < a[i]) | (with < total));
    u64 less = a[i] - b[i], lesser = less - borrow;
    borrow = (u8)((a[i] < b[i]) | (less < borrow));
    a[i] = with, b[i] = lesser;
  }
  return digest((u32 *)arena, 256) ^ ((u64)carry << 9) ^ borrow;
}
u64 primes(u64 seed, u8 *arena) {
  u32 n = 20000 + (u32)(seed % 4000), count = 0;
  for (u32 i = 2; i < n; i++) {
    if (arena[i]) continue;
    count++;
    for (u32 j = i * i; j < n && i < 200; j += i) arena[j] = 1;
  }
  return count;
}
u64 collatz(u64 seed, u8 *arena) {
  u64 best = 0;
  (void)arena;
  for (u64 i = 1 + seed % 100; i < 700; i++) {
    u64 x = i, steps = 0;
    while (x != 1) x = x & 1 ? 3 * x + 1 : x / 2, steps++;
    if (steps > best >> 32) best = (steps << 32) | i;
  }
  return best;
}
