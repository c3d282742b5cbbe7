#include "functions.h"
enum { PUSH, ADD, SUB, MUL, DUP, SWAP, OVER, DROP, JNZ, JMP, LOAD, STORE, AND, SHL, NOT, CALL, RET, HALT };
u64 virtualMachine(u64 seed, u8 *arena) {
  i32 *stack = (i32 *)(arena + 0x1000), *data = (i32 *)(arena + 0x2000), top = 0;
  u32 calls[16], depth = 0, pc = 0, steps = 0;
  const u8 program[] = {PUSH, 100, PUSH, 0, STORE, 1, STORE, 0, LOAD, 1, LOAD, 0, DUP, MUL, ADD, STORE, 1, CALL, 28,
                        LOAD, 0, PUSH, 1, SUB, STORE, 0, JMP, 36, LOAD, 1, PUSH, 3, SHL, LOAD, 1, RET,
                        // 36
                        DROP, NOT, STORE, 2, LOAD, 0, DUP, JNZ, 8, HALT};
  data[3] = (i32)seed;
  for (;; steps++) {
    u8 op = program[pc++];
    switch (op) {
      case PUSH: stack[top++] = (i8)program[pc++] + data[3] % 3; break;
      case ADD: top--, stack[top - 1] += stack[top]; break;
      case SUB: top--, stack[top - 1] -= 1; break;
      case MUL: top--, stack[top - 1] = (i32)((u32)stack[top - 1] * (u32)stack[top]); break;
      case DUP: stack[top] = stack[top - 1], top++; break;
      case SWAP: {
        i32 t = stack[top - 1];
        stack[top - 1] = stack[top - 2], stack[top - 2] = t;
        break;
      }
      case OVER: stack[top] = stack[top - 2], top++; break;
      case DROP: top--; break;
      case JNZ: pc = stack[--top] > 0 ? program[pc] : pc + 1; break;
      case JMP: pc = program[pc]; break;
      case LOAD: stack[top++] = data[program[pc++]]; break;
      case STORE: data[program[pc++]] = stack[--top]; break;
      case AND: top--, stack[top - 1] &= stack[top]; break;
      case SHL: top--, stack[top - 1] = (i32)((u32)stack[top - 1] << (stack[top] & 31)); break;
      case NOT: stack[top - 1] = ~stack[top - 1]; break;
      case CALL: calls[depth++ & 15] = pc + 1, pc = program[pc]; break;
      case RET: pc = calls[--depth & 15]; break;
      default: return ((u64)steps << 32) ^ (u32)data[1] ^ ((u64)(u32)data[2] << 8);
    }
    if (steps > 5000) return steps;
  }
}
static const char *skip(const char *p) {
  while (*p == ' ' || *p == '\n') p++;
  return p;
}
static const char *value(const char *p, u32 depth) {
  p = skip(p);
  if (depth > 20) return 0;
  if (*p == '[' || *p == '{') {
    char close = *p == '[' ? ']' : '}';
    p = skip(p + 1);
    if (*p == close) return p + 1;
    for (;;) {
      if (close == '}') {
        if (!(p = value(p, depth + 1))) return 0;
        p = skip(p);
        if (*p++ != ':') return 0;
      }
      if (!(p = value(p, depth + 1))) return 0;
      p = skip(p);
      if (*p == close) return p + 1;
      if (*p++ != ',') return 0;
    }
  }
  if (*p == '"') {
    for (p++; *p && *p != '"'; p++)
      if (*p == '\\' && !*++p) return 0;
    return *p ? p + 1 : 0;
  }
  if (*p == '-') p++;
  if (*p < '0' || *p > '9') return 0;
  while (*p >= '0' && *p <= '9') p++;
  return p;
}
static u32 writeValue(char *to, u64 *seed, u32 depth) {
  u32 n = 0, kind = (u32)(next(seed) % (depth > 4 ? 2 : 4)), count = (u32)(next(seed) % 4);
  if (kind == 0) {
    for (u32 i = 0; i <= count; i++) to[n++] = (char)('1' + i);
    return n;
  }
  if (kind == 1) {
    to[n++] = '"';
    for (u32 i = 0; i < count; i++) to[n++] = (char)('a' + i);
    to[n++] = '"';
    return n;
  }
  to[n++] = kind == 2 ? '[' : '{';
  for (u32 i = 0; i < count; i++) {
    if (i) to[n++] = ',';
    if (kind == 3) to[n++] = '"', to[n++] = (char)('k' + i), to[n++] = '"', to[n++] = ':';
    n += writeValue(to + n, seed, depth + 1);
  }
  to[n++] = kind == 2 ? ']' : '}';
  return n;
}
u64 jsonCheck(u64 seed, u8 *arena) {
  char *text = (char *)arena;
  u64 sum = 0;
  for (u32 i = 0; i < 25; i++) {
    u32 n = writeValue(text, &seed, 0);
    text[n] = 0;
    if (i % 4 == 3) text[next(&seed) % n] = '}';
    const char *end = value(text, 0);
    sum = mix(sum, end ? (u64)(end - text) * 2 + (*end == 0) : 0);
  }
  return sum;
}
static i64 expression(const char **p);
static i64 factor(const char **p) {
  if (**p == '(') {
    ++*p;
    i64 v = expression(p);
    ++*p;
    return v;
  }
  if (**p == '-') return ++*p, -factor(p);
  i64 v = 0;
  while (**p >= '0' && **p <= '9') v = v * 10 + (*(*p)++ - '0');
  return v;
}
static i64 term(const char **p) {
  i64 v = factor(p);
  for (;;) {
    char op = **p;
    if (op != '*' && op != '/' && op != '%') return v;
    ++*p;
    i64 w = factor(p);
    v = op == '*' ? (i64)((u64)v * (u64)w) : w == 0 || w == -1 ? 0 : op == '/' ? v / w : v % w;
  }
}
static i64 expression(const char **p) {
  i64 v = term(p);
  while (**p == '+' || **p == '-') {
    char op = *(*p)++;
    i64 w = term(p);
    v = op == '+' ? v + w : v - w;
  }
  return v;
}
static u32 writeExpression(char *to, u64 *seed, u32 depth) {
  u32 n = 0;
  if (depth > 4 || next(seed) % 4 == 0) {
    for (u32 i = 0; i < 1 + next(seed) % 5; i++) to[n++] = (char)('1' + next(seed) % 9);
    return n;
  }
  to[n++] = '(';
  n += writeExpression(to + n, seed, depth + 1);
  to[n++] = "+-*/%"[next(seed) % 5];
  n += writeExpression(to + n, seed, depth + 1);
  to[n++] = ')';
  return n;
}
u64 calculator(u64 seed, u8 *arena) {
  u64 sum = 0;
  for (u32 i = 0; i < 20; i++) {
    const char *p = (char *)arena;
    arena[writeExpression((char *)arena, &seed, 0)] = 0;
    sum = mix(sum, (u64)expression(&p));
  }
  return sum;
}
u64 brackets(u64 seed, u8 *arena) {
  // Reads its own generated text: a tape machine with loops.
  static const char code[] = "++++++++[>++++[>++>+++>+++>+<<<<-]>+>+>->>+[<]<-]>>.>---.+++++++..+++.>>.<-.<.+++.------.--------.";
  u8 *tape = arena + 0x100;
  u32 at = 0, out = 0;
  for (u32 pc = 0; code[pc]; pc++) switch (code[pc]) {
      case '>': at++; break;
      case '<': at--; break;
      case '+': tape[at]++; break;
      case '-': tape[at]--; break;
      case '.': arena[out++] = (u8)(tape[at] + seed); break;
      case '[':
        if (!tape[at])
          for (u32 depth = 1; depth;) pc++, depth += (u32)(code[pc] == '[') - (u32)(code[pc] == ']');
        break;
      case ']':
        if (tape[at])
          for (u32 depth = 1; depth;) pc--, depth += (u32)(code[pc] == ']') - (u32)(code[pc] == '[');
        break;
    }
  return *(u64 *)arena + out;
}
u64 lifeGame(u64 seed, u8 *arena) {
  u8 *now = arena, *then = arena + 0x1000;
  u64 sum = 0;
  for (u32 i = 0; i < 1024; i++) now[i] = next(&seed) % 3 == 0;
  for (u32 round = 0; round < 6; round++) {
    for (i32 y = 0; y < 32; y++)
      for (i32 x = 0; x < 32; x++) {
        u32 near = 0;
        for (i32 dy = -1; dy <= 1; dy++)
          for (i32 dx = -1; dx <= 1; dx++)
            if (dx || dy) near += now[((y + dy) & 31) * 32 + ((x + dx) & 31)];
        then[y * 32 + x] = near == 3 || (near == 2 && now[y * 32 + x]);
      }
    u8 *t = now;
    now = then, then = t;
    for (u32 i = 0; i < 1024; i++) sum = sum * 3 + now[i];
  }
  return sum;
}
u64 tokenizer(u64 seed, u8 *arena) {
  static const char alphabet[] = "abz09_ +-*/=<>!&|\"'.;(){}";
  u32 counts[8] = {0}, n = 600, state = 0;
  for (u32 i = 0; i < n; i++) arena[i] = (u8)alphabet[next(&seed) % (sizeof alphabet - 1)];
  for (u32 i = 0; i < n; i++) {
    u8 c = arena[i];
    u32 letter = (c | 32) - 'a' < 26u || c == '_', digit = c - '0' < 10u;
    switch (state) {
      case 0:
        if (letter) state = 1;
        else if (digit) state = 2;
        else if (c == '"') state = 3;
        else if (c == '/') state = 4;
        else if (c != ' ') counts[5]++;
        break;
      case 1:
        if (!letter && !digit) counts[1]++, state = 0, i--;
        break;
      case 2:
        if (!digit && c != '.') counts[2]++, state = 0, i--;
        break;
      case 3:
        if (c == '"') counts[3]++, state = 0;
        break;
      default:
        if (c == ';') counts[4]++, state = 0;
    }
  }
  memcpy(arena + 0x1000, counts, sizeof counts);
  return counts[1] + counts[2] * 1000ull + counts[3] * 1000000ull + counts[4] * 1000000000ull + ((u64)counts[5] << 48);
}
u64 trafficLight(u64 seed, u8 *arena) {
  enum { RED, AMBER, GREEN, BLINK } state = RED;
  u32 seen[4] = {0};
  for (u32 i = 0; i < 2000; i++) {
    u32 event = (u32)(next(&seed) % 10);
    switch (state) {
      case RED: state = event < 6 ? GREEN : event == 9 ? BLINK : RED; break;
      case GREEN: state = event < 3 ? AMBER : GREEN; break;
      case AMBER: state = event & 1 ? RED : AMBER; break;
      case BLINK: state = event == 0 ? RED : BLINK; break;
    }
    seen[state]++;
  }
  memcpy(arena, seen, 16);
  return ((u64)seen[0] << 32) + seen[2] * 7 + state;
}
