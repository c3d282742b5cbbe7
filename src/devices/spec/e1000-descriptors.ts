/** Descriptors of the 82540EM in memory (Intel 317453, 3.2.3, 3.3.3, 3.3.6, 3.3.7). */

export const DESCRIPTOR_BYTES = 16;

/** Receive descriptor (3.2.3). */
export const RX_LENGTH = 8;
export const RX_CHECKSUM = 10;
export const RX_STATUS = 12;
export const RX_ERRORS = 13;
export const RX_SPECIAL = 14;
export const RX_STATUS_DD = 0x01;
export const RX_STATUS_EOP = 0x02;
export const RX_STATUS_IXSM = 0x04;
export const RX_STATUS_VP = 0x08;
export const RX_STATUS_TCPCS = 0x20;
export const RX_STATUS_IPCS = 0x40;
export const RX_STATUS_PIF = 0x80;
export const RX_ERROR_TCPE = 0x20;
export const RX_ERROR_IPE = 0x40;

/** Legacy transmit descriptor (3.3.3). */
export const TX_LENGTH = 8;
export const TX_CSO = 10;
export const TX_CMD = 11;
export const TX_STATUS = 12;
export const TX_CSS = 13;
export const TX_SPECIAL = 14;
export const TX_STATUS_DD = 0x01;

/** Commands; IC only in legacy descriptors, TSE in its place in the others. */
export const CMD_EOP = 0x01;
export const CMD_IFCS = 0x02;
export const CMD_IC = 0x04;
export const CMD_TSE = 0x04;
export const CMD_RS = 0x08;
export const CMD_RPS = 0x10;
export const CMD_DEXT = 0x20;
export const CMD_VLE = 0x40;
export const CMD_IDE = 0x80;

/** Second doubleword of context and data descriptors: length, type, command. */
export const EXTENDED_LENGTH = 0x000f_ffff;
export const EXTENDED_TYPE_SHIFT = 20;
export const EXTENDED_TYPE_MASK = 0xf;
export const TYPE_CONTEXT = 0;
export const TYPE_DATA = 1;

/** Context descriptor (3.3.6). */
export const CONTEXT_IPCSS = 0;
export const CONTEXT_IPCSO = 1;
export const CONTEXT_IPCSE = 2;
export const CONTEXT_TUCSS = 4;
export const CONTEXT_TUCSO = 5;
export const CONTEXT_TUCSE = 6;
export const CONTEXT_HDRLEN = 13;
export const CONTEXT_MSS = 14;
export const TUCMD_TCP = 0x01;
export const TUCMD_IP = 0x02;

/** Data descriptor (3.3.7). */
export const DATA_POPTS = 13;
export const POPTS_IXSM = 0x01;
export const POPTS_TXSM = 0x02;
