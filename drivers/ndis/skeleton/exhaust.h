/* Uses up the computer's memory, so that nothing can be mapped any more, and gives it back. */
#pragma once

#include "skeleton.h"

#define EXHAUST_TAG 0x68786553 /* "Sexh" in memory */

typedef struct _EXHAUST_BLOCK {
  struct _EXHAUST_BLOCK *Next;
} EXHAUST_BLOCK, *PEXHAUST_BLOCK;

/* The largest blocks first, down to single pages. */
static inline PEXHAUST_BLOCK ExhaustMemory(VOID) {
  PEXHAUST_BLOCK blocks = NULL;
  for (SIZE_T bytes = 1ULL << 32; bytes >= PAGE_SIZE;) {
    PEXHAUST_BLOCK block = ExAllocatePoolWithTag(NonPagedPoolNx, bytes, EXHAUST_TAG);
    if (block == NULL) {
      bytes /= 2;
      continue;
    }
    block->Next = blocks;
    blocks = block;
  }
  return blocks;
}

static inline VOID GiveMemoryBack(PEXHAUST_BLOCK Blocks) {
  while (Blocks != NULL) {
    PEXHAUST_BLOCK next = Blocks->Next;
    ExFreePoolWithTag(Blocks, EXHAUST_TAG);
    Blocks = next;
  }
}

static inline NDIS_STATUS MapWithoutMemory(PSAMPLE Sample) {
  PEXHAUST_BLOCK blocks = ExhaustMemory();
  NDIS_STATUS status =
      NdisMMapIoSpace((PVOID *)&Sample->Registers, Sample->Adapter, Sample->Address, Sample->Length);
  GiveMemoryBack(blocks);
  return status;
}
