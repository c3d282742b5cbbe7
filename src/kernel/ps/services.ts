/** Every service of the ps family. */
import type { Service } from '../service.ts';
import { notifyServices } from './notify-services.ts';
import { processServices } from './process-services.ts';

export const psServices: readonly Service[] = [...processServices, ...notifyServices];
