/* The samples' common part: dispatch routines, Plug and Play, and the right way of every step. */
#include "skeleton.h"

#define SAMPLE_TAG 0x6c706d53 /* "Smpl" in memory */

DRIVER_INITIALIZE DriverEntry;
static DRIVER_ADD_DEVICE SampleAddDevice;
static DRIVER_UNLOAD SampleUnload;
static DRIVER_DISPATCH SampleOpenClose;
static DRIVER_DISPATCH SampleRequest;
static DRIVER_DISPATCH SamplePnp;
static DRIVER_DISPATCH SamplePower;
static DRIVER_DISPATCH SampleSystemControl;

static NTSTATUS Complete(PIRP Irp, NTSTATUS Status, ULONG_PTR Information) {
  Irp->IoStatus.Status = Status;
  Irp->IoStatus.Information = Information;
  IoCompleteRequest(Irp, IO_NO_INCREMENT);
  return Status;
}

static VOID Lock(PSAMPLE Device) { KeWaitForSingleObject(&Device->Gate, Executive, KernelMode, FALSE, NULL); }

static VOID Unlock(PSAMPLE Device) { KeReleaseMutex(&Device->Gate, FALSE); }

NTSTATUS SampleFindMemory(PSAMPLE Device, PCM_PARTIAL_RESOURCE_LIST Translated) {
  for (ULONG i = 0; i < Translated->Count; i++) {
    PCM_PARTIAL_RESOURCE_DESCRIPTOR descriptor = &Translated->PartialDescriptors[i];
    if (descriptor->Type != CmResourceTypeMemory) continue;
    Device->Address = descriptor->u.Memory.Start;
    Device->Length = descriptor->u.Memory.Length;
    return STATUS_SUCCESS;
  }
  return STATUS_DEVICE_CONFIGURATION_ERROR;
}

NTSTATUS SampleAcquire(PSAMPLE Device, PCM_PARTIAL_RESOURCE_LIST Raw, PCM_PARTIAL_RESOURCE_LIST Translated) {
  UNREFERENCED_PARAMETER(Raw);
  NTSTATUS status = SampleFindMemory(Device, Translated);
  if (!NT_SUCCESS(status)) return status;
  Device->Registers = MmMapIoSpaceEx(Device->Address, Device->Length, PAGE_READWRITE | PAGE_NOCACHE);
  return Device->Registers == NULL ? STATUS_INSUFFICIENT_RESOURCES : STATUS_SUCCESS;
}

VOID SampleRelease(PSAMPLE Device) {
  if (Device->Registers == NULL) return;
  MmUnmapIoSpace(Device->Registers, Device->Length);
  Device->Registers = NULL;
}

ULONG SampleRead(PSAMPLE Device) { return READ_REGISTER_ULONG((volatile ULONG *)Device->Registers); }

static VOID Release(PSAMPLE Device) {
  if (SampleHooks.Release != NULL) {
    SampleHooks.Release(Device);
  } else {
    SampleRelease(Device);
  }
}

static NTSTATUS Acquire(PSAMPLE Device, PIO_STACK_LOCATION Stack) {
  PCM_RESOURCE_LIST raw = Stack->Parameters.StartDevice.AllocatedResources;
  PCM_RESOURCE_LIST translated = Stack->Parameters.StartDevice.AllocatedResourcesTranslated;
  if (raw == NULL || translated == NULL) return STATUS_DEVICE_CONFIGURATION_ERROR;
  if (!SampleHooks.RestartKeeps) Release(Device); /* a restart may come without a stop */
  return (SampleHooks.Acquire != NULL ? SampleHooks.Acquire : SampleAcquire)(
      Device, &raw->List[0].PartialResourceList, &translated->List[0].PartialResourceList);
}

static BOOLEAN MayServe(PSAMPLE Device) {
  return SampleHooks.MayServe != NULL ? SampleHooks.MayServe(Device) : Device->Started;
}

static NTSTATUS SampleOpenClose(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
  UNREFERENCED_PARAMETER(DeviceObject);
  return Complete(Irp, STATUS_SUCCESS, 0);
}

