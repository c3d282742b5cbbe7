/* The bounded string functions drivers use most, inline over the kernel's own printf family. */
#pragma once

#include "wdm.h"

#ifdef __cplusplus
extern "C" {
#endif

#define NTSTRSAFE_MAX_CCH 2147483647
typedef char *NTSTRSAFE_PSTR;
typedef wchar_t *NTSTRSAFE_PWSTR;
typedef const char *NTSTRSAFE_PCSTR;
typedef const wchar_t *NTSTRSAFE_PCWSTR;

NTSYSAPI int _vsnprintf(char *target, size_t count, const char *format, va_list arguments);
NTSYSAPI int _vsnwprintf(wchar_t *target, size_t count, const wchar_t *format, va_list arguments);

#define KM_STRSAFE(suffix, type, print)                                                                           \
  FORCEINLINE NTSTATUS RtlStringCchLength##suffix(const type *text, size_t limit, size_t *length) {               \
    size_t n = 0;                                                                                                 \
    while (n < limit && text[n] != 0) n++;                                                                        \
    if (length != NULL) *length = n < limit ? n : 0;                                                              \
    return n < limit ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;                                                 \
  }                                                                                                               \
  FORCEINLINE NTSTATUS RtlStringCchCopy##suffix(type *target, size_t count, const type *source) {                 \
    size_t n = 0;                                                                                                 \
    if (count == 0) return STATUS_INVALID_PARAMETER;                                                              \
    for (; n + 1 < count && source[n] != 0; n++) target[n] = source[n];                                           \
    target[n] = 0;                                                                                                \
    return source[n] == 0 ? STATUS_SUCCESS : STATUS_BUFFER_OVERFLOW;                                              \
  }                                                                                                               \
  FORCEINLINE NTSTATUS RtlStringCchCat##suffix(type *target, size_t count, const type *source) {                  \
    size_t used;                                                                                                  \
    NTSTATUS status = RtlStringCchLength##suffix(target, count, &used);                                           \
    return NT_SUCCESS(status) ? RtlStringCchCopy##suffix(target + used, count - used, source) : status;           \
  }                                                                                                               \
  static inline NTSTATUS RtlStringCchVPrintf##suffix(type *target, size_t count, const type *format, va_list a) { \
    if (count == 0) return STATUS_INVALID_PARAMETER;                                                              \
    int written = print(target, count - 1, format, a);                                                            \
    BOOLEAN whole = written >= 0 && (size_t)written < count;                                                      \
    target[whole ? (size_t)written : count - 1] = 0;                                                              \
    return whole ? STATUS_SUCCESS : STATUS_BUFFER_OVERFLOW;                                                       \
  }                                                                                                               \
  static inline NTSTATUS RtlStringCchPrintf##suffix(type *target, size_t count, const type *format, ...) {        \
    va_list arguments;                                                                                            \
    va_start(arguments, format);                                                                                  \
    NTSTATUS status = RtlStringCchVPrintf##suffix(target, count, format, arguments);                              \
    va_end(arguments);                                                                                            \
    return status;                                                                                                \
  }                                                                                                               \
  static inline NTSTATUS RtlStringCbPrintf##suffix(type *target, size_t bytes, const type *format, ...) {         \
    va_list arguments;                                                                                            \
    va_start(arguments, format);                                                                                  \
    NTSTATUS status = RtlStringCchVPrintf##suffix(target, bytes / sizeof(type), format, arguments);               \
    va_end(arguments);                                                                                            \
    return status;                                                                                                \
  }                                                                                                               \
  static inline NTSTATUS RtlStringCbVPrintf##suffix(type *target, size_t bytes, const type *format, va_list a) {  \
    return RtlStringCchVPrintf##suffix(target, bytes / sizeof(type), format, a);                                  \
  }                                                                                                               \
  FORCEINLINE NTSTATUS RtlStringCbCopy##suffix(type *target, size_t bytes, const type *source) {                  \
    return RtlStringCchCopy##suffix(target, bytes / sizeof(type), source);                                        \
  }                                                                                                               \
  FORCEINLINE NTSTATUS RtlStringCbCat##suffix(type *target, size_t bytes, const type *source) {                   \
    return RtlStringCchCat##suffix(target, bytes / sizeof(type), source);                                         \
  }
KM_STRSAFE(A, char, _vsnprintf)
KM_STRSAFE(W, wchar_t, _vsnwprintf)

#ifdef __cplusplus
}
#endif
