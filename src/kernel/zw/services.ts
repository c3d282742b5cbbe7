/** Every Zw service. */
import type { Service } from '../service.ts';
import { keyServices } from './key-services.ts';

export const zwServices: readonly Service[] = [...keyServices];
