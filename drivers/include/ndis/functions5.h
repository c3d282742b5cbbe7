/* What ndis.sys exports to NDIS 5 miniports, beyond what every miniport gets. */
#pragma once

NDISAPI VOID NTAPI NdisInitializeWrapper(PNDIS_HANDLE NdisWrapperHandle, PVOID SystemSpecific1, PVOID SystemSpecific2,
                                         PVOID SystemSpecific3);
#define NdisMInitializeWrapper(wrapper, driver, path, reserved) NdisInitializeWrapper(wrapper, driver, path, reserved)
NDISAPI VOID NTAPI NdisTerminateWrapper(NDIS_HANDLE NdisWrapperHandle, PVOID SystemSpecific);
NDISAPI NDIS_STATUS NTAPI NdisMRegisterMiniport(NDIS_HANDLE NdisWrapperHandle,
                                                PNDIS_MINIPORT_CHARACTERISTICS MiniportCharacteristics,
                                                UINT CharacteristicsLength);
NDISAPI VOID NTAPI NdisMRegisterUnloadHandler(NDIS_HANDLE NdisWrapperHandle, PDRIVER_UNLOAD UnloadHandler);
NDISAPI VOID NTAPI NdisMSetAttributesEx(NDIS_HANDLE MiniportAdapterHandle, NDIS_HANDLE MiniportAdapterContext,
                                        UINT CheckForHangTimeInSeconds, ULONG AttributeFlags,
                                        NDIS_INTERFACE_TYPE AdapterType);
NDISAPI VOID NTAPI NdisOpenConfiguration(PNDIS_STATUS Status, PNDIS_HANDLE ConfigurationHandle,
                                         NDIS_HANDLE WrapperConfigurationContext);
NDISAPI VOID NTAPI NdisMQueryAdapterResources(PNDIS_STATUS Status, NDIS_HANDLE WrapperConfigurationContext,
                                              PNDIS_RESOURCE_LIST ResourceList, PUINT BufferSize);
NDISAPI ULONG NTAPI NdisReadPciSlotInformation(NDIS_HANDLE NdisAdapterHandle, ULONG SlotNumber, ULONG Offset,
                                               PVOID Buffer, ULONG Length);
NDISAPI ULONG NTAPI NdisWritePciSlotInformation(NDIS_HANDLE NdisAdapterHandle, ULONG SlotNumber, ULONG Offset,
                                                PVOID Buffer, ULONG Length);
NDISAPI NDIS_STATUS NTAPI NdisMInitializeScatterGatherDma(NDIS_HANDLE MiniportAdapterHandle, BOOLEAN Dma64BitAddresses,
                                                          ULONG MaximumPhysicalMapping);

NDISAPI NDIS_STATUS NTAPI NdisMRegisterInterrupt(PNDIS_MINIPORT_INTERRUPT Interrupt, NDIS_HANDLE MiniportAdapterHandle,
                                                 UINT InterruptVector, UINT InterruptLevel, BOOLEAN RequestIsr,
                                                 BOOLEAN SharedInterrupt, NDIS_INTERRUPT_MODE InterruptMode);
NDISAPI VOID NTAPI NdisMDeregisterInterrupt(PNDIS_MINIPORT_INTERRUPT Interrupt);
NDISAPI BOOLEAN NTAPI NdisMSynchronizeWithInterrupt(PNDIS_MINIPORT_INTERRUPT Interrupt, PVOID SynchronizeFunction,
                                                    PVOID SynchronizeContext);

NDISAPI VOID NTAPI NdisMInitializeTimer(PNDIS_MINIPORT_TIMER Timer, NDIS_HANDLE MiniportAdapterHandle,
                                        PNDIS_TIMER_FUNCTION TimerFunction, PVOID FunctionContext);
NDISAPI VOID NTAPI NdisMSetPeriodicTimer(PNDIS_MINIPORT_TIMER Timer, UINT MillisecondPeriod);
NDISAPI VOID NTAPI NdisMCancelTimer(PNDIS_MINIPORT_TIMER Timer, PBOOLEAN TimerCancelled);
NDISAPI VOID NTAPI NdisSetTimer(PNDIS_TIMER Timer, UINT MillisecondsToDelay);
#define NdisMSetTimer(timer, milliseconds) NdisSetTimer((PNDIS_TIMER)(timer), milliseconds)
NDISAPI NDIS_STATUS NTAPI NdisScheduleWorkItem(PNDIS_WORK_ITEM WorkItem);

NDISAPI VOID NTAPI NdisAllocatePacketPoolEx(PNDIS_STATUS Status, PNDIS_HANDLE PoolHandle, UINT NumberOfDescriptors,
                                            UINT NumberOfOverflowDescriptors, UINT ProtocolReservedLength);
NDISAPI VOID NTAPI NdisAllocatePacketPool(PNDIS_STATUS Status, PNDIS_HANDLE PoolHandle, UINT NumberOfDescriptors,
                                          UINT ProtocolReservedLength);
NDISAPI VOID NTAPI NdisFreePacketPool(NDIS_HANDLE PoolHandle);
NDISAPI VOID NTAPI NdisAllocatePacket(PNDIS_STATUS Status, PNDIS_PACKET *Packet, NDIS_HANDLE PoolHandle);
NDISAPI VOID NTAPI NdisFreePacket(PNDIS_PACKET Packet);
NDISAPI VOID NTAPI NdisAllocateBufferPool(PNDIS_STATUS Status, PNDIS_HANDLE PoolHandle, UINT NumberOfDescriptors);
NDISAPI VOID NTAPI NdisFreeBufferPool(NDIS_HANDLE PoolHandle);
NDISAPI VOID NTAPI NdisAllocateBuffer(PNDIS_STATUS Status, PNDIS_BUFFER *Buffer, NDIS_HANDLE PoolHandle,
                                      PVOID VirtualAddress, UINT Length);
