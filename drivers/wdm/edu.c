// A complete and correct Plug and Play driver for the edu PCI device: interrupts, DMA, power, stop and removal.
// options: --ioctl 0x226000::4 --ioctl 0x22e004:78563412:4 --ioctl 0x22e008:05000000:4
// options: --ioctl 0x22e00c:00112233445566778899aabbccddeeff:16 --ioctl 0x22e013:78563412:4
// expect: clean
#include <initguid.h>

#include "edu/edu.h"

// {4B1E60A5-0F0C-4B0E-9D5E-6C2E5C3A7E11}
DEFINE_GUID(GUID_DEVINTERFACE_EDU, 0x4b1e60a5, 0x0f0c, 0x4b0e, 0x9d, 0x5e, 0x6c, 0x2e, 0x5c, 0x3a, 0x7e, 0x11);

#define EDU_TAG 0x75646549 /* "Iedu" in memory */

DRIVER_INITIALIZE DriverEntry;
static DRIVER_ADD_DEVICE EduAddDevice;
static DRIVER_UNLOAD EduUnload;
static DRIVER_DISPATCH EduCreate;
static DRIVER_DISPATCH EduCleanup;
static DRIVER_DISPATCH EduClose;
static DRIVER_DISPATCH EduSystemControl;

NTSTATUS EduComplete(PIRP Irp, NTSTATUS Status, ULONG_PTR Information) {
  Irp->IoStatus.Status = Status;
  Irp->IoStatus.Information = Information;
  IoCompleteRequest(Irp, IO_NO_INCREMENT);
  return Status;
}

NTSTATUS EduForward(PEDU_DEVICE Device, PIRP Irp) {
  IoSkipCurrentIrpStackLocation(Irp);
  return IoCallDriver(Device->Lower, Irp);
}

static IO_COMPLETION_ROUTINE EduSignalCompletion;
static NTSTATUS EduSignalCompletion(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Event) {
  UNREFERENCED_PARAMETER(DeviceObject);
  if (Irp->PendingReturned) KeSetEvent(Event, IO_NO_INCREMENT, FALSE);
  return STATUS_MORE_PROCESSING_REQUIRED;
}

/* The caller owns the IRP again afterwards and has to complete it. */
NTSTATUS EduForwardAndWait(PEDU_DEVICE Device, PIRP Irp) {
  KEVENT event;
  KeInitializeEvent(&event, NotificationEvent, FALSE);
  IoCopyCurrentIrpStackLocationToNext(Irp);
  IoSetCompletionRoutine(Irp, EduSignalCompletion, &event, TRUE, TRUE, TRUE);
  NTSTATUS status = IoCallDriver(Device->Lower, Irp);
  if (status == STATUS_PENDING) {
    KeWaitForSingleObject(&event, Executive, KernelMode, FALSE, NULL);
    status = Irp->IoStatus.Status;
  }
  return status;
}

PAGE_CODE static NTSTATUS EduCreate(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
  PEDU_DEVICE device = DeviceObject->DeviceExtension;

  PAGED_CODE();
  NTSTATUS status = IoAcquireRemoveLock(&device->RemoveLock, Irp);
  if (!NT_SUCCESS(status)) return EduComplete(Irp, status, 0);
  if (device->State == EduNotStarted || device->State >= EduSurpriseRemoved) status = STATUS_DEVICE_NOT_CONNECTED;
  IoReleaseRemoveLock(&device->RemoveLock, Irp);
  return EduComplete(Irp, status, 0);
}

/* The last handle of a file is closed: nobody waits for its held requests any more. */
PAGE_CODE static NTSTATUS EduCleanup(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
  PAGED_CODE();
  EduFailHeld(DeviceObject->DeviceExtension, IoGetCurrentIrpStackLocation(Irp)->FileObject, STATUS_CANCELLED);
  return EduComplete(Irp, STATUS_SUCCESS, 0);
}

PAGE_CODE static NTSTATUS EduClose(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
  PAGED_CODE();
  UNREFERENCED_PARAMETER(DeviceObject);
  return EduComplete(Irp, STATUS_SUCCESS, 0);
}

