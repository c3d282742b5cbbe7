/** Every service and variable of the io family. */
import type { Service } from '../service.ts';
import { buildIrpServices } from './build-irp.ts';
import { cancelServices } from './cancel.ts';
import { deviceServices } from './device-services.ts';
import { irpServices } from './irp-services.ts';
import { linkServices } from './link-services.ts';
import { busInterfaceServices } from './pnp/bus-interface.ts';

export const ioServices: readonly Service[] = [
  ...deviceServices,
  ...linkServices,
  ...irpServices,
  ...buildIrpServices,
  ...cancelServices,
  ...busInterfaceServices,
];

export { ioVariables } from './variables.ts';
