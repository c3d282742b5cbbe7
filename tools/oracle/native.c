// Runs machine states on the processor under it: reads a job from standard input, answers on standard output.
//
// Job:    u32 patternBytes, pattern for the data window; u32 codeBytes, code image; u32 count; `count` states.
// State:  struct state, then `patches` of { u16 offset, u16 length, bytes } for the data window.
// Answer: per state, struct result, then `changes` in the form of patches: what the window holds that it did not.
//
// A state is entered by returning from a signal, so that no code of ours runs between the state and the
// instruction. The code image is filled with INT3; whatever the instruction does, it ends in a signal.
#define _GNU_SOURCE
#include <asm/prctl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

// The same numbers stand in src/cpu/vectors/format.ts.
#define DATA 0x123400000000ULL
#define WRITABLE 0x2000
#define READ_ONLY 0x3000
#define CODE 0x123400010000ULL
#define CODE_BYTES 0x80000
#define GS_BASE (DATA + 0x400)
#define LOW_4K 0x1000

struct state {
  uint64_t gpr[16], rip, flags;
  uint32_t mxcsr, patches;
  uint8_t xmm[16][16];
};
struct result {
  uint64_t gpr[16], rip, flags;
  uint32_t mxcsr, changes, vector, error;
  uint64_t address;
  uint8_t xmm[16][16];
};

static const int registers[16] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP,
                                  REG_RSI, REG_RDI, REG_R8,  REG_R9,  REG_R10, REG_R11,
                                  REG_R12, REG_R13, REG_R14, REG_R15};
static uint8_t *const data = (uint8_t *)DATA;
static uint8_t pattern[0x4000], before[WRITABLE];
static uint32_t left;
static int running;

static void need(void *to, size_t bytes) {
  if (bytes && fread_unlocked(to, 1, bytes, stdin) != bytes) {
    fputs("oracle: the job ends early\n", stderr);
    _exit(2);
  }
}
static void give(const void *from, size_t bytes) { fwrite_unlocked(from, 1, bytes, stdout); }

static uint32_t changedRun(uint32_t at) {
  uint32_t end = at;
  while (end < WRITABLE && data[end] != before[end]) end++;
  return end - at;
}
static uint32_t changes(int write) {
  uint32_t count = 0;
  for (uint32_t at = 0; at < WRITABLE;) {
    if (at % 8 == 0 && *(uint64_t *)(data + at) == *(uint64_t *)(before + at)) {
      at += 8;
      continue;
    }
    uint16_t run = changedRun(at);
    if (run) {
      count++;
      uint16_t offset = at;
      if (write) give(&offset, 2), give(&run, 2), give(data + at, run);
    }
    at += run ? run : 1;
  }
  return count;
}

static void answer(ucontext_t *context) {
  struct result out = {0};
  greg_t *from = context->uc_mcontext.gregs;
  for (int i = 0; i < 16; i++) out.gpr[i] = from[registers[i]];
  out.rip = from[REG_RIP];
  out.flags = from[REG_EFL];
  out.vector = from[REG_TRAPNO];
  out.error = from[REG_ERR];
  out.address = from[REG_CR2];
  out.mxcsr = context->uc_mcontext.fpregs->mxcsr;
  memcpy(out.xmm, context->uc_mcontext.fpregs->_xmm, sizeof out.xmm);
  out.changes = changes(0);
  give(&out, sizeof out);
  changes(1);
}

static void enter(ucontext_t *context) {
  struct state in;
  need(&in, sizeof in);
  memcpy(data, pattern, WRITABLE);
  for (uint32_t i = 0; i < in.patches; i++) {
    uint16_t place[2];
    need(place, sizeof place);
    need(data + place[0], place[1]);
  }
  memcpy(before, data, WRITABLE);
  greg_t *to = context->uc_mcontext.gregs;
  for (int i = 0; i < 16; i++) to[registers[i]] = in.gpr[i];
  to[REG_RIP] = in.rip;
  to[REG_EFL] = in.flags;
  context->uc_mcontext.fpregs->mxcsr = in.mxcsr;
  memcpy(context->uc_mcontext.fpregs->_xmm, in.xmm, sizeof in.xmm);
}

static void onSignal(int number, siginfo_t *info, void *raw) {
  (void)info;
  ucontext_t *context = raw;
  if (number == SIGALRM) {
    fprintf(stderr, "oracle: a state did not end, rip %llx\n", context->uc_mcontext.gregs[REG_RIP]);
    _exit(3);
  }
  if (running) answer(context);
  running = 1;
  if (left-- == 0) {
    fflush(stdout);
    _exit(0);
  }
  if (left % 4096 == 0) alarm(20);
  enter(context);
}

static void map(uint64_t at, size_t bytes, int protection) {
  void *got = mmap((void *)at, bytes, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
  if (got != (void *)at) {
    fputs("oracle: the address range is taken\n", stderr);
    exit(2);
  }
}

static void readImages(void) {
  uint32_t bytes;
  need(&bytes, 4);
  need(pattern, bytes > sizeof pattern ? sizeof pattern : bytes);
  map(DATA, WRITABLE, PROT_READ | PROT_WRITE);
  map(DATA + READ_ONLY, LOW_4K, PROT_READ | PROT_WRITE);
  memcpy(data + READ_ONLY, pattern + READ_ONLY, LOW_4K);
  mprotect(data + READ_ONLY, LOW_4K, PROT_READ);
  need(&bytes, 4);
  map(CODE, CODE_BYTES, PROT_READ | PROT_WRITE);
  memset((void *)CODE, 0xcc, CODE_BYTES);
  need((void *)CODE, bytes > CODE_BYTES ? CODE_BYTES : bytes);
  mprotect((void *)CODE, CODE_BYTES, PROT_READ | PROT_EXEC);
  need(&left, 4);
}

int main(void) {
  static uint8_t signalStack[0x20000];
  stack_t stack = {.ss_sp = signalStack, .ss_size = sizeof signalStack};
  sigaltstack(&stack, NULL);
  struct sigaction action = {.sa_sigaction = onSignal, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
  static const int signals[] = {SIGTRAP, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGALRM};
  for (unsigned i = 0; i < sizeof signals / sizeof *signals; i++) sigaction(signals[i], &action, NULL);
  readImages();
  syscall(SYS_arch_prctl, ARCH_SET_GS, GS_BASE);
  raise(SIGTRAP);
  return 1;
}
