/** NTSTATUS values (ntstatus.h): unsigned 32-bit, success when the top bit is clear. */
import type { Unit } from './address.ts';
import { NDIS_STATUS_CODES } from './ndis-status-codes.ts';
import { STATUS_CODES } from './status-codes.ts';

export type NtStatus = Unit<number, 'NtStatus'>;
type StatusName = keyof typeof STATUS_CODES;

export const ntStatus = (raw: number | bigint): NtStatus =>
  (Number(BigInt.asUintN(32, BigInt(raw))) >>> 0) as NtStatus;

/** Every named status, as `STATUS.INSUFFICIENT_RESOURCES`. */
export const STATUS = Object.fromEntries(
  Object.entries(STATUS_CODES).map(([name, value]) => [name.slice('STATUS_'.length), value]),
) as { readonly [K in StatusName as K extends `STATUS_${infer Rest}` ? Rest : never]: NtStatus };

export const isSuccess = (status: NtStatus): boolean => status < 0x8000_0000;

/** Names that only NDIS has for a value stand for it; where both have one it is NTSTATUS's. */
const NAMES = new Map<number, string>(
  Object.entries(NDIS_STATUS_CODES).map(([name, value]) => [value, `NDIS_STATUS_${name}`]),
);
for (const [name, value] of Object.entries(STATUS_CODES)) {
  const known = NAMES.get(value);
  if (
    known === undefined ||
    known.startsWith('NDIS_') ||
    (name.length < known.length && value !== 0)
  )
    NAMES.set(value, name);
}
NAMES.set(0, 'STATUS_SUCCESS');
NAMES.set(0x103, 'STATUS_PENDING');

export const statusName = (status: number): string =>
  NAMES.get(status >>> 0) ?? `0x${(status >>> 0).toString(16).padStart(8, '0')}`;
