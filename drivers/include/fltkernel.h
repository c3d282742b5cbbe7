/* What a driver sees of the filter manager: its push locks, which came before those of the kernel's headers. */
#pragma once

#include <ntddk.h>

#ifdef __cplusplus
extern "C" {
#endif

__declspec(dllimport) VOID NTAPI FltInitializePushLock(PEX_PUSH_LOCK PushLock);
__declspec(dllimport) VOID NTAPI FltDeletePushLock(PEX_PUSH_LOCK PushLock);
__declspec(dllimport) VOID NTAPI FltAcquirePushLockExclusive(PEX_PUSH_LOCK PushLock);
__declspec(dllimport) VOID NTAPI FltReleasePushLock(PEX_PUSH_LOCK PushLock);

#ifdef __cplusplus
}
#endif
