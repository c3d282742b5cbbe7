/* Plug and Play requests: start, stop, removal and their queries. */
#include "edu.h"

static VOID EduSetState(PEDU_DEVICE Device, EDU_STATE State) {
  EduLock(Device);
  Device->State = State;
  EduUnlock(Device);
}

PAGE_CODE static NTSTATUS EduStart(PEDU_DEVICE Device, PIRP Irp) {
  PAGED_CODE();
  NTSTATUS status = EduForwardAndWait(Device, Irp);
  if (!NT_SUCCESS(status)) return status;

  PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(Irp);
  EduLock(Device);
  EduReleaseResources(Device, TRUE); /* a restart may come without a stop */
  Device->State = EduNotStarted;
  status = EduAcquireResources(Device, stack->Parameters.StartDevice.AllocatedResourcesTranslated);
  if (NT_SUCCESS(status)) {
    POWER_STATE power = {.DeviceState = PowerDeviceD0};
    Device->Power = PowerDeviceD0;
    PoSetPowerState(Device->Self, DevicePowerState, power);
    Device->State = EduStarted;
  }
  EduUnlock(Device);
  if (!NT_SUCCESS(status)) return status;

  IoSetDeviceInterfaceState(&Device->Interface, TRUE);
  EduResume(Device);
  return STATUS_SUCCESS;
}

/* Taking the gate waits for the request in progress; later ones are held until start or cancel-stop. */
PAGE_CODE static VOID EduStop(PEDU_DEVICE Device) {
  PAGED_CODE();
  EduLock(Device);
  EduReleaseResources(Device, TRUE);
  Device->State = EduStopped;
  EduUnlock(Device);
}

/* The device is gone: no register is touched, and its addresses may already belong to another. */
PAGE_CODE static VOID EduSurpriseRemoval(PEDU_DEVICE Device) {
  PAGED_CODE();
  EduLock(Device);
  Device->State = EduSurpriseRemoved;
  EduReleaseResources(Device, FALSE);
  EduUnlock(Device);
  EduFailHeld(Device, NULL, STATUS_DEVICE_NOT_CONNECTED);
  IoSetDeviceInterfaceState(&Device->Interface, FALSE);
}

PAGE_CODE static NTSTATUS EduRemove(PEDU_DEVICE Device, PIRP Irp) {
  PAGED_CODE();
  EduLock(Device);
  BOOLEAN present = Device->State != EduSurpriseRemoved;
  Device->State = EduRemoved;
  EduUnlock(Device);
  EduFailHeld(Device, NULL, STATUS_DEVICE_NOT_CONNECTED);
  IoReleaseRemoveLockAndWait(&Device->RemoveLock, Irp);
  if (present) IoSetDeviceInterfaceState(&Device->Interface, FALSE);
  EduReleaseResources(Device, present);

  Irp->IoStatus.Status = STATUS_SUCCESS;
  NTSTATUS status = EduForward(Device, Irp);
  IoDetachDevice(Device->Lower);
  IoFreeWorkItem(Device->ResumeItem);
  RtlFreeUnicodeString(&Device->Interface);
  IoDeleteDevice(Device->Self);
  return status;
}

/* The bus driver fills in the capabilities; the device states per system state are of use here. */
PAGE_CODE static NTSTATUS EduQueryCapabilities(PEDU_DEVICE Device, PIRP Irp) {
  PAGED_CODE();
  NTSTATUS status = EduForwardAndWait(Device, Irp);
  PDEVICE_CAPABILITIES capabilities =
      IoGetCurrentIrpStackLocation(Irp)->Parameters.DeviceCapabilities.Capabilities;
  if (!NT_SUCCESS(status)) return status;
  for (ULONG system = PowerSystemSleeping1; system < PowerSystemMaximum; system++) {
    DEVICE_POWER_STATE state = capabilities->DeviceState[system];
    Device->PowerForSystem[system] = state == PowerDeviceUnspecified ? PowerDeviceD3 : state;
  }
  return status;
}

PAGE_CODE NTSTATUS EduPnp(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
  PEDU_DEVICE device = DeviceObject->DeviceExtension;
  PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(Irp);

  PAGED_CODE();
  NTSTATUS status = IoAcquireRemoveLock(&device->RemoveLock, Irp);
  if (!NT_SUCCESS(status)) return EduComplete(Irp, status, 0);

  switch (stack->MinorFunction) {
    case IRP_MN_REMOVE_DEVICE:
      return EduRemove(device, Irp);
    case IRP_MN_START_DEVICE:
      status = EduComplete(Irp, EduStart(device, Irp), 0);
      IoReleaseRemoveLock(&device->RemoveLock, Irp);
      return status;
    case IRP_MN_QUERY_CAPABILITIES:
      status = EduQueryCapabilities(device, Irp);
      IoCompleteRequest(Irp, IO_NO_INCREMENT);
      IoReleaseRemoveLock(&device->RemoveLock, Irp);
      return status;
    case IRP_MN_QUERY_STOP_DEVICE:
      EduSetState(device, EduStopPending);
      Irp->IoStatus.Status = STATUS_SUCCESS;
      break;
    case IRP_MN_CANCEL_STOP_DEVICE:
      status = EduForwardAndWait(device, Irp);
      if (device->State == EduStopPending) EduSetState(device, EduStarted);
      EduResume(device);
      status = EduComplete(Irp, STATUS_SUCCESS, 0);
      IoReleaseRemoveLock(&device->RemoveLock, Irp);
      return status;
    case IRP_MN_STOP_DEVICE:
      EduStop(device);
      Irp->IoStatus.Status = STATUS_SUCCESS;
      break;
    case IRP_MN_SURPRISE_REMOVAL:
      EduSurpriseRemoval(device);
      Irp->IoStatus.Status = STATUS_SUCCESS;
      break;
    case IRP_MN_QUERY_REMOVE_DEVICE:
    case IRP_MN_CANCEL_REMOVE_DEVICE:
      Irp->IoStatus.Status = STATUS_SUCCESS;
      break;
    default: /* queries belong to the bus driver and keep the status they came with */
      break;
  }
  status = EduForward(device, Irp);
  IoReleaseRemoveLock(&device->RemoveLock, Irp);
  return status;
}
