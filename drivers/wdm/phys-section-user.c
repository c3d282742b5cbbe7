// Views device memory in the process of its caller.
// options: --ioctl 0x222004
// expect: PHYS-SECTION-USER error use
#include "skeleton/skeleton.h"

#define IOCTL_SHARE CTL_CODE(FILE_DEVICE_UNKNOWN, 0x801, METHOD_BUFFERED, FILE_ANY_ACCESS)

typedef struct _VIEW {
  HANDLE Section;
  PVOID Base;
} VIEW, *PVIEW;

static NTSTATUS OpenView(PVIEW View, PHYSICAL_ADDRESS Address, SIZE_T Length) {
  UNICODE_STRING name;
  OBJECT_ATTRIBUTES attributes;
  LARGE_INTEGER offset = Address;
  RtlInitUnicodeString(&name, L"\\Device\\PhysicalMemory");
  InitializeObjectAttributes(&attributes, &name, OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE, NULL, NULL);
  NTSTATUS status = ZwOpenSection(&View->Section, SECTION_MAP_READ | SECTION_MAP_WRITE,
                                  &attributes);
  if (!NT_SUCCESS(status)) return status;
  View->Base = NULL;
  status = ZwMapViewOfSection(View->Section, ZwCurrentProcess(), &View->Base, 0, Length, &offset, &Length,
                              ViewUnmap, 0, PAGE_READWRITE | PAGE_NOCACHE);
  if (!NT_SUCCESS(status)) ZwClose(View->Section);
  return status;
}

static VOID CloseView(PVIEW View) {
  ZwUnmapViewOfSection(ZwCurrentProcess(), View->Base);
  ZwClose(View->Section);
}

static NTSTATUS Control(PSAMPLE Device, PIRP Irp, PIO_STACK_LOCATION Stack) {
  VIEW view;
  UNREFERENCED_PARAMETER(Irp);
  if (Stack->Parameters.DeviceIoControl.IoControlCode != IOCTL_SHARE) return STATUS_INVALID_DEVICE_REQUEST;
  NTSTATUS status = OpenView(&view, Device->Address, PAGE_SIZE);
  if (NT_SUCCESS(status)) CloseView(&view);
  return status;
}

const SAMPLE_HOOKS SampleHooks = {.Control = Control};
