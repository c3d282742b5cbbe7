/* Reads, writes and device control: serving them, and holding them while the device is stopped or asleep. */
#include "edu.h"

typedef struct _EDU_RESULT {
  NTSTATUS Status;
  ULONG_PTR Information;
} EDU_RESULT;

VOID EduLock(PEDU_DEVICE Device) { KeWaitForSingleObject(&Device->Gate, Executive, KernelMode, FALSE, NULL); }

VOID EduUnlock(PEDU_DEVICE Device) { KeReleaseMutex(&Device->Gate, FALSE); }

/* The device's buffer is the file: a read brings it to memory, a write sends memory to it. */
static EDU_RESULT EduTransfer(PEDU_DEVICE Device, PIRP Irp, LONGLONG Offset, ULONG Length, BOOLEAN Read) {
  EDU_RESULT result = {STATUS_SUCCESS, 0};
  if (Length == 0) return result;
  if (Offset < 0 || Offset >= EDU_DMA_LENGTH) {
    result.Status = Read ? STATUS_END_OF_FILE : STATUS_INVALID_PARAMETER;
    return result;
  }
  PVOID buffer = MmGetSystemAddressForMdlSafe(Irp->MdlAddress, NormalPagePriority | MdlMappingNoExecute);
  if (buffer == NULL) {
    result.Status = STATUS_INSUFFICIENT_RESOURCES;
    return result;
  }
  ULONG bytes = min(Length, EDU_DMA_LENGTH - (ULONG)Offset);
  if (!Read) RtlCopyMemory(Device->DmaBuffer, buffer, bytes);
  result.Status = EduDma(Device, (ULONG)Offset, bytes, Read);
  if (!NT_SUCCESS(result.Status)) return result;
  if (Read) RtlCopyMemory(buffer, Device->DmaBuffer, bytes);
  result.Information = bytes;
  return result;
}

/* Through the device and back: the input goes to its buffer, the output comes from there. */
static NTSTATUS EduDmaCopy(PEDU_DEVICE Device, PUCHAR Buffer, ULONG Length) {
  RtlCopyMemory(Device->DmaBuffer, Buffer, Length);
  NTSTATUS status = EduDma(Device, 0, Length, FALSE);
  if (!NT_SUCCESS(status)) return status;
  RtlZeroMemory(Device->DmaBuffer, Length);
  status = EduDma(Device, 0, Length, TRUE);
  if (NT_SUCCESS(status)) RtlCopyMemory(Buffer, Device->DmaBuffer, Length);
  return status;
}

#if defined(_MSC_VER)
/* Functions of their own, because clang guards only the calls in a __try block. */
static DECLSPEC_NOINLINE ULONG EduFetch(const volatile ULONG *Address) { return *Address; }
static DECLSPEC_NOINLINE VOID EduStore(volatile ULONG *Address, ULONG Value) { *Address = Value; }
#endif

/* The I/O manager captures neither buffer: both are probed and touched under a handler, in the caller's thread. */
static EDU_RESULT EduInvert(PEDU_DEVICE Device, PIRP Irp, PIO_STACK_LOCATION Stack) {
  EDU_RESULT result = {STATUS_SUCCESS, 0};
#if defined(_MSC_VER)
  PULONG input = Stack->Parameters.DeviceIoControl.Type3InputBuffer;
  PULONG output = Irp->UserBuffer;
  if (Stack->Parameters.DeviceIoControl.InputBufferLength < sizeof(ULONG) ||
      Stack->Parameters.DeviceIoControl.OutputBufferLength < sizeof(ULONG)) {
    result.Status = STATUS_BUFFER_TOO_SMALL;
    return result;
  }
  __try {
    if (Irp->RequestorMode != KernelMode) {
      ProbeForRead(input, sizeof(ULONG), sizeof(ULONG));
      ProbeForWrite(output, sizeof(ULONG), sizeof(ULONG));
    }
    EduStore(output, EduLiveness(Device, EduFetch(input)));
    result.Information = sizeof(ULONG);
  } __except (EXCEPTION_EXECUTE_HANDLER) {
    result.Status = GetExceptionCode();
  }
#else
  UNREFERENCED_PARAMETER(Device);
  UNREFERENCED_PARAMETER(Irp);
  UNREFERENCED_PARAMETER(Stack);
  result.Status = STATUS_NOT_SUPPORTED; /* this compiler has no structured exception handling */
#endif
  return result;
}

