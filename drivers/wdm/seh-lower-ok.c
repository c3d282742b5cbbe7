// Sends itself requests whose dispatch routine and completion routine raise, and handles that where it sent them.
// expect: clean
#include "skeleton/skeleton.h"

#define CODE_RAISE 0x222400
#define CODE_COMPLETE 0x222404
#define STEPS_EXPECTED 0x123

static DECLSPEC_NOINLINE NTSTATUS Raise(PULONG Steps) {
  __try {
    *Steps = *Steps * 16 + 1;
    ExRaiseStatus(STATUS_DATA_ERROR);
  } __finally {
    *Steps = *Steps * 16 + 2;
  }
  return STATUS_SUCCESS;
}

/* The lower driver: this one again, by a request of its own. */
static NTSTATUS InternalControl(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
  PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(Irp);
  UNREFERENCED_PARAMETER(DeviceObject);
  if (stack->Parameters.DeviceIoControl.IoControlCode == CODE_RAISE) {
    return Raise(stack->Parameters.DeviceIoControl.Type3InputBuffer);
  }
  Irp->IoStatus.Status = STATUS_SUCCESS;
  IoCompleteRequest(Irp, IO_NO_INCREMENT);
  return STATUS_SUCCESS;
}

static IO_COMPLETION_ROUTINE RaiseInCompletion;
static NTSTATUS RaiseInCompletion(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context) {
  UNREFERENCED_PARAMETER(DeviceObject);
  UNREFERENCED_PARAMETER(Irp);
  return Raise(Context);
}

static NTSTATUS Send(PSAMPLE Device, ULONG Code, PULONG Steps) {
  PIRP irp = IoAllocateIrp(Device->Self->StackSize, FALSE);
  if (irp == NULL) return STATUS_INSUFFICIENT_RESOURCES;
  PIO_STACK_LOCATION stack = IoGetNextIrpStackLocation(irp);
  stack->MajorFunction = IRP_MJ_INTERNAL_DEVICE_CONTROL;
  stack->Parameters.DeviceIoControl.IoControlCode = Code;
  stack->Parameters.DeviceIoControl.Type3InputBuffer = Steps;
  IoSetCompletionRoutine(irp, RaiseInCompletion, Steps, TRUE, TRUE, TRUE);
  NTSTATUS status = STATUS_UNSUCCESSFUL;
  __try {
    IoCallDriver(Device->Self, irp);
  } __except (GetExceptionCode() == STATUS_DATA_ERROR ? EXCEPTION_EXECUTE_HANDLER : EXCEPTION_CONTINUE_SEARCH) {
    *Steps = *Steps * 16 + 3;
    status = GetExceptionCode();
  }
  IoFreeIrp(irp);
  return status;
}

static VOID Expect(PSAMPLE Device, ULONG Code) {
  ULONG steps = 0;
  NTSTATUS status = Send(Device, Code, &steps);
  if (status != STATUS_DATA_ERROR || steps != STEPS_EXPECTED) {
    KeBugCheckEx(MANUALLY_INITIATED_CRASH, Code, (ULONG)status, steps, STEPS_EXPECTED);
  }
}

static NTSTATUS AddDevice(PSAMPLE Device) {
  Device->Self->DriverObject->MajorFunction[IRP_MJ_INTERNAL_DEVICE_CONTROL] = InternalControl;
  return STATUS_SUCCESS;
}

static ULONG Read(PSAMPLE Device) {
  Expect(Device, CODE_RAISE);
  Expect(Device, CODE_COMPLETE);
  return SampleRead(Device);
}

const SAMPLE_HOOKS SampleHooks = {.AddDevice = AddDevice, .Read = Read};
