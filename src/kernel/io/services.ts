/** Every service and variable of the io family. */
import type { Service } from '../service.ts';
import { buildIrpServices } from './build-irp.ts';
import { cancelServices } from './cancel.ts';
import { createDriverServices } from './create-driver.ts';
import { csqServices } from './csq.ts';
import { deviceServices } from './device-services.ts';
import { driverServices } from './driver-services.ts';
import { errorLogServices } from './error-log.ts';
import { genericMappingServices } from './generic-mapping.ts';
import { interruptServices } from './interrupt-services.ts';
import { ioTimerServices } from './io-timer.ts';
import { irpServices } from './irp-services.ts';
import { linkServices } from './link-services.ts';
import { namedEventServices } from './named-events.ts';
import { busInterfaceServices } from './pnp/bus-interface.ts';
import { interfaceServices } from './pnp/interface-services.ts';
import { notificationServices } from './pnp/notification-services.ts';
import { propertyServices } from './pnp/property-services.ts';
import { removeLockServices } from './remove-lock.ts';
import { requestServices } from './request-services.ts';
import { shutdownServices } from './shutdown.ts';
import { startIoServices } from './start-io.ts';
import { workItemServices } from './work-items.ts';

export const ioServices: readonly Service[] = [
  ...createDriverServices,
  ...deviceServices,
  ...linkServices,
  ...irpServices,
  ...buildIrpServices,
  ...cancelServices,
  ...busInterfaceServices,
  ...csqServices,
  ...driverServices,
  ...errorLogServices,
  ...genericMappingServices,
  ...ioTimerServices,
  ...namedEventServices,
  ...requestServices,
  ...shutdownServices,
  ...interfaceServices,
  ...notificationServices,
  ...propertyServices,
  ...interruptServices,
  ...removeLockServices,
  ...startIoServices,
  ...workItemServices,
];

export { ioVariables } from './variables.ts';
