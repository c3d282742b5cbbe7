/** Every service of the ob family. */
import type { Service } from '../service.ts';
import { objectServices } from './object-services.ts';
import { referenceServices } from './reference-services.ts';

export const obServices: readonly Service[] = [...referenceServices, ...objectServices];
