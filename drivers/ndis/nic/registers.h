/* Registers and descriptors of the Intel 82540EM (Intel 317453, Software Developer's Manual 4.0, chapters 3 and 13). */
#pragma once

#define NIC_VENDOR_ID 0x8086
#define NIC_DEVICE_ID 0x100e
#define NIC_REGISTER_BYTES 0x20000
#define NIC_PORTS 8
#define NIC_PORT_ADDRESS 0x0
#define NIC_PORT_DATA 0x4
#define NIC_GONE 0xffffffff /* what reads of an absent device give */

#define REG_CTRL 0x0000
#define CTRL_SLU 0x00000040
#define CTRL_RST 0x04000000
#define REG_STATUS 0x0008
#define STATUS_FD 0x00000001
#define STATUS_LU 0x00000002
#define STATUS_SPEED(status) (((status) >> 6) & 3)
#define REG_EERD 0x0014
#define EERD_START 0x00000001
#define EERD_DONE 0x00000010
#define EERD_ADDRESS(word) ((ULONG)(word) << 8)
#define EERD_DATA(value) ((USHORT)((value) >> 16))
#define EEPROM_WORDS 64
#define EEPROM_SUM 0xbaba
#define REG_MDIC 0x0020
#define MDIC_READ(phy) (0x08000000 | 1u << 21 | (ULONG)(phy) << 16)
#define MDIC_READY 0x10000000
#define MDIC_ERROR 0x40000000
#define MDIC_DATA(value) ((USHORT)(value))
#define PHY_STATUS 1
#define PHY_STATUS_LINK 0x0004
#define REG_FCTTV 0x0170

#define REG_ICR 0x00c0
#define REG_ITR 0x00c4
#define REG_IMS 0x00d0
#define REG_IMC 0x00d8
#define CAUSE_TXDW 0x00001
#define CAUSE_LSC 0x00004
#define CAUSE_RXDMT0 0x00010
#define CAUSE_RXO 0x00040
#define CAUSE_RXT0 0x00080
#define NIC_RECEIVE_CAUSES (CAUSE_RXDMT0 | CAUSE_RXO | CAUSE_RXT0)
#define NIC_CAUSES (CAUSE_TXDW | CAUSE_LSC | NIC_RECEIVE_CAUSES)

#define REG_RCTL 0x0100
#define RCTL_EN 0x00000002
#define RCTL_UPE 0x00000008
#define RCTL_MPE 0x00000010
#define RCTL_BAM 0x00008000
#define RCTL_SECRC 0x04000000
#define REG_TCTL 0x0400
#define TCTL_EN 0x00000002
#define TCTL_PSP 0x00000008
#define TCTL_FULL_DUPLEX_COLLISIONS (0x0f << 4 | 0x40 << 12)
#define REG_TIPG 0x0410
#define TIPG_COPPER 0x0060200a

#define REG_RDBAL 0x2800
#define REG_RDBAH 0x2804
#define REG_RDLEN 0x2808
#define REG_RDH 0x2810
#define REG_RDT 0x2818
#define REG_TDBAL 0x3800
#define REG_TDBAH 0x3804
#define REG_TDLEN 0x3808
#define REG_TDH 0x3810
#define REG_TDT 0x3818

#define REG_MTA(n) (0x5200 + 4 * (n))
#define NIC_MTA_REGISTERS 128
#define REG_RAL 0x5400
#define REG_RAH 0x5404
#define RAH_VALID 0x80000000

/* Statistics, which clear when read. */
#define REG_CRCERRS 0x4000
#define REG_MPC 0x4010
#define REG_SCC 0x4014
#define REG_MCC 0x401c
#define REG_LATECOL 0x4020
#define REG_GPRC 0x4074
#define REG_BPRC 0x4078
#define REG_MPRC 0x407c
#define REG_GPTC 0x4080
#define REG_GORCL 0x4088
#define REG_GORCH 0x408c
#define REG_GOTCL 0x4090
#define REG_GOTCH 0x4094
#define REG_RUC 0x40a4
#define REG_ROC 0x40ac
#define REG_MPTC 0x40f0
#define REG_BPTC 0x40f4

/* 3.2.3 */
typedef struct _NIC_RX_DESCRIPTOR {
  ULONG64 Address;
  USHORT Length;
  USHORT Checksum;
  UCHAR Status;
  UCHAR Errors;
  USHORT Special;
} NIC_RX_DESCRIPTOR, *PNIC_RX_DESCRIPTOR;
#define RX_DONE 0x01
#define RX_END_OF_PACKET 0x02

/* 3.3.3 */
typedef struct _NIC_TX_DESCRIPTOR {
  ULONG64 Address;
  USHORT Length;
  UCHAR ChecksumOffset;
  UCHAR Command;
  UCHAR Status;
  UCHAR ChecksumStart;
  USHORT Special;
} NIC_TX_DESCRIPTOR, *PNIC_TX_DESCRIPTOR;
#define TX_END_OF_PACKET 0x01
#define TX_INSERT_CRC 0x02
#define TX_REPORT_STATUS 0x08
#define TX_DONE 0x01
_Static_assert(sizeof(NIC_RX_DESCRIPTOR) == 16 && sizeof(NIC_TX_DESCRIPTOR) == 16, "descriptor");