/* This driver offers no WMI data of its own. */
PAGE_CODE static NTSTATUS EduSystemControl(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
  PEDU_DEVICE device = DeviceObject->DeviceExtension;

  PAGED_CODE();
  NTSTATUS status = IoAcquireRemoveLock(&device->RemoveLock, Irp);
  if (!NT_SUCCESS(status)) return EduComplete(Irp, status, 0);
  status = EduForward(device, Irp);
  IoReleaseRemoveLock(&device->RemoveLock, Irp);
  return status;
}

PAGE_CODE static VOID EduInitializeDevice(PEDU_DEVICE Device, PDEVICE_OBJECT Self, PDEVICE_OBJECT Physical) {
  Device->Self = Self;
  Device->Physical = Physical;
  Device->State = EduNotStarted;
  Device->Power = PowerDeviceD3;
  for (ULONG system = PowerSystemUnspecified; system < PowerSystemMaximum; system++) {
    Device->PowerForSystem[system] = system == PowerSystemWorking ? PowerDeviceD0 : PowerDeviceD3;
  }
  IoInitializeRemoveLock(&Device->RemoveLock, EDU_TAG, 0, 0);
  KeInitializeMutex(&Device->Gate, 0);
  KeInitializeDpc(&Device->Dpc, EduDpc, Device);
  KeInitializeEvent(&Device->FactorialDone, SynchronizationEvent, FALSE);
  KeInitializeEvent(&Device->DmaDone, SynchronizationEvent, FALSE);
  EduQueueInitialize(Device);
}

PAGE_CODE static NTSTATUS EduAddDevice(PDRIVER_OBJECT Driver, PDEVICE_OBJECT Physical) {
  PDEVICE_OBJECT object;

  PAGED_CODE();
  NTSTATUS status = IoCreateDevice(Driver, sizeof(EDU_DEVICE), NULL, FILE_DEVICE_UNKNOWN, FILE_DEVICE_SECURE_OPEN,
                                   FALSE, &object);
  if (!NT_SUCCESS(status)) return status;

  PEDU_DEVICE device = object->DeviceExtension;
  EduInitializeDevice(device, object, Physical);
  object->Flags |= DO_DIRECT_IO | DO_POWER_PAGABLE;

  status = STATUS_INSUFFICIENT_RESOURCES;
  device->ResumeItem = IoAllocateWorkItem(object);
  if (device->ResumeItem == NULL) goto fail;
  status = IoRegisterDeviceInterface(Physical, &GUID_DEVINTERFACE_EDU, NULL, &device->Interface);
  if (!NT_SUCCESS(status)) goto fail;
  status = STATUS_NO_SUCH_DEVICE;
  device->Lower = IoAttachDeviceToDeviceStack(object, Physical);
  if (device->Lower == NULL) goto fail;

  object->Flags &= ~DO_DEVICE_INITIALIZING;
  return STATUS_SUCCESS;

fail:
  RtlFreeUnicodeString(&device->Interface);
  if (device->ResumeItem != NULL) IoFreeWorkItem(device->ResumeItem);
  IoDeleteDevice(object);
  return status;
}

/* Every device object is gone by now, and nothing belongs to the driver as a whole. */
PAGE_CODE static VOID EduUnload(PDRIVER_OBJECT Driver) {
  PAGED_CODE();
  UNREFERENCED_PARAMETER(Driver);
}

INIT_CODE NTSTATUS DriverEntry(PDRIVER_OBJECT Driver, PUNICODE_STRING RegistryPath) {
  UNREFERENCED_PARAMETER(RegistryPath);
  Driver->DriverExtension->AddDevice = EduAddDevice;
  Driver->DriverUnload = EduUnload;
  Driver->MajorFunction[IRP_MJ_CREATE] = EduCreate;
  Driver->MajorFunction[IRP_MJ_CLOSE] = EduClose;
  Driver->MajorFunction[IRP_MJ_CLEANUP] = EduCleanup;
  Driver->MajorFunction[IRP_MJ_READ] = EduRequest;
  Driver->MajorFunction[IRP_MJ_WRITE] = EduRequest;
  Driver->MajorFunction[IRP_MJ_DEVICE_CONTROL] = EduRequest;
  Driver->MajorFunction[IRP_MJ_PNP] = EduPnp;
  Driver->MajorFunction[IRP_MJ_POWER] = EduPower;
  Driver->MajorFunction[IRP_MJ_SYSTEM_CONTROL] = EduSystemControl;
  return STATUS_SUCCESS;
}
