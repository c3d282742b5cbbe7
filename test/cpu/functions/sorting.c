#include "functions.h"
static u64 sumOf32(const u32 *a, u32 n) {
  u64 sum = 14695981039346656037ull;
  for (u32 i = 0; i < n; i++) sum = mix(sum, a[i]);
  return sum;
}
static void quick(u32 *a, i32 low, i32 high) {
  while (low < high) {
    u32 pivot = a[(low + high) >> 1];
    i32 i = low, j = high;
    while (i <= j) {
      while (a[i] < pivot) i++;
      while (a[j] > pivot) j--;
      if (i <= j) {
        u32 t = a[i];
        a[i++] = a[j];
        a[j--] = t;
      }
    }
    if (j - low < high - i) {
      quick(a, low, j);
      low = i;
    } else {
      quick(a, i, high);
      high = j;
    }
  }
}
u64 quickSort(u64 seed, u8 *arena) {
  u32 *a = (u32 *)arena, n = 700 + (u32)(seed % 99);
  fillRandom(seed, arena, n * 4);
  quick(a, 0, (i32)n - 1);
  return sumOf32(a, n);
}
static void sift(i64 *a, u32 root, u32 n) {
  for (;;) {
    u32 child = root * 2 + 1;
    if (child >= n) return;
    if (child + 1 < n && a[child] < a[child + 1]) child++;
    if (a[root] >= a[child]) return;
    i64 t = a[root];
    a[root] = a[child];
    a[child] = t;
    root = child;
  }
}
u64 heapSort(u64 seed, u8 *arena) {
  i64 *a = (i64 *)arena;
  u32 n = 500;
  fillRandom(seed, arena, n * 8);
  for (u32 i = n / 2; i-- > 0;) sift(a, i, n);
  for (u32 i = n - 1; i > 0; i--) {
    i64 t = a[0];
    a[0] = a[i];
    a[i] = t;
    sift(a, 0, i);
  }
  return sumOf32((u32 *)a, n * 2);
}
u64 insertionSort(u64 seed, u8 *arena) {
  i16 *a = (i16 *)arena;
  u32 n = 150;
  fillRandom(seed, arena, n * 2);
  for (u32 i = 1; i < n; i++) {
    i16 x = a[i];
    u32 j = i;
    while (j > 0 && a[j - 1] > x) a[j] = a[j - 1], j--;
    a[j] = x;
  }
  return sumOf32((u32 *)a, n / 2);
}
static void merge(u32 *a, u32 *spare, u32 n) {
  if (n < 2) return;
  u32 half = n / 2, i = 0, j = half, k = 0;
  merge(a, spare, half);
  merge(a + half, spare, n - half);
  while (i < half && j < n) spare[k++] = a[j] < a[i] ? a[j++] : a[i++];
  while (i < half) spare[k++] = a[i++];
  while (j < n) spare[k++] = a[j++];
  for (i = 0; i < n; i++) a[i] = spare[i];
}
u64 mergeSort(u64 seed, u8 *arena) {
  u32 *a = (u32 *)arena;
  fillRandom(seed, arena, 2400);
  merge(a, a + 1000, 600);
  return sumOf32(a, 600);
}
u64 shellSort(u64 seed, u8 *arena) {
  i8 *a = (i8 *)arena;
  u32 n = 900;
  fillRandom(seed, arena, n);
  for (u32 gap = n / 2; gap; gap /= 2)
    for (u32 i = gap; i < n; i++) {
      i8 x = a[i];
      u32 j = i;
      for (; j >= gap && a[j - gap] > x; j -= gap) a[j] = a[j - gap];
      a[j] = x;
    }
  return sumOf32((u32 *)a, n / 4);
}
u64 radixSort(u64 seed, u8 *arena) {
  u32 *a = (u32 *)arena, *b = a + 1024, n = 800;
  fillRandom(seed, arena, n * 4);
  for (u32 shift = 0; shift < 32; shift += 8) {
    u32 count[257] = {0};
    for (u32 i = 0; i < n; i++) count[((a[i] >> shift) & 255) + 1]++;
    for (u32 i = 0; i < 256; i++) count[i + 1] += count[i];
    for (u32 i = 0; i < n; i++) b[count[(a[i] >> shift) & 255]++] = a[i];
    u32 *t = a;
    a = b;
    b = t;
  }
  return sumOf32(a, n);
}
struct pair {
  i32 key;
  u8 tag[5];
  u16 weight;
};
u64 sortPairs(u64 seed, u8 *arena) {
  struct pair *a = (struct pair *)arena;
  u32 n = 200;
  for (u32 i = 0; i < n; i++) {
    a[i].key = (i32)(next(&seed) % 50) - 25;
    a[i].weight = (u16)next(&seed);
    for (u32 j = 0; j < 5; j++) a[i].tag[j] = (u8)(i + j);
  }
  for (u32 i = 0; i + 1 < n; i++) {
    u32 best = i;
    for (u32 j = i + 1; j < n; j++)
      if (a[j].key < a[best].key || (a[j].key == a[best].key && a[j].weight > a[best].weight)) best = j;
    struct pair t = a[i];
    a[i] = a[best];
    a[best] = t;
  }
  u64 sum = 0;
  for (u32 i = 0; i < n; i++) sum = mix(sum, (u32)a[i].key ^ ((u64)a[i].weight << 32) ^ a[i].tag[3]);
  return sum;
}
u64 binarySearch(u64 seed, u8 *arena) {
  u64 *a = (u64 *)arena, found = 0, at = 0;
  for (u32 i = 0; i < 1000; i++) a[i] = at += 1 + next(&seed) % 7;
  for (u32 i = 0; i < 400; i++) {
    u64 wanted = next(&seed) % at;
    u32 low = 0, high = 1000;
    while (low < high) {
      u32 middle = low + (high - low) / 2;
      if (a[middle] < wanted) low = middle + 1;
      else high = middle;
    }
    found = mix(found, a[low] == wanted ? low : ~(u64)low);
  }
  return found;
}
