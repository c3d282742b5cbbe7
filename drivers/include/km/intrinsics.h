/* What Windows headers define inline on x64: interlocked operations, ports, device registers. */
#pragma once

#define InterlockedIncrement(p) ((LONG)__sync_add_and_fetch((volatile LONG *)(p), 1))
#define InterlockedDecrement(p) ((LONG)__sync_sub_and_fetch((volatile LONG *)(p), 1))
#define InterlockedIncrement64(p) ((LONG64)__sync_add_and_fetch((volatile LONG64 *)(p), 1))
#define InterlockedDecrement64(p) ((LONG64)__sync_sub_and_fetch((volatile LONG64 *)(p), 1))
#define InterlockedExchangeAdd(p, v) ((LONG)__sync_fetch_and_add((volatile LONG *)(p), (v)))
#define InterlockedAdd(p, v) ((LONG)__sync_add_and_fetch((volatile LONG *)(p), (v)))
#define InterlockedOr(p, v) ((LONG)__sync_fetch_and_or((volatile LONG *)(p), (v)))
#define InterlockedAnd(p, v) ((LONG)__sync_fetch_and_and((volatile LONG *)(p), (v)))
#define InterlockedXor(p, v) ((LONG)__sync_fetch_and_xor((volatile LONG *)(p), (v)))
#define InterlockedExchange(p, v) ((LONG)__atomic_exchange_n((volatile LONG *)(p), (LONG)(v), __ATOMIC_SEQ_CST))
#define InterlockedExchange64(p, v) \
  ((LONG64)__atomic_exchange_n((volatile LONG64 *)(p), (LONG64)(v), __ATOMIC_SEQ_CST))
#define InterlockedExchangePointer(p, v) \
  ((PVOID)__atomic_exchange_n((volatile ULONG_PTR *)(p), (ULONG_PTR)(v), __ATOMIC_SEQ_CST))
#define InterlockedCompareExchange(p, v, old) \
  ((LONG)__sync_val_compare_and_swap((volatile LONG *)(p), (LONG)(old), (LONG)(v)))
#define InterlockedCompareExchange64(p, v, old) \
  ((LONG64)__sync_val_compare_and_swap((volatile LONG64 *)(p), (LONG64)(old), (LONG64)(v)))
#define InterlockedCompareExchangePointer(p, v, old) \
  ((PVOID)__sync_val_compare_and_swap((volatile ULONG_PTR *)(p), (ULONG_PTR)(old), (ULONG_PTR)(v)))
#define InterlockedBitTestAndSet(p, bit) \
  ((BOOLEAN)((__sync_fetch_and_or((volatile LONG *)(p), 1L << (bit)) >> (bit)) & 1))
#define InterlockedBitTestAndReset(p, bit) \
  ((BOOLEAN)((__sync_fetch_and_and((volatile LONG *)(p), ~(1L << (bit))) >> (bit)) & 1))

#define InterlockedExchangeAdd64(p, v) ((LONG64)__sync_fetch_and_add((volatile LONG64 *)(p), (v)))
#define InterlockedAdd64(p, v) ((LONG64)__sync_add_and_fetch((volatile LONG64 *)(p), (v)))
#define InterlockedPushEntrySList(head, entry) ExpInterlockedPushEntrySList(head, entry)
#define InterlockedPopEntrySList(head) ExpInterlockedPopEntrySList(head)
#define InterlockedFlushSList(head) ExpInterlockedFlushSList(head)

#define KeMemoryBarrierWithoutFence() __asm__ volatile("" ::: "memory")
#define FastFence() __asm__ volatile("lock orl $0, (%%rsp)" ::: "memory", "cc")
#define KeMemoryBarrier() FastFence()
#define MemoryBarrier() FastFence()
#define YieldProcessor() __asm__ volatile("pause")
#define DbgBreakPoint() __asm__ volatile("int3")
#define DbgRaiseAssertionFailure() __asm__ volatile("int $0x2c")

#if DBG
#define NT_ASSERT(e) ((e) ? (void)0 : (void)({ DbgRaiseAssertionFailure(); }))
#else
#define NT_ASSERT(e) ((void)0)
#endif
#define ASSERT(e) NT_ASSERT(e)
#define ASSERTMSG(message, e) NT_ASSERT(e)
#define NT_VERIFY(e) ((void)(e))
#define PAGED_CODE() NT_ASSERT(KeGetCurrentIrql() <= APC_LEVEL)

#define FAST_FAIL_STACK_COOKIE_CHECK_FAILURE 2
#define FAST_FAIL_CORRUPT_LIST_ENTRY 3
#define FAST_FAIL_GS_COOKIE_INIT 6
FORCEINLINE DECLSPEC_NORETURN VOID RtlFailFast(ULONG Code) {
  __asm__ volatile("int $0x29" : : "c"(Code));
  __builtin_unreachable();
}

