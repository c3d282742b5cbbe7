// Maps whatever physical address a caller names.
// options: --ioctl 0x222004:000000fe00000000:8
// expect: WDM-MAP-USER-ADDR error use
#include "skeleton/skeleton.h"

#define IOCTL_PEEK CTL_CODE(FILE_DEVICE_UNKNOWN, 0x801, METHOD_BUFFERED, FILE_ANY_ACCESS)

static NTSTATUS Control(PSAMPLE Device, PIRP Irp, PIO_STACK_LOCATION Stack) {
  PULONGLONG buffer = Irp->AssociatedIrp.SystemBuffer;
  PHYSICAL_ADDRESS address;
  UNREFERENCED_PARAMETER(Device);
  if (Stack->Parameters.DeviceIoControl.IoControlCode != IOCTL_PEEK) return STATUS_INVALID_DEVICE_REQUEST;
  if (Stack->Parameters.DeviceIoControl.InputBufferLength < sizeof(*buffer) ||
      Stack->Parameters.DeviceIoControl.OutputBufferLength < sizeof(*buffer)) {
    return STATUS_BUFFER_TOO_SMALL;
  }
  address.QuadPart = (LONGLONG)*buffer;
  volatile ULONG *window = MmMapIoSpaceEx(address, sizeof(ULONG), PAGE_READWRITE | PAGE_NOCACHE);
  if (window == NULL) return STATUS_INSUFFICIENT_RESOURCES;
  *buffer = READ_REGISTER_ULONG(window);
  MmUnmapIoSpace((PVOID)window, sizeof(ULONG));
  Irp->IoStatus.Information = sizeof(*buffer);
  return STATUS_SUCCESS;
}

const SAMPLE_HOOKS SampleHooks = {.Control = Control};
