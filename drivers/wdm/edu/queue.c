/* The cancel-safe queue of requests held while the device cannot serve them. */
#include "edu.h"

#define DEVICE_OF(csq) CONTAINING_RECORD(csq, EDU_DEVICE, Held)

static IO_CSQ_INSERT_IRP EduCsqInsert;
static VOID EduCsqInsert(PIO_CSQ Csq, PIRP Irp) {
  InsertTailList(&DEVICE_OF(Csq)->HeldList, &Irp->Tail.Overlay.ListEntry);
}

static IO_CSQ_REMOVE_IRP EduCsqRemove;
static VOID EduCsqRemove(PIO_CSQ Csq, PIRP Irp) {
  UNREFERENCED_PARAMETER(Csq);
  RemoveEntryList(&Irp->Tail.Overlay.ListEntry);
}

static IO_CSQ_PEEK_NEXT_IRP EduCsqPeek;
static PIRP EduCsqPeek(PIO_CSQ Csq, PIRP Irp, PVOID File) {
  PLIST_ENTRY head = &DEVICE_OF(Csq)->HeldList;
  PLIST_ENTRY next = Irp == NULL ? head->Flink : Irp->Tail.Overlay.ListEntry.Flink;
  for (; next != head; next = next->Flink) {
    PIRP irp = CONTAINING_RECORD(next, IRP, Tail.Overlay.ListEntry);
    if (File == NULL || IoGetCurrentIrpStackLocation(irp)->FileObject == File) return irp;
  }
  return NULL;
}

static IO_CSQ_ACQUIRE_LOCK EduCsqAcquire;
static VOID EduCsqAcquire(PIO_CSQ Csq, PKIRQL Irql) { KeAcquireSpinLock(&DEVICE_OF(Csq)->HeldLock, Irql); }

static IO_CSQ_RELEASE_LOCK EduCsqRelease;
static VOID EduCsqRelease(PIO_CSQ Csq, KIRQL Irql) { KeReleaseSpinLock(&DEVICE_OF(Csq)->HeldLock, Irql); }

static IO_CSQ_COMPLETE_CANCELED_IRP EduCsqCanceled;
static VOID EduCsqCanceled(PIO_CSQ Csq, PIRP Irp) {
  EduComplete(Irp, STATUS_CANCELLED, 0);
  IoReleaseRemoveLock(&DEVICE_OF(Csq)->RemoveLock, Irp);
}

VOID EduQueueInitialize(PEDU_DEVICE Device) {
  InitializeListHead(&Device->HeldList);
  KeInitializeSpinLock(&Device->HeldLock);
  IoCsqInitialize(&Device->Held, EduCsqInsert, EduCsqRemove, EduCsqPeek, EduCsqAcquire, EduCsqRelease,
                  EduCsqCanceled);
}

/* Those of one open file, or all of them. */
VOID EduFailHeld(PEDU_DEVICE Device, PFILE_OBJECT File, NTSTATUS Status) {
  PIRP irp;
  while ((irp = IoCsqRemoveNextIrp(&Device->Held, File)) != NULL) {
    EduComplete(irp, Status, 0);
    IoReleaseRemoveLock(&Device->RemoveLock, irp);
  }
}

static IO_WORKITEM_ROUTINE EduServeHeld;
static VOID EduServeHeld(PDEVICE_OBJECT DeviceObject, PVOID Context) {
  PEDU_DEVICE device = DeviceObject->DeviceExtension;
  PIRP irp;

  UNREFERENCED_PARAMETER(Context);
  InterlockedExchange(&device->ResumeQueued, FALSE);
  EduLock(device);
  while (device->State == EduStarted && device->Power == PowerDeviceD0 &&
         (irp = IoCsqRemoveNextIrp(&device->Held, NULL)) != NULL) {
    EduServe(device, irp);
    IoReleaseRemoveLock(&device->RemoveLock, irp);
  }
  EduUnlock(device);
  IoReleaseRemoveLock(&device->RemoveLock, EduServeHeld);
}

/* Serves what was held in a worker thread: the caller may be a completion routine at DISPATCH_LEVEL. */
VOID EduResume(PEDU_DEVICE Device) {
  if (InterlockedExchange(&Device->ResumeQueued, TRUE)) return;
  if (NT_SUCCESS(IoAcquireRemoveLock(&Device->RemoveLock, EduServeHeld))) {
    IoQueueWorkItem(Device->ResumeItem, EduServeHeld, DelayedWorkQueue, NULL);
  }
}
