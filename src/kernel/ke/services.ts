/** Every service of the ke family. */
import { bugCheckCallbackServices } from './bug-check-callbacks.ts';
import { __C_specific_handler } from './c-specific-handler.ts';
import { eventServices } from './event-services.ts';
import { extendedStateServices } from './extended-state.ts';
import { irqlServices } from './irql-services.ts';
import { longJumpServices } from './long-jump.ts';
import { processorChangeServices } from './processor-change.ts';
import { processorGroupServices } from './processor-groups.ts';
import { queueServices } from './queue-services.ts';
import { targetUnwindServices } from './target-unwind.ts';
import { threadServices } from './thread-services.ts';
import { timerServices } from './timer-services.ts';
import { unwindServices } from './unwind-services.ts';

export const keServices = [
  ...bugCheckCallbackServices,
  ...eventServices,
  ...extendedStateServices,
  ...irqlServices,
  ...longJumpServices,
  ...processorChangeServices,
  ...processorGroupServices,
  ...queueServices,
  ...targetUnwindServices,
  ...threadServices,
  ...timerServices,
  ...unwindServices,
  __C_specific_handler,
];
