/* I/O-manager services. */
#pragma once

NTKERNELAPI NTSTATUS NTAPI IoCreateDevice(PDRIVER_OBJECT Driver, ULONG ExtensionSize, PUNICODE_STRING Name,
                                          DEVICE_TYPE Type, ULONG Characteristics, BOOLEAN Exclusive,
                                          PDEVICE_OBJECT *Device);
NTKERNELAPI VOID NTAPI IoDeleteDevice(PDEVICE_OBJECT Device);
NTKERNELAPI NTSTATUS NTAPI IoCreateSymbolicLink(PUNICODE_STRING Link, PUNICODE_STRING Target);
NTKERNELAPI NTSTATUS NTAPI IoCreateUnprotectedSymbolicLink(PUNICODE_STRING Link, PUNICODE_STRING Target);
NTKERNELAPI NTSTATUS NTAPI IoDeleteSymbolicLink(PUNICODE_STRING Link);
NTKERNELAPI PDEVICE_OBJECT NTAPI IoAttachDeviceToDeviceStack(PDEVICE_OBJECT Source, PDEVICE_OBJECT Target);
NTKERNELAPI NTSTATUS NTAPI IoAttachDevice(PDEVICE_OBJECT Source, PUNICODE_STRING Target, PDEVICE_OBJECT *Attached);
NTKERNELAPI VOID NTAPI IoDetachDevice(PDEVICE_OBJECT Target);
NTKERNELAPI PDEVICE_OBJECT NTAPI IoGetAttachedDevice(PDEVICE_OBJECT Device);
NTKERNELAPI PDEVICE_OBJECT NTAPI IoGetAttachedDeviceReference(PDEVICE_OBJECT Device);
NTKERNELAPI NTSTATUS NTAPI IoGetDeviceObjectPointer(PUNICODE_STRING Name, ACCESS_MASK Access, PFILE_OBJECT *File,
                                                    PDEVICE_OBJECT *Device);
NTKERNELAPI PDEVICE_OBJECT NTAPI IoGetRelatedDeviceObject(PFILE_OBJECT File);
NTKERNELAPI NTSTATUS NTAPI IoAllocateDriverObjectExtension(PDRIVER_OBJECT Driver, PVOID Client, ULONG Size,
                                                           PVOID *Extension);
NTKERNELAPI PVOID NTAPI IoGetDriverObjectExtension(PDRIVER_OBJECT Driver, PVOID Client);
NTKERNELAPI VOID NTAPI IoRegisterDriverReinitialization(PDRIVER_OBJECT Driver, PDRIVER_REINITIALIZE Routine,
                                                        PVOID Context);
NTKERNELAPI VOID NTAPI IoRegisterBootDriverReinitialization(PDRIVER_OBJECT Driver, PDRIVER_REINITIALIZE Routine,
                                                            PVOID Context);
NTKERNELAPI NTSTATUS NTAPI IoRegisterShutdownNotification(PDEVICE_OBJECT Device);
NTKERNELAPI VOID NTAPI IoUnregisterShutdownNotification(PDEVICE_OBJECT Device);

NTKERNELAPI NTSTATUS NTAPI IofCallDriver(PDEVICE_OBJECT Device, PIRP Irp);
NTKERNELAPI VOID NTAPI IofCompleteRequest(PIRP Irp, CCHAR PriorityBoost);
#define IoCallDriver(device, irp) IofCallDriver(device, irp)
#define IoCompleteRequest(irp, boost) IofCompleteRequest(irp, boost)
NTKERNELAPI BOOLEAN NTAPI IoForwardIrpSynchronously(PDEVICE_OBJECT Device, PIRP Irp);
NTKERNELAPI PIRP NTAPI IoAllocateIrp(CCHAR StackSize, BOOLEAN ChargeQuota);
NTKERNELAPI VOID NTAPI IoInitializeIrp(PIRP Irp, USHORT PacketSize, CCHAR StackSize);
NTKERNELAPI VOID NTAPI IoReuseIrp(PIRP Irp, NTSTATUS Status);
NTKERNELAPI VOID NTAPI IoFreeIrp(PIRP Irp);
NTKERNELAPI BOOLEAN NTAPI IoCancelIrp(PIRP Irp);
NTKERNELAPI VOID NTAPI IoAcquireCancelSpinLock(PKIRQL Irql);
NTKERNELAPI VOID NTAPI IoReleaseCancelSpinLock(KIRQL Irql);
NTKERNELAPI PIRP NTAPI IoBuildDeviceIoControlRequest(ULONG Code, PDEVICE_OBJECT Device, PVOID Input, ULONG InputLength,
                                                     PVOID Output, ULONG OutputLength, BOOLEAN Internal, PKEVENT Event,
                                                     PIO_STATUS_BLOCK Status);
NTKERNELAPI PIRP NTAPI IoBuildSynchronousFsdRequest(ULONG Major, PDEVICE_OBJECT Device, PVOID Buffer, ULONG Length,
                                                    PLARGE_INTEGER Offset, PKEVENT Event, PIO_STATUS_BLOCK Status);
