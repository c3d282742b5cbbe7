/** The lazy form of the six status flags: which operation made them last, and from what. */

export const CF = 1;
export const PF = 4;
export const AF = 0x10;
export const ZF = 0x40;
export const SF = 0x80;
export const OF = 0x800;
export const STATUS_FLAGS = CF | PF | AF | ZF | SF | OF;
/** Direction flag, in the system part of RFLAGS. */
export const DF = 0x400;
export const IF = 0x200;
export const TF = 0x100;

export type FlagName = 'CF' | 'PF' | 'AF' | 'ZF' | 'SF' | 'OF';
const BIT: Record<FlagName, number> = { CF, PF, AF, ZF, SF, OF };
export const flagMask = (names: readonly FlagName[]): number =>
  names.reduce((mask, name) => mask | BIT[name], 0);

/**
 * Operations, with what their operands hold (all zero-extended from the operand size):
 * add, sub: a, b. adc, sbb: a, b, c = carry in. logic: a = result. inc, dec: a = result, c = CF kept.
 * shl, shr, sar: a = value, b = count, not zero. mul, imul: a, b, CF and OF telling that the high half matters.
 */
export const FLAG_OPERATIONS = [
  'add',
  'sub',
  'adc',
  'sbb',
  'logic',
  'inc',
  'dec',
  'shl',
  'shr',
  'sar',
  'mul',
  'imul',
] as const;
export type FlagOperation = (typeof FLAG_OPERATIONS)[number];

/** The code in the thunk: operation times four plus the logarithm of the size in bytes. */
export const flagCode = (operation: FlagOperation, size: number): number =>
  FLAG_OPERATIONS.indexOf(operation) * 4 + (31 - Math.clz32(size));
export const operationOf = (code: number): FlagOperation => FLAG_OPERATIONS[code >> 2] ?? 'logic';
export const sizeOf = (code: number): number => 1 << (code & 3);

/** Operand a is the flags word itself. */
export const FLAGS_RAW = FLAG_OPERATIONS.length * 4;
/** Added to a code: CF is operand c instead of what the operation says. */
export const CARRY_APART = 0x40;
