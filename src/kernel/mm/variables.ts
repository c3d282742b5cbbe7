/** Exported variables of the memory manager: where user space ends and system space begins. */
import {
  HIGHEST_USER_ADDRESS,
  SYSTEM_RANGE_START,
  USER_PROBE_ADDRESS,
} from '../../memory/address-map.ts';
import type { Va } from '../../units/address.ts';
import { dataExport } from '../service.ts';

const addressVariable = (name: string, value: Va) =>
  dataExport({
    name,
    bytes: 8,
    doc: 'wdm.h',
    initialise: (kernel, at) => kernel.mmu.write(at, 8, value),
  });

export const mmVariables = [
  addressVariable('MmHighestUserAddress', HIGHEST_USER_ADDRESS),
  addressVariable('MmSystemRangeStart', SYSTEM_RANGE_START),
  addressVariable('MmUserProbeAddress', USER_PROBE_ADDRESS),
];
