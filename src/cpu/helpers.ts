/** Functions that translated code calls, and the codes with which a region leaves. */
import { constI32, constI64, type Expr, type I64, type ValueType } from './wasm/expression.ts';
import type { Signature } from './wasm/module-writer.ts';

/** Why translated code returned to the host. Regions return the next RIP, or one of these at `LEAVE_BASE`. */
export const LEAVE = {
  /** Go on at RIP, which the code map did not know. */
  lookup: 0,
  /** Run the instruction at RIP with its memory accesses through the host. */
  slow: 1,
  /** The slice is nearly used up. */
  limit: 2,
  /** The host recorded a guest fault for the instruction at RIP. */
  fault: 3,
  /** #DE for the instruction at RIP. */
  divideError: 4,
  /** #GP(0) for the instruction at RIP. */
  protection: 5,
} as const;
export const LEAVE_CODES = Object.keys(LEAVE).length;
/** Not canonical, so no place that control can go to: 0 is one. */
export const LEAVE_BASE = 1n << 62n;
/** What a region returns for the code. */
export const leaveResult = (code: number): I64 => constI64(LEAVE_BASE | BigInt(code));

const signature = (
  parameters: Signature['parameters'],
  results: Signature['results'],
): Signature => ({ parameters, results });

/** Host functions behind the slow paths; the support module gives them a WebAssembly face. */
export const HOST_HELPERS = {
  /** Host offset for a load that stays in its page and hits RAM, or -1. */
  fillRead: signature(['i64', 'i32'], ['i32']),
  fillWrite: signature(['i64', 'i32'], ['i32']),
  /** Whole accesses, devices and faults included; a refused one sets `fault`. */
  slowRead: signature(['i64', 'i32'], ['i64']),
  /** Checks that all bytes may be written, then reads. */
  slowModify: signature(['i64', 'i32'], ['i64']),
  slowWrite: signature(['i64', 'i32', 'i64'], []),
  /** Sixteen bytes, all or none. */
  slowWriteVector: signature(['i64', 'i64', 'i64'], []),
  /** High half, low half, divisor. */
  unsignedQuotientFits: signature(['i64', 'i64', 'i64'], ['i32']),
  divideUnsigned: signature(['i64', 'i64', 'i64'], ['i64']),
  signedQuotientFits: signature(['i64', 'i64', 'i64'], ['i32']),
  divideSigned: signature(['i64', 'i64', 'i64'], ['i64']),
} as const satisfies Record<string, Signature>;
export type HostHelper = keyof typeof HOST_HELPERS;

export const REGION_SIGNATURE: Signature = signature([], ['i64']);

/** Functions that translated code calls, in the order of the helper table. */
const HELPERS = {
  ...HOST_HELPERS,
  /** Operation and operands of a thunk to the status flags. */
  flagsWord: signature(['i32', 'i64', 'i64', 'i64'], ['i32']),
} as const satisfies Record<string, Signature>;
export type Helper = keyof typeof HELPERS;

export const HELPER_NAMES = Object.keys(HELPERS) as readonly Helper[];

const keyOf = ({ parameters, results }: Signature): string => `${parameters}>${results}`;

/** Types of a region module: its functions' own, then one for each kind of helper. */
export const REGION_TYPES: readonly Signature[] = [
  REGION_SIGNATURE,
  ...new Map<string, Signature>(
    Object.values(HELPERS).map((type) => [keyOf(type), type] as const),
  ).values(),
];
const typeIndexes = new Map(REGION_TYPES.map((type, i) => [keyOf(type), i] as const));

const CALL_INDIRECT = 0x11;

/**
 * Calls a helper through the table that region modules import: V8 would compile a wrapper for each
 * kind of imported function in every module.
 */
export function callHelper<T extends ValueType>(
  type: T,
  helper: Helper,
  ...args: readonly Expr[]
): Expr<T> {
  const typeIndex = typeIndexes.get(keyOf(HELPERS[helper])) ?? 0;
  return {
    type,
    op: CALL_INDIRECT,
    args: [...args, constI32(HELPER_NAMES.indexOf(helper))],
    immediate: { form: 'bytes', value: [typeIndex, 0] },
  };
}
