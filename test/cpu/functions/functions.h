// Functions that run the same on the processor and translated: each takes a seed and a zeroed arena, uses nothing
// else, and answers a number. What it leaves in the arena counts as well.
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef signed char i8;
typedef short i16;
typedef int i32;
typedef long long i64;

#define ARENA 0x10000
#define FUNCTIONS(F) \
  F(quickSort) F(heapSort) F(insertionSort) F(mergeSort) F(shellSort) F(radixSort) F(sortPairs) F(binarySearch) \
  F(crc32Table) F(crc32Bits) F(fnv1a) F(sha256) F(sipHash) F(adler32) F(murmur3) F(md5) F(xxHash64) F(crc16Bytes) \
  F(bigMultiply) F(bigDivide) F(modularPower) F(modularPower128) F(greatestDivisor) F(squareRoot) F(factorial) \
  F(wideArithmetic) F(wideShifts) F(signedDivision) F(carryChains) F(primes) F(collatz) \
  F(fibonacci) F(ackermann) F(hanoi) F(permutations) F(queens) F(evenOdd) F(binomial) F(floodFill) F(knightTour) \
  F(stringBasics) F(stringSearch) F(numbersAsText) F(utf8) F(base64) F(hexText) F(formatText) F(wildcard) \
  F(wordCount) F(reverseWords) F(caseFold) F(editDistance) \
  F(bitCounts) F(bitReversal) F(bitScan) F(rotations) F(morton) F(grayCode) F(shiftRegister) F(bitSets) \
  F(narrowTypes) F(saturation) F(conditions) F(bitFields) \
  F(copyBytes) F(copyOverlap) F(fillMemory) F(compareMemory) F(copyStrings) F(scanMemory) F(swapBlocks) F(stringOps) \
  F(virtualMachine) F(jsonCheck) F(calculator) F(brackets) F(lifeGame) F(tokenizer) F(trafficLight) \
  F(binaryTree) F(linkedList) F(hashMap) F(ringBuffer) F(priorityQueue) F(unionFind) F(shortestPath) F(redBlackTree) \
  F(structValues) F(functionPointers) F(unionViews) F(manyArguments) F(variadic) F(largeFrames) \
  F(matrixProduct) F(matrixTranspose) F(determinant) F(longestCommon) F(knapsack) F(prefixSums) F(vectorLoops) \
  F(lzCompress) F(runLength) F(huffman) F(burrowsWheeler) F(interlocked) F(arithmeticCoder) F(magicSquare)

#define DECLARE(name) u64 name(u64 seed, u8 *arena);
FUNCTIONS(DECLARE)

static inline u64 next(u64 *state) {
  u64 x = *state + 0x9e3779b97f4a7c15ull;
  *state = x;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
  return x ^ (x >> 31);
}
static inline void fillRandom(u64 seed, u8 *to, u32 bytes) {
  for (u32 i = 0; i < bytes; i++) to[i] = (u8)(next(&seed) >> 17);
}
static inline u64 mix(u64 sum, u64 value) { return (sum ^ value) * 0x100000001b3ull + (sum >> 29); }

void *memcpy(void *to, const void *from, u64 bytes);
void *memmove(void *to, const void *from, u64 bytes);
void *memset(void *to, int value, u64 bytes);
int memcmp(const void *a, const void *b, u64 bytes);
u64 strlen(const char *text);
