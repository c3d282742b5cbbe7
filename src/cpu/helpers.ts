/** Functions that every region module imports, and the codes with which a region leaves. */
import type { Signature } from './wasm/module-writer.ts';

/** Why translated code returned to the host. Slot n of the function table returns code n. */
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
/** Table slots from here on belong to guest addresses. */
export const FIRST_REGION_SLOT = 16;

const signature = (
  parameters: Signature['parameters'],
  results: Signature['results'],
): Signature => ({ parameters, results });

/** Host functions behind the slow paths; the support module wraps them for region modules. */
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

export const REGION_SIGNATURE: Signature = signature([], ['i32']);

/** Imports of a region module in order; their place is their function index. */
export const REGION_IMPORTS: readonly (readonly [string, Signature])[] = [
  ...Object.entries(HOST_HELPERS),
  ['flagsWord', signature(['i32', 'i64', 'i64', 'i64'], ['i32'])],
];

const indexes = new Map(REGION_IMPORTS.map(([name], i) => [name, i]));
export const helperIndex = (name: HostHelper | 'flagsWord'): number => indexes.get(name) ?? 0;
