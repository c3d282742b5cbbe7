/** Every service of the mm family. */
import type { Service } from '../service.ts';
import { contiguousServices } from './contiguous-services.ts';
import { ioSpaceServices } from './io-space.ts';
import { lockServices } from './lock-pages.ts';
import { mdlMappingServices } from './mdl-mapping.ts';
import { mdlPagesServices } from './mdl-pages.ts';
import { mdlServices } from './mdl-services.ts';
import { physicalAddressServices } from './physical-address.ts';

export const mmServices: readonly Service[] = [
  ...ioSpaceServices,
  ...mdlServices,
  ...lockServices,
  ...mdlMappingServices,
  ...mdlPagesServices,
  ...contiguousServices,
  ...physicalAddressServices,
];
