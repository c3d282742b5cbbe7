// Unmaps its registers while the device is about to send a message, whose routine reads them.
// expect: WDM-ACC-AFTER-UNMAP error stop
// outcome: bugcheck 0xd1
#include "skeleton/message.h"

#define SETTLE_100NS (-50000)

static VOID Release(PSAMPLE Device) {
  PMESSAGE message = Device->Context;
  LARGE_INTEGER interval = {.QuadPart = SETTLE_100NS};
  if (Device->Registers == NULL) return;
  WRITE_REGISTER_ULONG(MessageRegister(message, MESSAGE_REG_STATUS), MESSAGE_STATUS_INTERRUPT);
  WRITE_REGISTER_ULONG(MessageRegister(message, MESSAGE_REG_FACTORIAL), 12);
  SampleRelease(Device);
  KeDelayExecutionThread(KernelMode, FALSE, &interval);
  MessageDisconnect(Device);
}

const SAMPLE_HOOKS SampleHooks = {
    .ContextSize = sizeof(MESSAGE), .Acquire = MessageAcquire, .Release = Release, .Read = MessageRead};
