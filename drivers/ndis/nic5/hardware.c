/* The 82540EM itself: registers, reset, EEPROM, filter, interrupts and link. */
#include "nic5.h"

#define EEPROM_POLLS 1000
#define EEPROM_MICROSECONDS 5
#define RESET_MICROSECONDS 10

ULONG NicRead(PNIC Nic, ULONG Register) {
  ULONG value;
  NdisReadRegisterUlong(Nic->Registers + Register, &value);
  return value;
}

VOID NicWrite(PNIC Nic, ULONG Register, ULONG Value) { NdisWriteRegisterUlong(Nic->Registers + Register, Value); }

VOID NicReset(PNIC Nic) {
  NicWrite(Nic, REG_IMC, NIC_GONE);
  NicWrite(Nic, REG_CTRL, NicRead(Nic, REG_CTRL) | CTRL_RST);
  NdisStallExecution(RESET_MICROSECONDS);
  NicWrite(Nic, REG_IMC, NIC_GONE);
  NicRead(Nic, REG_ICR);
  NicWrite(Nic, REG_CTRL, NicRead(Nic, REG_CTRL) | CTRL_SLU);
}

static NDIS_STATUS ReadEepromWord(PNIC Nic, ULONG Word, PUSHORT Value) {
  NicWrite(Nic, REG_EERD, EERD_ADDRESS(Word) | EERD_START);
  for (ULONG i = 0; i < EEPROM_POLLS; i++) {
    ULONG read = NicRead(Nic, REG_EERD);
    if (read == NIC_GONE) break;
    if (read & EERD_DONE) {
      *Value = EERD_DATA(read);
      return NDIS_STATUS_SUCCESS;
    }
    NdisStallExecution(EEPROM_MICROSECONDS);
  }
  NdisWriteErrorLogEntry(Nic->Adapter, NDIS_ERROR_CODE_HARDWARE_FAILURE, 1, Word);
  return NDIS_STATUS_FAILURE;
}

NDIS_STATUS NicReadAddress(PNIC Nic) {
  for (ULONG i = 0; i < ETH_LENGTH_OF_ADDRESS / 2; i++) {
    USHORT word;
    NDIS_STATUS status = ReadEepromWord(Nic, i, &word);
    if (status != NDIS_STATUS_SUCCESS) return status;
    Nic->PermanentAddress[2 * i] = (UCHAR)word;
    Nic->PermanentAddress[2 * i + 1] = (UCHAR)(word >> 8);
  }
  if (!ETH_IS_MULTICAST(Nic->PermanentAddress)) return NDIS_STATUS_SUCCESS;
  NdisWriteErrorLogEntry(Nic->Adapter, NDIS_ERROR_CODE_NETWORK_ADDRESS, 0);
  return NDIS_STATUS_FAILURE;
}

/* With the lock held. */
VOID NicApplyFilter(PNIC Nic) {
  ULONG table[NIC_MTA_REGISTERS] = {0};
  ULONG control = RCTL_SECRC;
  if (Nic->Removed) return;
  for (ULONG i = 0; i < Nic->Multicasts; i++) {
    ULONG hash = (Nic->Multicast[i][4] >> 4 | Nic->Multicast[i][5] << 4) & 0xfff;
    table[hash >> 5] |= 1u << (hash & 31);
  }
  for (ULONG i = 0; i < NIC_MTA_REGISTERS; i++) NicWrite(Nic, REG_MTA(i), table[i]);
  if (Nic->PacketFilter != 0) control |= RCTL_EN;
  if (Nic->PacketFilter & NDIS_PACKET_TYPE_BROADCAST) control |= RCTL_BAM;
  if (Nic->PacketFilter & NDIS_PACKET_TYPE_ALL_MULTICAST) control |= RCTL_MPE;
  if (Nic->PacketFilter & NDIS_PACKET_TYPE_PROMISCUOUS) control |= RCTL_UPE | RCTL_MPE | RCTL_BAM;
  NicWrite(Nic, REG_RCTL, control);
}

