/* What the driver tells of itself: to a debugger, and to event tracing where that runs. */
#pragma once

enum TRACE_LEVEL : ULONG {
  TraceErrors = 1,
  TraceStates = 2,
  TraceResources = 3,
  TraceTraffic = 4,
};

NTSTATUS TraceStart(PDRIVER_OBJECT Driver, PUNICODE_STRING RegistryPath);
VOID TraceStop();
VOID Trace(TRACE_LEVEL Level, PCSTR Format, ...);
