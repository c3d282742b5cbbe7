// Unmaps a view by an address inside it, which releases the whole view.
// expect: clean
#include "skeleton/skeleton.h"

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
  ZwUnmapViewOfSection(ZwCurrentProcess(), (PUCHAR)View->Base + PAGE_SIZE);
  ZwClose(View->Section);
}

static NTSTATUS Acquire(PSAMPLE Device, PCM_PARTIAL_RESOURCE_LIST Raw, PCM_PARTIAL_RESOURCE_LIST Translated) {
  VIEW view;
  NTSTATUS status = SampleFindMemory(Device, Translated);
  if (!NT_SUCCESS(status)) return status;
  if (NT_SUCCESS(OpenView(&view, Device->Address, 2 * PAGE_SIZE))) CloseView(&view);
  return SampleAcquire(Device, Raw, Translated);
}

const SAMPLE_HOOKS SampleHooks = {.Acquire = Acquire};
