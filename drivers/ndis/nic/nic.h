/* What this miniport keeps for one adapter, and what its files offer each other. */
#pragma once

#define NDIS630_MINIPORT
#include <ndis.h>

#include "registers.h"

#define INIT_CODE __declspec(code_seg("INIT"))
#define PAGE_CODE __declspec(code_seg("PAGE"))

#define NIC_TAG 0x6e63694e /* "Nicn" in memory */
#define NIC_MTU 1500
#define NIC_HEADER 14
#define NIC_FRAME (NIC_MTU + NIC_HEADER)
#define NIC_BUFFER 2048
#define NIC_FRAGMENTS 8 /* a frame in more pieces is copied together */
#define NIC_MULTICASTS 32
#define NIC_CHECK_FOR_HANG_SECONDS 2
#define NIC_PACKET_FILTERS                                                                                       \
  (NDIS_PACKET_TYPE_DIRECTED | NDIS_PACKET_TYPE_MULTICAST | NDIS_PACKET_TYPE_ALL_MULTICAST |                     \
   NDIS_PACKET_TYPE_BROADCAST | NDIS_PACKET_TYPE_PROMISCUOUS)

typedef enum _NIC_STATE {
  NicPaused,
  NicRunning,
  NicPausing,
} NIC_STATE;

/* Memory that the device reads and writes. */
typedef struct _NIC_SHARED {
  PUCHAR Va;
  NDIS_PHYSICAL_ADDRESS Pa;
  ULONG Length;
} NIC_SHARED, *PNIC_SHARED;

/* One NET_BUFFER on its way out. */
typedef struct _NIC_TCB {
  LIST_ENTRY Link;
  struct _NIC *Nic;
  PNET_BUFFER NetBuffer;
  PNET_BUFFER_LIST List;
  PSCATTER_GATHER_LIST Pieces;
  PVOID PieceBuffer; /* where NDIS builds Pieces */
  PUCHAR Copy;
  NDIS_PHYSICAL_ADDRESS CopyPa;
  ULONG LastDescriptor;
  ULONG HangChecks;
} NIC_TCB, *PNIC_TCB;

/* A receive buffer: in the ring, free, or lent to NDIS. */
typedef struct _NIC_RFD {
  LIST_ENTRY Link;
  PUCHAR Va;
  NDIS_PHYSICAL_ADDRESS Pa;
  PMDL Mdl;
  PNET_BUFFER_LIST List;
  ULONG Slot;
} NIC_RFD, *PNIC_RFD;

typedef struct _NIC_CONFIGURATION {
  ULONG ReceiveBuffers;
  ULONG TransmitBuffers;
  BOOLEAN InterruptModeration;
  ULONG LinkCheckSeconds;
  BOOLEAN AddressGiven;
  UCHAR Address[ETH_LENGTH_OF_ADDRESS];
} NIC_CONFIGURATION;

typedef struct _NIC_STATISTICS {
  ULONG64 ReceivedFrames, ReceivedBroadcasts, ReceivedMulticasts, ReceivedBytes;
  ULONG64 SentFrames, SentBroadcasts, SentMulticasts, SentBytes;
  ULONG64 CrcErrors, Missed, Undersized, Oversized;
  ULONG64 OneCollision, MoreCollisions, LateCollisions;
  ULONG64 SendErrors;
} NIC_STATISTICS;

typedef struct _NIC {
  NDIS_HANDLE Adapter; /* as given to MiniportInitializeEx */
  NIC_CONFIGURATION Configuration;
  UCHAR PermanentAddress[ETH_LENGTH_OF_ADDRESS];
  UCHAR CurrentAddress[ETH_LENGTH_OF_ADDRESS];

  NDIS_PHYSICAL_ADDRESS Address;
  ULONG Length;
  PUCHAR Registers;
  ULONG FirstPort;
  ULONG Ports; /* 0 without a port resource */
  PUCHAR PortOffset;
  BOOLEAN PortsRegistered;
  NDIS_HANDLE Interrupt;
  NDIS_HANDLE Dma;
  ULONG PieceBufferBytes;

  /* Guards all that follows up to the link. */
  NDIS_SPIN_LOCK Lock;
  NIC_STATE State;
  BOOLEAN PausePending;
  BOOLEAN LowPower;
  BOOLEAN Removed;
  BOOLEAN Halting;
  ULONG PacketFilter;
  ULONG Multicasts;
  UCHAR Multicast[NIC_MULTICASTS][ETH_LENGTH_OF_ADDRESS];
  NIC_STATISTICS Statistics;

  /* Sending: lists wait in the queue, their buffers pass through a TCB each. */
  NIC_SHARED TxRing;
  NIC_SHARED TxCopies;
  ULONG TxCount;
  ULONG TxTail;
  PNIC_TCB Tcbs;
  LIST_ENTRY FreeTcbs;
  LIST_ENTRY PostedTcbs;
  ULONG BusyTcbs;
  PNET_BUFFER_LIST QueueHead;
  PNET_BUFFER_LIST QueueTail;

  /* Receiving: Slots says which buffer each descriptor has. */
  NIC_SHARED RxRing;
  NIC_SHARED RxBuffers;
  ULONG RxCount;
  ULONG RxNext;
  PNIC_RFD Rfds;
  ULONG RfdCount;
  PNIC_RFD *Slots;
  LIST_ENTRY FreeRfds;
  ULONG LentRfds;
  NDIS_HANDLE ListPool;

  LONG Causes; /* gathered by the ISR for its DPC */
  BOOLEAN InterruptsOn; /* changed in step with the ISR */

  /* The link, looked at from a work item each time the timer has run out. */
  BOOLEAN LinkUp;
  ULONG64 LinkSpeed;
  BOOLEAN FullDuplex;
  NDIS_HANDLE LinkTimer;
  NDIS_HANDLE LinkWork;
  BOOLEAN LinkWanted;
  NDIS_EVENT LinkIdle;
} NIC, *PNIC;

