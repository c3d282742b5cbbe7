// Raises exceptions and handles them: through a filter, past a termination handler, from a function it calls.
// expect: clean
#include "skeleton/skeleton.h"

#define STEPS_EXPECTED 0x1234

static DECLSPEC_NOINLINE VOID Raise(NTSTATUS Status, PULONG Steps) {
  __try {
    *Steps = *Steps * 16 + 1;
    ExRaiseStatus(Status);
  } __finally {
    *Steps = *Steps * 16 + 2;
  }
}

static LONG Filter(NTSTATUS Code, NTSTATUS Wanted) {
  return Code == Wanted ? EXCEPTION_EXECUTE_HANDLER : EXCEPTION_CONTINUE_SEARCH;
}

/* The inner filter does not want it, the outer one does. */
static ULONG Unwind(VOID) {
  ULONG steps = 0;
  __try {
    __try {
      Raise(STATUS_DATA_ERROR, &steps);
    } __except (Filter(GetExceptionCode(), STATUS_NO_MEMORY)) {
      steps = 0;
    }
  } __except (Filter(GetExceptionCode(), STATUS_DATA_ERROR)) {
    steps = steps * 16 + 3;
    steps = steps * 16 + (GetExceptionCode() == STATUS_DATA_ERROR ? 4 : 0);
  }
  return steps;
}

static DECLSPEC_NOINLINE VOID Probe(PVOID Address) { ProbeForRead(Address, sizeof(ULONG), sizeof(ULONG)); }

static NTSTATUS ProbeKernelAddress(PVOID Address) {
  __try {
    Probe(Address);
  } __except (EXCEPTION_EXECUTE_HANDLER) {
    return GetExceptionCode();
  }
  return STATUS_SUCCESS;
}

static ULONG Read(PSAMPLE Device) {
  if (Unwind() != STEPS_EXPECTED) KeBugCheckEx(MANUALLY_INITIATED_CRASH, Unwind(), STEPS_EXPECTED, 0, 0);
  if (ProbeKernelAddress(Device) != STATUS_ACCESS_VIOLATION) KeBugCheckEx(MANUALLY_INITIATED_CRASH, 0, 0, 0, 0);
  return SampleRead(Device);
}

const SAMPLE_HOOKS SampleHooks = {.Read = Read};
