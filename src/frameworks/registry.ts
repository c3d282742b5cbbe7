/** Every service and variable that driver frameworks export beside the kernel's own, framework by framework. */
import type { Service } from '../kernel/service.ts';
import { NDIS } from './ndis/constants.ts';
import { NDIS_EXPORTS } from './ndis/documented.ts';
import { ndisServices } from './ndis/services.ts';

export const FRAMEWORK_SERVICES: readonly Service[] = [...ndisServices];

/** What their modules export beside, only to be named when it is called. */
export const FRAMEWORK_EXPORTS: ReadonlyMap<string, readonly string[]> = new Map([
  [NDIS, NDIS_EXPORTS],
]);