/* initialize.c */
MINIPORT_INITIALIZE NicInitializeEx;
MINIPORT_HALT NicHaltEx;

/* resources.c */
NDIS_STATUS NicFindResources(PNIC Nic, PNDIS_RESOURCE_LIST List);
NDIS_STATUS NicMap(PNIC Nic);
VOID NicUnmap(PNIC Nic);
NDIS_STATUS NicAllocateShared(PNIC Nic, PNIC_SHARED Shared, ULONG Length);
VOID NicFreeShared(PNIC Nic, PNIC_SHARED Shared);
NDIS_STATUS NicRegisterDma(PNIC Nic);
VOID NicDeregisterDma(PNIC Nic);

/* attributes.c */
NDIS_STATUS NicSetRegistrationAttributes(PNIC Nic);
NDIS_STATUS NicSetGeneralAttributes(PNIC Nic);
NDIS_STATUS NicReadConfiguration(PNIC Nic);

/* hardware.c */
ULONG NicRead(PNIC Nic, ULONG Register);
VOID NicWrite(PNIC Nic, ULONG Register, ULONG Value);
BOOLEAN NicIsPresent(PNIC Nic);
VOID NicResetHardware(PNIC Nic);
NDIS_STATUS NicReadAddress(PNIC Nic);
VOID NicStartHardware(PNIC Nic);
VOID NicStopHardware(PNIC Nic);
VOID NicApplyFilter(PNIC Nic);
VOID NicUpdateStatistics(PNIC Nic);

/* interrupt.c */
NDIS_STATUS NicRegisterInterrupt(PNIC Nic);
VOID NicDeregisterInterrupt(PNIC Nic);
VOID NicEnableInterrupts(PNIC Nic);
VOID NicDisableInterrupts(PNIC Nic);

/* link.c */
NDIS_STATUS NicCreateLinkCheck(PNIC Nic);
VOID NicDestroyLinkCheck(PNIC Nic);
VOID NicStartLinkCheck(PNIC Nic);
VOID NicStopLinkCheck(PNIC Nic);
VOID NicReportLink(PNIC Nic);

/* send.c */
NDIS_STATUS NicCreateSends(PNIC Nic);
VOID NicDestroySends(PNIC Nic);
VOID NicProgramSends(PNIC Nic);
VOID NicReapSends(PNIC Nic);
VOID NicAbortSends(PNIC Nic, NDIS_STATUS Status);
MINIPORT_PROCESS_SG_LIST NicProcessPieces;
MINIPORT_SEND_NET_BUFFER_LISTS NicSendNetBufferLists;
MINIPORT_CANCEL_SEND NicCancelSend;

/* receive.c */
NDIS_STATUS NicCreateReceives(PNIC Nic);
VOID NicDestroyReceives(PNIC Nic);
VOID NicProgramReceives(PNIC Nic);
VOID NicReceive(PNIC Nic, PNDIS_RECEIVE_THROTTLE_PARAMETERS Throttle);
MINIPORT_RETURN_NET_BUFFER_LISTS NicReturnNetBufferLists;

/* state.c */
VOID NicFinishPause(PNIC Nic);
VOID NicPowerDown(PNIC Nic);
VOID NicPowerUp(PNIC Nic);
MINIPORT_PAUSE NicPause;
MINIPORT_RESTART NicRestart;
MINIPORT_CHECK_FOR_HANG NicCheckForHangEx;
MINIPORT_RESET NicResetEx;
MINIPORT_DEVICE_PNP_EVENT_NOTIFY NicDevicePnPEventNotify;
MINIPORT_SHUTDOWN NicShutdownEx;

/* oid.c */
MINIPORT_OID_REQUEST NicOidRequest;
MINIPORT_CANCEL_OID_REQUEST NicCancelOidRequest;
extern NDIS_OID NicSupportedOids[];
extern const ULONG NicSupportedOidsLength;
