/* A small correct miniport for an 82540EM whose steps a sample replaces one by one, so that only its fault stands out. */
#pragma once

#define NDIS630_MINIPORT
#include <ndis.h>

/* Intel 317453, chapter 13 */
#define REG_CTRL 0x0000
#define CTRL_RST 0x04000000
#define REG_STATUS 0x0008
#define REG_ICR 0x00c0
#define REG_ICS 0x00c8
#define REG_IMS 0x00d0
#define REG_IMC 0x00d8
#define REG_STATISTICS 0x4000 /* to 0x40ff */
#define REG_RAL 0x5400
#define REG_RAH 0x5404
#define PORT_IOADDR 0x0
#define PORT_IODATA 0x4
#define CAUSE_LINK 0x4
#define ALL_CAUSES 0xffffffff
#define GONE 0xffffffff /* what reads of an absent device give */

typedef struct _SAMPLE {
  NDIS_HANDLE Adapter; /* as given to MiniportInitializeEx */
  UCHAR Mac[ETH_LENGTH_OF_ADDRESS];
  BOOLEAN Removed;
  LONG LinkChanges;
  ULONG PacketFilter;

  /* The first memory resource and its mapping. */
  NDIS_PHYSICAL_ADDRESS Address;
  ULONG Length;
  PUCHAR Registers;

  /* The first port resource, whether the processor reaches it, and its registration. */
  ULONG FirstPort;
  ULONG Ports;
  BOOLEAN PortsReachable;
  BOOLEAN PortsRegistered;
  PUCHAR PortOffset;

  NDIS_HANDLE Interrupt;
  PVOID Context; /* SampleHooks.ContextSize zeroed bytes */
} SAMPLE, *PSAMPLE;

/* What a sample does its own way; a step left out is done right. */
typedef struct _SAMPLE_HOOKS {
  UINT ContextSize;
  NDIS_STATUS (*DriverEntry)(VOID);
  NDIS_STATUS (*BeforeAttributes)(PSAMPLE Sample);
  NDIS_STATUS (*Map)(PSAMPLE Sample);
  NDIS_STATUS (*RegisterPorts)(PSAMPLE Sample);
  NDIS_STATUS (*Initialized)(PSAMPLE Sample); /* the last step, which may fail */
  VOID (*Unwind)(PSAMPLE Sample);             /* after a failed step */
  VOID (*Release)(PSAMPLE Sample, NDIS_HALT_ACTION Action);
  NDIS_STATUS (*Restart)(PSAMPLE Sample);
  VOID (*Query)(PSAMPLE Sample); /* when statistics are asked for */
  VOID (*Pause)(PSAMPLE Sample);
  VOID (*Event)(PSAMPLE Sample, NDIS_DEVICE_PNP_EVENT Event);
  VOID (*Dpc)(PSAMPLE Sample);
  VOID (*Shutdown)(PSAMPLE Sample, NDIS_SHUTDOWN_ACTION Action);
  VOID (*Unload)(VOID);
  ULONG AttributeFlags; /* more than the usual ones */
} SAMPLE_HOOKS;

extern const SAMPLE_HOOKS SampleHooks;

NDIS_STATUS SampleMap(PSAMPLE Sample);
NDIS_STATUS SampleMapResult(PSAMPLE Sample, NDIS_STATUS Status);
NDIS_STATUS SampleRegisterPorts(PSAMPLE Sample);
VOID SampleQuiet(PSAMPLE Sample);
VOID SampleDeregisterInterrupt(PSAMPLE Sample);
VOID SampleDeregisterPorts(PSAMPLE Sample);
VOID SampleUnmap(PSAMPLE Sample);
VOID SampleRelease(PSAMPLE Sample);
NDIS_STATUS SampleOidRequest(PSAMPLE Sample, PNDIS_OID_REQUEST Request);
NDIS_STATUS SampleSetGeneralAttributes(PSAMPLE Sample);
