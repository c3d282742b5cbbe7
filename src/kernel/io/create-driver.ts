/** IoCreateDriver: a driver object for a driver that has no image or service entry of its own. */

import { readUnicodeString } from '../../layout/nt.ts';
import { ptr } from '../../layout/struct.ts';
import { NULL } from '../../units/address.ts';
import { PASSIVE_LEVEL } from '../../units/irql.ts';
import { isSuccess, ntStatus, STATUS } from '../../units/status.ts';
import { callGuest } from '../effects.ts';
import { part } from '../kernel.ts';
import { namespace } from '../ob/namespace.ts';
import { type Service, service } from '../service.ts';
import { drivers } from './drivers.ts';

/** Drivers created without a name, counted for the one they get. */
const unnamed = part(() => ({ count: 0 }));

const DRIVER_FOLDER = /^\\Driver\\/i;

const IoCreateDriver = service({
  name: 'IoCreateDriver',
  doc: 'exported by ntoskrnl.exe, undocumented',
  params: { DriverName: ptr('UNICODE_STRING'), InitializationFunction: ptr('DRIVER_INITIALIZE') },
  returns: 'status',
  maxIrql: PASSIVE_LEVEL,
  mayFail: [STATUS.INSUFFICIENT_RESOURCES],
  *run(kernel, { DriverName, InitializationFunction }) {
    const given = readUnicodeString(kernel.mmu, DriverName);
    const name =
      given === '' ? anonymous(++unnamed(kernel).count) : given.replace(DRIVER_FOLDER, '');
    if (namespace(kernel).entry(`\\Driver\\${name}`) !== undefined) {
      return STATUS.OBJECT_NAME_COLLISION;
    }
    const driver = drivers(kernel).create({ name, entryPoint: InitializationFunction });
    const status = ntStatus(
      yield* callGuest(InitializationFunction, [driver, NULL], 'DriverEntry'),
    );
    if (!isSuccess(status)) drivers(kernel).forget(driver);
    return status;
  },
});

/** Eight digits from a counter, as the system makes them from its tick count. */
const anonymous = (n: number): string => n.toString(16).toUpperCase().padStart(8, '0');

export const createDriverServices: readonly Service[] = [IoCreateDriver];
