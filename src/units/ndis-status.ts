/** What NDIS functions and miniports return: NTSTATUS with names of its own. */
import { NDIS_STATUS_CODES } from './ndis-status-codes.ts';
import { type NtStatus, ntStatus, statusName } from './status.ts';

/** Every named status, as `NDIS_STATUS.RESOURCE_CONFLICT`. */
export const NDIS_STATUS = Object.fromEntries(
  Object.entries(NDIS_STATUS_CODES).map(([name, value]) => [name, ntStatus(value)]),
) as { readonly [K in keyof typeof NDIS_STATUS_CODES]: NtStatus };

const NAMES = new Map<number, string>(
  Object.entries(NDIS_STATUS_CODES).map(([name, value]) => [value, `NDIS_STATUS_${name}`]),
);

export const ndisStatusName = (status: number): string =>
  NAMES.get(status >>> 0) ?? statusName(status);
