// Has room for one device, is not stopped while somebody has it open, and forgets its mapping at STOP and at REMOVE.
// expect: WDM-UNMAP-STOP error stop
// expect: WDM-UNMAP-REMOVE error remove
#include "skeleton/skeleton.h"

static PDRIVER_DISPATCH NextPnp;
static PDRIVER_DISPATCH NextOpenClose;
static LONG Devices;
static LONG Openers;

static NTSTATUS Pnp(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
  if (IoGetCurrentIrpStackLocation(Irp)->MinorFunction == IRP_MN_QUERY_STOP_DEVICE && Openers > 0) {
    Irp->IoStatus.Status = STATUS_UNSUCCESSFUL;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    return STATUS_UNSUCCESSFUL;
  }
  return NextPnp(DeviceObject, Irp);
}

static NTSTATUS OpenClose(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
  switch (IoGetCurrentIrpStackLocation(Irp)->MajorFunction) {
    case IRP_MJ_CREATE:
      InterlockedIncrement(&Openers);
      break;
    case IRP_MJ_CLOSE:
      InterlockedDecrement(&Openers);
      break;
    default:
      break;
  }
  return NextOpenClose(DeviceObject, Irp);
}

static NTSTATUS AddDevice(PSAMPLE Device) {
  PDRIVER_OBJECT driver = Device->Self->DriverObject;
  if (InterlockedIncrement(&Devices) > 1) {
    InterlockedDecrement(&Devices);
    return STATUS_OBJECT_NAME_COLLISION;
  }
  if (NextPnp == NULL) {
    NextPnp = driver->MajorFunction[IRP_MJ_PNP];
    NextOpenClose = driver->MajorFunction[IRP_MJ_CREATE];
    driver->MajorFunction[IRP_MJ_PNP] = Pnp;
    driver->MajorFunction[IRP_MJ_CREATE] = OpenClose;
    driver->MajorFunction[IRP_MJ_CLOSE] = OpenClose;
  }
  return STATUS_SUCCESS;
}

static VOID Forget(PSAMPLE Device) { Device->Registers = NULL; }

static VOID Remove(PSAMPLE Device) {
  Device->Registers = NULL;
  InterlockedDecrement(&Devices);
}

const SAMPLE_HOOKS SampleHooks = {.AddDevice = AddDevice, .Stop = Forget, .Remove = Remove};