static NTSTATUS Serve(PSAMPLE Device, PIRP Irp, PULONG_PTR Information) {
  PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(Irp);
  if (stack->MajorFunction == IRP_MJ_DEVICE_CONTROL) {
    return SampleHooks.Control != NULL ? SampleHooks.Control(Device, Irp, stack) : STATUS_INVALID_DEVICE_REQUEST;
  }
  if (stack->Parameters.Read.Length < sizeof(ULONG)) return STATUS_BUFFER_TOO_SMALL;
  *(PULONG)Irp->AssociatedIrp.SystemBuffer = (SampleHooks.Read != NULL ? SampleHooks.Read : SampleRead)(Device);
  *Information = sizeof(ULONG);
  return STATUS_SUCCESS;
}

static NTSTATUS SampleRequest(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
  PSAMPLE device = DeviceObject->DeviceExtension;
  ULONG_PTR information = 0;
  NTSTATUS status = IoAcquireRemoveLock(&device->RemoveLock, Irp);
  if (!NT_SUCCESS(status)) return Complete(Irp, status, 0);
  Lock(device);
  status = MayServe(device) ? Serve(device, Irp, &information) : STATUS_DEVICE_NOT_READY;
  Unlock(device);
  if (information == 0 && NT_SUCCESS(status)) information = Irp->IoStatus.Information;
  Complete(Irp, status, information);
  IoReleaseRemoveLock(&device->RemoveLock, Irp);
  return status;
}

static NTSTATUS SampleSystemControl(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
  IoSkipCurrentIrpStackLocation(Irp);
  return IoCallDriver(((PSAMPLE)DeviceObject->DeviceExtension)->Lower, Irp);
}

static NTSTATUS SamplePower(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
  PoStartNextPowerIrp(Irp);
  IoSkipCurrentIrpStackLocation(Irp);
  return PoCallDriver(((PSAMPLE)DeviceObject->DeviceExtension)->Lower, Irp);
}

static IO_COMPLETION_ROUTINE Signal;
static NTSTATUS Signal(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Event) {
  UNREFERENCED_PARAMETER(DeviceObject);
  if (Irp->PendingReturned) KeSetEvent(Event, IO_NO_INCREMENT, FALSE);
  return STATUS_MORE_PROCESSING_REQUIRED;
}

static NTSTATUS ForwardAndWait(PSAMPLE Device, PIRP Irp) {
  KEVENT event;
  KeInitializeEvent(&event, NotificationEvent, FALSE);
  IoCopyCurrentIrpStackLocationToNext(Irp);
  IoSetCompletionRoutine(Irp, Signal, &event, TRUE, TRUE, TRUE);
  NTSTATUS status = IoCallDriver(Device->Lower, Irp);
  if (status != STATUS_PENDING) return status;
  KeWaitForSingleObject(&event, Executive, KernelMode, FALSE, NULL);
  return Irp->IoStatus.Status;
}

static NTSTATUS Start(PSAMPLE Device, PIRP Irp) {
  PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(Irp);
  NTSTATUS status = STATUS_SUCCESS;
  if (SampleHooks.StartBeforeLower) status = Acquire(Device, stack);
  if (NT_SUCCESS(status)) status = ForwardAndWait(Device, Irp);
  Lock(Device);
  if (NT_SUCCESS(status) && !SampleHooks.StartBeforeLower) status = Acquire(Device, stack);
  Device->Started = NT_SUCCESS(status);
  Unlock(Device);
  return Complete(Irp, status, 0);
}

static VOID GiveBack(PSAMPLE Device, VOID (*Step)(PSAMPLE)) {
  Lock(Device);
  Device->Started = FALSE;
  (Step != NULL ? Step : Release)(Device);
  Unlock(Device);
}

static NTSTATUS Remove(PSAMPLE Device, PIRP Irp) {
  Lock(Device);
  Device->Started = FALSE;
  Unlock(Device);
  IoReleaseRemoveLockAndWait(&Device->RemoveLock, Irp);
  GiveBack(Device, SampleHooks.Remove);
  Irp->IoStatus.Status = STATUS_SUCCESS;
  IoSkipCurrentIrpStackLocation(Irp);
  NTSTATUS status = IoCallDriver(Device->Lower, Irp);
  IoDetachDevice(Device->Lower);
  IoDeleteDevice(Device->Self);
  return status;
}

