// A device without hardware: it starts without resources, and gives random numbers that one reader at a time takes.
// expect: clean
#include <bcrypt.h>
#include <fltkernel.h>
#include <ntddk.h>

#define TAG 0x74666f53 /* "Soft" in memory */

typedef struct _DEVICE {
  PDEVICE_OBJECT Self;
  PDEVICE_OBJECT Lower;
  IO_REMOVE_LOCK RemoveLock;
  EX_PUSH_LOCK Gate;
  BOOLEAN Started;
} DEVICE, *PDEVICE;

DRIVER_INITIALIZE DriverEntry;
static DRIVER_ADD_DEVICE AddDevice;
static DRIVER_UNLOAD Unload;
static DRIVER_DISPATCH OpenClose;
static DRIVER_DISPATCH Read;
static DRIVER_DISPATCH Pnp;
static DRIVER_DISPATCH PassPower;
static DRIVER_DISPATCH PassOn;

static NTSTATUS Complete(PIRP Irp, NTSTATUS Status, ULONG_PTR Information) {
  Irp->IoStatus.Status = Status;
  Irp->IoStatus.Information = Information;
  IoCompleteRequest(Irp, IO_NO_INCREMENT);
  return Status;
}

static NTSTATUS OpenClose(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
  UNREFERENCED_PARAMETER(DeviceObject);
  return Complete(Irp, STATUS_SUCCESS, 0);
}

static VOID Lock(PDEVICE Device) {
  KeEnterCriticalRegion();
  FltAcquirePushLockExclusive(&Device->Gate);
}

static VOID Unlock(PDEVICE Device) {
  FltReleasePushLock(&Device->Gate);
  KeLeaveCriticalRegion();
}

static NTSTATUS Read(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
  PDEVICE device = DeviceObject->DeviceExtension;
  ULONG length = IoGetCurrentIrpStackLocation(Irp)->Parameters.Read.Length;
  NTSTATUS status = IoAcquireRemoveLock(&device->RemoveLock, Irp);
  if (!NT_SUCCESS(status)) return Complete(Irp, status, 0);
  Lock(device);
  status = device->Started ? BCryptGenRandom(NULL, Irp->AssociatedIrp.SystemBuffer, length,
                                             BCRYPT_USE_SYSTEM_PREFERRED_RNG)
                           : STATUS_DEVICE_NOT_READY;
  Unlock(device);
  Complete(Irp, status, NT_SUCCESS(status) ? length : 0);
  IoReleaseRemoveLock(&device->RemoveLock, Irp);
  return status;
}

static NTSTATUS PassOn(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
  IoSkipCurrentIrpStackLocation(Irp);
  return IoCallDriver(((PDEVICE)DeviceObject->DeviceExtension)->Lower, Irp);
}

static NTSTATUS PassPower(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
  PoStartNextPowerIrp(Irp);
  IoSkipCurrentIrpStackLocation(Irp);
  return PoCallDriver(((PDEVICE)DeviceObject->DeviceExtension)->Lower, Irp);
}

static VOID SetStarted(PDEVICE Device, BOOLEAN Started) {
  Lock(Device);
  Device->Started = Started;
  Unlock(Device);
}

static IO_COMPLETION_ROUTINE Signal;
static NTSTATUS Signal(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Event) {
  UNREFERENCED_PARAMETER(DeviceObject);
  if (Irp->PendingReturned) KeSetEvent(Event, IO_NO_INCREMENT, FALSE);
  return STATUS_MORE_PROCESSING_REQUIRED;
}

/* There is nothing to map: the bus below gives no resources. */
static NTSTATUS Start(PDEVICE Device, PIRP Irp) {
  KEVENT event;
  if (IoGetCurrentIrpStackLocation(Irp)->Parameters.StartDevice.AllocatedResources != NULL) {
    return Complete(Irp, STATUS_DEVICE_CONFIGURATION_ERROR, 0);
  }
  KeInitializeEvent(&event, NotificationEvent, FALSE);
  IoCopyCurrentIrpStackLocationToNext(Irp);
  IoSetCompletionRoutine(Irp, Signal, &event, TRUE, TRUE, TRUE);
  NTSTATUS status = IoCallDriver(Device->Lower, Irp);
  if (status == STATUS_PENDING) {
    KeWaitForSingleObject(&event, Executive, KernelMode, FALSE, NULL);
    status = Irp->IoStatus.Status;
  }
  SetStarted(Device, NT_SUCCESS(status));
  return Complete(Irp, status, 0);
}

