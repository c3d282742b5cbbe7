// Samples its registers from a thread, a timer and a work item of its own, and ends all three before it unmaps.
// expect: clean
#include "skeleton/skeleton.h"

#define SAMPLES 4
#define PERIOD_MILLISECONDS 2

typedef struct _SAMPLER {
  PSAMPLE Device;
  KSPIN_LOCK Lock;
  KEVENT Stop;
  KEVENT WorkDone;
  KSEMAPHORE Ready;
  KTIMER Timer;
  KDPC Dpc;
  PIO_WORKITEM Work;
  PVOID Thread;
  ULONG Values[SAMPLES];
  LONG Count;
} SAMPLER, *PSAMPLER;

static VOID Take(PSAMPLER Sampler) {
  KLOCK_QUEUE_HANDLE handle;
  KeAcquireInStackQueuedSpinLock(&Sampler->Lock, &handle);
  Sampler->Values[Sampler->Count++ % SAMPLES] = SampleRead(Sampler->Device);
  KeReleaseInStackQueuedSpinLock(&handle);
}

static KDEFERRED_ROUTINE Tick;
static VOID Tick(PKDPC Dpc, PVOID Context, PVOID Argument1, PVOID Argument2) {
  PSAMPLER sampler = Context;
  UNREFERENCED_PARAMETER(Dpc);
  UNREFERENCED_PARAMETER(Argument1);
  UNREFERENCED_PARAMETER(Argument2);
  Take(sampler);
  KeReleaseSemaphore(&sampler->Ready, IO_NO_INCREMENT, 1, FALSE);
}

static IO_WORKITEM_ROUTINE Work;
static VOID Work(PDEVICE_OBJECT DeviceObject, PVOID Context) {
  PSAMPLER sampler = Context;
  UNREFERENCED_PARAMETER(DeviceObject);
  Take(sampler);
  KeSetEvent(&sampler->WorkDone, IO_NO_INCREMENT, FALSE);
}

static KSTART_ROUTINE Run;
static VOID Run(PVOID Context) {
  PSAMPLER sampler = Context;
  PVOID objects[] = {&sampler->Stop, &sampler->Ready};
  while (KeWaitForMultipleObjects(ARRAYSIZE(objects), objects, WaitAny, Executive, KernelMode, FALSE, NULL, NULL) !=
         STATUS_WAIT_0) {
    Take(sampler);
  }
  PsTerminateSystemThread(STATUS_SUCCESS);
}

static NTSTATUS StartThread(PSAMPLER Sampler) {
  OBJECT_ATTRIBUTES attributes;
  HANDLE thread;
  InitializeObjectAttributes(&attributes, NULL, OBJ_KERNEL_HANDLE, NULL, NULL);
  NTSTATUS status = PsCreateSystemThread(&thread, THREAD_ALL_ACCESS, &attributes, NULL, NULL, Run, Sampler);
  if (!NT_SUCCESS(status)) return status;
  ObReferenceObjectByHandle(thread, THREAD_ALL_ACCESS, NULL, KernelMode, &Sampler->Thread, NULL);
  ZwClose(thread);
  return STATUS_SUCCESS;
}

static VOID StopSampling(PSAMPLER Sampler) {
  KeCancelTimer(&Sampler->Timer);
  KeFlushQueuedDpcs();
  if (Sampler->Work != NULL) {
    KeWaitForSingleObject(&Sampler->WorkDone, Executive, KernelMode, FALSE, NULL);
    IoFreeWorkItem(Sampler->Work);
    Sampler->Work = NULL;
  }
  if (Sampler->Thread != NULL) {
    KeSetEvent(&Sampler->Stop, IO_NO_INCREMENT, FALSE);
    KeWaitForSingleObject(Sampler->Thread, Executive, KernelMode, FALSE, NULL);
    ObDereferenceObject(Sampler->Thread);
    Sampler->Thread = NULL;
  }
}

static NTSTATUS StartSampling(PSAMPLER Sampler) {
  LARGE_INTEGER due = {.QuadPart = -10000LL * PERIOD_MILLISECONDS};
  Sampler->Work = IoAllocateWorkItem(Sampler->Device->Self);
  if (Sampler->Work == NULL) return STATUS_INSUFFICIENT_RESOURCES;
  IoQueueWorkItem(Sampler->Work, Work, DelayedWorkQueue, Sampler);
  KeSetTimerEx(&Sampler->Timer, due, PERIOD_MILLISECONDS, &Sampler->Dpc);
  return StartThread(Sampler);
}

static VOID Release(PSAMPLE Device) {
  if (Device->Registers == NULL) return;
  StopSampling(Device->Context);
  SampleRelease(Device);
}

static NTSTATUS Acquire(PSAMPLE Device, PCM_PARTIAL_RESOURCE_LIST Raw, PCM_PARTIAL_RESOURCE_LIST Translated) {
  PSAMPLER sampler = Device->Context;
  NTSTATUS status = SampleAcquire(Device, Raw, Translated);
  if (!NT_SUCCESS(status)) return status;
  RtlZeroMemory(sampler, sizeof(*sampler));
  sampler->Device = Device;
  KeInitializeSpinLock(&sampler->Lock);
  KeInitializeEvent(&sampler->Stop, NotificationEvent, FALSE);
  KeInitializeEvent(&sampler->WorkDone, NotificationEvent, FALSE);
  KeInitializeSemaphore(&sampler->Ready, 0, MAXLONG);
  KeInitializeTimer(&sampler->Timer);
  KeInitializeDpc(&sampler->Dpc, Tick, sampler);
  status = StartSampling(sampler);
  if (!NT_SUCCESS(status)) Release(Device);
  return status;
}

/* Waits for a few ticks, so that all three have run. */
static ULONG Read(PSAMPLE Device) {
  PSAMPLER sampler = Device->Context;
  LARGE_INTEGER interval = {.QuadPart = -10000LL * PERIOD_MILLISECONDS * SAMPLES};
  KeDelayExecutionThread(KernelMode, FALSE, &interval);
  return sampler->Values[0];
}

const SAMPLE_HOOKS SampleHooks = {
    .ContextSize = sizeof(SAMPLER), .Acquire = Acquire, .Release = Release, .Read = Read};
