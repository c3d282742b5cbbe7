/** Every service of ndis.sys, family by family. */
import type { Service } from '../../kernel/service.ts';
import { adapterServices } from './adapter-facts.ts';
import { attributeServices } from './attributes.ts';
import { busDataServices } from './bus-data.ts';
import { cancelIdServices } from './cancel-ids.ts';
import { cloneServices } from './clones.ts';
import { completionServices } from './completions.ts';
import { configurationServices } from './configuration-services.ts';
import { deviceServices } from './device-objects.ts';
import { dmaServices } from './dma-services.ts';
import { errorLogServices } from './error-log.ts';
import { eventServices } from './events.ts';
import { fileServices } from './files.ts';
import { filterServices } from './filter-drivers.ts';
import { fragmentServices } from './fragments.ts';
import { immediatePortServices } from './immediate-ports.ts';
import { interfaceProviderServices } from './interface-providers.ts';
import { interruptServices } from './interrupt-services.ts';
import { ioSpaceServices } from './io-space.ts';
import { logServices } from './logs.ts';
import { memoryServices } from './memory.ts';
import { msixServices } from './msix.ts';
import { ndis5Services } from './ndis5/services.ts';
import { netBufferServices } from './net-buffer-services.ts';
import { netDataServices } from './net-data-services.ts';
import { oidCloneServices } from './oid-clones.ts';
import { pollServices } from './poll.ts';
import { portServices } from './ports.ts';
import { processorInformationServices } from './processor-information.ts';
import { processorServices } from './processors.ts';
import { protocolServices } from './protocol-drivers.ts';
import { dataPathServices } from './receive.ts';
import { registrationServices } from './registration.ts';
import { lockServices } from './rw-locks.ts';
import { selectiveSuspendServices } from './selective-suspend.ts';
import { sharedMemoryServices } from './shared-memory.ts';
import { stringServices } from './strings.ts';
import { timerServices } from './timers.ts';
import { virtualFunctionServices } from './virtual-functions.ts';
import { workItemServices } from './work-items.ts';

export const ndisServices: readonly Service[] = [
  ...registrationServices,
  ...attributeServices,
  ...completionServices,
  ...dataPathServices,
  ...deviceServices,
  ...errorLogServices,
  ...immediatePortServices,
  ...eventServices,
  ...filterServices,
  ...interruptServices,
  ...ioSpaceServices,
  ...lockServices,
  ...memoryServices,
  ...portServices,
  ...stringServices,
  ...timerServices,
  ...workItemServices,
  ...adapterServices,
  ...busDataServices,
  ...configurationServices,
  ...dmaServices,
  ...netBufferServices,
  ...netDataServices,
  ...processorServices,
  ...protocolServices,
  ...sharedMemoryServices,
  ...cloneServices,
  ...fileServices,
  ...logServices,
  ...msixServices,
  ...oidCloneServices,
  ...fragmentServices,
  ...cancelIdServices,
  ...interfaceProviderServices,
  ...virtualFunctionServices,
  ...pollServices,
  ...selectiveSuspendServices,
  ...processorInformationServices,
  ...ndis5Services,
];
