/** NDIS_EVENT, which is a KEVENT, and sleeping. */
import { wait } from '../../kernel/effects.ts';
import { initialiseHeader, setSignalState, signalEvent } from '../../kernel/ke/dispatcher.ts';
import { KEVENT, OBJECT_TYPE } from '../../kernel/ke/layout.ts';
import type { Service } from '../../kernel/service.ts';
import { ptr, u32 } from '../../layout/struct.ts';
import { DISPATCH_LEVEL, HIGH_LEVEL, PASSIVE_LEVEL } from '../../units/irql.ts';
import { STATUS } from '../../units/status.ts';
import { TICKS_PER_MS } from '../../units/ticks.ts';
import { ndisService } from './ndis-service.ts';

const Event = ptr('NDIS_EVENT');
const TICKS_PER_US = 10n;

const NdisInitializeEvent = ndisService({
  name: 'NdisInitializeEvent',
  params: { Event },
  returns: 'void',
  maxIrql: HIGH_LEVEL,
  run: (kernel, { Event: at }) =>
    initialiseHeader(kernel, at, OBJECT_TYPE.EventNotification, KEVENT.bytes, 0),
});

const NdisSetEvent = ndisService({
  name: 'NdisSetEvent',
  params: { Event },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run(kernel, { Event: at }) {
    signalEvent(kernel, at);
  },
});

const NdisResetEvent = ndisService({
  name: 'NdisResetEvent',
  params: { Event },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run(kernel, { Event: at }) {
    setSignalState(kernel, at, 0);
  },
});

/** 0 waits for ever. */
const NdisWaitEvent = ndisService({
  name: 'NdisWaitEvent',
  params: { Event, MsToWait: u32 },
  returns: 'bool',
  maxIrql: PASSIVE_LEVEL,
  *run(_kernel, { Event: at, MsToWait }) {
    const timeout = MsToWait === 0 ? null : -BigInt(MsToWait) * TICKS_PER_MS;
    return (yield* wait([at], timeout)) !== STATUS.TIMEOUT;
  },
});

const NdisMSleep = ndisService({
  name: 'NdisMSleep',
  params: { MicrosecondsToSleep: u32 },
  returns: 'void',
  maxIrql: PASSIVE_LEVEL,
  *run(_kernel, { MicrosecondsToSleep }) {
    yield* wait([], -BigInt(Math.max(1, MicrosecondsToSleep)) * TICKS_PER_US);
    return undefined;
  },
});

export const eventServices: readonly Service[] = [
  NdisInitializeEvent,
  NdisSetEvent,
  NdisResetEvent,
  NdisWaitEvent,
  NdisMSleep,
];
