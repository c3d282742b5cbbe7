/* What the compiler's own library adds to a driver: stack cookie, control-flow guard, load configuration, entry. */
#include <wdm.h>

#define DEFAULT_SECURITY_COOKIE 0x00002B992DDFA232ULL
#define GUARD_CF_INSTRUMENTED 0x100
#define GUARD_FUNCTION_TABLE_PRESENT 0x400

extern char __guard_fids_table[], __guard_fids_count[], __guard_flags[];
extern char __guard_iat_table[], __guard_iat_count[], __guard_longjmp_table[], __guard_longjmp_count[];

DRIVER_INITIALIZE DriverEntry;
DRIVER_INITIALIZE GsDriverEntry;

ULONG_PTR __security_cookie = DEFAULT_SECURITY_COOKIE;
ULONG_PTR __security_cookie_complement = ~DEFAULT_SECURITY_COOKIE;

/* The low 48 bits hold the cookie; a set high bit means that the frame was overwritten. */
__attribute__((no_stack_protector)) void __security_check_cookie(ULONG_PTR Cookie) {
  if (Cookie == __security_cookie && (Cookie >> 48) == 0) return;
  RtlFailFast(FAST_FAIL_STACK_COOKIE_CHECK_FAILURE);
}

/* An image for Windows 8 and later counts on the loader to have replaced the default cookie. */
__attribute__((no_stack_protector)) static void __security_init_cookie(void) {
  if (__security_cookie == 0 || __security_cookie == DEFAULT_SECURITY_COOKIE) RtlFailFast(FAST_FAIL_GS_COOKIE_INIT);
  __security_cookie_complement = ~__security_cookie;
}

__declspec(code_seg("INIT")) __attribute__((no_stack_protector)) NTSTATUS GsDriverEntry(PDRIVER_OBJECT Driver,
                                                                                        PUNICODE_STRING RegistryPath) {
  __security_init_cookie();
  return DriverEntry(Driver, RegistryPath);
}

__attribute__((naked)) void _guard_check_icall_nop(void) { __asm__("ret"); }
__attribute__((naked)) void _guard_dispatch_icall_nop(void) { __asm__("jmpq *%rax"); }

void *const __guard_check_icall_fptr = (void *)_guard_check_icall_nop;
void *const __guard_dispatch_icall_fptr = (void *)_guard_dispatch_icall_nop;

/* IMAGE_LOAD_CONFIG_DIRECTORY64 up to the exception-continuation table, as linkers since Windows 10 1809 write it. */
const struct {
  ULONG Size;
  ULONG Unused1[21];
  const ULONG_PTR *SecurityCookie;
  ULONG64 SafeHandlers[2];
  void *const *CheckFunctionPointer;
  void *const *DispatchFunctionPointer;
  const void *FunctionTable;
  const void *FunctionCount;
  ULONG GuardFlags;
  ULONG CodeIntegrity[3];
  const void *AddressTakenIatTable;
  const void *AddressTakenIatCount;
  const void *LongJumpTable;
  const void *LongJumpCount;
  ULONG64 Unused2[11];
} _load_config_used = {
    .Size = sizeof(_load_config_used),
    .SecurityCookie = &__security_cookie,
    .CheckFunctionPointer = &__guard_check_icall_fptr,
    .DispatchFunctionPointer = &__guard_dispatch_icall_fptr,
    .FunctionTable = __guard_fids_table,
    .FunctionCount = __guard_fids_count,
    .GuardFlags = GUARD_CF_INSTRUMENTED | GUARD_FUNCTION_TABLE_PRESENT,
    .AddressTakenIatTable = __guard_iat_table,
    .AddressTakenIatCount = __guard_iat_count,
    .LongJumpTable = __guard_longjmp_table,
    .LongJumpCount = __guard_longjmp_count,
};
_Static_assert(offsetof(__typeof__(_load_config_used), SecurityCookie) == 88, "SecurityCookie");
_Static_assert(offsetof(__typeof__(_load_config_used), CheckFunctionPointer) == 112, "GuardCFCheckFunctionPointer");
_Static_assert(offsetof(__typeof__(_load_config_used), GuardFlags) == 144, "GuardFlags");
_Static_assert(sizeof(_load_config_used) == 280, "IMAGE_LOAD_CONFIG_DIRECTORY64");
