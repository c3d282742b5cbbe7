/* The 82540EM itself: reset, EEPROM, rings, filter and statistics. */
#include "nic.h"

#define EEPROM_POLLS 1000
#define EEPROM_MICROSECONDS 5
#define RESET_MICROSECONDS 10
#define THROTTLE (1000000000 / 256 / 8000) /* 8000 interrupts a second, in units of 256 ns */

ULONG NicRead(PNIC Nic, ULONG Register) {
  ULONG value;
  NdisReadRegisterUlong(Nic->Registers + Register, &value);
  return value;
}

VOID NicWrite(PNIC Nic, ULONG Register, ULONG Value) { NdisWriteRegisterUlong(Nic->Registers + Register, Value); }

/* Registers may be used at all: mapped, powered, and not known to have gone. */
BOOLEAN NicIsPresent(PNIC Nic) { return Nic->Registers != NULL && !Nic->Removed && !Nic->LowPower; }

/* The controller cannot complete a memory write that resets it, so the write goes through the ports if it can. */
VOID NicResetHardware(PNIC Nic) {
  if (!NicIsPresent(Nic)) return;
  NicWrite(Nic, REG_IMC, NIC_GONE);
  NicWrite(Nic, REG_RCTL, 0);
  NicWrite(Nic, REG_TCTL, 0);
  ULONG control = NicRead(Nic, REG_CTRL) | CTRL_RST;
  if (Nic->PortsRegistered) {
    NdisRawWritePortUlong(Nic->PortOffset + NIC_PORT_ADDRESS, REG_CTRL);
    NdisRawWritePortUlong(Nic->PortOffset + NIC_PORT_DATA, control);
  } else {
    NicWrite(Nic, REG_CTRL, control);
  }
  NdisStallExecution(RESET_MICROSECONDS);
  NicWrite(Nic, REG_IMC, NIC_GONE);
  NicRead(Nic, REG_ICR);
  NicWrite(Nic, REG_CTRL, NicRead(Nic, REG_CTRL) | CTRL_SLU);
}

PAGE_CODE static NDIS_STATUS ReadEepromWord(PNIC Nic, ULONG Word, PUSHORT Value) {
  NicWrite(Nic, REG_EERD, EERD_ADDRESS(Word) | EERD_START);
  for (ULONG i = 0; i < EEPROM_POLLS; i++) {
    ULONG read = NicRead(Nic, REG_EERD);
    if (read == NIC_GONE) return NDIS_STATUS_FAILURE;
    if (read & EERD_DONE) {
      *Value = EERD_DATA(read);
      return NDIS_STATUS_SUCCESS;
    }
    NdisStallExecution(EEPROM_MICROSECONDS);
  }
  return NDIS_STATUS_FAILURE;
}

/* The first three words are the address; all of them add up to a known sum. */
PAGE_CODE NDIS_STATUS NicReadAddress(PNIC Nic) {
  USHORT sum = 0;
  for (ULONG i = 0; i < EEPROM_WORDS; i++) {
    USHORT word = 0;
    if (ReadEepromWord(Nic, i, &word) != NDIS_STATUS_SUCCESS) {
      NdisWriteErrorLogEntry(Nic->Adapter, NDIS_ERROR_CODE_HARDWARE_FAILURE, 1, i);
      return NDIS_STATUS_FAILURE;
    }
    sum += word;
    if (i < ETH_LENGTH_OF_ADDRESS / 2) {
      Nic->PermanentAddress[2 * i] = (UCHAR)word;
      Nic->PermanentAddress[2 * i + 1] = (UCHAR)(word >> 8);
    }
  }
  if (sum != EEPROM_SUM || ETH_IS_MULTICAST(Nic->PermanentAddress)) {
    NdisWriteErrorLogEntry(Nic->Adapter, NDIS_ERROR_CODE_NETWORK_ADDRESS, 1, (ULONG)sum);
    return NDIS_STATUS_FAILURE;
  }
  const UCHAR *current = Nic->Configuration.AddressGiven ? Nic->Configuration.Address : Nic->PermanentAddress;
  NdisMoveMemory(Nic->CurrentAddress, current, ETH_LENGTH_OF_ADDRESS);
  return NDIS_STATUS_SUCCESS;
}

