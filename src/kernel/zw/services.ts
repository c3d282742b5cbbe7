/** Every Zw service. */
import type { Service } from '../service.ts';

export const zwServices: readonly Service[] = [];
