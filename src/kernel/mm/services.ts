/** Every service of the mm family. */
import type { Service } from '../service.ts';
import { contiguousServices } from './contiguous-services.ts';
import { copyMemoryServices } from './copy-memory.ts';
import { ioSpaceServices } from './io-space.ts';
import { ioSpaceMdlServices } from './io-space-mdl.ts';
import { lockServices } from './lock-pages.ts';
import { mdlMappingServices } from './mdl-mapping.ts';
import { mdlPagesServices } from './mdl-pages.ts';
import { mdlServices } from './mdl-services.ts';
import { pageableSectionServices } from './pageable-sections.ts';
import { physicalAddressServices } from './physical-address.ts';
import { reservedMappingServices } from './reserved-mapping.ts';
import { sectionServices } from './section-services.ts';
import { systemRoutineServices } from './system-routine.ts';
import { videoDisplayServices } from './video-display.ts';
import { virtualMemoryServices } from './virtual-memory.ts';

export const mmServices: readonly Service[] = [
  ...ioSpaceServices,
  ...videoDisplayServices,
  ...mdlServices,
  ...lockServices,
  ...mdlMappingServices,
  ...reservedMappingServices,
  ...mdlPagesServices,
  ...ioSpaceMdlServices,
  ...contiguousServices,
  ...physicalAddressServices,
  ...copyMemoryServices,
  ...systemRoutineServices,
  ...pageableSectionServices,
  ...sectionServices,
  ...virtualMemoryServices,
];
