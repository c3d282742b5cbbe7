// Where the programs that run the kernels put things; bench/cpu-kernels.ts puts them there too.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ARENA 0x123400000000ULL
#define ARENA_BYTES 0x200000
#define STACK 0x123500000000ULL
#define STACK_BYTES 0x10000
#define RETURN 0x123600000000ULL
#define IMAGE_BYTES 0x10000

static uint8_t image[IMAGE_BYTES];

static double now(void) {
  struct timespec at;
  clock_gettime(CLOCK_MONOTONIC, &at);
  return at.tv_sec * 1e3 + at.tv_nsec / 1e6;
}

// IMAGE BASE ENTRY WHICH ROUNDS, base and entry in hexadecimal
struct wanted { uint64_t base, entry, which, rounds; };

static struct wanted arguments(int count, char **words) {
  if (count != 6) exit(2);
  FILE *file = fopen(words[1], "rb");
  if (file == NULL || fread(image, 1, sizeof image, file) == 0) exit(2);
  fclose(file);
  struct wanted wanted = {strtoull(words[2], NULL, 16), strtoull(words[3], NULL, 16),
                          strtoull(words[4], NULL, 10), strtoull(words[5], NULL, 10)};
  return wanted;
}

// Milliseconds, and the result in hexadecimal.
static void tell(double start, uint64_t result) { printf("%f %llx\n", now() - start, (unsigned long long)result); }
