/** Registers of the 82540EM (Intel 317453, PCI/PCI-X Family of Gigabit Ethernet Controllers Software Developer's Manual 4.0, chapter 13). */

export const VENDOR_ID = 0x8086;
/** Table 5-1: 82540EM desktop. */
export const DEVICE_ID = 0x100e;
export const CLASS_CODE = 0x020000;
export const REVISION = 0x02;
export const SUBSYSTEM_ID = 0x001e;

/** 4.1: 128 KB of registers, 8 bytes of ports at BAR 2; BAR 1 is the flash, which is not there. */
export const REGISTER_BAR = 0;
export const REGISTER_BYTES = 0x2_0000;
export const IO_BAR = 2;
export const IO_BYTES = 8;
/** I/O-mapped access (13.2.2). */
export const IOADDR = 0x0;
export const IODATA = 0x4;
export const IOADDR_WRITABLE = 0x000f_ffff;

/** Device control (13.4.1). */
export const CTRL = 0x0000;
export const CTRL_RESET = 0x0000_0209;
export const CTRL_FD = 0x0000_0001;
export const CTRL_SLU = 0x0000_0040;
export const CTRL_SPEED = 0x0000_0300;
export const CTRL_SPEED_SHIFT = 8;
export const CTRL_FRCSPD = 0x0000_0800;
export const CTRL_FRCDPLX = 0x0000_1000;
export const CTRL_RST = 0x0400_0000;
export const CTRL_VME = 0x4000_0000;
export const CTRL_PHY_RST = 0x8000_0000;

/** Device status (13.4.2). */
export const STATUS = 0x0008;
export const STATUS_FD = 0x0000_0001;
export const STATUS_LU = 0x0000_0002;
export const STATUS_SPEED_SHIFT = 6;
export const STATUS_ASDV_SHIFT = 8;
/** 00b 10 Mb/s, 01b 100 Mb/s, 10b 1000 Mb/s. */
export const SPEED_1000 = 2;

/** EEPROM/flash control and data (13.4.3). */
export const EECD = 0x0010;
export const EECD_SK = 0x001;
export const EECD_CS = 0x002;
export const EECD_DI = 0x004;
export const EECD_DO = 0x008;
export const EECD_FWE_DISABLED = 0x010;
export const EECD_EE_REQ = 0x040;
export const EECD_EE_GNT = 0x080;
export const EECD_EE_PRES = 0x100;
export const EECD_WRITABLE = 0x077;

/** EEPROM read (13.4.4). */
export const EERD = 0x0014;
export const EERD_START = 0x0001;
export const EERD_DONE = 0x0010;
export const EERD_ADDR_SHIFT = 8;
export const EERD_DATA_SHIFT = 16;

const CTRL_EXT = 0x0018;

/** MDI control (13.4.7). */
export const MDIC = 0x0020;
export const MDIC_DATA = 0x0000_ffff;
export const MDIC_REG_SHIFT = 16;
export const MDIC_PHY_SHIFT = 21;
export const MDIC_OP_WRITE = 0x0400_0000;
export const MDIC_OP_READ = 0x0800_0000;
export const MDIC_OP = 0x0c00_0000;
export const MDIC_R = 0x1000_0000;
export const MDIC_I = 0x2000_0000;
export const MDIC_E = 0x4000_0000;
export const MDIC_WRITABLE = 0x2fff_ffff;

const VET = 0x0038;

/** Interrupts (13.4.17 to 13.4.21). */
export const ICR = 0x00c0;
export const ITR = 0x00c4;
export const ICS = 0x00c8;
export const IMS = 0x00d0;
export const IMC = 0x00d8;
export const ICR_TXDW = 0x0_0001;
export const ICR_TXQE = 0x0_0002;
export const ICR_LSC = 0x0_0004;
export const ICR_RXDMT0 = 0x0_0010;
export const ICR_RXO = 0x0_0040;
export const ICR_RXT0 = 0x0_0080;
export const ICR_MDAC = 0x0_0200;
export const ICR_TXD_LOW = 0x0_8000;
export const ICR_SRPD = 0x1_0000;
export const ICR_CAUSES = 0x1_ffff;

