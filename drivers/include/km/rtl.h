/* Run-time library: strings, memory, registry values, versions, debug output. */
#pragma once

NTSYSAPI VOID NTAPI RtlInitUnicodeString(PUNICODE_STRING Target, PCWSTR Source);
NTSYSAPI VOID NTAPI RtlInitAnsiString(PANSI_STRING Target, PCSZ Source);
NTSYSAPI VOID NTAPI RtlInitString(PSTRING Target, PCSZ Source);
NTSYSAPI VOID NTAPI RtlCopyUnicodeString(PUNICODE_STRING Target, PCUNICODE_STRING Source);
NTSYSAPI VOID NTAPI RtlFreeUnicodeString(PUNICODE_STRING String);
NTSYSAPI VOID NTAPI RtlFreeAnsiString(PANSI_STRING String);
NTSYSAPI BOOLEAN NTAPI RtlCreateUnicodeString(PUNICODE_STRING Target, PCWSTR Source);
NTSYSAPI NTSTATUS NTAPI RtlAppendUnicodeToString(PUNICODE_STRING Target, PCWSTR Source);
NTSYSAPI NTSTATUS NTAPI RtlAppendUnicodeStringToString(PUNICODE_STRING Target, PCUNICODE_STRING Source);
NTSYSAPI NTSTATUS NTAPI RtlAnsiStringToUnicodeString(PUNICODE_STRING Target, PCANSI_STRING Source, BOOLEAN Allocate);
NTSYSAPI NTSTATUS NTAPI RtlUnicodeStringToAnsiString(PANSI_STRING Target, PCUNICODE_STRING Source, BOOLEAN Allocate);
NTSYSAPI NTSTATUS NTAPI RtlUnicodeStringToInteger(PCUNICODE_STRING String, ULONG Base, PULONG Value);
NTSYSAPI NTSTATUS NTAPI RtlIntegerToUnicodeString(ULONG Value, ULONG Base, PUNICODE_STRING String);
NTSYSAPI LONG NTAPI RtlCompareUnicodeString(PCUNICODE_STRING A, PCUNICODE_STRING B, BOOLEAN IgnoreCase);
NTSYSAPI BOOLEAN NTAPI RtlEqualUnicodeString(PCUNICODE_STRING A, PCUNICODE_STRING B, BOOLEAN IgnoreCase);
NTSYSAPI BOOLEAN NTAPI RtlPrefixUnicodeString(PCUNICODE_STRING Prefix, PCUNICODE_STRING String, BOOLEAN IgnoreCase);
NTSYSAPI NTSTATUS NTAPI RtlUpcaseUnicodeString(PUNICODE_STRING Target, PCUNICODE_STRING Source, BOOLEAN Allocate);
NTSYSAPI NTSTATUS NTAPI RtlStringFromGUID(const GUID *Guid, PUNICODE_STRING String);
NTSYSAPI NTSTATUS NTAPI RtlGUIDFromString(PCUNICODE_STRING String, GUID *Guid);
#ifdef __cplusplus /* of wide characters only */
#define RTL_CONSTANT_STRING(s) {sizeof(s) - sizeof((s)[0]), sizeof(s), const_cast<PWCH>(s)}
#else
#define RTL_CONSTANT_STRING(s) {sizeof(s) - sizeof((s)[0]), sizeof(s), (PVOID)(s)}
#endif
#define DECLARE_CONST_UNICODE_STRING(name, text) \
  static const WCHAR name##_buffer[] = text;     \
  static const UNICODE_STRING name = {sizeof(text) - sizeof(WCHAR), sizeof(text), (PWCH)name##_buffer}
#define RtlInitEmptyUnicodeString(s, buffer, size) \
  ((s)->Buffer = (buffer), (s)->MaximumLength = (USHORT)(size), (s)->Length = 0)

#ifndef KM_NO_CRT_DECLARATIONS
NTSYSAPI void *memcpy(void *target, const void *source, size_t bytes);
NTSYSAPI void *memmove(void *target, const void *source, size_t bytes);
NTSYSAPI void *memset(void *target, int value, size_t bytes);
NTSYSAPI int memcmp(const void *a, const void *b, size_t bytes);
NTSYSAPI size_t wcslen(const wchar_t *text);
NTSYSAPI size_t strlen(const char *text);
#endif
#define RtlCopyMemory(target, source, bytes) memcpy((target), (source), (bytes))
#define RtlMoveMemory(target, source, bytes) memmove((target), (source), (bytes))
#define RtlZeroMemory(target, bytes) memset((target), 0, (bytes))
#define RtlFillMemory(target, bytes, value) memset((target), (value), (bytes))
#define RtlEqualMemory(a, b, bytes) (memcmp((a), (b), (bytes)) == 0)
#define RtlCopyBytes RtlCopyMemory
#define RtlZeroBytes RtlZeroMemory
NTSYSAPI SIZE_T NTAPI RtlCompareMemory(const VOID *A, const VOID *B, SIZE_T Bytes);
FORCEINLINE PVOID RtlSecureZeroMemory(PVOID Target, SIZE_T Bytes) {
  volatile CHAR *byte = (volatile CHAR *)Target;
  while (Bytes--) *byte++ = 0;
  return Target;
}
#define RtlUlongByteSwap(v) __builtin_bswap32(v)
#define RtlUshortByteSwap(v) __builtin_bswap16(v)

NTSYSAPI NTSTATUS NTAPI RtlQueryRegistryValues(ULONG RelativeTo, PCWSTR Path, PRTL_QUERY_REGISTRY_TABLE Table,
                                               PVOID Context, PVOID Environment);
NTSYSAPI NTSTATUS NTAPI RtlWriteRegistryValue(ULONG RelativeTo, PCWSTR Path, PCWSTR Name, ULONG Type, PVOID Data,
                                              ULONG Length);
NTSYSAPI NTSTATUS NTAPI RtlDeleteRegistryValue(ULONG RelativeTo, PCWSTR Path, PCWSTR Name);
NTSYSAPI NTSTATUS NTAPI RtlCreateRegistryKey(ULONG RelativeTo, PWSTR Path);
NTSYSAPI NTSTATUS NTAPI RtlCheckRegistryKey(ULONG RelativeTo, PWSTR Path);
NTSYSAPI NTSTATUS NTAPI RtlGetVersion(PRTL_OSVERSIONINFOW Version);
NTSYSAPI NTSTATUS NTAPI RtlVerifyVersionInfo(PRTL_OSVERSIONINFOEXW Version, ULONG TypeMask, ULONGLONG ConditionMask);
NTSYSAPI ULONGLONG NTAPI VerSetConditionMask(ULONGLONG Mask, ULONG TypeMask, UCHAR Condition);
NTSYSAPI VOID NTAPI RtlTimeToTimeFields(PLARGE_INTEGER Time, PTIME_FIELDS Fields);
NTSYSAPI ULONG NTAPI RtlRandomEx(PULONG Seed);
NTSYSAPI NTSTATUS NTAPI RtlCreateSecurityDescriptor(PSECURITY_DESCRIPTOR Descriptor, ULONG Revision);
NTSYSAPI NTSTATUS NTAPI RtlSetDaclSecurityDescriptor(PSECURITY_DESCRIPTOR Descriptor, BOOLEAN Present, PACL Dacl,
                                                     BOOLEAN Defaulted);
NTSYSAPI VOID NTAPI RtlInitializeBitMap(PRTL_BITMAP Bitmap, PULONG Buffer, ULONG Bits);
NTSYSAPI ULONG NTAPI RtlFindClearBitsAndSet(PRTL_BITMAP Bitmap, ULONG Count, ULONG Hint);
NTSYSAPI VOID NTAPI RtlClearAllBits(PRTL_BITMAP Bitmap);

NTSYSAPI BOOLEAN NTAPI RtlTimeFieldsToTime(PTIME_FIELDS Fields, PLARGE_INTEGER Time);
NTSYSAPI LONG NTAPI RtlCompareString(const STRING *A, const STRING *B, BOOLEAN IgnoreCase);
NTSYSAPI BOOLEAN NTAPI RtlEqualString(const STRING *A, const STRING *B, BOOLEAN IgnoreCase);
NTSYSAPI VOID NTAPI RtlCopyString(PSTRING Target, const STRING *Source);
NTSYSAPI CHAR NTAPI RtlUpperChar(CHAR Character);
NTSYSAPI WCHAR NTAPI RtlUpcaseUnicodeChar(WCHAR Character);
NTSYSAPI NTSTATUS NTAPI RtlInt64ToUnicodeString(ULONGLONG Value, ULONG Base, PUNICODE_STRING String);
NTSYSAPI NTSTATUS NTAPI RtlHashUnicodeString(PCUNICODE_STRING String, BOOLEAN IgnoreCase, ULONG Algorithm, PULONG Hash);
NTSYSAPI ULONG NTAPI RtlLengthSecurityDescriptor(PSECURITY_DESCRIPTOR Descriptor);
NTSYSAPI VOID NTAPI RtlSetBits(PRTL_BITMAP Bitmap, ULONG First, ULONG Count);
NTSYSAPI VOID NTAPI RtlClearBits(PRTL_BITMAP Bitmap, ULONG First, ULONG Count);
NTSYSAPI VOID NTAPI RtlSetAllBits(PRTL_BITMAP Bitmap);
NTSYSAPI ULONG NTAPI RtlFindClearBits(PRTL_BITMAP Bitmap, ULONG Count, ULONG Hint);
NTSYSAPI BOOLEAN NTAPI RtlAreBitsClear(PRTL_BITMAP Bitmap, ULONG First, ULONG Count);
NTSYSAPI BOOLEAN NTAPI RtlTestBit(PRTL_BITMAP Bitmap, ULONG Bit);
NTSYSAPI ULONG NTAPI RtlNumberOfSetBits(PRTL_BITMAP Bitmap);
#define RtlUlonglongByteSwap(v) __builtin_bswap64(v)

NTSYSAPI ULONG DbgPrint(PCSTR Format, ...);
NTSYSAPI ULONG DbgPrintEx(ULONG Component, ULONG Level, PCSTR Format, ...);
NTSYSAPI ULONG NTAPI vDbgPrintEx(ULONG Component, ULONG Level, PCSTR Format, va_list Arguments);
NTSYSAPI ULONG NTAPI vDbgPrintExWithPrefix(PCSTR Prefix, ULONG Component, ULONG Level, PCSTR Format,
                                           va_list Arguments);
#define DPFLTR_IHVDRIVER_ID 77
#define DPFLTR_IHVNETWORK_ID 80
#define DPFLTR_DEFAULT_ID 101
#define DPFLTR_ERROR_LEVEL 0
#define DPFLTR_WARNING_LEVEL 1
#define DPFLTR_TRACE_LEVEL 2
#define DPFLTR_INFO_LEVEL 3
#if DBG
#define KdPrint(arguments) DbgPrint arguments
#define KdPrintEx(arguments) DbgPrintEx arguments
#else
#define KdPrint(arguments) ((void)0)
#define KdPrintEx(arguments) ((void)0)
#endif
