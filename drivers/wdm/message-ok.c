// Takes its interrupt as a message (MSI), and gives it up before the registers that its routine reads.
// expect: clean
#include "skeleton/message.h"

static VOID Release(PSAMPLE Device) {
  MessageDisconnect(Device);
  SampleRelease(Device);
}

const SAMPLE_HOOKS SampleHooks = {
    .ContextSize = sizeof(MESSAGE), .Acquire = MessageAcquire, .Release = Release, .Read = MessageRead};
