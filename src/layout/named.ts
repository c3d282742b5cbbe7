/** Numbers that have names: what traces show for a status, a pool tag, a cache type. */
import { ndisStatusName } from '../units/ndis-status.ts';
import { statusName } from '../units/status.ts';
import { named, u32 } from './struct.ts';

export const statusCode = named(u32, 'NTSTATUS', statusName);
export const ndisStatus = named(u32, 'NDIS_STATUS', ndisStatusName);

/** Four characters, the first in the lowest byte, as `!pool` prints them. */
export const poolTag = named(u32, 'ULONG', (tag) => {
  const characters = [0, 8, 16, 24].map((shift) => String.fromCharCode((tag >>> shift) & 0xff));
  return characters.every((one) => one >= ' ' && one <= '~')
    ? `'${characters.join('')}'`
    : `0x${tag.toString(16)}`;
});

const enumeration = (name: string, values: readonly string[]) =>
  named(u32, name, (value) => values[value] ?? String(value));

/** wdm.h */
export const memoryCachingType = enumeration('MEMORY_CACHING_TYPE', [
  'MmNonCached',
  'MmCached',
  'MmWriteCombined',
  'MmHardwareCoherentCached',
  'MmNonCachedUnordered',
  'MmUSWCCached',
]);

/** ntddndis.h */
export const ndisParameterType = enumeration('NDIS_PARAMETER_TYPE', [
  'NdisParameterInteger',
  'NdisParameterHexInteger',
  'NdisParameterString',
  'NdisParameterMultiString',
  'NdisParameterBinary',
]);