FORCEINLINE ULONG_PTR KmReadGs(ULONG Offset) {
  ULONG_PTR value;
  __asm__ volatile("movq %%gs:(%q1), %0" : "=r"(value) : "r"((ULONG_PTR)Offset));
  return value;
}
#define KeGetCurrentThread() ((PKTHREAD)KmReadGs(0x188))
#define PsGetCurrentThread() ((PETHREAD)KeGetCurrentThread())
#define KeGetPcr() ((PVOID)KmReadGs(0x18))
#define KeGetCurrentProcessorIndex() ((ULONG)(KmReadGs(0x1a0) >> 32))
#define KeGetCurrentProcessorNumber() KeGetCurrentProcessorIndex()

#define KM_SHARED_USER_DATA 0xFFFFF78000000000ULL
#define KeQueryTickCount(out) ((out)->QuadPart = *(volatile LONGLONG *)(KM_SHARED_USER_DATA + 0x320))
#define KeQuerySystemTime(out) ((out)->QuadPart = *(volatile LONGLONG *)(KM_SHARED_USER_DATA + 0x14))
#define KeQueryInterruptTime() (*(volatile ULONGLONG *)(KM_SHARED_USER_DATA + 0x8))

#define KM_REGISTER(suffix, type)                                                     \
  FORCEINLINE type READ_REGISTER_##suffix(volatile type *Register) {                  \
    KeMemoryBarrierWithoutFence();                                                    \
    return *Register;                                                                 \
  }                                                                                   \
  FORCEINLINE VOID WRITE_REGISTER_##suffix(volatile type *Register, type Value) {     \
    *Register = Value;                                                                \
    FastFence();                                                                      \
  }
KM_REGISTER(UCHAR, UCHAR)
KM_REGISTER(USHORT, USHORT)
KM_REGISTER(ULONG, ULONG)
KM_REGISTER(ULONG64, ULONG64)

#define KM_REGISTER_BUFFER(suffix, type, unit)                                                          \
  FORCEINLINE VOID READ_REGISTER_BUFFER_##suffix(volatile type *Register, type *Buffer, ULONG Count) {  \
    ULONG_PTR count = Count;                                                                            \
    __asm__ volatile("cld; rep movs" unit : "+S"(Register), "+D"(Buffer), "+c"(count) : : "memory");    \
  }                                                                                                     \
  FORCEINLINE VOID WRITE_REGISTER_BUFFER_##suffix(volatile type *Register, type *Buffer, ULONG Count) { \
    ULONG_PTR count = Count;                                                                            \
    __asm__ volatile("cld; rep movs" unit : "+S"(Buffer), "+D"(Register), "+c"(count) : : "memory");    \
    FastFence();                                                                                        \
  }
KM_REGISTER_BUFFER(UCHAR, UCHAR, "b")
KM_REGISTER_BUFFER(USHORT, USHORT, "w")
KM_REGISTER_BUFFER(ULONG, ULONG, "l")
KM_REGISTER_BUFFER(ULONG64, ULONG64, "q")

#define KM_PORT(suffix, type, unit, reg)                                                       \
  FORCEINLINE type READ_PORT_##suffix(type *Port) {                                            \
    type value;                                                                                \
    __asm__ volatile("in" unit " %w1, %0" : "=a"(value) : "Nd"((USHORT)(ULONG_PTR)Port));      \
    return value;                                                                              \
  }                                                                                            \
  FORCEINLINE VOID WRITE_PORT_##suffix(type *Port, type Value) {                               \
    __asm__ volatile("out" unit " %0, %w1" : : "a"(Value), "Nd"((USHORT)(ULONG_PTR)Port));     \
  }                                                                                            \
  FORCEINLINE VOID READ_PORT_BUFFER_##suffix(type *Port, type *Buffer, ULONG Count) {          \
    ULONG_PTR count = Count;                                                                   \
    __asm__ volatile("cld; rep ins" unit                                                       \
                     : "+D"(Buffer), "+c"(count)                                               \
                     : "d"((USHORT)(ULONG_PTR)Port)                                            \
                     : "memory");                                                              \
  }                                                                                            \
  FORCEINLINE VOID WRITE_PORT_BUFFER_##suffix(type *Port, type *Buffer, ULONG Count) {         \
    ULONG_PTR count = Count;                                                                   \
    __asm__ volatile("cld; rep outs" unit                                                      \
                     : "+S"(Buffer), "+c"(count)                                               \
                     : "d"((USHORT)(ULONG_PTR)Port)                                            \
                     : "memory");                                                              \
  }
KM_PORT(UCHAR, UCHAR, "b", "al")
KM_PORT(USHORT, USHORT, "w", "ax")
KM_PORT(ULONG, ULONG, "l", "eax")
