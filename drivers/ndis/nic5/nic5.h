/* What this miniport keeps for one adapter, and what its files offer each other. */
#pragma once

#define NDIS51_MINIPORT
#include <ndis.h>

#include "../nic/registers.h"

#define NIC_TAG 0x3563694e /* "Nic5" in memory */
#define NIC_MTU 1500
#define NIC_HEADER 14
#define NIC_FRAME (NIC_MTU + NIC_HEADER)
#define NIC_BUFFER 2048
#define NIC_SENDS 16
#define NIC_RECEIVES 32
#define NIC_FEW_RECEIVES 4 /* of which NDIS has to give each back at once */
#define NIC_MULTICASTS 32
#define NIC_PACKET_FILTERS                                                                       \
  (NDIS_PACKET_TYPE_DIRECTED | NDIS_PACKET_TYPE_MULTICAST | NDIS_PACKET_TYPE_ALL_MULTICAST |     \
   NDIS_PACKET_TYPE_BROADCAST | NDIS_PACKET_TYPE_PROMISCUOUS)

typedef struct _NIC_SHARED {
  PUCHAR Va;
  NDIS_PHYSICAL_ADDRESS Pa;
  ULONG Length;
} NIC_SHARED, *PNIC_SHARED;

/* A receive buffer with the packet that describes it; Lent while NDIS has it. */
typedef struct _NIC_RECEIVE {
  PNDIS_PACKET Packet;
  PNDIS_BUFFER Buffer;
  BOOLEAN Lent;
} NIC_RECEIVE, *PNIC_RECEIVE;

typedef struct _NIC {
  NDIS_HANDLE Adapter; /* as given to MiniportInitialize */
  UCHAR PermanentAddress[ETH_LENGTH_OF_ADDRESS];
  UCHAR CurrentAddress[ETH_LENGTH_OF_ADDRESS];

  NDIS_PHYSICAL_ADDRESS Address;
  PUCHAR Registers;
  ULONG InterruptLevel;
  ULONG InterruptVector;
  NDIS_INTERRUPT_MODE InterruptMode;
  BOOLEAN InterruptRegistered;
  NDIS_MINIPORT_INTERRUPT Interrupt;
  BOOLEAN TimerInitialized;
  NDIS_MINIPORT_TIMER LinkTimer;
  ULONG LinkCheckSeconds;

  BOOLEAN InterruptsOn; /* changed in step with the ISR */
  ULONG Causes;         /* gathered by the ISR for MiniportHandleInterrupt */

  NDIS_SPIN_LOCK Lock; /* guards all that follows */
  BOOLEAN Removed;
  BOOLEAN Halting;
  BOOLEAN LinkUp;
  ULONG PacketFilter;
  ULONG Lookahead;
  ULONG Multicasts;
  UCHAR Multicast[NIC_MULTICASTS][ETH_LENGTH_OF_ADDRESS];

  /* Sending: each descriptor has a buffer of its own, to which its packet is copied. */
  NIC_SHARED TxRing;
  NIC_SHARED TxBuffers;
  PNDIS_PACKET Sends[NIC_SENDS];
  ULONG TxHead; /* the oldest that the device has */
  ULONG TxTail; /* the next free one */
  ULONG HangChecks;
  PNDIS_PACKET QueueHead;
  PNDIS_PACKET QueueTail;

  NIC_SHARED RxRing;
  NIC_SHARED RxBuffers;
  NDIS_HANDLE PacketPool;
  NDIS_HANDLE BufferPool;
  NIC_RECEIVE Receives[NIC_RECEIVES];
  ULONG RxNext;
  ULONG RxTail;
  ULONG Lent;
  NDIS_EVENT NothingLent;

  ULONG64 Sent, SendErrors, Received, Missed;
} NIC, *PNIC;

/* hardware.c */
ULONG NicRead(PNIC Nic, ULONG Register);
VOID NicWrite(PNIC Nic, ULONG Register, ULONG Value);
VOID NicReset(PNIC Nic);
NDIS_STATUS NicReadAddress(PNIC Nic);
VOID NicApplyFilter(PNIC Nic);
VOID NicStart(PNIC Nic);
VOID NicStop(PNIC Nic);
VOID NicEnableInterrupts(PNIC Nic);
VOID NTAPI NicIsr(PBOOLEAN Recognized, PBOOLEAN Queue, NDIS_HANDLE Context);
VOID NTAPI NicHandleInterrupt(NDIS_HANDLE Context);
VOID NicReportLink(PNIC Nic);

/* transfer.c */
NDIS_STATUS NicCreateTransfers(PNIC Nic);
VOID NicDestroyTransfers(PNIC Nic);
VOID NicProgramRings(PNIC Nic);
VOID NicReap(PNIC Nic);
VOID NicAbort(PNIC Nic, NDIS_STATUS Status);
VOID NicReceive(PNIC Nic);
VOID NTAPI NicSendPackets(NDIS_HANDLE Context, PPNDIS_PACKET Packets, UINT Count);
VOID NTAPI NicCancelSends(NDIS_HANDLE Context, PVOID CancelId);
VOID NTAPI NicReturnPacket(NDIS_HANDLE Context, PNDIS_PACKET Packet);

/* oid.c */
NDIS_STATUS NTAPI NicQueryInformation(NDIS_HANDLE Context, NDIS_OID Oid, PVOID Buffer, ULONG Length, PULONG Written,
                                      PULONG Needed);
NDIS_STATUS NTAPI NicSetInformation(NDIS_HANDLE Context, NDIS_OID Oid, PVOID Buffer, ULONG Length, PULONG Read,
                                    PULONG Needed);
