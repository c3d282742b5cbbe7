/** Every Ex service, and event tracing. */
import type { Service } from '../service.ts';
import { callbackServices } from './callback.ts';
import { etwServices } from './etw.ts';
import { fastMutexServices } from './fast-mutex.ts';
import { interlockedServices } from './interlocked.ts';
import { lookasideServices } from './lookaside.ts';
import { poolServices } from './pool-services.ts';
import { probeServices } from './probe.ts';
import { pushLockServices } from './push-lock.ts';
import { resourceServices } from './resource-services.ts';
import { rundownServices } from './rundown.ts';
import { slistServices } from './slist.ts';
import { spinLockServices } from './spin-lock.ts';
import { systemServices } from './system.ts';
import { exTimerServices } from './timer.ts';
import { workItemServices } from './work-item.ts';

export const exServices: readonly Service[] = [
  ...poolServices,
  ...lookasideServices,
  ...fastMutexServices,
  ...resourceServices,
  ...pushLockServices,
  ...rundownServices,
  ...spinLockServices,
  ...slistServices,
  ...interlockedServices,
  ...workItemServices,
  ...callbackServices,
  ...probeServices,
  ...exTimerServices,
  ...systemServices,
  ...etwServices,
];
