/** Every Zw service. */
import type { Service } from '../service.ts';
import { driverServices } from './driver-services.ts';
import { eventServices } from './event-services.ts';
import { fileServices } from './file-services.ts';
import { handleServices } from './handle-services.ts';
import { keyServices } from './key-services.ts';
import { objectServices } from './object-services.ts';
import { openFileServices } from './open-file.ts';
import { systemInformationServices } from './system-information.ts';

export const zwServices: readonly Service[] = [
  ...keyServices,
  ...driverServices,
  ...handleServices,
  ...objectServices,
  ...eventServices,
  ...openFileServices,
  ...fileServices,
  ...systemInformationServices,
];