NTKERNELAPI PIRP NTAPI IoBuildAsynchronousFsdRequest(ULONG Major, PDEVICE_OBJECT Device, PVOID Buffer, ULONG Length,
                                                     PLARGE_INTEGER Offset, PIO_STATUS_BLOCK Status);
NTKERNELAPI NTSTATUS NTAPI IoSetCompletionRoutineEx(PDEVICE_OBJECT Device, PIRP Irp, PIO_COMPLETION_ROUTINE Routine,
                                                    PVOID Context, BOOLEAN OnSuccess, BOOLEAN OnError,
                                                    BOOLEAN OnCancel);
NTKERNELAPI VOID NTAPI IoStartPacket(PDEVICE_OBJECT Device, PIRP Irp, PULONG Key, PDRIVER_CANCEL Cancel);
NTKERNELAPI VOID NTAPI IoStartNextPacket(PDEVICE_OBJECT Device, BOOLEAN Cancelable);

NTKERNELAPI PMDL NTAPI IoAllocateMdl(PVOID Address, ULONG Length, BOOLEAN Secondary, BOOLEAN ChargeQuota, PIRP Irp);
NTKERNELAPI VOID NTAPI IoFreeMdl(PMDL Mdl);
NTKERNELAPI VOID NTAPI IoBuildPartialMdl(PMDL Source, PMDL Target, PVOID Address, ULONG Length);

NTKERNELAPI NTSTATUS NTAPI IoConnectInterrupt(PKINTERRUPT *Interrupt, PKSERVICE_ROUTINE Routine, PVOID Context,
                                              PKSPIN_LOCK SpinLock, ULONG Vector, KIRQL Irql, KIRQL SynchronizeIrql,
                                              KINTERRUPT_MODE Mode, BOOLEAN Share, KAFFINITY Affinity,
                                              BOOLEAN FloatingSave);
NTKERNELAPI VOID NTAPI IoDisconnectInterrupt(PKINTERRUPT Interrupt);
NTKERNELAPI NTSTATUS NTAPI IoConnectInterruptEx(PIO_CONNECT_INTERRUPT_PARAMETERS Parameters);
NTKERNELAPI VOID NTAPI IoDisconnectInterruptEx(PIO_DISCONNECT_INTERRUPT_PARAMETERS Parameters);

NTKERNELAPI PIO_WORKITEM NTAPI IoAllocateWorkItem(PDEVICE_OBJECT Device);
NTKERNELAPI VOID NTAPI IoFreeWorkItem(PIO_WORKITEM Item);
NTKERNELAPI VOID NTAPI IoQueueWorkItem(PIO_WORKITEM Item, PIO_WORKITEM_ROUTINE Routine, WORK_QUEUE_TYPE Queue,
                                       PVOID Context);
NTKERNELAPI VOID NTAPI IoQueueWorkItemEx(PIO_WORKITEM Item, PIO_WORKITEM_ROUTINE_EX Routine, WORK_QUEUE_TYPE Queue,
                                         PVOID Context);
NTKERNELAPI ULONG NTAPI IoSizeofWorkItem(VOID);
NTKERNELAPI VOID NTAPI IoInitializeWorkItem(PVOID IoObject, PIO_WORKITEM Item);
NTKERNELAPI VOID NTAPI IoUninitializeWorkItem(PIO_WORKITEM Item);
NTKERNELAPI NTSTATUS NTAPI IoInitializeTimer(PDEVICE_OBJECT Device, PIO_TIMER_ROUTINE Routine, PVOID Context);
NTKERNELAPI VOID NTAPI IoStartTimer(PDEVICE_OBJECT Device);
NTKERNELAPI VOID NTAPI IoStopTimer(PDEVICE_OBJECT Device);

NTKERNELAPI VOID NTAPI IoInitializeRemoveLockEx(PIO_REMOVE_LOCK Lock, ULONG Tag, ULONG Minutes, ULONG HighWatermark,
                                                ULONG Size);
NTKERNELAPI NTSTATUS NTAPI IoAcquireRemoveLockEx(PIO_REMOVE_LOCK Lock, PVOID Tag, PCSTR File, ULONG Line, ULONG Size);
NTKERNELAPI VOID NTAPI IoReleaseRemoveLockEx(PIO_REMOVE_LOCK Lock, PVOID Tag, ULONG Size);
NTKERNELAPI VOID NTAPI IoReleaseRemoveLockAndWaitEx(PIO_REMOVE_LOCK Lock, PVOID Tag, ULONG Size);
#define IoInitializeRemoveLock(lock, tag, minutes, high) \
  IoInitializeRemoveLockEx(lock, tag, minutes, high, sizeof(IO_REMOVE_LOCK))
#define IoAcquireRemoveLock(lock, tag) IoAcquireRemoveLockEx(lock, tag, "", 1, sizeof(IO_REMOVE_LOCK))
#define IoReleaseRemoveLock(lock, tag) IoReleaseRemoveLockEx(lock, tag, sizeof(IO_REMOVE_LOCK))
#define IoReleaseRemoveLockAndWait(lock, tag) IoReleaseRemoveLockAndWaitEx(lock, tag, sizeof(IO_REMOVE_LOCK))

