/** Shutdown notifications: devices that would get IRP_MJ_SHUTDOWN. The machine never shuts down while a driver is loaded. */
import { ptr } from '../../layout/struct.ts';
import { PASSIVE_LEVEL } from '../../units/irql.ts';
import { STATUS } from '../../units/status.ts';
import { type Service, service } from '../service.ts';
import { DEVICE_OBJECT, DO } from './layout.ts';

const registration = (name: string): Service =>
  service({
    name,
    doc: `wdm/nf-wdm-${name.toLowerCase()}`,
    params: { DeviceObject: ptr('DEVICE_OBJECT') },
    returns: 'status',
    maxIrql: PASSIVE_LEVEL,
    mayFail: [STATUS.INSUFFICIENT_RESOURCES],
    run(kernel, { DeviceObject }) {
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
    DEVICE_OBJECT.at(kernel.mmu, DeviceObject).Flags &= ~DO.SHUTDOWN_REGISTERED;
  },
});

export const shutdownServices: readonly Service[] = [
  registration('IoRegisterShutdownNotification'),
  registration('IoRegisterLastChanceShutdownNotification'),
  IoUnregisterShutdownNotification,
];
