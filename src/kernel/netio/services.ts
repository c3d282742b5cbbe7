/** netio.sys: Winsock Kernel and the IP helper, of a machine that no TCP/IP stack is installed on. */
import type { Service } from '../service.ts';
import { ipHelperServices } from './ip-helper.ts';
import { wskProviderServices } from './wsk-provider.ts';
import { wskRegistrationServices } from './wsk-registration.ts';

export { NETIO } from './wsk-clients.ts';
export { WSK_UNMODELLED } from './wsk-provider.ts';

export const netioServices: readonly Service[] = [
  ...ipHelperServices,
  ...wskProviderServices,
  ...wskRegistrationServices,
];