/* Twelve bits of an address, counted from its last bit, choose a bit of the table (13.5.1, MO = 0). */
static VOID ApplyMulticasts(PNIC Nic) {
  ULONG table[NIC_MTA_REGISTERS] = {0};
  for (ULONG i = 0; i < Nic->Multicasts; i++) {
    ULONG hash = (Nic->Multicast[i][4] >> 4 | Nic->Multicast[i][5] << 4) & 0xfff;
    table[hash >> 5] |= 1u << (hash & 31);
  }
  for (ULONG i = 0; i < NIC_MTA_REGISTERS; i++) NicWrite(Nic, REG_MTA(i), table[i]);
}

/* With the lock held. */
VOID NicApplyFilter(PNIC Nic) {
  if (!NicIsPresent(Nic)) return;
  ULONG filter = Nic->PacketFilter;
  ULONG control = RCTL_SECRC;
  if (Nic->State == NicRunning && filter != 0) control |= RCTL_EN;
  if (filter & NDIS_PACKET_TYPE_BROADCAST) control |= RCTL_BAM;
  if (filter & NDIS_PACKET_TYPE_PROMISCUOUS) control |= RCTL_UPE | RCTL_MPE | RCTL_BAM;
  if (filter & NDIS_PACKET_TYPE_ALL_MULTICAST) control |= RCTL_MPE;
  ApplyMulticasts(Nic);
  NicWrite(Nic, REG_RCTL, control);
}

static VOID ApplyAddress(PNIC Nic) {
  const UCHAR *address = Nic->CurrentAddress;
  NicWrite(Nic, REG_RAL, address[0] | address[1] << 8 | address[2] << 16 | (ULONG)address[3] << 24);
  NicWrite(Nic, REG_RAH, address[4] | address[5] << 8 | RAH_VALID);
}

/* Programs everything anew; interrupts are turned on by the caller. */
VOID NicStartHardware(PNIC Nic) {
  if (!NicIsPresent(Nic)) return;
  ApplyAddress(Nic);
  NicWrite(Nic, REG_ITR, Nic->Configuration.InterruptModeration ? THROTTLE : 0);
  NicWrite(Nic, REG_TIPG, TIPG_COPPER);
  NicProgramSends(Nic);
  NicProgramReceives(Nic);
  NicWrite(Nic, REG_TCTL, TCTL_EN | TCTL_PSP | TCTL_FULL_DUPLEX_COLLISIONS);
  NicApplyFilter(Nic);
}

/* Neither interrupts nor DMA from here on. */
VOID NicStopHardware(PNIC Nic) {
  if (!NicIsPresent(Nic)) return;
  NicDisableInterrupts(Nic);
  NicWrite(Nic, REG_RCTL, 0);
  NicWrite(Nic, REG_TCTL, 0);
  NicRead(Nic, REG_STATUS); /* the writes have arrived */
}

static ULONG64 ReadOctets(PNIC Nic, ULONG Low, ULONG High) {
  ULONG low = NicRead(Nic, Low);
  return low | (ULONG64)NicRead(Nic, High) << 32;
}

/* With the lock held. */
VOID NicUpdateStatistics(PNIC Nic) {
  if (!NicIsPresent(Nic)) return;
  NIC_STATISTICS *total = &Nic->Statistics;
  total->ReceivedFrames += NicRead(Nic, REG_GPRC);
  total->ReceivedBroadcasts += NicRead(Nic, REG_BPRC);
  total->ReceivedMulticasts += NicRead(Nic, REG_MPRC);
  total->ReceivedBytes += ReadOctets(Nic, REG_GORCL, REG_GORCH);
  total->SentFrames += NicRead(Nic, REG_GPTC);
  total->SentBroadcasts += NicRead(Nic, REG_BPTC);
  total->SentMulticasts += NicRead(Nic, REG_MPTC);
  total->SentBytes += ReadOctets(Nic, REG_GOTCL, REG_GOTCH);
  total->CrcErrors += NicRead(Nic, REG_CRCERRS);
  total->Missed += NicRead(Nic, REG_MPC);
  total->Undersized += NicRead(Nic, REG_RUC);
  total->Oversized += NicRead(Nic, REG_ROC);
  total->OneCollision += NicRead(Nic, REG_SCC);
  total->MoreCollisions += NicRead(Nic, REG_MCC);
  total->LateCollisions += NicRead(Nic, REG_LATECOL);
}
