// Maps a frame buffer write-combined and its registers uncached, and draws into the frame buffer.
// options: --device blank-framebuffer
// expect: clean
#include "skeleton/skeleton.h"

#define RANGES 2
#define WIDTH 1024
#define HEIGHT 256

typedef struct _RANGE {
  PUCHAR Base;
  SIZE_T Length;
} RANGE, *PRANGE;

static VOID Release(PSAMPLE Device) {
  PRANGE ranges = Device->Context;
  for (ULONG i = 0; i < RANGES; i++) {
    if (ranges[i].Base != NULL) MmUnmapIoSpace(ranges[i].Base, ranges[i].Length);
    ranges[i].Base = NULL;
  }
}

static NTSTATUS Acquire(PSAMPLE Device, PCM_PARTIAL_RESOURCE_LIST Raw, PCM_PARTIAL_RESOURCE_LIST Translated) {
  PRANGE range = Device->Context;
  ULONG found = 0;
  UNREFERENCED_PARAMETER(Raw);
  for (ULONG i = 0; i < Translated->Count && found < RANGES; i++) {
    PCM_PARTIAL_RESOURCE_DESCRIPTOR descriptor = &Translated->PartialDescriptors[i];
    if (descriptor->Type != CmResourceTypeMemory) continue;
    ULONG caching = descriptor->Flags & CM_RESOURCE_MEMORY_PREFETCHABLE ? PAGE_WRITECOMBINE : PAGE_NOCACHE;
    range->Length = descriptor->u.Memory.Length;
    range->Base = MmMapIoSpaceEx(descriptor->u.Memory.Start, range->Length, PAGE_READWRITE | caching);
    if (range->Base == NULL) break;
    range++;
    found++;
  }
  if (found == RANGES) return STATUS_SUCCESS;
  Release(Device);
  return STATUS_INSUFFICIENT_RESOURCES;
}

static ULONG Read(PSAMPLE Device) {
  PRANGE ranges = Device->Context;
  PULONG pixels = (PULONG)ranges[0].Base;
  ULONG sum = 0;
  for (ULONG y = 0; y < HEIGHT; y++) {
    for (ULONG x = 0; x < WIDTH; x++) pixels[y * WIDTH + x] = x ^ y;
  }
  RtlMoveMemory(pixels + WIDTH, pixels, WIDTH * sizeof(ULONG)); /* scroll by a line */
  for (ULONG x = 0; x < WIDTH; x++) sum += pixels[WIDTH + x];
  WRITE_REGISTER_ULONG((volatile ULONG *)ranges[1].Base, sum);
  return READ_REGISTER_ULONG((volatile ULONG *)ranges[1].Base);
}

const SAMPLE_HOOKS SampleHooks = {
    .ContextSize = RANGES * sizeof(RANGE), .Acquire = Acquire, .Release = Release, .Read = Read};