/** Receive control (13.4.22). */
export const RCTL = 0x0100;
export const RCTL_EN = 0x0000_0002;
export const RCTL_SBP = 0x0000_0004;
export const RCTL_UPE = 0x0000_0008;
export const RCTL_MPE = 0x0000_0010;
export const RCTL_LPE = 0x0000_0020;
export const RCTL_LBM = 0x0000_00c0;
export const RCTL_RDMTS_SHIFT = 8;
export const RCTL_MO_SHIFT = 12;
export const RCTL_BAM = 0x0000_8000;
export const RCTL_BSIZE_SHIFT = 16;
export const RCTL_VFE = 0x0004_0000;
export const RCTL_BSEX = 0x0200_0000;
export const RCTL_SECRC = 0x0400_0000;
/** How far BSEX enlarges the sizes of BSIZE. */
export const BSEX_FACTOR = 16;
export const BSIZE_0_BYTES = 2048;

/** Transmit control (13.4.33). */
export const TCTL = 0x0400;
export const TCTL_EN = 0x0000_0002;
export const TCTL_PSP = 0x0000_0008;

const PBA = 0x1000;
/** 48 KB for receiving (low half), 16 KB for sending (13.4.16). */
const PBA_RESET = 0x0010_0030;
const LEDCTL_RESET = 0x0706_8302;

/** Rings (13.4.25 to 13.4.46); lengths are whole multiples of 128 bytes. */
export const RDTR = 0x2820;
export const RDTR_FPD = 0x8000_0000;
export const RING_BASE_WRITABLE = 0xffff_fff0;
export const RING_LENGTH_WRITABLE = 0x000f_ff80;
const RXDCTL_RESET = 0x0001_0000;
export const TXDCTL_LWTHRESH_SHIFT = 25;
const TSPMT_RESET = 0x0100_0400;

/** Receive checksum control (13.4.47). */
export const RXCSUM_PCSS = 0xff;
export const RXCSUM_IPOFL = 0x100;
export const RXCSUM_TUOFL = 0x200;

/** Filters (13.5). */
export const MTA = 0x5200;
const MTA_REGISTERS = 128;
const RAL = 0x5400;
const RAH = 0x5404;
export const RECEIVE_ADDRESSES = 16;
export const RAH_AS_SHIFT = 16;
export const RAH_AV = 0x8000_0000;
const VFTA = 0x5600;
const VFTA_REGISTERS = 128;
/** How far right the upper 16 bits of an address go for each MO, to give 12 bits (table 13-67). */
export const MULTICAST_SHIFTS: readonly number[] = [4, 3, 2, 0];

/** Units of the interrupt delay timers and of the throttle (13.4.18, 13.4.30). */
export const DELAY_NANOSECONDS = 1024n;
export const THROTTLE_NANOSECONDS = 256n;

/** Largest frame the device receives or sends (13.4.22, LPE; 3.3). */
export const MAX_FRAME_BYTES = 16288;

/** Registers that only keep what they are told here: name, offset, reset value. */
export const KEPT: readonly (readonly [name: string, at: number, reset?: number])[] = [
  ['CTRL_EXT', CTRL_EXT],
  ['FCAL', 0x0028],
  ['FCAH', 0x002c],
  ['FCT', 0x0030],
  ['VET', VET],
  ['FCTTV', 0x0170],
  ['TXCW', 0x0178],
  ['RXCW', 0x0180],
  ['TIPG', 0x0410],
  ['AIFS', 0x0458],
  ['LEDCTL', 0x0e00, LEDCTL_RESET],
  ['PBA', PBA, PBA_RESET],
  ['FCRTL', 0x2160],
  ['FCRTH', 0x2168],
  ['RDFH', 0x2410],
  ['RDFT', 0x2418],
  ['RDFHS', 0x2420],
  ['RDFTS', 0x2428],
  ['RDFPC', 0x2430],
  ['RXDCTL', 0x2828, RXDCTL_RESET],
  ['RADV', 0x282c],
  ['RSRPD', 0x2c00],
  ['TXDMAC', 0x3000],
  ['TDFH', 0x3410],
  ['TDFT', 0x3418],
  ['TDFHS', 0x3420],
  ['TDFTS', 0x3428],
  ['TDFPC', 0x3430],
  ['TIDV', 0x3820],
  ['TXDCTL', 0x3828],
  ['TADV', 0x382c],
  ['TSPMT', 0x3830, TSPMT_RESET],
  ['RXCSUM', 0x5000],
  ['WUC', 0x5800],
  ['WUFC', 0x5808],
  ['WUS', 0x5810],
  ['MANC', 0x5820],
  ['IPAV', 0x5838],
  ['WUPL', 0x5900],
];

