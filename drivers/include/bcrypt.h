/* What a driver sees of cng.sys: random numbers. */
#pragma once

#include <ntddk.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef PVOID BCRYPT_ALG_HANDLE;
#define BCRYPT_USE_SYSTEM_PREFERRED_RNG 0x2

__declspec(dllimport) NTSTATUS NTAPI BCryptGenRandom(BCRYPT_ALG_HANDLE Algorithm, PUCHAR Buffer, ULONG Length,
                                                     ULONG Flags);

#ifdef __cplusplus
}
#endif
