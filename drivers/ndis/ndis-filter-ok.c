// A filter over no adapter, with a device of its own that tells over how many it is.
// expect: clean
// options: --ioctl 0x222000::4
#define NDIS630_MINIPORT
#include <ndis.h>

static DRIVER_DISPATCH OpenClose;
static DRIVER_DISPATCH Read;
static DRIVER_UNLOAD Unload;
static FILTER_ATTACH Attach;
static FILTER_DETACH Detach;
static FILTER_RESTART Restart;
static FILTER_PAUSE Pause;
DRIVER_INITIALIZE DriverEntry;

static NDIS_HANDLE Filter;
static NDIS_HANDLE Device;
static volatile LONG Attached;

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

static NTSTATUS Read(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
  PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(Irp);
  UNREFERENCED_PARAMETER(DeviceObject);
  if (stack->Parameters.DeviceIoControl.OutputBufferLength < sizeof(LONG)) {
    return Complete(Irp, STATUS_BUFFER_TOO_SMALL, 0);
  }
  *(PLONG)Irp->AssociatedIrp.SystemBuffer = Attached;
  return Complete(Irp, STATUS_SUCCESS, sizeof(LONG));
}

static NDIS_STATUS Attach(NDIS_HANDLE Module, NDIS_HANDLE Context, PVOID Parameters) {
  UNREFERENCED_PARAMETER(Module);
  UNREFERENCED_PARAMETER(Context);
  UNREFERENCED_PARAMETER(Parameters);
  InterlockedIncrement(&Attached);
  return NDIS_STATUS_SUCCESS;
}

static VOID Detach(NDIS_HANDLE Module) {
  UNREFERENCED_PARAMETER(Module);
  InterlockedDecrement(&Attached);
}

static NDIS_STATUS Restart(NDIS_HANDLE Module, PVOID Parameters) {
  UNREFERENCED_PARAMETER(Module);
  UNREFERENCED_PARAMETER(Parameters);
  return NDIS_STATUS_SUCCESS;
}

static NDIS_STATUS Pause(NDIS_HANDLE Module, PVOID Parameters) {
  UNREFERENCED_PARAMETER(Module);
  UNREFERENCED_PARAMETER(Parameters);
  return NDIS_STATUS_SUCCESS;
}

static VOID Unload(PDRIVER_OBJECT DriverObject) {
  UNREFERENCED_PARAMETER(DriverObject);
  NdisDeregisterDeviceEx(Device);
  NdisFDeregisterFilterDriver(Filter);
}

static NDIS_STATUS CreateDevice(VOID) {
  static PDRIVER_DISPATCH functions[IRP_MJ_MAXIMUM_FUNCTION + 1];
  NDIS_STRING name = RTL_CONSTANT_STRING(L"\\Device\\SampleFilter");
  NDIS_STRING link = RTL_CONSTANT_STRING(L"\\DosDevices\\SampleFilter");
  NDIS_DEVICE_OBJECT_ATTRIBUTES attributes = {0};
  PDEVICE_OBJECT object;
  functions[IRP_MJ_CREATE] = functions[IRP_MJ_CLEANUP] = functions[IRP_MJ_CLOSE] = OpenClose;
  functions[IRP_MJ_DEVICE_CONTROL] = Read;
  attributes.Header.Type = NDIS_OBJECT_TYPE_DEVICE_OBJECT_ATTRIBUTES;
  attributes.Header.Revision = NDIS_DEVICE_OBJECT_ATTRIBUTES_REVISION_1;
  attributes.Header.Size = NDIS_SIZEOF_DEVICE_OBJECT_ATTRIBUTES_REVISION_1;
  attributes.DeviceName = &name;
  attributes.SymbolicName = &link;
  attributes.MajorFunctions = functions;
  return NdisRegisterDeviceEx(Filter, &attributes, &object, &Device);
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath) {
  NDIS_STRING service = RTL_CONSTANT_STRING(L"SampleFilter");
  NDIS_STRING unique = RTL_CONSTANT_STRING(L"{7d23e6f1-91a3-4a0f-9a35-0c2f8d5b6e40}");
  NDIS_FILTER_DRIVER_CHARACTERISTICS filter = {0};
  NDIS_STATUS status;
  UNREFERENCED_PARAMETER(RegistryPath);
  filter.Header.Type = NDIS_OBJECT_TYPE_FILTER_DRIVER_CHARACTERISTICS;
  filter.Header.Revision = NDIS_FILTER_CHARACTERISTICS_REVISION_2;
  filter.Header.Size = NDIS_SIZEOF_FILTER_DRIVER_CHARACTERISTICS_REVISION_2;
  filter.MajorNdisVersion = 6;
  filter.MinorNdisVersion = 30;
  filter.FriendlyName = filter.ServiceName = service;
  filter.UniqueName = unique;
  filter.AttachHandler = Attach;
  filter.DetachHandler = Detach;
  filter.RestartHandler = Restart;
  filter.PauseHandler = Pause;
  DriverObject->DriverUnload = Unload;
  status = NdisFRegisterFilterDriver(DriverObject, NULL, &filter, &Filter);
  if (status != NDIS_STATUS_SUCCESS) return status;
  status = CreateDevice();
  if (status != NDIS_STATUS_SUCCESS) NdisFDeregisterFilterDriver(Filter);
  return status;
}
