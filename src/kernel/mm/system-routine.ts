/** MmGetSystemRoutineAddress and small questions about the system. */

import { readUnicodeString } from '../../layout/nt.ts';
import { ptr } from '../../layout/struct.ts';
import { NULL, type Va } from '../../units/address.ts';
import { APC_LEVEL, HIGH_LEVEL, PASSIVE_LEVEL } from '../../units/irql.ts';
import { exportAddresses, loadedImages } from '../exports.ts';
import type { Kernel } from '../kernel.ts';
import { HAL, NTOSKRNL, type Service, service } from '../service.ts';

/** Only the kernel and the HAL are looked through; other system modules export to importers alone. */
function routineNamed(kernel: Kernel, name: string): Va {
  const at = exportAddresses(kernel).get(name);
  if (at === undefined) return NULL;
  const home = loadedImages(kernel).find(
    ({ base, bytes }) => at >= base && at < base + BigInt(bytes),
  );
  return home?.name === NTOSKRNL || home?.name === HAL ? at : NULL;
}

/**
 * What is exported but not modelled has an address, and ends the run when it is called. A function
 * that nobody here knows does not exist, as on an older Windows.
 */
const MmGetSystemRoutineAddress = service({
  name: 'MmGetSystemRoutineAddress',
  doc: 'wdm/nf-wdm-mmgetsystemroutineaddress',
  params: { SystemRoutineName: ptr('UNICODE_STRING') },
  returns: 'pointer',
  maxIrql: PASSIVE_LEVEL,
  run: (kernel, { SystemRoutineName }) =>
    routineNamed(kernel, readUnicodeString(kernel.mmu, SystemRoutineName)),
});

/** MM_SYSTEM_SIZE: what every machine of the last twenty years is. */
const MmLargeSystem = 2;

const MmQuerySystemSize = service({
  name: 'MmQuerySystemSize',
  doc: 'wdm/nf-wdm-mmquerysystemsize',
  params: {},
  returns: 'u32',
  maxIrql: HIGH_LEVEL,
  run: () => MmLargeSystem,
});

const MmIsThisAnNtAsSystem = service({
  name: 'MmIsThisAnNtAsSystem',
  doc: 'ntddk/nf-ntddk-mmisthisanntassystem',
  params: {},
  returns: 'bool',
  maxIrql: HIGH_LEVEL,
  run: () => false,
});

/** Driver Verifier watches nobody here: what it would find, the rules find. */
const notVerified = (name: string, param: string): Service =>
  service({
    name,
    doc: `wdm/nf-wdm-${name.toLowerCase()}`,
    params: { [param]: ptr() },
    returns: 'u32',
    maxIrql: APC_LEVEL,
    run: () => 0,
  });

export const systemRoutineServices: readonly Service[] = [
  MmGetSystemRoutineAddress,
  MmQuerySystemSize,
  MmIsThisAnNtAsSystem,
  notVerified('MmIsDriverVerifying', 'DriverObject'),
  notVerified('MmIsDriverSuspectForVerifier', 'DriverObject'),
  notVerified('MmIsDriverVerifyingByAddress', 'AddressWithinSection'),
];
