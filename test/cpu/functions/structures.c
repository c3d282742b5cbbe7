#include "functions.h"
struct node {
  struct node *left, *right;
  u32 key, count;
};
static struct node **locate(struct node **at, u32 key) {
  while (*at && (*at)->key != key) at = key < (*at)->key ? &(*at)->left : &(*at)->right;
  return at;
}
static u32 height(const struct node *n) {
  if (!n) return 0;
  u32 a = height(n->left), b = height(n->right);
  return 1 + (a > b ? a : b);
}
static u64 walk(const struct node *n, u64 sum) {
  return n ? walk(n->right, mix(walk(n->left, sum), n->key * 16ull + n->count)) : sum;
}
u64 binaryTree(u64 seed, u8 *arena) {
  struct node *root = 0, *fresh = (struct node *)arena;
  for (u32 i = 0; i < 900; i++) {
    u32 key = (u32)(next(&seed) % 400);
    struct node **at = locate(&root, key);
    if (next(&seed) % 3 == 0 && *at) {
      struct node *gone = *at;
      if (!gone->left) *at = gone->right;
      else if (!gone->right) *at = gone->left;
      else {
        struct node **least = &gone->right;
        while ((*least)->left) least = &(*least)->left;
        gone->key = (*least)->key, gone->count = (*least)->count;
        *least = (*least)->right;
      }
    } else if (*at) (*at)->count++;
    else {
      fresh->left = fresh->right = 0, fresh->key = key, fresh->count = 1;
      *at = fresh++;
    }
  }
  return mix(walk(root, 1), height(root));
}
struct link {
  struct link *next;
  i32 value;
};
u64 linkedList(u64 seed, u8 *arena) {
  struct link *head = 0, *items = (struct link *)arena, *back = 0;
  u64 sum = 0;
  for (u32 i = 0; i < 300; i++) {
    struct link **at = &head;
    items[i].value = (i32)next(&seed);
    while (*at && (*at)->value < items[i].value) at = &(*at)->next;
    items[i].next = *at, *at = &items[i];
  }
  while (head) {
    struct link *rest = head->next;
    head->next = back, back = head, head = rest;
  }
  for (struct link *p = back; p; p = p->next) sum = mix(sum, (u32)p->value);
  return sum;
}
u64 hashMap(u64 seed, u8 *arena) {
  struct slot {
    u64 key;
    u32 value, used;
  } *slots = (struct slot *)arena;
  u64 sum = 0;
  for (u32 i = 0; i < 1500; i++) {
    u64 key = next(&seed) % 700 * 0x10001;
    u32 at = (u32)(key * 0x9e3779b97f4a7c15ull >> 54);
    while (slots[at].used && slots[at].key != key) at = (at + 1) & 1023;
    slots[at].used = 1, slots[at].key = key, slots[at].value += i;
    sum = mix(sum, slots[at].value);
  }
  return sum;
}
u64 ringBuffer(u64 seed, u8 *arena) {
  u32 head = 0, tail = 0, dropped = 0;
  u64 sum = 0;
  for (u32 i = 0; i < 3000; i++) {
    if (next(&seed) % 5 < 3) {
      if (head - tail == 64) dropped++;
      else arena[head++ & 63] = (u8)i;
    } else if (head != tail) sum = mix(sum, arena[tail++ & 63]);
  }
  return sum ^ ((u64)dropped << 40);
}
u64 priorityQueue(u64 seed, u8 *arena) {
  u64 *heap = (u64 *)arena, sum = 0;
  u32 n = 0;
  for (u32 i = 0; i < 800; i++) {
    if (n < 5 || next(&seed) % 5 < 3) {
      u32 at = n++;
      u64 x = next(&seed);
      for (; at && heap[(at - 1) / 2] > x; at = (at - 1) / 2) heap[at] = heap[(at - 1) / 2];
      heap[at] = x;
    } else {
      u64 x = heap[--n];
      u32 at = 0, child;
      sum = mix(sum, heap[0]);
      while ((child = at * 2 + 1) < n) {
        if (child + 1 < n && heap[child + 1] < heap[child]) child++;
        if (heap[child] >= x) break;
        heap[at] = heap[child], at = child;
      }
      heap[at] = x;
    }
  }
  return sum;
}
static u32 root(u16 *parent, u32 x) {
  while (parent[x] != x) x = parent[x] = parent[parent[x]];
  return x;
}
u64 unionFind(u64 seed, u8 *arena) {
  u16 *parent = (u16 *)arena;
  u32 sets = 1000;
  for (u32 i = 0; i < 1000; i++) parent[i] = (u16)i;
  for (u32 i = 0; i < 900; i++) {
    u32 a = root(parent, (u32)(next(&seed) % 1000)), b = root(parent, (u32)(next(&seed) % 1000));
    if (a != b) parent[a] = (u16)b, sets--;
  }
  return sets;
}
u64 shortestPath(u64 seed, u8 *arena) {
  enum { N = 40 };
  u32 *distance = (u32 *)(arena + 0x4000);
  u16(*edge)[N] = (void *)arena;
  u8 done[N] = {0};
  u64 sum = 0;
  for (u32 i = 0; i < N; i++)
    for (u32 j = 0; j < N; j++) edge[i][j] = next(&seed) % 5 ? 0 : (u16)(1 + next(&seed) % 90);
  for (u32 i = 0; i < N; i++) distance[i] = i ? ~0u : 0;
  for (u32 round = 0; round < N; round++) {
    u32 best = N;
    for (u32 i = 0; i < N; i++)
      if (!done[i] && distance[i] != ~0u && (best == N || distance[i] < distance[best])) best = i;
    if (best == N) break;
    done[best] = 1;
    for (u32 j = 0; j < N; j++)
      if (edge[best][j] && distance[best] + edge[best][j] < distance[j]) distance[j] = distance[best] + edge[best][j];
  }
  for (u32 i = 0; i < N; i++) sum = mix(sum, distance[i]);
  return sum;
}
struct redBlack {
  u32 key;
  u16 child[2];
  u8 red;
};
static u16 rotate(struct redBlack *pool, u16 top, u32 side) {
  u16 up = pool[top].child[!side];
  pool[top].child[!side] = pool[up].child[side], pool[up].child[side] = top;
  pool[up].red = pool[top].red, pool[top].red = 1;
  return up;
}
static u16 insert(struct redBlack *pool, u16 at, u16 fresh) {
  if (!at) return fresh;
  if (pool[fresh].key == pool[at].key) return at;
  u32 side = pool[fresh].key > pool[at].key;
  pool[at].child[side] = insert(pool, pool[at].child[side], fresh);
  u16 left = pool[at].child[0], right = pool[at].child[1];
  if (pool[right].red && !pool[left].red) at = rotate(pool, at, 0);
  left = pool[at].child[0];
  if (pool[left].red && pool[pool[left].child[0]].red) at = rotate(pool, at, 1);
  left = pool[at].child[0], right = pool[at].child[1];
  if (pool[left].red && pool[right].red) pool[at].red = 1, pool[left].red = pool[right].red = 0;
  return at;
}
u64 redBlackTree(u64 seed, u8 *arena) {
  struct redBlack *pool = (struct redBlack *)arena;
  u16 top = 0;
  u64 sum = 0;
  for (u16 i = 1; i < 500; i++) {
    pool[i].key = (u32)(next(&seed) % 900), pool[i].red = 1;
    top = insert(pool, top, i);
    pool[top].red = 0;
  }
  for (u32 i = 0; i < 500; i++) sum = mix(sum, pool[i].key ^ (u64)pool[i].child[0] << 32 ^ (u64)pool[i].child[1] << 48);
  return sum ^ top;
}
struct small {
  u32 a, b;
};
struct medium {
  u64 a, b;
};
struct large {
  u64 a[6];
  u8 tail[8];
};
__attribute__((noinline)) static struct small bySmall(struct small x, u32 y) { return (struct small){x.b + y, x.a ^ y}; }
__attribute__((noinline)) static struct medium byMedium(struct medium x, struct small y) {
  return (struct medium){x.b + y.a, x.a * y.b};
}
__attribute__((noinline)) static struct large byLarge(struct large x, const struct medium *y, struct large z) {
  for (u32 i = 0; i < 6; i++) x.a[i] = x.a[5 - i] + y->a * i + z.a[i];
  x.tail[4] = (u8)(x.tail[0] + z.tail[4] + 1);
  return x;
}
u64 structValues(u64 seed, u8 *arena) {
  struct small s = {(u32)seed, 7};
  struct medium m = {seed, ~seed};
  struct large l = {{seed, 1, 2, 3, 4, 5}, {1, 2, 3, 4, 5}};
  for (u32 i = 0; i < 60; i++) {
    s = bySmall(s, i);
    m = byMedium(m, s);
    l = byLarge(l, &m, l);
  }
  *(struct large *)arena = l;
  return l.a[0] ^ l.a[5] ^ l.tail[4] ^ m.a ^ s.b;
}
static u64 plus(u64 a, u64 b) { return a + b; }
static u64 minus(u64 a, u64 b) { return a - b; }
static u64 times(u64 a, u64 b) { return a * b; }
static u64 turnLeft(u64 a, u64 b) { return a << (b & 63) | a >> (-b & 63); }
u64 functionPointers(u64 seed, u8 *arena) {
  typedef u64 (*operation)(u64, u64);
  static const operation constant[4] = {plus, minus, times, turnLeft};
  operation *table = (operation *)(arena + 0x800);
  u64 x = seed, sum = 0;
  for (u32 i = 0; i < 4; i++) table[i] = constant[3 - i];
  for (u32 i = 0; i < 300; i++) {
    u64 pick = next(&seed);
    x = (i & 1 ? table : constant)[pick & 3](x, pick >> 5);
    sum = mix(sum, x);
  }
  for (u32 i = 0; i < 4; i++) table[i] = 0;
  return sum;
}
u64 unionViews(u64 seed, u8 *arena) {
  union view {
    u64 q;
    u32 d[2];
    u16 w[4];
    u8 b[8];
  } *v = (union view *)arena;
  u64 sum = 0;
  for (u32 i = 0; i < 200; i++) {
    v[i].q = next(&seed);
    v[i].w[1] = (u16)(v[i].w[1] + v[i].b[7]);
    v[i].b[i & 7] ^= 0x5a;
    v[i].d[i & 1] -= v[i].w[3];
    sum = mix(sum, v[i].q);
  }
  return sum;
}
__attribute__((noinline)) static u64 nine(u8 a, i16 b, u32 c, u64 d, i8 e, u16 f, i32 g, u64 *h, i64 i) {
  *h += a + (u64)i;
  return a + (u64)(i64)b * 3 + c * 5 + d * 7 + (u64)(i64)e * 11 + f * 13 + (u64)(i64)g * 17 + (u64)i * 19;
}
u64 manyArguments(u64 seed, u8 *arena) {
  u64 sum = 0, *slot = (u64 *)arena;
  for (u32 i = 0; i < 100; i++) {
    u64 x = next(&seed);
    sum = mix(sum, nine((u8)x, (i16)(x >> 3), (u32)(x >> 5), x, (i8)(x >> 9), (u16)(x >> 20), (i32)(x >> 30), slot + i % 8, (i64)x >> 7));
  }
  return sum;
}
__attribute__((noinline)) static i64 total(u32 count, ...) {
  __builtin_va_list list;
  i64 sum = 0;
  __builtin_va_start(list, count);
  for (u32 i = 0; i < count; i++) sum = sum * 3 + (i & 1 ? __builtin_va_arg(list, i64) : __builtin_va_arg(list, i32));
  __builtin_va_end(list);
  return sum;
}
u64 variadic(u64 seed, u8 *arena) {
  (void)arena;
  i64 a = (i64)next(&seed), b = (i64)next(&seed);
  return (u64)(total(0) + total(1, (i32)a) + total(4, (i32)a, b, (i32)b, a) + total(7, 1, a, 2, b, 3, a ^ b, (i32)seed));
}
u64 largeFrames(u64 seed, u8 *arena) {
  volatile u8 frame[9000];
  u64 sum = 0;
  for (u32 i = 0; i < sizeof frame; i += 7) frame[i] = (u8)(i * 3 + seed);
  for (u32 i = 0; i < sizeof frame; i += 7) sum = sum * 5 + frame[i];
  arena[0] = frame[7];
  return sum;
}