static EDU_RESULT EduControl(PEDU_DEVICE Device, PIRP Irp, PIO_STACK_LOCATION Stack) {
  EDU_RESULT result = {STATUS_SUCCESS, sizeof(ULONG)};
  PULONG buffer = Irp->AssociatedIrp.SystemBuffer;
  ULONG input = Stack->Parameters.DeviceIoControl.InputBufferLength;
  ULONG output = Stack->Parameters.DeviceIoControl.OutputBufferLength;
  ULONG code = Stack->Parameters.DeviceIoControl.IoControlCode;

  if (code == IOCTL_EDU_INVERT) return EduInvert(Device, Irp, Stack);
  if (output < sizeof(ULONG) || (code != IOCTL_EDU_ID && input < sizeof(ULONG))) {
    result.Status = STATUS_BUFFER_TOO_SMALL;
  } else if (code == IOCTL_EDU_ID) {
    *buffer = EduReadRegister(Device, EDU_REG_ID);
  } else if (code == IOCTL_EDU_LIVENESS) {
    *buffer = EduLiveness(Device, *buffer);
  } else if (code == IOCTL_EDU_FACTORIAL) {
    result.Status = EduFactorial(Device, *buffer, buffer);
  } else if (code == IOCTL_EDU_DMA_COPY) {
    result.Information = min(min(input, output), EDU_DMA_LENGTH);
    result.Status = EduDmaCopy(Device, (PUCHAR)buffer, (ULONG)result.Information);
  } else {
    result.Status = STATUS_INVALID_DEVICE_REQUEST;
  }
  if (!NT_SUCCESS(result.Status)) result.Information = 0;
  return result;
}

/* Called with the gate held and the device started and awake. */
NTSTATUS EduServe(PEDU_DEVICE Device, PIRP Irp) {
  PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(Irp);
  EDU_RESULT result;
  switch (stack->MajorFunction) {
    case IRP_MJ_READ:
      result = EduTransfer(Device, Irp, stack->Parameters.Read.ByteOffset.QuadPart, stack->Parameters.Read.Length,
                           TRUE);
      break;
    case IRP_MJ_WRITE:
      result = EduTransfer(Device, Irp, stack->Parameters.Write.ByteOffset.QuadPart, stack->Parameters.Write.Length,
                           FALSE);
      break;
    default:
      result = EduControl(Device, Irp, stack);
      break;
  }
  return EduComplete(Irp, result.Status, result.Information);
}

static BOOLEAN EduNeedsCaller(PIO_STACK_LOCATION Stack) {
  return Stack->MajorFunction == IRP_MJ_DEVICE_CONTROL &&
         METHOD_FROM_CTL_CODE(Stack->Parameters.DeviceIoControl.IoControlCode) == METHOD_NEITHER;
}

NTSTATUS EduRequest(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
  PEDU_DEVICE device = DeviceObject->DeviceExtension;
  NTSTATUS status = IoAcquireRemoveLock(&device->RemoveLock, Irp);
  if (!NT_SUCCESS(status)) return EduComplete(Irp, status, 0);

  EduLock(device);
  if (device->State == EduNotStarted || device->State >= EduSurpriseRemoved) {
    status = EduComplete(Irp, STATUS_DEVICE_NOT_CONNECTED, 0);
  } else if (device->State == EduStarted && device->Power == PowerDeviceD0) {
    status = EduServe(device, Irp);
  } else if (EduNeedsCaller(IoGetCurrentIrpStackLocation(Irp))) {
    status = EduComplete(Irp, STATUS_DEVICE_NOT_READY, 0);
  } else {
    IoCsqInsertIrp(&device->Held, Irp, NULL); /* marks the request pending; it keeps its hold on the remove lock */
    EduUnlock(device);
    return STATUS_PENDING;
  }
  EduUnlock(device);
  IoReleaseRemoveLock(&device->RemoveLock, Irp);
  return status;
}
