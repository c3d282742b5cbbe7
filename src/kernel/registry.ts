/** Every service and variable that the kernel exports, family by family. */
import { exServices } from './ex/services.ts';
import { halServices } from './hal/services.ts';
import { ioServices, ioVariables } from './io/services.ts';
import { keServices } from './ke/services.ts';
import { mmServices } from './mm/services.ts';
import { mmVariables } from './mm/variables.ts';
import { obServices } from './ob/services.ts';
import { poServices } from './po/services.ts';
import { psServices } from './ps/services.ts';
import { rtlServices } from './rtl/services.ts';
import { seServices, seVariables } from './se/services.ts';
import type { DataExport, Service } from './service.ts';
import { zwServices } from './zw/services.ts';

export const KERNEL_SERVICES: readonly Service[] = [
  ...exServices,
  ...halServices,
  ...ioServices,
  ...keServices,
  ...mmServices,
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
