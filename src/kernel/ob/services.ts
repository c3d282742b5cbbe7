/** Every service of the ob family. */
import type { Service } from '../service.ts';

export const obServices: readonly Service[] = [];
