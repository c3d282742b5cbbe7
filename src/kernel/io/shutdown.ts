/** Shutdown notifications: devices that get IRP_MJ_SHUTDOWN before the system goes down. */
import { ptr } from '../../layout/struct.ts';
import type { Va } from '../../units/address.ts';
import { PASSIVE_LEVEL } from '../../units/irql.ts';
import { STATUS } from '../../units/status.ts';
import type { Blocking } from '../effects.ts';
import { type Kernel, part } from '../kernel.ts';
import { type Service, service } from '../service.ts';
import { devices } from './devices.ts';
import { IRP_MJ } from './function-codes.ts';
import { DEVICE_OBJECT, DO } from './layout.ts';
import { sendRequest } from './send-request.ts';

/** In order of registration; the newest is told first. */
const registered = part(() => ({ devices: [] as Va[], lastChance: [] as Va[] }));

/** Tells every registered device, newest first, then those that wanted to be last. */
export function* shutDownDevices(kernel: Kernel): Blocking<void> {
  const { devices: first, lastChance } = registered(kernel);
  for (const device of [...first.toReversed(), ...lastChance.toReversed()]) {
    if (!devices(kernel).isDevice(device)) continue;
    yield* sendRequest(kernel, { device, major: IRP_MJ.SHUTDOWN, origin: 'system' });
  }
}

const registration = (name: string, list: 'devices' | 'lastChance'): Service =>
  service({
    name,
    doc: `wdm/nf-wdm-${name.toLowerCase()}`,
    params: { DeviceObject: ptr('DEVICE_OBJECT') },
    returns: 'status',
    maxIrql: PASSIVE_LEVEL,
    mayFail: [STATUS.INSUFFICIENT_RESOURCES],
    run(kernel, { DeviceObject }) {
      registered(kernel)[list].push(DeviceObject);
      DEVICE_OBJECT.at(kernel.mmu, DeviceObject).Flags |= DO.SHUTDOWN_REGISTERED;
      return STATUS.SUCCESS;
    },
  });

const IoUnregisterShutdownNotification = service({
  name: 'IoUnregisterShutdownNotification',
  doc: 'wdm/nf-wdm-iounregistershutdownnotification',
  params: { DeviceObject: ptr('DEVICE_OBJECT') },
  returns: 'void',
  maxIrql: PASSIVE_LEVEL,
  run(kernel, { DeviceObject }) {
    const known = registered(kernel);
    known.devices = known.devices.filter((device) => device !== DeviceObject);
    known.lastChance = known.lastChance.filter((device) => device !== DeviceObject);
    DEVICE_OBJECT.at(kernel.mmu, DeviceObject).Flags &= ~DO.SHUTDOWN_REGISTERED;
  },
});

export const shutdownServices: readonly Service[] = [
  registration('IoRegisterShutdownNotification', 'devices'),
  registration('IoRegisterLastChanceShutdownNotification', 'lastChance'),
  IoUnregisterShutdownNotification,
];
