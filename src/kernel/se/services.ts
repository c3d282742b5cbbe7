/** Every Se service and variable. */
import type { DataExport, Service } from '../service.ts';
import { accessServices } from './access.ts';
import { descriptorServices } from './descriptor-services.ts';
import { SeExports } from './exports.ts';
import { tokenServices } from './token-services.ts';

export const seServices: readonly Service[] = [
  ...accessServices,
  ...descriptorServices,
  ...tokenServices,
];
export const seVariables: readonly DataExport[] = [SeExports];