/** Arrays that only keep what they are told (13.5, 13.6): name, offset, number, distance. */
export const KEPT_ARRAYS: readonly (readonly [
  name: string,
  at: number,
  count: number,
  stride: number,
])[] = [
  ['MTA', MTA, MTA_REGISTERS, 4],
  ['RAL', RAL, RECEIVE_ADDRESSES, 8],
  ['RAH', RAH, RECEIVE_ADDRESSES, 8],
  ['VFTA', VFTA, VFTA_REGISTERS, 4],
  ['IP4AT', 0x5840, 4, 8],
  ['IP6AT', 0x5880, 4, 4],
  ['WUPM', 0x5a00, 32, 4],
  ['FFLT', 0x5f00, 4, 8],
  ['FFMT', 0x9000, 128, 8],
  ['FFVT', 0x9800, 128, 8],
];

/** Statistics that count in 32 bits and clear when read (13.7). */
export const STATISTICS: readonly (readonly [name: string, at: number])[] = [
  ['CRCERRS', 0x4000],
  ['ALGNERRC', 0x4004],
  ['SYMERRS', 0x4008],
  ['RXERRC', 0x400c],
  ['MPC', 0x4010],
  ['SCC', 0x4014],
  ['ECOL', 0x4018],
  ['MCC', 0x401c],
  ['LATECOL', 0x4020],
  ['COLC', 0x4028],
  ['DC', 0x4030],
  ['TNCRS', 0x4034],
  ['SEC', 0x4038],
  ['CEXTERR', 0x403c],
  ['RLEC', 0x4040],
  ['XONRXC', 0x4048],
  ['XONTXC', 0x404c],
  ['XOFFRXC', 0x4050],
  ['XOFFTXC', 0x4054],
  ['FCRUC', 0x4058],
  ['PRC64', 0x405c],
  ['PRC127', 0x4060],
  ['PRC255', 0x4064],
  ['PRC511', 0x4068],
  ['PRC1023', 0x406c],
  ['PRC1522', 0x4070],
  ['GPRC', 0x4074],
  ['BPRC', 0x4078],
  ['MPRC', 0x407c],
  ['GPTC', 0x4080],
  ['RNBC', 0x40a0],
  ['RUC', 0x40a4],
  ['RFC', 0x40a8],
  ['ROC', 0x40ac],
  ['RJC', 0x40b0],
  ['MGTPRC', 0x40b4],
  ['MGTPDC', 0x40b8],
  ['MGTPTC', 0x40bc],
  ['TPR', 0x40d0],
  ['TPT', 0x40d4],
  ['PTC64', 0x40d8],
  ['PTC127', 0x40dc],
  ['PTC255', 0x40e0],
  ['PTC511', 0x40e4],
  ['PTC1023', 0x40e8],
  ['PTC1522', 0x40ec],
  ['MPTC', 0x40f0],
  ['BPTC', 0x40f4],
  ['TSCTC', 0x40f8],
  ['TSCTFC', 0x40fc],
];

/** Octet counts of 64 bits in two registers; reading the high one clears both (13.7.34 to 13.7.37, 13.7.45). */
export const OCTET_STATISTICS: readonly (readonly [name: string, low: number])[] = [
  ['GORC', 0x4088],
  ['GOTC', 0x4090],
  ['TOR', 0x40c0],
  ['TOT', 0x40c8],
];

/** Upper bounds of the size classes that PRC and PTC count, with the check sequence. */
export const SIZE_CLASSES: readonly number[] = [64, 127, 255, 511, 1023, 1522];
