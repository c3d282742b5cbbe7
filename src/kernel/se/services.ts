/** Every Se service and variable. */
import type { DataExport, Service } from '../service.ts';

export const seServices: readonly Service[] = [];
export const seVariables: readonly DataExport[] = [];
