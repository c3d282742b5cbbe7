/* A small correct Plug and Play driver whose steps a sample replaces one by one, so that only its fault stands out. */
#pragma once

#include <wdm.h>

typedef struct _SAMPLE {
  PDEVICE_OBJECT Self;
  PDEVICE_OBJECT Physical;
  PDEVICE_OBJECT Lower;
  IO_REMOVE_LOCK RemoveLock;
  KMUTEX Gate; /* one request at a time, and none while a PnP request changes anything */
  BOOLEAN Started;

  /* The first memory resource of the present start, and its mapping. */
  PHYSICAL_ADDRESS Address;
  SIZE_T Length;
  PUCHAR Registers;

  PVOID Context; /* SampleHooks.ContextSize zeroed bytes */
} SAMPLE, *PSAMPLE;

/* What a sample does its own way; a step left out is done right. */
typedef struct _SAMPLE_HOOKS {
  SIZE_T ContextSize;
  BOOLEAN StartBeforeLower;
  BOOLEAN RestartKeeps;
  NTSTATUS (*AddDevice)(PSAMPLE Device);
  NTSTATUS (*Acquire)(PSAMPLE Device, PCM_PARTIAL_RESOURCE_LIST Raw, PCM_PARTIAL_RESOURCE_LIST Translated);
  VOID (*Release)(PSAMPLE Device);
  VOID (*Stop)(PSAMPLE Device);
  VOID (*SurpriseRemoval)(PSAMPLE Device);
  VOID (*Remove)(PSAMPLE Device);
  BOOLEAN (*MayServe)(PSAMPLE Device);
  ULONG (*Read)(PSAMPLE Device);
  NTSTATUS (*Control)(PSAMPLE Device, PIRP Irp, PIO_STACK_LOCATION Stack);
} SAMPLE_HOOKS;

extern const SAMPLE_HOOKS SampleHooks;

NTSTATUS SampleFindMemory(PSAMPLE Device, PCM_PARTIAL_RESOURCE_LIST Translated);
NTSTATUS SampleAcquire(PSAMPLE Device, PCM_PARTIAL_RESOURCE_LIST Raw, PCM_PARTIAL_RESOURCE_LIST Translated);
VOID SampleRelease(PSAMPLE Device);
ULONG SampleRead(PSAMPLE Device);