/* Interrupts are turned on by the caller. */
VOID NicStart(PNIC Nic) {
  const UCHAR *address = Nic->CurrentAddress;
  NdisAcquireSpinLock(&Nic->Lock);
  NicWrite(Nic, REG_RAL, address[0] | address[1] << 8 | address[2] << 16 | (ULONG)address[3] << 24);
  NicWrite(Nic, REG_RAH, address[4] | address[5] << 8 | RAH_VALID);
  NicWrite(Nic, REG_TIPG, TIPG_COPPER);
  NicProgramRings(Nic);
  NicWrite(Nic, REG_TCTL, TCTL_EN | TCTL_PSP | TCTL_FULL_DUPLEX_COLLISIONS);
  NicApplyFilter(Nic);
  NdisReleaseSpinLock(&Nic->Lock);
}

static BOOLEAN NTAPI LetThrough(PVOID Context) {
  PNIC nic = Context;
  if (nic->InterruptsOn && !nic->Removed) NicWrite(nic, REG_IMS, NIC_CAUSES);
  return TRUE;
}

static BOOLEAN NTAPI TurnOn(PVOID Context) {
  PNIC nic = Context;
  nic->InterruptsOn = TRUE;
  return LetThrough(nic);
}

VOID NicEnableInterrupts(PNIC Nic) { NdisMSynchronizeWithInterrupt(&Nic->Interrupt, (PVOID)TurnOn, Nic); }

/* Neither interrupts nor DMA from here on. Register accesses only, for any IRQL. */
VOID NicStop(PNIC Nic) {
  Nic->InterruptsOn = FALSE;
  if (Nic->Removed) return;
  NicWrite(Nic, REG_IMC, NIC_GONE);
  NicWrite(Nic, REG_RCTL, 0);
  NicWrite(Nic, REG_TCTL, 0);
  NicRead(Nic, REG_STATUS);
}

VOID NTAPI NicIsr(PBOOLEAN Recognized, PBOOLEAN Queue, NDIS_HANDLE Context) {
  PNIC nic = Context;
  *Recognized = *Queue = FALSE;
  if (!nic->InterruptsOn || nic->Removed) return;
  ULONG causes = NicRead(nic, REG_ICR);
  if (causes == 0 || causes == NIC_GONE) return;
  NicWrite(nic, REG_IMC, NIC_GONE);
  InterlockedOr((PLONG)&nic->Causes, (LONG)causes);
  *Recognized = *Queue = TRUE;
}

VOID NTAPI NicHandleInterrupt(NDIS_HANDLE Context) {
  PNIC nic = Context;
  ULONG causes = (ULONG)InterlockedExchange((PLONG)&nic->Causes, 0);
  if (causes & CAUSE_LSC) NicReportLink(nic);
  if (causes & CAUSE_TXDW) NicReap(nic);
  NicReceive(nic);
  NdisMSynchronizeWithInterrupt(&nic->Interrupt, (PVOID)LetThrough, nic);
}

/* Tells NDIS when the link has changed since the last time. At DISPATCH_LEVEL. */
VOID NicReportLink(PNIC Nic) {
  NdisDprAcquireSpinLock(&Nic->Lock);
  ULONG status = Nic->Removed || Nic->Halting ? NIC_GONE : NicRead(Nic, REG_STATUS);
  BOOLEAN up = status == NIC_GONE ? Nic->LinkUp : (status & STATUS_LU) != 0;
  BOOLEAN changed = up != Nic->LinkUp;
  Nic->LinkUp = up;
  NdisDprReleaseSpinLock(&Nic->Lock);
  if (!changed) return;
  NdisMIndicateStatus(Nic->Adapter, up ? NDIS_STATUS_MEDIA_CONNECT : NDIS_STATUS_MEDIA_DISCONNECT, NULL, 0);
  NdisMIndicateStatusComplete(Nic->Adapter);
}