NTKERNELAPI NTSTATUS NTAPI IoCsqInitialize(PIO_CSQ Csq, PIO_CSQ_INSERT_IRP Insert, PIO_CSQ_REMOVE_IRP Remove,
                                           PIO_CSQ_PEEK_NEXT_IRP Peek, PIO_CSQ_ACQUIRE_LOCK Acquire,
                                           PIO_CSQ_RELEASE_LOCK Release, PIO_CSQ_COMPLETE_CANCELED_IRP Complete);
NTKERNELAPI VOID NTAPI IoCsqInsertIrp(PIO_CSQ Csq, PIRP Irp, PIO_CSQ_IRP_CONTEXT Context);
NTKERNELAPI PIRP NTAPI IoCsqRemoveNextIrp(PIO_CSQ Csq, PVOID PeekContext);
NTKERNELAPI PIRP NTAPI IoCsqRemoveIrp(PIO_CSQ Csq, PIO_CSQ_IRP_CONTEXT Context);

NTKERNELAPI PEPROCESS NTAPI IoGetCurrentProcess(VOID);
NTKERNELAPI PEPROCESS NTAPI IoGetRequestorProcess(PIRP Irp);
NTKERNELAPI BOOLEAN NTAPI IoIs32bitProcess(PIRP Irp);
NTKERNELAPI BOOLEAN NTAPI IoIsWdmVersionAvailable(UCHAR Major, UCHAR Minor);
NTKERNELAPI PVOID NTAPI IoGetInitialStack(VOID);
NTKERNELAPI VOID NTAPI IoGetStackLimits(PULONG_PTR Low, PULONG_PTR High);
NTKERNELAPI PCONFIGURATION_INFORMATION NTAPI IoGetConfigurationInformation(VOID);
NTKERNELAPI PVOID NTAPI IoAllocateErrorLogEntry(PVOID IoObject, UCHAR Size);
NTKERNELAPI VOID NTAPI IoWriteErrorLogEntry(PVOID Entry);
NTKERNELAPI VOID NTAPI IoFreeErrorLogEntry(PVOID Entry);
NTKERNELAPI PIRP NTAPI IoMakeAssociatedIrp(PIRP Irp, CCHAR StackSize);
NTKERNELAPI VOID NTAPI IoSetStartIoAttributes(PDEVICE_OBJECT Device, BOOLEAN DeferredStartIo, BOOLEAN NonCancelable);
NTKERNELAPI VOID NTAPI IoStartNextPacketByKey(PDEVICE_OBJECT Device, BOOLEAN Cancelable, ULONG Key);
NTKERNELAPI NTSTATUS NTAPI IoCsqInsertIrpEx(PIO_CSQ Csq, PIRP Irp, PIO_CSQ_IRP_CONTEXT Context, PVOID InsertContext);
NTKERNELAPI PKEVENT NTAPI IoCreateNotificationEvent(PUNICODE_STRING Name, PHANDLE Handle);
NTKERNELAPI PKEVENT NTAPI IoCreateSynchronizationEvent(PUNICODE_STRING Name, PHANDLE Handle);
NTKERNELAPI NTSTATUS NTAPI IoRegisterLastChanceShutdownNotification(PDEVICE_OBJECT Device);
NTKERNELAPI NTSTATUS NTAPI IoReportResourceUsage(PUNICODE_STRING Class, PDRIVER_OBJECT Driver,
                                                 PCM_RESOURCE_LIST DriverList, ULONG DriverListSize,
                                                 PDEVICE_OBJECT Device, PCM_RESOURCE_LIST DeviceList,
                                                 ULONG DeviceListSize, BOOLEAN OverrideConflict, PBOOLEAN Conflict);
NTKERNELAPI NTSTATUS NTAPI IoReportResourceForDetection(PDRIVER_OBJECT Driver, PCM_RESOURCE_LIST DriverList,
                                                        ULONG DriverListSize, PDEVICE_OBJECT Device,
                                                        PCM_RESOURCE_LIST DeviceList, ULONG DeviceListSize,
                                                        PBOOLEAN Conflict);
NTKERNELAPI NTSTATUS NTAPI IoReportDetectedDevice(PDRIVER_OBJECT Driver, INTERFACE_TYPE Type, ULONG Bus, ULONG Slot,
                                                  PCM_RESOURCE_LIST Resources, PIO_RESOURCE_REQUIREMENTS_LIST Needs,
                                                  BOOLEAN Assigned, PDEVICE_OBJECT *Device);
NTKERNELAPI BOOLEAN NTAPI IoWithinStackLimits(ULONG_PTR Start, SIZE_T Size);
extern NTKERNELAPI POBJECT_TYPE *IoFileObjectType;
extern NTKERNELAPI POBJECT_TYPE *IoDeviceObjectType;
extern NTKERNELAPI POBJECT_TYPE *IoDriverObjectType;
