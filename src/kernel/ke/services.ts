/** Every service of the ke family. */
import { __C_specific_handler } from './c-specific-handler.ts';
import { eventServices } from './event-services.ts';
import { extendedStateServices } from './extended-state.ts';
import { irqlServices } from './irql-services.ts';
import { processorChangeServices } from './processor-change.ts';
import { threadServices } from './thread-services.ts';
import { timerServices } from './timer-services.ts';

export const keServices = [
  ...eventServices,
  ...extendedStateServices,
  ...irqlServices,
  ...processorChangeServices,
  ...threadServices,
  ...timerServices,
  __C_specific_handler,
];
