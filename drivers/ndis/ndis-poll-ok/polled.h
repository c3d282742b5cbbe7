/* What the polled miniport keeps for one adapter, and what its files offer each other. */
#pragma once

#define NDIS685_MINIPORT
#include <ndis.h>

#include "../nic/registers.h"

#define POLLED_TAG 0x6c6c6f50 /* "Poll" in memory */
#define MTU 1500
#define HEADER 14
#define FRAME (MTU + HEADER)
#define BUFFER 2048
#define SLOTS 32      /* of each ring */
#define RECEIVES 64   /* lists that can be with NDIS at once */
#define MULTICASTS 32
#define GIGABIT 1000000000ULL

typedef struct _SHARED {
  PUCHAR Va;
  NDIS_PHYSICAL_ADDRESS Pa;
  ULONG Length;
} SHARED, *PSHARED;

typedef struct _COUNTERS {
  ULONG64 Directed, Multicast, Broadcast, Bytes;
} COUNTERS, *PCOUNTERS;

typedef struct _POLLED {
  NDIS_HANDLE Adapter;
  UCHAR Mac[ETH_LENGTH_OF_ADDRESS];
  NDIS_PHYSICAL_ADDRESS Address;
  ULONG Length;
  PUCHAR Registers;
  NDIS_HANDLE Dma;
  NDIS_HANDLE Interrupt;
  NDIS_POLL_HANDLE Poll;

  /* Guards what follows. */
  NDIS_SPIN_LOCK Lock;
  BOOLEAN Running;
  BOOLEAN Removed;
  BOOLEAN LowPower;
  BOOLEAN LinkKnown;
  BOOLEAN LinkUp;
  BOOLEAN Armed; /* interrupts are on; changed in step with the ISR */
  ULONG PacketFilter;
  COUNTERS Sent;
  COUNTERS Received;

  /* Lists wait in the queue, then with the device; each buffer of a list takes one slot. */
  SHARED TxRing;
  SHARED TxBuffers;
  ULONG TxTail;
  ULONG TxBusy;
  PNET_BUFFER_LIST QueueHead, *QueueTail;
  PNET_BUFFER_LIST PostedHead, *PostedTail;

  SHARED RxRing;
  SHARED RxBuffers;
  ULONG RxNext;
  NDIS_HANDLE Pool;
  PUCHAR ReceiveMemory;
  PNET_BUFFER_LIST Free;
  ULONG Lent;
} POLLED, *PPOLLED;

/* polled.c */
MINIPORT_INITIALIZE PolledInitializeEx;
MINIPORT_HALT PolledHaltEx;
MINIPORT_PAUSE PolledPause;
MINIPORT_RESTART PolledRestart;
MINIPORT_DEVICE_PNP_EVENT_NOTIFY PolledEvent;
MINIPORT_SHUTDOWN PolledShutdown;
ULONG PolledRead(PPOLLED Polled, ULONG Register);
VOID PolledWrite(PPOLLED Polled, ULONG Register, ULONG Value);
BOOLEAN PolledIsPresent(PPOLLED Polled);
VOID PolledResetHardware(PPOLLED Polled);
VOID PolledStopHardware(PPOLLED Polled);
NDIS_STATUS PolledAllocateShared(PPOLLED Polled, PSHARED Shared, ULONG Length);
VOID PolledFreeShared(PPOLLED Polled, PSHARED Shared);

/* interrupt.c */
NDIS_STATUS PolledRegisterInterrupt(PPOLLED Polled);
VOID PolledDeregisterInterrupt(PPOLLED Polled);
VOID PolledArm(PPOLLED Polled);
VOID PolledDisarm(PPOLLED Polled);

/* power.c */
SET_OPTIONS PolledSetOptions;
VOID PolledFillPowerManagement(PNDIS_PM_CAPABILITIES Power);
NDIS_STATUS PolledSetPower(PPOLLED Polled, NDIS_DEVICE_POWER_STATE State);

/* rings.c */
NDIS_STATUS PolledCreateRings(PPOLLED Polled);
VOID PolledDestroyRings(PPOLLED Polled);
VOID PolledProgramRings(PPOLLED Polled);
VOID PolledReap(PPOLLED Polled, NDIS_POLL_TRANSMIT_DATA *Transmit);
VOID PolledCollect(PPOLLED Polled, NDIS_POLL_RECEIVE_DATA *Receive);
VOID PolledAbortSends(PPOLLED Polled, NDIS_STATUS Status);
MINIPORT_SEND_NET_BUFFER_LISTS PolledSend;
MINIPORT_RETURN_NET_BUFFER_LISTS PolledReturn;
MINIPORT_CANCEL_SEND PolledCancelSend;

/* oid.c */
NDIS_STATUS PolledSetAttributes(PPOLLED Polled);
NDIS_STATUS PolledSetGeneralAttributes(PPOLLED Polled);
MINIPORT_OID_REQUEST PolledOidRequest;
MINIPORT_CANCEL_OID_REQUEST PolledCancelOidRequest;
