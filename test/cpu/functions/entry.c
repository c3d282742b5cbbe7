#include "functions.h"
// The one way in: function number, seed, arena.
u64 entry(u64 number, u64 seed, u8 *arena) {
  switch (number) {
#define CASE(name) \
  case __COUNTER__: \
    return name(seed, arena);
    FUNCTIONS(CASE)
  }
  return ~0ull;
}

// The compiler calls it before frames of a page and more: rax holds the size; touch every page.
__attribute__((naked)) void __chkstk(void) {
  __asm__("pushq %rcx\n pushq %rax\n cmpq $0x1000, %rax\n leaq 24(%rsp), %rcx\n jb 2f\n"
          "1: subq $0x1000, %rcx\n testl %eax, (%rcx)\n subq $0x1000, %rax\n cmpq $0x1000, %rax\n ja 1b\n"
          "2: subq %rax, %rcx\n testl %eax, (%rcx)\n popq %rax\n popq %rcx\n ret\n");
}
