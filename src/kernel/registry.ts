/** Every service and variable that the kernel exports, family by family. */
import { cngServices } from './cng/services.ts';
import { exServices } from './ex/services.ts';
import { fltmgrServices } from './fltmgr/services.ts';
import { halServices } from './hal/services.ts';
import { ioServices, ioVariables } from './io/services.ts';
import { keServices } from './ke/services.ts';
import { mmServices } from './mm/services.ts';
import { mmVariables } from './mm/variables.ts';
import { NETIO, netioServices, WSK_UNMODELLED } from './netio/services.ts';
import { obServices } from './ob/services.ts';
import { poServices } from './po/services.ts';
import { psServices } from './ps/services.ts';
import { rtlServices } from './rtl/services.ts';
import { seServices, seVariables } from './se/services.ts';
import type { DataExport, Service } from './service.ts';
import { zwServices } from './zw/services.ts';

export const KERNEL_SERVICES: readonly Service[] = [
  ...cngServices,
  ...exServices,
  ...fltmgrServices,
  ...halServices,
  ...ioServices,
  ...keServices,
  ...mmServices,
  ...netioServices,
  ...obServices,
  ...poServices,
  ...psServices,
  ...rtlServices,
  ...seServices,
  ...zwServices,
];

export const KERNEL_VARIABLES: readonly DataExport[] = [
  ...ioVariables,
  ...mmVariables,
  ...seVariables,
];

/** What modules export beside, only to be named when it is called. */
export const KERNEL_EXPORTS: ReadonlyMap<string, readonly string[]> = new Map([
  [NETIO, WSK_UNMODELLED],
]);
