#include "functions.h"
static u64 fib(u32 n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }
u64 fibonacci(u64 seed, u8 *arena) {
  (void)arena;
  return fib(16 + (u32)(seed % 4));
}
static u32 ack(u32 m, u32 n) { return m == 0 ? n + 1 : n == 0 ? ack(m - 1, 1) : ack(m - 1, ack(m, n - 1)); }
u64 ackermann(u64 seed, u8 *arena) {
  (void)arena;
  return ack(2, 20 + (u32)(seed % 8)) * 1000 + ack(3, 3);
}
static u32 move(u32 n, u8 from, u8 to, u8 spare, u8 *log, u32 at) {
  if (n == 0) return at;
  at = move(n - 1, from, spare, to, log, at);
  log[at++ & 0xfff] = (u8)(from * 16 + to);
  return move(n - 1, spare, to, from, log, at);
}
u64 hanoi(u64 seed, u8 *arena) { return move(8 + (u32)(seed % 3), 1, 3, 2, arena, 0); }
static void permute(u8 *items, u32 n, u64 *sum) {
  if (n == 1) {
    for (u32 i = 0; i < 6; i++) *sum = *sum * 31 + items[i];
    return;
  }
  for (u32 i = 0; i < n; i++) {
    permute(items, n - 1, sum);
    u32 other = n & 1 ? 0 : i;
    u8 t = items[other];
    items[other] = items[n - 1];
    items[n - 1] = t;
  }
}
u64 permutations(u64 seed, u8 *arena) {
  u64 sum = seed;
  for (u8 i = 0; i < 6; i++) arena[i] = (u8)(i + seed);
  permute(arena, 6, &sum);
  return sum;
}
static u32 place(u32 row, u32 columns, u32 left, u32 right, u32 n) {
  u32 found = 0;
  if (row == n) return 1;
  for (u32 free = ~(columns | left | right) & ((1u << n) - 1); free; free &= free - 1) {
    u32 bit = free & (0 - free);
    found += place(row + 1, columns | bit, (left | bit) << 1, (right | bit) >> 1, n);
  }
  return found;
}
u64 queens(u64 seed, u8 *arena) {
  (void)arena;
  return place(0, 0, 0, 0, 6 + (u32)(seed % 2));
}
static u32 isOdd(u32 n);
__attribute__((noinline)) static u32 isEven(u32 n) { return n == 0 ? 1 : isOdd(n - 1); }
__attribute__((noinline)) static u32 isOdd(u32 n) { return n == 0 ? 0 : isEven(n - 1); }
u64 evenOdd(u64 seed, u8 *arena) {
  u32 found = 0;
  (void)arena;
  for (u32 i = 0; i < 40; i++) found = found * 2 + isEven((u32)(next(&seed) % 90));
  return found;
}
static u64 choose(u32 n, u32 k) { return k == 0 || k == n ? 1 : choose(n - 1, k - 1) + choose(n - 1, k); }
u64 binomial(u64 seed, u8 *arena) {
  (void)arena;
  return choose(13, 4 + (u32)(seed % 4));
}
static u32 fill(u8 *map, i32 x, i32 y) {
  if (x < 0 || y < 0 || x >= 32 || y >= 32 || map[y * 32 + x]) return 0;
  map[y * 32 + x] = 2;
  return 1 + fill(map, x + 1, y) + fill(map, x - 1, y) + fill(map, x, y + 1) + fill(map, x, y - 1);
}
u64 floodFill(u64 seed, u8 *arena) {
  for (u32 i = 0; i < 1024; i++) arena[i] = next(&seed) % 3 == 0;
  return fill(arena, 16, 16) + 1000 * fill(arena, 3, 3);
}
static u32 tour(u8 *board, i32 x, i32 y, u8 step, u32 *budget) {
  static const i8 dx[8] = {1, 2, 2, 1, -1, -2, -2, -1}, dy[8] = {-2, -1, 1, 2, 2, 1, -1, -2};
  board[y * 5 + x] = step;
  if (step == 25) return 1;
  for (u32 i = 0; i < 8 && *budget; i++) {
    i32 nx = x + dx[i], ny = y + dy[i];
    if (nx < 0 || ny < 0 || nx > 4 || ny > 4 || board[ny * 5 + nx]) continue;
    --*budget;
    if (tour(board, nx, ny, (u8)(step + 1), budget)) return 1;
  }
  board[y * 5 + x] = 0;
  return 0;
}
u64 knightTour(u64 seed, u8 *arena) {
  u32 budget = 3000;
  return tour(arena, (i32)(seed % 3), (i32)(seed % 2), 1, &budget) * 100000ull + budget;
}
