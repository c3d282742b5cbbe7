// Five small programs that load a processor in different ways, as one image without imports.
// kernel(which, rounds, arena) is its entry; the arena is 2 MiB of zeros. The result shows that all did the same.
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;

#define NOINLINE __attribute__((noinline))

static NOINLINE u64 fibonacci(u64 n) { return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2); }

typedef struct node { u64 (*visit)(struct node *, u64); u64 value; } node;
static NOINLINE u64 visit_add(node *at, u64 sum) { return sum + at->value; }
static NOINLINE u64 visit_xor(node *at, u64 sum) { return sum ^ at->value; }
static NOINLINE u64 visit_rotate(node *at, u64 sum) { return (sum << 7 | sum >> 57) + at->value; }

// Calls, direct and through pointers.
static u64 calls(u64 rounds, u8 *arena) {
  node *nodes = (node *)arena;
  for (u32 i = 0; i < 64; i++) {
    nodes[i].visit = i % 3 == 0 ? visit_add : i % 3 == 1 ? visit_xor : visit_rotate;
    nodes[i].value = i * 0x9e3779b97f4a7c15ull;
  }
  u64 sum = 0;
  for (u64 round = 0; round < rounds; round++) {
    sum += fibonacci(16);
    for (u32 i = 0; i < 64; i++) sum = nodes[i].visit(&nodes[i], sum);
  }
  return sum;
}

static NOINLINE u32 collatz(u64 n) {
  u32 steps = 0;
  for (; n != 1; steps++) {
    if (n % 2 == 0) n /= 2;
    else n = 3 * n + 1;
  }
  return steps;
}

static NOINLINE void sort(u32 *words, u32 count) {
  for (u32 i = 1; i < count; i++) {
    u32 word = words[i], at = i;
    for (; at > 0 && words[at - 1] > word; at--) words[at] = words[at - 1];
    words[at] = word;
  }
}

// Short loops with branches: CRC-32 by a table, insertion sorts, Collatz sequences.
static u64 loops(u64 rounds, u8 *arena) {
  u32 *table = (u32 *)arena, *words = table + 256;
  for (u32 i = 0; i < 256; i++) {
    u32 crc = i;
    for (int bit = 0; bit < 8; bit++) crc = crc & 1 ? crc >> 1 ^ 0xedb88320 : crc >> 1;
    table[i] = crc;
  }
  u32 crc = 0xffffffff;
  u64 sum = 0;
  for (u64 round = 0; round < rounds; round++) {
    for (u32 i = 0; i < 1024; i++) crc = table[(crc ^ arena[i]) & 0xff] ^ crc >> 8;
    for (u32 i = 0; i < 64; i++) words[i] = crc ^ table[(round + i) & 0xff];
    sort(words, 64);
    sum += words[17] + collatz(round + 27) + crc;
  }
  return sum;
}

// Loads and stores over 2 MiB, in order and out of it.
static u64 memory(u64 rounds, u8 *arena) {
  u32 *words = (u32 *)arena;
  u32 count = 0x200000 / 4, at = 1;
  u64 sum = 0;
  for (u64 round = 0; round < rounds; round++) {
    for (u32 i = 0; i < 0x4000; i++) {
      at = (at * 1664525 + 1013904223) & (count - 1);
      words[at] += i;
      sum += words[(at + 0x1234) & (count - 1)];
    }
    u32 *row = words + (round % 16) * 0x4000;
    for (u32 i = 1; i < 0x4000; i++) row[i] = row[i - 1] + (row[i] ^ i);
    sum ^= row[0x3fff];
  }
  return sum;
}

static NOINLINE u64 length_of(const u8 *text) {
  u64 length = 0;
  while (text[length]) length++;
  return length;
}

static NOINLINE void copy_lower(u8 *to, const u8 *from) {
  for (;; from++, to++) {
    u8 c = *from;
    *to = c >= 'A' && c <= 'Z' ? c + 32 : c;
    if (c == 0) return;
  }
}

static NOINLINE int compare_wide(const u16 *a, const u16 *b, u64 count) {
  for (u64 i = 0; i < count; i++) {
    u16 x = a[i], y = b[i];
    if (x >= 'a' && x <= 'z') x -= 32;
    if (y >= 'a' && y <= 'z') y -= 32;
    if (x != y) return x < y ? -1 : 1;
  }
  return 0;
}

static NOINLINE const u8 *find(const u8 *text, const u8 *word) {
  for (; *text; text++) {
    u64 i = 0;
    while (word[i] && text[i] == word[i]) i++;
    if (word[i] == 0) return text;
  }
  return 0;
}

// Text, a byte or a 16-bit character at a time, and the string instructions.
static u64 strings(u64 rounds, u8 *arena) {
  u8 *text = arena, *lower = arena + 0x1000, *copy = arena + 0x4000;
  u16 *wide = (u16 *)(arena + 0x2000), *other = (u16 *)(arena + 0x3000);
  for (u32 i = 0; i < 1000; i++) text[i] = i % 7 == 6 ? ' ' : (i % 3 ? 'a' : 'A') + i % 26;
  text[990] = '\\', text[991] = 'd', text[992] = 'e', text[993] = 'v', text[1000] = 0;
  u64 sum = 0;
  for (u64 round = 0; round < rounds; round++) {
    u64 length = length_of(text);
    copy_lower(lower, text);
    for (u64 i = 0; i <= length; i++) wide[i] = lower[i], other[i] = text[i];
    sum += compare_wide(wide, other, length) + (find(lower, (const u8 *)"\\dev") - lower);
    void *to = copy;
    const void *from = lower;
    u64 left = 2000;
    __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(left) : : "memory");
    sum += copy[round % 1000];
    text[round % 900] = 'A' + round % 26;
  }
  return sum;
}

// 64-bit multiplications, divisions, shifts and rotates.
static u64 arithmetic(u64 rounds, u8 *arena) {
  u64 a = 0x9e3779b97f4a7c15ull, b = 0xbf58476d1ce4e5b9ull, c = arena[0] + 1, sum = 0;
  for (u64 round = 0; round < rounds; round++)
    for (u32 i = 0; i < 64; i++) {
      a ^= a >> 12, a ^= a << 25, a ^= a >> 27;
      unsigned __int128 wide = (unsigned __int128)a * b;
      b = (b << 13 | b >> 51) + (u64)(wide >> 64);
      c += (u64)wide % ((a >> 40) | 1);
      c ^= (b >> (i & 63)) + (a << (c & 31));
      sum += c * 0x94d049bb133111ebull - (sum >> 3);
    }
  return sum;
}

u64 kernel(u64 which, u64 rounds, u8 *arena) {
  switch (which) {
  case 0: return calls(rounds, arena);
  case 1: return loops(rounds, arena);
  case 2: return memory(rounds, arena);
  case 3: return strings(rounds, arena);
  default: return arithmetic(rounds, arena);
  }
}
