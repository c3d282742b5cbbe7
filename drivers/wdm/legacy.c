// A driver without Plug and Play: finds the edu device on bus 0 by itself, maps in DriverEntry, unmaps in Unload.
// options: --ioctl 0x222000::4 --ioctl 0x222004::4
// expect: clean
#include <ntddk.h>

#define EDU_VENDOR 0x1234
#define EDU_DEVICE 0x11e8
#define EDU_LENGTH 0x100000
#define EDU_ID 0x00
#define EDU_LIVENESS 0x04
#define EDU_ID_MAGIC 0xed

#define IOCTL_LEGACY_ID CTL_CODE(FILE_DEVICE_UNKNOWN, 0x800, METHOD_BUFFERED, FILE_ANY_ACCESS)
#define IOCTL_LEGACY_PROBE CTL_CODE(FILE_DEVICE_UNKNOWN, 0x801, METHOD_BUFFERED, FILE_ANY_ACCESS)

typedef struct _LEGACY_DEVICE {
  PHYSICAL_ADDRESS Physical;
  PUCHAR Registers;
} LEGACY_DEVICE, *PLEGACY_DEVICE;

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD LegacyUnload;
static DRIVER_DISPATCH LegacyCreateClose;
static DRIVER_DISPATCH LegacyDeviceControl;

static const WCHAR DeviceName[] = L"\\Device\\IospaceLegacy";
static const WCHAR LinkName[] = L"\\DosDevices\\IospaceLegacy";

static BOOLEAN LegacyFindDevice(PPHYSICAL_ADDRESS Physical) {
  for (ULONG device = 0; device < PCI_MAX_DEVICES; device++) {
    PCI_SLOT_NUMBER slot = {.u.AsULONG = 0};
    PCI_COMMON_HEADER header;
    slot.u.bits.DeviceNumber = device;
    ULONG read =
        HalGetBusDataByOffset(PCIConfiguration, 0, slot.u.AsULONG, &header, 0, sizeof(header));
    if (read != sizeof(header) || header.VendorID != EDU_VENDOR || header.DeviceID != EDU_DEVICE) continue;
    Physical->QuadPart = header.u.type0.BaseAddresses[0] & PCI_ADDRESS_MEMORY_ADDRESS_MASK;
    return Physical->QuadPart != 0;
  }
  return FALSE;
}

/* A second, short-lived window on the first page: mapped, read and unmapped within one request. */
static NTSTATUS LegacyProbe(PLEGACY_DEVICE Device, PULONG Value) {
  PUCHAR window = MmMapIoSpace(Device->Physical, PAGE_SIZE, MmNonCached);
  if (window == NULL) return STATUS_INSUFFICIENT_RESOURCES;
  WRITE_REGISTER_ULONG((PULONG)(window + EDU_LIVENESS), 0x12345678);
  *Value = READ_REGISTER_ULONG((PULONG)(window + EDU_LIVENESS));
  MmUnmapIoSpace(window, PAGE_SIZE);
  return STATUS_SUCCESS;
}

static NTSTATUS Complete(PIRP Irp, NTSTATUS Status, ULONG_PTR Information) {
  Irp->IoStatus.Status = Status;
  Irp->IoStatus.Information = Information;
  IoCompleteRequest(Irp, IO_NO_INCREMENT);
  return Status;
}

static NTSTATUS LegacyCreateClose(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
  UNREFERENCED_PARAMETER(DeviceObject);
  return Complete(Irp, STATUS_SUCCESS, 0);
}

static NTSTATUS LegacyDeviceControl(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
  PLEGACY_DEVICE device = DeviceObject->DeviceExtension;
  PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(Irp);
  PULONG output = Irp->AssociatedIrp.SystemBuffer;
  NTSTATUS status = STATUS_SUCCESS;

  if (stack->Parameters.DeviceIoControl.OutputBufferLength < sizeof(ULONG)) {
    return Complete(Irp, STATUS_BUFFER_TOO_SMALL, 0);
  }
  switch (stack->Parameters.DeviceIoControl.IoControlCode) {
    case IOCTL_LEGACY_ID:
      *output = READ_REGISTER_ULONG((PULONG)(device->Registers + EDU_ID));
      break;
    case IOCTL_LEGACY_PROBE:
      status = LegacyProbe(device, output);
      break;
    default:
      status = STATUS_INVALID_DEVICE_REQUEST;
      break;
  }
  return Complete(Irp, status, NT_SUCCESS(status) ? sizeof(ULONG) : 0);
}

static VOID LegacyUnload(PDRIVER_OBJECT Driver) {
  UNICODE_STRING link;
  PLEGACY_DEVICE device = Driver->DeviceObject->DeviceExtension;

  RtlInitUnicodeString(&link, LinkName);
  IoDeleteSymbolicLink(&link);
  MmUnmapIoSpace(device->Registers, EDU_LENGTH);
  IoDeleteDevice(Driver->DeviceObject);
}

static NTSTATUS LegacyMap(PLEGACY_DEVICE Device) {
  if (!LegacyFindDevice(&Device->Physical)) return STATUS_NO_SUCH_DEVICE;
  Device->Registers = MmMapIoSpace(Device->Physical, EDU_LENGTH, MmNonCached);
  if (Device->Registers == NULL) return STATUS_INSUFFICIENT_RESOURCES;
  if ((READ_REGISTER_ULONG((PULONG)(Device->Registers + EDU_ID)) & 0xff) != EDU_ID_MAGIC) {
    MmUnmapIoSpace(Device->Registers, EDU_LENGTH);
    return STATUS_NO_SUCH_DEVICE;
  }
  return STATUS_SUCCESS;
}

__declspec(code_seg("INIT")) NTSTATUS DriverEntry(PDRIVER_OBJECT Driver, PUNICODE_STRING RegistryPath) {
  UNICODE_STRING name, link;
  PDEVICE_OBJECT object;
  PLEGACY_DEVICE device;

  UNREFERENCED_PARAMETER(RegistryPath);
  RtlInitUnicodeString(&name, DeviceName);
  RtlInitUnicodeString(&link, LinkName);
  NTSTATUS status = IoCreateDevice(Driver, sizeof(LEGACY_DEVICE), &name, FILE_DEVICE_UNKNOWN,
                                   FILE_DEVICE_SECURE_OPEN, FALSE, &object);
  if (!NT_SUCCESS(status)) return status;

  device = object->DeviceExtension;
  status = LegacyMap(device);
  if (!NT_SUCCESS(status)) {
    IoDeleteDevice(object);
    return status;
  }
  status = IoCreateSymbolicLink(&link, &name);
  if (!NT_SUCCESS(status)) {
    MmUnmapIoSpace(device->Registers, EDU_LENGTH);
    IoDeleteDevice(object);
    return status;
  }
  Driver->MajorFunction[IRP_MJ_CREATE] = LegacyCreateClose;
  Driver->MajorFunction[IRP_MJ_CLOSE] = LegacyCreateClose;
  Driver->MajorFunction[IRP_MJ_DEVICE_CONTROL] = LegacyDeviceControl;
  Driver->DriverUnload = LegacyUnload;
  return STATUS_SUCCESS;
}
