/** The internal PHY of the 82540EM (Intel 317453, 13.4.7.1; IEEE 802.3, 22.2.4) and its EEPROM (5.6). */

/** Where the MDI bus finds the PHY. */
export const PHY_ADDRESS = 1;
export const PHY_REGISTERS = 32;

export const PCTRL = 0;
export const PCTRL_RESTART_AUTONEG = 0x0200;
export const PCTRL_POWER_DOWN = 0x0800;
export const PCTRL_LOOPBACK = 0x4000;
export const PCTRL_RESET = 0x8000;
export const PSTATUS = 1;
export const PSTATUS_LINK = 0x0004;
export const PSTATUS_AUTONEG_COMPLETE = 0x0020;
export const PHY_ID1 = 2;
export const PHY_ID2 = 3;
export const ANA = 4;
const LPA = 5;
const ANE = 6;
const NPT = 7;
const LPN = 8;
const GCON = 9;
const GSTATUS = 10;
const EPSTATUS = 15;
const PSCON = 16;
export const PSSTAT = 17;
const PINTS = 19;
const EPSCON1 = 20;

/** Auto-negotiation on, full duplex, 1000 Mb/s. */
const PCTRL_DEFAULT = 0x1140;
/** Everything of 10 and 100 Mb/s, extended status, preamble suppression, auto-negotiation. */
const PSTATUS_DEFAULT = 0x7949;

export const DEFAULTS: Readonly<Record<number, number>> = {
  [PCTRL]: PCTRL_DEFAULT,
  [PSTATUS]: PSTATUS_DEFAULT,
  [PHY_ID1]: 0x0141,
  [PHY_ID2]: 0x0c20,
  [ANA]: 0x0de1,
  [NPT]: 0x2001,
  [GCON]: 0x0300,
  [EPSTATUS]: 0x3000,
  [PSCON]: 0x0360,
  [EPSCON1]: 0x0d60,
};

/** What these registers read once both ends have agreed on 1000 Mb/s, full duplex. */
export const LINKED: Readonly<Record<number, number>> = {
  [LPA]: 0x45e1,
  [ANE]: 0x0001,
  [GSTATUS]: 0x3c00,
  [PSSTAT]: 0xac00,
};

export const READ_ONLY: ReadonlySet<number> = new Set([
  PSTATUS,
  PHY_ID1,
  PHY_ID2,
  LPA,
  ANE,
  LPN,
  GSTATUS,
  EPSTATUS,
  PSSTAT,
  PINTS,
]);

/** EEPROM words (table 5-3). */
export const EEPROM_WORDS = 64;
export const WORD_RESERVED_4 = 0x04;
export const WORD_INITIALIZATION_1 = 0x0a;
export const WORD_SUBSYSTEM_ID = 0x0b;
export const WORD_SUBSYSTEM_VENDOR = 0x0c;
export const WORD_DEVICE_ID = 0x0d;
export const WORD_VENDOR_ID = 0x0e;
export const WORD_INITIALIZATION_2 = 0x0f;
export const WORD_CHECKSUM = 0x3f;
/** 5.6.36: all words together make this. */
export const CHECKSUM_TOTAL = 0xbaba;
/** Signature 01b, full duplex, power management, subsystem and vendor from the EEPROM (5.6.12). */
export const INITIALIZATION_1 = 0x440b;
/** Both pause bits (5.6.15). */
export const INITIALIZATION_2 = 0x3000;

/** Microwire commands after the start bit (5.4): two bits, six of address. */
export const MICROWIRE_COMMAND_BITS = 9;
export const MICROWIRE_WRITE_BITS = 25;
export const MICROWIRE_EXTENDED = 0;
export const MICROWIRE_WRITE = 1;
export const MICROWIRE_READ = 2;
export const MICROWIRE_ERASE = 3;
/** Upper address bits of extended commands. */
export const MICROWIRE_WRITE_DISABLE = 0;
export const MICROWIRE_WRITE_ENABLE = 3;
