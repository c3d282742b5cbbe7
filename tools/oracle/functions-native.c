// Calls a flat code image on the processor under it.
// usage: functions-native IMAGE BASE ENTRY NUMBERS SEED... (base and entry in hexadecimal)
// Writes "number seed result arena-digest" lines. The arena's address is also in test/cpu/functions.suite.ts.
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define ARENA 0x123400100000ULL
#define ARENA_BYTES 0x10000

typedef uint64_t __attribute__((ms_abi)) (*entry)(uint64_t number, uint64_t seed, uint8_t *arena);

static void *map(uint64_t at, size_t bytes, int protection) {
  void *got = mmap((void *)at, bytes, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
  if (got != (void *)at) exit(2);
  return got;
}

int main(int count, char **words) {
  if (count < 6) return 2;
  static uint8_t bytes[0x100000];
  uint64_t base = strtoull(words[2], NULL, 16), start = strtoull(words[3], NULL, 16);
  FILE *file = fopen(words[1], "rb");
  size_t length = file ? fread(bytes, 1, sizeof bytes, file) : 0;
  if (length == 0) return 2;
  memcpy(map(base, sizeof bytes, PROT_READ | PROT_WRITE | PROT_EXEC), bytes, length);
  uint32_t *arena = map(ARENA, ARENA_BYTES, PROT_READ | PROT_WRITE);
  for (uint64_t number = 0; number < strtoull(words[4], NULL, 10); number++)
    for (int i = 5; i < count; i++) {
      uint64_t seed = strtoull(words[i], NULL, 16);
      memset(arena, 0, ARENA_BYTES);
      uint64_t result = ((entry)(base + start))(number, seed, (uint8_t *)arena);
      uint32_t digest = 0x811c9dc5;
      for (int j = 0; j < ARENA_BYTES / 4; j++) digest = (digest ^ arena[j]) * 0x01000193;
      printf("%llu %llx %llx %x\n", (unsigned long long)number, (unsigned long long)seed,
             (unsigned long long)result, digest);
    }
  return 0;
}
