/* Handling of IRPs and DMA adapters that Windows headers define inline. */
#pragma once

#define SL_CONTROL_ALL (SL_INVOKE_ON_SUCCESS | SL_INVOKE_ON_ERROR | SL_INVOKE_ON_CANCEL)

#define IoSizeOfIrp(stack) ((USHORT)(sizeof(IRP) + (stack) * sizeof(IO_STACK_LOCATION)))
#define IoGetFunctionCodeFromCtlCode(code) (((code) >> 2) & 0xFFF)

FORCEINLINE PIO_STACK_LOCATION IoGetCurrentIrpStackLocation(PIRP Irp) { return Irp->Tail.Overlay.CurrentStackLocation; }

FORCEINLINE PIO_STACK_LOCATION IoGetNextIrpStackLocation(PIRP Irp) {
  return Irp->Tail.Overlay.CurrentStackLocation - 1;
}

FORCEINLINE VOID IoSetNextIrpStackLocation(PIRP Irp) {
  Irp->CurrentLocation--;
  Irp->Tail.Overlay.CurrentStackLocation--;
}

FORCEINLINE VOID IoSkipCurrentIrpStackLocation(PIRP Irp) {
  Irp->CurrentLocation++;
  Irp->Tail.Overlay.CurrentStackLocation++;
}

FORCEINLINE VOID IoCopyCurrentIrpStackLocationToNext(PIRP Irp) {
  PIO_STACK_LOCATION current = IoGetCurrentIrpStackLocation(Irp);
  PIO_STACK_LOCATION next = IoGetNextIrpStackLocation(Irp);
  __builtin_memcpy(next, current, offsetof(IO_STACK_LOCATION, CompletionRoutine));
  next->Control = 0;
}

FORCEINLINE VOID IoSetCompletionRoutine(PIRP Irp, PIO_COMPLETION_ROUTINE Routine, PVOID Context, BOOLEAN OnSuccess,
                                        BOOLEAN OnError, BOOLEAN OnCancel) {
  PIO_STACK_LOCATION next = IoGetNextIrpStackLocation(Irp);
  next->CompletionRoutine = Routine;
  next->Context = Context;
  next->Control = 0;
  if (OnSuccess) next->Control = SL_INVOKE_ON_SUCCESS;
  if (OnError) next->Control |= SL_INVOKE_ON_ERROR;
  if (OnCancel) next->Control |= SL_INVOKE_ON_CANCEL;
}

FORCEINLINE VOID IoMarkIrpPending(PIRP Irp) { IoGetCurrentIrpStackLocation(Irp)->Control |= SL_PENDING_RETURNED; }

FORCEINLINE PDRIVER_CANCEL IoSetCancelRoutine(PIRP Irp, PDRIVER_CANCEL Routine) {
  return (PDRIVER_CANCEL)InterlockedExchangePointer(&Irp->CancelRoutine, (ULONG_PTR)Routine);
}

FORCEINLINE VOID IoInitializeDpcRequest(PDEVICE_OBJECT Device, PIO_DPC_ROUTINE Routine) {
  KeInitializeDpc(&Device->Dpc, (PKDEFERRED_ROUTINE)Routine, Device);
}

FORCEINLINE VOID IoRequestDpc(PDEVICE_OBJECT Device, PIRP Irp, PVOID Context) {
  KeInsertQueueDpc(&Device->Dpc, Irp, Context);
}

#define IoAdjustPagingPathCount(count, paging) \
  ((paging) ? InterlockedIncrement(count) : InterlockedDecrement(count))

FORCEINLINE NTSTATUS IoAllocateAdapterChannel(PDMA_ADAPTER Adapter, PDEVICE_OBJECT Device, ULONG Registers,
                                              PDRIVER_CONTROL Routine, PVOID Context) {
  return Adapter->DmaOperations->AllocateAdapterChannel(Adapter, Device, Registers, Routine, Context);
}

FORCEINLINE BOOLEAN IoFlushAdapterBuffers(PDMA_ADAPTER Adapter, PMDL Mdl, PVOID Base, PVOID Current, ULONG Length,
                                          BOOLEAN WriteToDevice) {
  return Adapter->DmaOperations->FlushAdapterBuffers(Adapter, Mdl, Base, Current, Length, WriteToDevice);
}

FORCEINLINE VOID IoFreeAdapterChannel(PDMA_ADAPTER Adapter) { Adapter->DmaOperations->FreeAdapterChannel(Adapter); }

FORCEINLINE VOID IoFreeMapRegisters(PDMA_ADAPTER Adapter, PVOID Base, ULONG Count) {
  Adapter->DmaOperations->FreeMapRegisters(Adapter, Base, Count);
}

FORCEINLINE PHYSICAL_ADDRESS IoMapTransfer(PDMA_ADAPTER Adapter, PMDL Mdl, PVOID Base, PVOID Current, PULONG Length,
                                           BOOLEAN WriteToDevice) {
  return Adapter->DmaOperations->MapTransfer(Adapter, Mdl, Base, Current, Length, WriteToDevice);
}
