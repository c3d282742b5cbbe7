/** Drivers loaded by drivers: there is none beside the one under test, and those of Windows itself are not run. */
import { readUnicodeString } from '../../layout/nt.ts';
import { ptr } from '../../layout/struct.ts';
import type { Va } from '../../units/address.ts';
import { PASSIVE_LEVEL } from '../../units/irql.ts';
import { type NtStatus, STATUS } from '../../units/status.ts';
import { notModelledHere } from '../end.ts';
import type { Kernel } from '../kernel.ts';
import { type Service, service } from '../service.ts';
import { registry } from './registry.ts';

/** Services of Windows that every installation has, by what drivers load them for. */
const OF_WINDOWS: ReadonlyMap<string, string> = new Map([
  ['dxgkrnl', 'the WDDM framework (dxgkrnl.sys)'],
]);

/** The name of the service when there may be one; a status when there is none. */
function serviceAt(kernel: Kernel, at: Va): string | NtStatus {
  const path = readUnicodeString(kernel.mmu, at);
  const name = path.split('\\').at(-1) ?? '';
  const known = OF_WINDOWS.get(name.toLowerCase());
  if (known !== undefined) return notModelledHere(known);
  return registry(kernel).find(path) === undefined ? STATUS.OBJECT_NAME_NOT_FOUND : name;
}

const isOwn = ({ options }: Kernel, name: string): boolean =>
  name.toLowerCase() === options.driverName.toLowerCase();

const ZwLoadDriver = service({
  name: 'ZwLoadDriver',
  doc: 'wdm/nf-wdm-zwloaddriver',
  params: { DriverServiceName: ptr('UNICODE_STRING') },
  returns: 'status',
  maxIrql: PASSIVE_LEVEL,
  run(kernel, { DriverServiceName }): NtStatus {
    const name = serviceAt(kernel, DriverServiceName);
    if (typeof name === 'number') return name;
    if (isOwn(kernel, name)) return STATUS.IMAGE_ALREADY_LOADED;
    return notModelledHere(`loading the driver ${name}`);
  },
});

const ZwUnloadDriver = service({
  name: 'ZwUnloadDriver',
  doc: 'wdm/nf-wdm-zwunloaddriver',
  params: { DriverServiceName: ptr('UNICODE_STRING') },
  returns: 'status',
  maxIrql: PASSIVE_LEVEL,
  run(kernel, { DriverServiceName }): NtStatus {
    const name = serviceAt(kernel, DriverServiceName);
    return typeof name === 'number' ? name : notModelledHere(`unloading the driver ${name}`);
  },
});

export const driverServices: readonly Service[] = [ZwLoadDriver, ZwUnloadDriver];
