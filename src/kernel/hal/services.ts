/** Every service of the hal family. */
import type { Service } from '../service.ts';
import { busServices } from './bus-services.ts';
import { dmaServices, unmodelledOperations } from './dma-services.ts';
import { legacyResourceServices } from './legacy-resources.ts';
import { transferServices } from './transfer-services.ts';

const modelled = [...legacyResourceServices, ...busServices, ...dmaServices, ...transferServices];

export const halServices: readonly Service[] = [...modelled, ...unmodelledOperations(modelled)];
