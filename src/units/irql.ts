/** Interrupt request levels of x64 Windows (wdm.h, amd64). */

export const PASSIVE_LEVEL = 0;
export const APC_LEVEL = 1;
export const DISPATCH_LEVEL = 2;
const CLOCK_LEVEL = 13;
const IPI_LEVEL = 14;
export const HIGH_LEVEL = 15;

/** 0 to 15; device interrupts use 3 to 11. */
export type Irql = number;

const NAMES = new Map([
  [PASSIVE_LEVEL, 'PASSIVE_LEVEL'],
  [APC_LEVEL, 'APC_LEVEL'],
  [DISPATCH_LEVEL, 'DISPATCH_LEVEL'],
  [CLOCK_LEVEL, 'CLOCK_LEVEL'],
  [IPI_LEVEL, 'IPI_LEVEL'],
  [HIGH_LEVEL, 'HIGH_LEVEL'],
]);

export const irqlName = (irql: Irql): string => NAMES.get(irql) ?? `DIRQL ${irql}`;
