// Uses a port resource through ports, and maps it only where the bus presents it as memory.
// options: --device blank-port
// expect: clean
#include "skeleton/skeleton.h"

typedef struct _PORTS {
  PULONG Port;    /* a port number, or the mapped window */
  BOOLEAN Mapped; /* the bus presents the ports as memory */
  SIZE_T Length;
} PORTS, *PPORTS;

/* The order of raw and translated descriptors is the same; the raw one says what the device has. */
static NTSTATUS AcquirePorts(PPORTS Ports, PCM_PARTIAL_RESOURCE_LIST Raw, PCM_PARTIAL_RESOURCE_LIST Translated) {
  for (ULONG i = 0; i < Raw->Count; i++) {
    PCM_PARTIAL_RESOURCE_DESCRIPTOR descriptor = &Translated->PartialDescriptors[i];
    if (Raw->PartialDescriptors[i].Type != CmResourceTypePort) continue;
    Ports->Length = descriptor->u.Generic.Length;
    Ports->Mapped = descriptor->Type == CmResourceTypeMemory;
    if (Ports->Mapped) {
      Ports->Port = MmMapIoSpaceEx(descriptor->u.Memory.Start, Ports->Length, PAGE_READWRITE | PAGE_NOCACHE);
    } else {
      Ports->Port = (PULONG)(ULONG_PTR)descriptor->u.Port.Start.QuadPart;
    }
    return Ports->Port == NULL ? STATUS_INSUFFICIENT_RESOURCES : STATUS_SUCCESS;
  }
  return STATUS_DEVICE_CONFIGURATION_ERROR;
}

static NTSTATUS Acquire(PSAMPLE Device, PCM_PARTIAL_RESOURCE_LIST Raw, PCM_PARTIAL_RESOURCE_LIST Translated) {
  return AcquirePorts(Device->Context, Raw, Translated);
}

static VOID Release(PSAMPLE Device) {
  PPORTS ports = Device->Context;
  if (ports->Port != NULL && ports->Mapped) MmUnmapIoSpace(ports->Port, ports->Length);
  ports->Port = NULL;
}

static ULONG Read(PSAMPLE Device) {
  PPORTS ports = Device->Context;
  if (ports->Mapped) return READ_REGISTER_ULONG(ports->Port);
  WRITE_PORT_ULONG(ports->Port, 0x12345678);
  return READ_PORT_ULONG(ports->Port);
}

const SAMPLE_HOOKS SampleHooks = {
    .ContextSize = sizeof(PORTS), .Acquire = Acquire, .Release = Release, .Read = Read};
