/** Every service of the po family. */
import type { Service } from '../service.ts';
import { powerServices } from './power-services.ts';

export const poServices: readonly Service[] = [...powerServices];
