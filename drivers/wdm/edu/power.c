/* Power requests: the device's own state follows the system's. */
#include "edu.h"

static NTSTATUS EduForwardPower(PEDU_DEVICE Device, PIRP Irp) {
  PoStartNextPowerIrp(Irp);
  IoSkipCurrentIrpStackLocation(Irp);
  NTSTATUS status = PoCallDriver(Device->Lower, Irp);
  IoReleaseRemoveLock(&Device->RemoveLock, Irp);
  return status;
}

static REQUEST_POWER_COMPLETE EduDevicePowerDone;
static VOID EduDevicePowerDone(PDEVICE_OBJECT DeviceObject, UCHAR Minor, POWER_STATE State, PVOID Context,
                               PIO_STATUS_BLOCK Status) {
  PIRP system = Context;
  PEDU_DEVICE device = IoGetCurrentIrpStackLocation(system)->DeviceObject->DeviceExtension;

  UNREFERENCED_PARAMETER(DeviceObject);
  UNREFERENCED_PARAMETER(Minor);
  UNREFERENCED_PARAMETER(State);
  if (!NT_SUCCESS(Status->Status)) system->IoStatus.Status = Status->Status;
  PoStartNextPowerIrp(system);
  IoCompleteRequest(system, IO_NO_INCREMENT);
  IoReleaseRemoveLock(&device->RemoveLock, system);
}

/* The drivers below agreed to the system state: now the device state that goes with it. */
static IO_COMPLETION_ROUTINE EduSystemPowerForwarded;
static NTSTATUS EduSystemPowerForwarded(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context) {
  PEDU_DEVICE device = Context;
  PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(Irp);
  NTSTATUS status = Irp->IoStatus.Status;

  UNREFERENCED_PARAMETER(DeviceObject);
  if (NT_SUCCESS(status)) {
    POWER_STATE state = {.DeviceState = device->PowerForSystem[stack->Parameters.Power.State.SystemState]};
    status = PoRequestPowerIrp(device->Physical, stack->MinorFunction, state, EduDevicePowerDone, Irp, NULL);
    if (NT_SUCCESS(status)) return STATUS_MORE_PROCESSING_REQUIRED;
    Irp->IoStatus.Status = status;
  }
  PoStartNextPowerIrp(Irp);
  IoReleaseRemoveLock(&device->RemoveLock, Irp);
  return STATUS_CONTINUE_COMPLETION;
}

static NTSTATUS EduSystemPower(PEDU_DEVICE Device, PIRP Irp) {
  IoMarkIrpPending(Irp);
  IoCopyCurrentIrpStackLocationToNext(Irp);
  IoSetCompletionRoutine(Irp, EduSystemPowerForwarded, Device, TRUE, TRUE, TRUE);
  PoCallDriver(Device->Lower, Irp);
  return STATUS_PENDING;
}

/* The bus has powered the device: from here on it answers, and held requests can go. */
static IO_COMPLETION_ROUTINE EduPoweredUp;
static NTSTATUS EduPoweredUp(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context) {
  PEDU_DEVICE device = Context;
  POWER_STATE state = {.DeviceState = PowerDeviceD0};

  UNREFERENCED_PARAMETER(DeviceObject);
  if (Irp->PendingReturned) IoMarkIrpPending(Irp);
  if (NT_SUCCESS(Irp->IoStatus.Status)) {
    device->Power = PowerDeviceD0;
    PoSetPowerState(device->Self, DevicePowerState, state);
    EduResume(device);
  }
  PoStartNextPowerIrp(Irp);
  IoReleaseRemoveLock(&device->RemoveLock, Irp);
  return STATUS_CONTINUE_COMPLETION;
}

static NTSTATUS EduPowerUp(PEDU_DEVICE Device, PIRP Irp) {
  IoCopyCurrentIrpStackLocationToNext(Irp);
  IoSetCompletionRoutine(Irp, EduPoweredUp, Device, TRUE, TRUE, TRUE);
  return PoCallDriver(Device->Lower, Irp);
}

/* Waits for the request in progress, quiets the device, and only then lets the bus take its power. */
static NTSTATUS EduPowerDown(PEDU_DEVICE Device, PIRP Irp, POWER_STATE State) {
  EduLock(Device);
  if (Device->Power == PowerDeviceD0 && Device->State < EduStopped && Device->Registers != NULL) EduQuiet(Device);
  Device->Power = State.DeviceState;
  PoSetPowerState(Device->Self, DevicePowerState, State);
  EduUnlock(Device);
  return EduForwardPower(Device, Irp);
}

NTSTATUS EduPower(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
  PEDU_DEVICE device = DeviceObject->DeviceExtension;
  PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(Irp);
  POWER_STATE state = stack->Parameters.Power.State;

  NTSTATUS status = IoAcquireRemoveLock(&device->RemoveLock, Irp);
  if (!NT_SUCCESS(status)) {
    PoStartNextPowerIrp(Irp);
    return EduComplete(Irp, status, 0);
  }
  BOOLEAN set = stack->MinorFunction == IRP_MN_SET_POWER;
  if (set || stack->MinorFunction == IRP_MN_QUERY_POWER) {
    Irp->IoStatus.Status = STATUS_SUCCESS;
    if (stack->Parameters.Power.Type == SystemPowerState) return EduSystemPower(device, Irp);
    if (set && state.DeviceState == PowerDeviceD0) return EduPowerUp(device, Irp);
    if (set) return EduPowerDown(device, Irp, state);
  }
  return EduForwardPower(device, Irp);
}
