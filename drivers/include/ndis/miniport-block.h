/* What a MiniportAdapterHandle of NDIS 5 points at, and the calls that miniports make through it. DDK 3790. */
#pragma once

typedef struct _NDIS_TIMER {
  KTIMER Timer;
  KDPC Dpc;
} NDIS_TIMER, *PNDIS_TIMER;

typedef enum _NDIS_INTERRUPT_MODE {
  NdisInterruptLevelSensitive = LevelSensitive,
  NdisInterruptLatched = Latched,
} NDIS_INTERRUPT_MODE, *PNDIS_INTERRUPT_MODE;

typedef struct _NDIS_MINIPORT_BLOCK NDIS_MINIPORT_BLOCK, *PNDIS_MINIPORT_BLOCK;

typedef VOID(NTAPI *FILTER_PACKET_INDICATION_HANDLER)(NDIS_HANDLE Miniport, PPNDIS_PACKET Packets, UINT Count);
typedef VOID(NTAPI *NDIS_M_SEND_COMPLETE_HANDLER)(NDIS_HANDLE Miniport, PNDIS_PACKET Packet, NDIS_STATUS Status);
typedef VOID(NTAPI *NDIS_M_SEND_RESOURCES_HANDLER)(NDIS_HANDLE Miniport);
typedef VOID(NTAPI *NDIS_M_RESET_COMPLETE_HANDLER)(NDIS_HANDLE Miniport, NDIS_STATUS Status, BOOLEAN Addressing);
typedef VOID(NTAPI *NDIS_M_STATUS_HANDLER)(NDIS_HANDLE Miniport, NDIS_STATUS Status, PVOID Buffer, UINT Length);
typedef VOID(NTAPI *NDIS_M_STS_COMPLETE_HANDLER)(NDIS_HANDLE Miniport);
typedef VOID(NTAPI *NDIS_M_REQ_COMPLETE_HANDLER)(NDIS_HANDLE Miniport, NDIS_STATUS Status);

struct _NDIS_MINIPORT_BLOCK {
  PVOID Signature;
  PNDIS_MINIPORT_BLOCK NextMiniport;
  PVOID DriverHandle;
  NDIS_HANDLE MiniportAdapterContext;
  UNICODE_STRING MiniportName;
  PVOID BindPaths;
  NDIS_HANDLE OpenQueue;
  PVOID ShortRef[2];
  NDIS_HANDLE DeviceContext;
  UCHAR Padding1;
  UCHAR LockAcquired;
  UCHAR PmodeOpens;
  UCHAR AssignedProcessor;
  KSPIN_LOCK Lock;
  PVOID MediaRequest;
  PVOID Interrupt;
  ULONG Flags;
  ULONG PnPFlags;
  LIST_ENTRY PacketList;
  PNDIS_PACKET FirstPendingPacket;
  PNDIS_PACKET ReturnPacketsQueue;
  ULONG RequestBuffer;
  PVOID SetMCastBuffer;
  PNDIS_MINIPORT_BLOCK PrimaryMiniport;
  PVOID WrapperContext;
  PVOID BusDataContext;
  ULONG PnPCapabilities;
  PCM_RESOURCE_LIST Resources;
  NDIS_TIMER WakeUpDpcTimer;
  UNICODE_STRING BaseName;
  UNICODE_STRING SymbolicLinkName;
  ULONG CheckForHangSeconds;
  USHORT CFHangTicks;
  USHORT CFHangCurrentTick;
  NDIS_STATUS ResetStatus;
  NDIS_HANDLE ResetOpen;
  PVOID EthDB;
  PVOID TrDB;
  PVOID FddiDB;
  PVOID ArcDB;
  FILTER_PACKET_INDICATION_HANDLER PacketIndicateHandler;
  NDIS_M_SEND_COMPLETE_HANDLER SendCompleteHandler;
  NDIS_M_SEND_RESOURCES_HANDLER SendResourcesHandler;
  NDIS_M_RESET_COMPLETE_HANDLER ResetCompleteHandler;
  NDIS_MEDIUM MediaType;
  ULONG BusNumber;
  NDIS_INTERFACE_TYPE BusType;
  NDIS_INTERFACE_TYPE AdapterType;
  PDEVICE_OBJECT DeviceObject;
  PDEVICE_OBJECT PhysicalDeviceObject;
  PDEVICE_OBJECT NextDeviceObject;
  PVOID MapRegisters;
  PVOID CallMgrAfList;
  PVOID MiniportThread;
  PVOID SetInfoBuf;
  USHORT SetInfoBufLen;
  USHORT MaxSendPackets;
  NDIS_STATUS FakeStatus;
  PVOID LockHandler;
  PUNICODE_STRING pAdapterInstanceName;
  PVOID TimerQueue;
  UINT MacOptions;
  PVOID PendingRequest;
  UINT MaximumLongAddresses;
  UINT MaximumShortAddresses;
  UINT CurrentLookahead;
  UINT MaximumLookahead;
  PVOID HandleInterruptHandler;
  PVOID DisableInterruptHandler;
  PVOID EnableInterruptHandler;
  PVOID SendPacketsHandler;
  PVOID DeferredSendHandler;
  PVOID EthRxIndicateHandler;
  PVOID TrRxIndicateHandler;
  PVOID FddiRxIndicateHandler;
  PVOID EthRxCompleteHandler;
  PVOID TrRxCompleteHandler;
  PVOID FddiRxCompleteHandler;
  NDIS_M_STATUS_HANDLER StatusHandler;
  NDIS_M_STS_COMPLETE_HANDLER StatusCompleteHandler;
  PVOID TDCompleteHandler;
  NDIS_M_REQ_COMPLETE_HANDLER QueryCompleteHandler;
  NDIS_M_REQ_COMPLETE_HANDLER SetCompleteHandler;
  PVOID WanSendCompleteHandler;
  PVOID WanRcvHandler;
  PVOID WanRcvCompleteHandler;
};

#define NDIS_BLOCK(handle) ((PNDIS_MINIPORT_BLOCK)(handle))
#define NdisMIndicateReceivePacket(handle, packets, count) \
  NDIS_BLOCK(handle)->PacketIndicateHandler(handle, packets, count)
#define NdisMSendComplete(handle, packet, status) NDIS_BLOCK(handle)->SendCompleteHandler(handle, packet, status)
#define NdisMSendResourcesAvailable(handle) NDIS_BLOCK(handle)->SendResourcesHandler(handle)
#define NdisMResetComplete(handle, status, addressing) \
  NDIS_BLOCK(handle)->ResetCompleteHandler(handle, status, addressing)
#define NdisMIndicateStatus(handle, status, buffer, bytes) \
  NDIS_BLOCK(handle)->StatusHandler(handle, status, buffer, bytes)
#define NdisMIndicateStatusComplete(handle) NDIS_BLOCK(handle)->StatusCompleteHandler(handle)
#define NdisMQueryInformationComplete(handle, status) NDIS_BLOCK(handle)->QueryCompleteHandler(handle, status)
#define NdisMSetInformationComplete(handle, status) NDIS_BLOCK(handle)->SetCompleteHandler(handle, status)
