// Lets a caller name an offset into its own registers, and checks it.
// options: --ioctl 0x222004:0400000000000000:8 --ioctl 0x222004:000000fe00000000:8
// expect: clean
#include "skeleton/skeleton.h"

#define IOCTL_PEEK CTL_CODE(FILE_DEVICE_UNKNOWN, 0x801, METHOD_BUFFERED, FILE_ANY_ACCESS)

static NTSTATUS Control(PSAMPLE Device, PIRP Irp, PIO_STACK_LOCATION Stack) {
  PULONGLONG buffer = Irp->AssociatedIrp.SystemBuffer;
  if (Stack->Parameters.DeviceIoControl.IoControlCode != IOCTL_PEEK) return STATUS_INVALID_DEVICE_REQUEST;
  if (Stack->Parameters.DeviceIoControl.InputBufferLength < sizeof(*buffer) ||
      Stack->Parameters.DeviceIoControl.OutputBufferLength < sizeof(*buffer)) {
    return STATUS_BUFFER_TOO_SMALL;
  }
  if (*buffer > Device->Length - sizeof(ULONG) || *buffer % sizeof(ULONG) != 0) return STATUS_INVALID_PARAMETER;
  *buffer = READ_REGISTER_ULONG((volatile ULONG *)(Device->Registers + *buffer));
  Irp->IoStatus.Information = sizeof(*buffer);
  return STATUS_SUCCESS;
}

const SAMPLE_HOOKS SampleHooks = {.Control = Control};
