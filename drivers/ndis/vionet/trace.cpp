/* Debug output and event tracing; how much is said stands in the driver's Parameters key. */
#include "vionet.h"

#define LINE_BYTES 160
#define PREFIX "vionet: "
#define DEFAULT_LEVEL TraceStates
#define TRACE_EVENT_ID 1

extern "C" NTSYSAPI int _vsnprintf_s(char *Target, size_t Bytes, size_t Count, const char *Format, va_list Arguments);

/* Neither import library has this one; it is looked up where it is wanted. */
typedef NTSTATUS NTAPI REGISTER_CLASSIC_PROVIDER(LPCGUID Provider, ULONG Type, PVOID Callback, PVOID Context,
                                                 PREGHANDLE Handle);

/* {b37b3b60-6f0b-4b1c-8f5c-2d6d0c9b1f11} for events, ...12} for messages */
static const GUID EventProvider = {0xb37b3b60, 0x6f0b, 0x4b1c, {0x8f, 0x5c, 0x2d, 0x6d, 0x0c, 0x9b, 0x1f, 0x11}};
static const GUID MessageProvider = {0xb37b3b60, 0x6f0b, 0x4b1c, {0x8f, 0x5c, 0x2d, 0x6d, 0x0c, 0x9b, 0x1f, 0x12}};

static struct {
  ULONG Level;
  REGHANDLE Events;
  REGHANDLE Messages;
  PDRIVER_OBJECT Wmi; /* registered in place of a classic provider */
  volatile LONG Listening;
} State;

static ETWENABLECALLBACK Enabled;
static VOID NTAPI Enabled(LPCGUID, ULONG IsEnabled, UCHAR, ULONGLONG, ULONGLONG, PVOID, PVOID) {
  InterlockedExchange(&State.Listening, IsEnabled != 0);
}

/* Parameters\TraceLevel beneath the service's key. */
PAGE_CODE static ULONG ReadLevel(PUNICODE_STRING RegistryPath) {
  UNICODE_STRING name = RTL_CONSTANT_STRING(L"TraceLevel");
  UNICODE_STRING relative = RTL_CONSTANT_STRING(L"Parameters");
  OBJECT_ATTRIBUTES attributes;
  HANDLE service, parameters;
  ULONG level = DEFAULT_LEVEL;
  union {
    KEY_VALUE_PARTIAL_INFORMATION Value;
    UCHAR Room[sizeof(KEY_VALUE_PARTIAL_INFORMATION) + sizeof(ULONG)];
  } read;
  InitializeObjectAttributes(&attributes, RegistryPath, OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE, NULL, NULL);
  if (!NT_SUCCESS(ZwOpenKey(&service, KEY_READ, &attributes))) return level;
  InitializeObjectAttributes(&attributes, &relative, OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE, service, NULL);
  if (NT_SUCCESS(ZwOpenKey(&parameters, KEY_READ, &attributes))) {
    ULONG length;
    NTSTATUS status = ZwQueryValueKey(parameters, &name, KeyValuePartialInformation, &read, sizeof(read), &length);
    if (NT_SUCCESS(status) && read.Value.Type == REG_DWORD && read.Value.DataLength == sizeof(ULONG)) {
      NdisMoveMemory(&level, read.Value.Data, sizeof(level));
    }
    ZwClose(parameters);
  }
  ZwClose(service);
  return level;
}

/* As a classic provider where the kernel has such, through WMI before Windows Vista. */
PAGE_CODE static VOID RegisterMessages(PDRIVER_OBJECT Driver) {
  UNICODE_STRING name = RTL_CONSTANT_STRING(L"EtwRegisterClassicProvider");
  REGISTER_CLASSIC_PROVIDER *registerProvider = (REGISTER_CLASSIC_PROVIDER *)MmGetSystemRoutineAddress(&name);
  if (registerProvider != NULL) {
    if (!NT_SUCCESS(registerProvider(&MessageProvider, 0, (PVOID)Enabled, NULL, &State.Messages))) State.Messages = 0;
    return;
  }
  /* A driver object in the place of a device object: the flag says that only tracing is meant. */
  PDEVICE_OBJECT provider = (PDEVICE_OBJECT)Driver;
  if (NT_SUCCESS(IoWMIRegistrationControl(provider, WMIREG_ACTION_REGISTER | WMIREG_FLAG_TRACE_PROVIDER))) {
    State.Wmi = Driver;
  }
}

PAGE_CODE NTSTATUS TraceStart(PDRIVER_OBJECT Driver, PUNICODE_STRING RegistryPath) {
  State.Level = ReadLevel(RegistryPath);
  RegisterMessages(Driver);
  NTSTATUS status = EtwRegister(&EventProvider, Enabled, NULL, &State.Events);
  if (!NT_SUCCESS(status)) State.Events = 0;
  return status;
}

PAGE_CODE VOID TraceStop() {
  if (State.Events != 0) EtwUnregister(State.Events);
  if (State.Messages != 0) EtwUnregister(State.Messages);
  if (State.Wmi != NULL) IoWMIRegistrationControl((PDEVICE_OBJECT)State.Wmi, WMIREG_ACTION_DEREGISTER);
  State.Events = State.Messages = 0;
  State.Wmi = NULL;
}

/* The line as an event of one string; EtwWrite takes no notice where nobody listens. */
static VOID WriteEvent(TRACE_LEVEL Level, PSTR Line, ULONG Bytes) {
  EVENT_DESCRIPTOR event = {};
  EVENT_DATA_DESCRIPTOR data = {};
  event.Id = TRACE_EVENT_ID;
  event.Level = (UCHAR)Level;
  data.Ptr = (ULONG_PTR)Line;
  data.Size = Bytes;
  EtwWrite(State.Events, &event, NULL, 1, &data);
}

/* At any IRQL up to that of the interrupts. What does not fit in a line is cut off. */
VOID Trace(TRACE_LEVEL Level, PCSTR Format, ...) {
  if (Level > State.Level) return;
  CHAR line[LINE_BYTES];
  va_list arguments;
  va_start(arguments, Format);
  if (Level == TraceErrors) {
    vDbgPrintExWithPrefix(PREFIX, DPFLTR_IHVNETWORK_ID, DPFLTR_ERROR_LEVEL, Format, arguments);
  }
  va_end(arguments);
  va_start(arguments, Format);
  int written = _vsnprintf_s(line, sizeof(line), sizeof(line) - 1, Format, arguments);
  va_end(arguments);
  if (written < 0) written = LINE_BYTES - 1;
  if (Level != TraceErrors) DbgPrintEx(DPFLTR_IHVNETWORK_ID, DPFLTR_INFO_LEVEL, PREFIX "%s\n", line);
  if (State.Events != 0) WriteEvent(Level, line, (ULONG)written + 1);
}
