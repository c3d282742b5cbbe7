/* Spin locks and events, which are the kernel's own under other names. */
#pragma once

typedef struct _NDIS_SPIN_LOCK {
  KSPIN_LOCK SpinLock;
  KIRQL OldIrql;
} NDIS_SPIN_LOCK, *PNDIS_SPIN_LOCK;

typedef struct _NDIS_EVENT {
  KEVENT Event;
} NDIS_EVENT, *PNDIS_EVENT;

#define NdisAllocateSpinLock(lock) KeInitializeSpinLock(&(lock)->SpinLock)
#define NdisFreeSpinLock(lock) ((void)(lock))
#define NdisAcquireSpinLock(lock) ((void)((lock)->OldIrql = KeAcquireSpinLockRaiseToDpc(&(lock)->SpinLock)))
#define NdisReleaseSpinLock(lock) KeReleaseSpinLock(&(lock)->SpinLock, (lock)->OldIrql)
#define NdisDprAcquireSpinLock(lock) KeAcquireSpinLockAtDpcLevel(&(lock)->SpinLock)
#define NdisDprReleaseSpinLock(lock) KeReleaseSpinLockFromDpcLevel(&(lock)->SpinLock)
#define NDIS_RAISE_IRQL_TO_DISPATCH(old) (*(old) = KfRaiseIrql(DISPATCH_LEVEL))
#define NDIS_LOWER_IRQL(old, current) KeLowerIrql(old)
#define NDIS_CURRENT_IRQL() KeGetCurrentIrql()
