/** Every service of the po family. */
import type { Service } from '../service.ts';

export const poServices: readonly Service[] = [];
