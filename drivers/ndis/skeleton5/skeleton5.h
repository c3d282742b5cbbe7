/* A small correct NDIS 5.1 miniport for an 82540EM whose steps a sample replaces one by one. */
#pragma once

#define NDIS51_MINIPORT
#include <ndis.h>

/* Intel 317453, chapter 13 */
#define REG_STATUS 0x0008
#define REG_ICR 0x00c0
#define REG_IMC 0x00d8
#define REG_STATISTICS 0x4000 /* to 0x40ff */
#define REG_RAL 0x5400
#define REG_RAH 0x5404
#define ALL_CAUSES 0xffffffff
#define GONE 0xffffffff /* what reads of an absent device give */

typedef struct _SAMPLE {
  NDIS_HANDLE Adapter; /* as given to MiniportInitialize */
  UCHAR Mac[ETH_LENGTH_OF_ADDRESS];
  BOOLEAN Removed;
  ULONG PacketFilter;

  /* The first memory resource and its mapping. */
  NDIS_PHYSICAL_ADDRESS Address;
  ULONG Length;
  PUCHAR Registers;

  ULONG Level;
  ULONG Vector;
  BOOLEAN InterruptRegistered;
  NDIS_MINIPORT_INTERRUPT Interrupt;
  PVOID Context; /* for the sample */
} SAMPLE, *PSAMPLE;

/* What a sample does its own way; a step left out is done right. */
typedef struct _SAMPLE_HOOKS {
  NDIS_STATUS (*BeforeAttributes)(PSAMPLE Sample);
  NDIS_STATUS (*Map)(PSAMPLE Sample);
  NDIS_STATUS (*Initialized)(PSAMPLE Sample); /* the last step, which may fail */
  VOID (*Unwind)(PSAMPLE Sample);             /* after a failed step */
  VOID (*Release)(PSAMPLE Sample);
  VOID (*Reset)(PSAMPLE Sample);
  VOID (*Removed)(PSAMPLE Sample);
  VOID (*Shutdown)(PSAMPLE Sample);
} SAMPLE_HOOKS;

extern const SAMPLE_HOOKS SampleHooks;

NDIS_STATUS SampleMap(PSAMPLE Sample);
VOID SampleQuiet(PSAMPLE Sample);
VOID SampleDeregisterInterrupt(PSAMPLE Sample);
VOID SampleUnmap(PSAMPLE Sample);
VOID SampleRelease(PSAMPLE Sample);
NDIS_STATUS NTAPI SampleQuery(NDIS_HANDLE Context, NDIS_OID Oid, PVOID Buffer, ULONG Length, PULONG Written,
                              PULONG Needed);
NDIS_STATUS NTAPI SampleSet(NDIS_HANDLE Context, NDIS_OID Oid, PVOID Buffer, ULONG Length, PULONG Read,
                            PULONG Needed);
