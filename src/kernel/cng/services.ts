/** cng.sys: random numbers and hashes; ciphers, signatures and keys are not modelled. */
import type { Service } from '../service.ts';
import { algorithmServices } from './algorithm.ts';
import { hashServices } from './hash-services.ts';
import { randomServices } from './random.ts';

export const cngServices: readonly Service[] = [
  ...algorithmServices,
  ...hashServices,
  ...randomServices,
];