static NTSTATUS SamplePnp(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
  PSAMPLE device = DeviceObject->DeviceExtension;
  NTSTATUS status = IoAcquireRemoveLock(&device->RemoveLock, Irp);
  if (!NT_SUCCESS(status)) return Complete(Irp, status, 0);

  switch (IoGetCurrentIrpStackLocation(Irp)->MinorFunction) {
    case IRP_MN_REMOVE_DEVICE:
      return Remove(device, Irp);
    case IRP_MN_START_DEVICE:
      status = Start(device, Irp);
      IoReleaseRemoveLock(&device->RemoveLock, Irp);
      return status;
    case IRP_MN_STOP_DEVICE:
      GiveBack(device, SampleHooks.Stop);
      Irp->IoStatus.Status = STATUS_SUCCESS;
      break;
    case IRP_MN_SURPRISE_REMOVAL:
      GiveBack(device, SampleHooks.SurpriseRemoval);
      Irp->IoStatus.Status = STATUS_SUCCESS;
      break;
    case IRP_MN_QUERY_STOP_DEVICE:
    case IRP_MN_CANCEL_STOP_DEVICE:
    case IRP_MN_QUERY_REMOVE_DEVICE:
    case IRP_MN_CANCEL_REMOVE_DEVICE:
      Irp->IoStatus.Status = STATUS_SUCCESS;
      break;
    default:
      break;
  }
  IoSkipCurrentIrpStackLocation(Irp);
  status = IoCallDriver(device->Lower, Irp);
  IoReleaseRemoveLock(&device->RemoveLock, Irp);
  return status;
}

static NTSTATUS SampleAddDevice(PDRIVER_OBJECT Driver, PDEVICE_OBJECT Physical) {
  PDEVICE_OBJECT object;
  SIZE_T context = ALIGN_UP_BY(sizeof(SAMPLE), 16);
  NTSTATUS status = IoCreateDevice(Driver, (ULONG)(context + SampleHooks.ContextSize), NULL, FILE_DEVICE_UNKNOWN,
                                   FILE_DEVICE_SECURE_OPEN, FALSE, &object);
  if (!NT_SUCCESS(status)) return status;

  PSAMPLE device = object->DeviceExtension;
  device->Self = object;
  device->Physical = Physical;
  device->Context = (PUCHAR)device + context;
  IoInitializeRemoveLock(&device->RemoveLock, SAMPLE_TAG, 0, 0);
  KeInitializeMutex(&device->Gate, 0);
  object->Flags |= DO_BUFFERED_IO | DO_POWER_PAGABLE;
  device->Lower = IoAttachDeviceToDeviceStack(object, Physical);
  if (device->Lower == NULL) {
    IoDeleteDevice(object);
    return STATUS_NO_SUCH_DEVICE;
  }
  if (SampleHooks.AddDevice != NULL) status = SampleHooks.AddDevice(device);
  if (!NT_SUCCESS(status)) {
    IoDetachDevice(device->Lower);
    IoDeleteDevice(object);
    return status;
  }
  object->Flags &= ~DO_DEVICE_INITIALIZING;
  return STATUS_SUCCESS;
}

static VOID SampleUnload(PDRIVER_OBJECT Driver) { UNREFERENCED_PARAMETER(Driver); }

__declspec(code_seg("INIT")) NTSTATUS DriverEntry(PDRIVER_OBJECT Driver, PUNICODE_STRING RegistryPath) {
  UNREFERENCED_PARAMETER(RegistryPath);
  Driver->DriverExtension->AddDevice = SampleAddDevice;
  Driver->DriverUnload = SampleUnload;
  Driver->MajorFunction[IRP_MJ_CREATE] = SampleOpenClose;
  Driver->MajorFunction[IRP_MJ_CLOSE] = SampleOpenClose;
  Driver->MajorFunction[IRP_MJ_CLEANUP] = SampleOpenClose;
  Driver->MajorFunction[IRP_MJ_READ] = SampleRequest;
  Driver->MajorFunction[IRP_MJ_DEVICE_CONTROL] = SampleRequest;
  Driver->MajorFunction[IRP_MJ_PNP] = SamplePnp;
  Driver->MajorFunction[IRP_MJ_POWER] = SamplePower;
  Driver->MajorFunction[IRP_MJ_SYSTEM_CONTROL] = SampleSystemControl;
  return STATUS_SUCCESS;
}
