/** The services of ndis.sys that only miniports of NDIS 5 call. */
import type { Service } from '../../../kernel/service.ts';
import { adapterServices5 } from './adapter-services.ts';
import { bufferServices5 } from './buffer-services.ts';
import { completionServices5 } from './completions.ts';
import { deviceServices5 } from './devices.ts';
import { dmaServices5 } from './dma.ts';
import { interruptServices5 } from './interrupts.ts';
import { legacyServices } from './legacy.ts';
import { packetServices5 } from './packet-services.ts';
import { receiveServices5 } from './receive.ts';
import { registrationServices5 } from './registration.ts';
import { timerServices5 } from './timers.ts';

export const ndis5Services: readonly Service[] = [
  ...registrationServices5,
  ...adapterServices5,
  ...interruptServices5,
  ...dmaServices5,
  ...packetServices5,
  ...bufferServices5,
  ...completionServices5,
  ...receiveServices5,
  ...timerServices5,
  ...deviceServices5,
  ...legacyServices,
];
