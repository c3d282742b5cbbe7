/** Every service of the hal family. */
import type { Service } from '../service.ts';
import { busServices } from './bus-services.ts';
import { dmaServices, unmodelledOperations } from './dma-services.ts';
import { transferServices } from './transfer-services.ts';

const modelled = [...busServices, ...dmaServices, ...transferServices];

export const halServices: readonly Service[] = [...modelled, ...unmodelledOperations(modelled)];
