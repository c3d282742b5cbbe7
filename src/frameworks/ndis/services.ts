/** Every service of ndis.sys, family by family. */
import type { Service } from '../../kernel/service.ts';
import { attributeServices } from './attributes.ts';
import { completionServices } from './completions.ts';
import { deviceServices } from './device-objects.ts';
import { errorLogServices } from './error-log.ts';
import { eventServices } from './events.ts';
import { interruptServices } from './interrupt-services.ts';
import { ioSpaceServices } from './io-space.ts';
import { memoryServices } from './memory.ts';
import { portServices } from './ports.ts';
import { dataPathServices } from './receive.ts';
import { registrationServices } from './registration.ts';
import { lockServices } from './rw-locks.ts';
import { stringServices } from './strings.ts';
import { timerServices } from './timers.ts';
import { workItemServices } from './work-items.ts';

export const ndisServices: readonly Service[] = [
  ...registrationServices,
  ...attributeServices,
  ...completionServices,
  ...dataPathServices,
  ...deviceServices,
  ...errorLogServices,
  ...eventServices,
  ...interruptServices,
  ...ioSpaceServices,
  ...lockServices,
  ...memoryServices,
  ...portServices,
  ...stringServices,
  ...timerServices,
  ...workItemServices,
];
