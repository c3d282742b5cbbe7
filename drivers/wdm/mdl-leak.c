// Locks a buffer of its caller and never unlocks it.
// options: --ioctl 0x222007:0011223344556677
// expect: MDL-LEAK error unload
#include "skeleton/skeleton.h"

#define IOCTL_LOCK CTL_CODE(FILE_DEVICE_UNKNOWN, 0x801, METHOD_NEITHER, FILE_ANY_ACCESS)

static NTSTATUS LockForever(PVOID Address, ULONG Length) {
  PMDL mdl = IoAllocateMdl(Address, Length, FALSE, FALSE, NULL);
  if (mdl == NULL) return STATUS_INSUFFICIENT_RESOURCES;
  __try {
    MmProbeAndLockPages(mdl, UserMode, IoReadAccess);
  } __except (EXCEPTION_EXECUTE_HANDLER) {
    IoFreeMdl(mdl);
    return GetExceptionCode();
  }
  return STATUS_SUCCESS;
}

static NTSTATUS Control(PSAMPLE Device, PIRP Irp, PIO_STACK_LOCATION Stack) {
  UNREFERENCED_PARAMETER(Device);
  UNREFERENCED_PARAMETER(Irp);
  if (Stack->Parameters.DeviceIoControl.IoControlCode != IOCTL_LOCK) return STATUS_INVALID_DEVICE_REQUEST;
  ULONG length = Stack->Parameters.DeviceIoControl.InputBufferLength;
  return length == 0 ? STATUS_SUCCESS : LockForever(Stack->Parameters.DeviceIoControl.Type3InputBuffer, length);
}

const SAMPLE_HOOKS SampleHooks = {.Control = Control};