static NTSTATUS Remove(PDEVICE Device, PIRP Irp) {
  SetStarted(Device, FALSE);
  IoReleaseRemoveLockAndWait(&Device->RemoveLock, Irp);
  Irp->IoStatus.Status = STATUS_SUCCESS;
  IoSkipCurrentIrpStackLocation(Irp);
  NTSTATUS status = IoCallDriver(Device->Lower, Irp);
  FltDeletePushLock(&Device->Gate);
  IoDetachDevice(Device->Lower);
  IoDeleteDevice(Device->Self);
  return status;
}

static NTSTATUS Pnp(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
  PDEVICE device = DeviceObject->DeviceExtension;
  NTSTATUS status = IoAcquireRemoveLock(&device->RemoveLock, Irp);
  if (!NT_SUCCESS(status)) return Complete(Irp, status, 0);
  switch (IoGetCurrentIrpStackLocation(Irp)->MinorFunction) {
    case IRP_MN_REMOVE_DEVICE:
      return Remove(device, Irp);
    case IRP_MN_START_DEVICE:
      status = Start(device, Irp);
      IoReleaseRemoveLock(&device->RemoveLock, Irp);
      return status;
    case IRP_MN_SURPRISE_REMOVAL:
    case IRP_MN_STOP_DEVICE:
      SetStarted(device, FALSE);
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
  status = PassOn(DeviceObject, Irp);
  IoReleaseRemoveLock(&device->RemoveLock, Irp);
  return status;
}

static NTSTATUS AddDevice(PDRIVER_OBJECT Driver, PDEVICE_OBJECT Physical) {
  PDEVICE_OBJECT object;
  NTSTATUS status =
      IoCreateDevice(Driver, sizeof(DEVICE), NULL, FILE_DEVICE_UNKNOWN, FILE_DEVICE_SECURE_OPEN, FALSE, &object);
  if (!NT_SUCCESS(status)) return status;
  PDEVICE device = object->DeviceExtension;
  device->Self = object;
  IoInitializeRemoveLock(&device->RemoveLock, TAG, 0, 0);
  FltInitializePushLock(&device->Gate);
  object->Flags |= DO_BUFFERED_IO | DO_POWER_PAGABLE;
  device->Lower = IoAttachDeviceToDeviceStack(object, Physical);
  if (device->Lower == NULL) {
    IoDeleteDevice(object);
    return STATUS_NO_SUCH_DEVICE;
  }
  object->Flags &= ~DO_DEVICE_INITIALIZING;
  return STATUS_SUCCESS;
}

static VOID Unload(PDRIVER_OBJECT Driver) { UNREFERENCED_PARAMETER(Driver); }

__declspec(code_seg("INIT")) NTSTATUS DriverEntry(PDRIVER_OBJECT Driver, PUNICODE_STRING RegistryPath) {
  UNREFERENCED_PARAMETER(RegistryPath);
  Driver->DriverExtension->AddDevice = AddDevice;
  Driver->DriverUnload = Unload;
  Driver->MajorFunction[IRP_MJ_CREATE] = OpenClose;
  Driver->MajorFunction[IRP_MJ_CLOSE] = OpenClose;
  Driver->MajorFunction[IRP_MJ_CLEANUP] = OpenClose;
  Driver->MajorFunction[IRP_MJ_READ] = Read;
  Driver->MajorFunction[IRP_MJ_PNP] = Pnp;
  Driver->MajorFunction[IRP_MJ_POWER] = PassPower;
  Driver->MajorFunction[IRP_MJ_SYSTEM_CONTROL] = PassOn;
  return STATUS_SUCCESS;
}
