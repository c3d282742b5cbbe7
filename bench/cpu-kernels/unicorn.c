// Runs a kernel on libunicorn, translated once before the time counts.
#include "places.h"
#include <unicorn/unicorn.h>

static void check(uc_err error) {
  if (error == UC_ERR_OK) return;
  fprintf(stderr, "libunicorn: %s\n", uc_strerror(error));
  exit(1);
}

static uint64_t call(uc_engine *cpu, struct wanted wanted, uint64_t rounds) {
  static uint8_t zeros[ARENA_BYTES];
  uint64_t stack = STACK + STACK_BYTES - 0x48, arena = ARENA, back = RETURN, result;
  check(uc_mem_write(cpu, ARENA, zeros, sizeof zeros));
  check(uc_mem_write(cpu, stack, &back, sizeof back));
  check(uc_reg_write(cpu, UC_X86_REG_RSP, &stack));
  check(uc_reg_write(cpu, UC_X86_REG_RCX, &wanted.which));
  check(uc_reg_write(cpu, UC_X86_REG_RDX, &rounds));
  check(uc_reg_write(cpu, UC_X86_REG_R8, &arena));
  check(uc_emu_start(cpu, wanted.base + wanted.entry, RETURN, 0, 0));
  check(uc_reg_read(cpu, UC_X86_REG_RAX, &result));
  return result;
}

int main(int count, char **words) {
  struct wanted wanted = arguments(count, words);
  uc_engine *cpu;
  check(uc_open(UC_ARCH_X86, UC_MODE_64, &cpu));
  check(uc_mem_map(cpu, wanted.base, IMAGE_BYTES, UC_PROT_ALL));
  check(uc_mem_map(cpu, ARENA, ARENA_BYTES, UC_PROT_READ | UC_PROT_WRITE));
  check(uc_mem_map(cpu, STACK, STACK_BYTES, UC_PROT_READ | UC_PROT_WRITE));
  check(uc_mem_map(cpu, RETURN, 0x1000, UC_PROT_ALL));
  check(uc_mem_write(cpu, wanted.base, image, sizeof image));
  call(cpu, wanted, 1);
  double start = now();
  tell(start, call(cpu, wanted, wanted.rounds));
  return 0;
}
