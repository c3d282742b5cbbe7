/** Every service of the ps family. */
import type { Service } from '../service.ts';

export const psServices: readonly Service[] = [];
