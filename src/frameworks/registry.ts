/** Every service and variable that driver frameworks export beside the kernel's own, framework by framework. */
import type { Service } from '../kernel/service.ts';
import { ndisServices } from './ndis/services.ts';

export const FRAMEWORK_SERVICES: readonly Service[] = [...ndisServices];
