// Runs a kernel on the processor itself.
#define _GNU_SOURCE
#include "places.h"
#include <sys/mman.h>

static void *map(uint64_t at, size_t bytes, int protection) {
  void *got = mmap((void *)at, bytes, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
  if (got != (void *)at) exit(2);
  return got;
}

int main(int count, char **words) {
  struct wanted wanted = arguments(count, words);
  memcpy(map(wanted.base, IMAGE_BYTES, PROT_READ | PROT_WRITE | PROT_EXEC), image, IMAGE_BYTES);
  void *arena = map(ARENA, ARENA_BYTES, PROT_READ | PROT_WRITE);
  uint64_t __attribute__((ms_abi)) (*kernel)(uint64_t, uint64_t, void *) = (void *)(wanted.base + wanted.entry);
  kernel(wanted.which, 1, arena);
  memset(arena, 0, ARENA_BYTES);
  double start = now();
  tell(start, kernel(wanted.which, wanted.rounds, arena));
  return 0;
}
