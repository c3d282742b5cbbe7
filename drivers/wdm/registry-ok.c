// Maps as much as its INF says, with the interrupt that its INF asks for: settings from service, driver and device keys.
// expect: clean
#include "skeleton/skeleton.h"

typedef struct _SETTINGS {
  ULONG Depth;  /* HKR of the service's AddReg, below Parameters */
  ULONG Window; /* HKR of DDInstall */
  ULONG Limit;  /* HKR of DDInstall.HW */
} SETTINGS, *PSETTINGS;

static NTSTATUS ReadNumber(HANDLE Key, PCWSTR Name, PULONG Value) {
  union {
    KEY_VALUE_PARTIAL_INFORMATION Information;
    UCHAR Bytes[FIELD_OFFSET(KEY_VALUE_PARTIAL_INFORMATION, Data) + sizeof(ULONG)];
  } data;
  UNICODE_STRING name;
  ULONG length;
  RtlInitUnicodeString(&name, Name);
  NTSTATUS status = ZwQueryValueKey(Key, &name, KeyValuePartialInformation, &data, sizeof(data), &length);
  if (!NT_SUCCESS(status)) return status;
  if (data.Information.Type != REG_DWORD) return STATUS_OBJECT_TYPE_MISMATCH;
  *Value = *(UNALIGNED ULONG *)data.Information.Data;
  return STATUS_SUCCESS;
}

static NTSTATUS ReadDeviceNumber(PSAMPLE Device, ULONG Kind, PCWSTR Name, PULONG Value) {
  HANDLE key;
  NTSTATUS status = IoOpenDeviceRegistryKey(Device->Physical, Kind, KEY_READ, &key);
  if (!NT_SUCCESS(status)) return status;
  status = ReadNumber(key, Name, Value);
  ZwClose(key);
  return status;
}

static NTSTATUS ReadServiceNumber(PCWSTR Name, PULONG Value) {
  UNICODE_STRING path = RTL_CONSTANT_STRING(
      L"\\Registry\\Machine\\System\\CurrentControlSet\\Services\\RegistrySample\\Parameters");
  OBJECT_ATTRIBUTES attributes;
  HANDLE key;
  InitializeObjectAttributes(&attributes, &path, OBJ_KERNEL_HANDLE | OBJ_CASE_INSENSITIVE, NULL, NULL);
  NTSTATUS status = ZwOpenKey(&key, KEY_READ, &attributes);
  if (!NT_SUCCESS(status)) return status;
  status = ReadNumber(key, Name, Value);
  ZwClose(key);
  return status;
}

static NTSTATUS AddDevice(PSAMPLE Device) {
  PSETTINGS settings = Device->Context;
  NTSTATUS status = ReadServiceNumber(L"Depth", &settings->Depth);
  if (NT_SUCCESS(status)) status = ReadDeviceNumber(Device, PLUGPLAY_REGKEY_DRIVER, L"Window", &settings->Window);
  if (NT_SUCCESS(status)) status = ReadDeviceNumber(Device, PLUGPLAY_REGKEY_DEVICE, L"Limit", &settings->Limit);
  return status;
}

static ULONG CountMessages(PCM_PARTIAL_RESOURCE_LIST List) {
  ULONG count = 0;
  for (ULONG i = 0; i < List->Count; i++) {
    PCM_PARTIAL_RESOURCE_DESCRIPTOR descriptor = &List->PartialDescriptors[i];
    if (descriptor->Type == CmResourceTypeInterrupt && (descriptor->Flags & CM_RESOURCE_INTERRUPT_MESSAGE)) count++;
  }
  return count;
}

static NTSTATUS Acquire(PSAMPLE Device, PCM_PARTIAL_RESOURCE_LIST Raw, PCM_PARTIAL_RESOURCE_LIST Translated) {
  PSETTINGS settings = Device->Context;
  UNREFERENCED_PARAMETER(Raw);
  NTSTATUS status = SampleFindMemory(Device, Translated);
  if (!NT_SUCCESS(status)) return status;
  if (settings->Window > settings->Limit || settings->Window > Device->Length) return STATUS_DEVICE_CONFIGURATION_ERROR;
  DbgPrint("depth %u, window 0x%x of 0x%x, %u messages\n", settings->Depth, settings->Window, settings->Limit,
           CountMessages(Translated));
  Device->Length = settings->Window;
  Device->Registers = MmMapIoSpaceEx(Device->Address, Device->Length, PAGE_READWRITE | PAGE_NOCACHE);
  return Device->Registers == NULL ? STATUS_INSUFFICIENT_RESOURCES : STATUS_SUCCESS;
}

const SAMPLE_HOOKS SampleHooks = {.ContextSize = sizeof(SETTINGS), .AddDevice = AddDevice, .Acquire = Acquire};
