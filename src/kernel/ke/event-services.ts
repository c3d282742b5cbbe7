/** Events, semaphores and mutexes: KeInitializeXxx, KeSetEvent and their kin. */
import { bool, i32, ptr, u32 } from '../../layout/struct.ts';
import { NULL, vaAdd } from '../../units/address.ts';
import { DISPATCH_LEVEL, HIGH_LEVEL, PASSIVE_LEVEL } from '../../units/irql.ts';
import { STATUS } from '../../units/status.ts';
import { wait } from '../effects.ts';
import type { Kernel } from '../kernel.ts';
import { service } from '../service.ts';
import { initialiseHeader, releaseMutant, setSignalState } from './dispatcher.ts';
import { DISPATCHER_HEADER, KEVENT, KMUTANT, KSEMAPHORE, OBJECT_TYPE } from './layout.ts';
import { raiseStatus } from './raise.ts';

const signalState = (kernel: Kernel, at: typeof NULL): number =>
  DISPATCHER_HEADER.at(kernel.mmu, at).SignalState;

const KeInitializeEvent = service({
  name: 'KeInitializeEvent',
  doc: 'wdm/nf-wdm-keinitializeevent',
  params: { Event: ptr('KEVENT'), Type: u32, State: bool },
  returns: 'void',
  maxIrql: HIGH_LEVEL,
  run(kernel, { Event, Type, State }) {
    const type = Type === 0 ? OBJECT_TYPE.EventNotification : OBJECT_TYPE.EventSynchronization;
    initialiseHeader(kernel, Event, type, KEVENT.bytes, State ? 1 : 0);
  },
});

const KeSetEvent = service({
  name: 'KeSetEvent',
  doc: 'wdm/nf-wdm-kesetevent',
  params: { Event: ptr('KEVENT'), Increment: i32, Wait: bool },
  returns: 'u32',
  maxIrql: (_kernel, { Wait }) => (Wait ? PASSIVE_LEVEL + 1 : DISPATCH_LEVEL),
  run: (kernel, { Event }) => setSignalState(kernel, Event, 1),
});

const KePulseEvent = service({
  name: 'KePulseEvent',
  doc: 'ntddk/nf-ntddk-kepulseevent',
  params: { Event: ptr('KEVENT'), Increment: i32, Wait: bool },
  returns: 'u32',
  maxIrql: DISPATCH_LEVEL,
  run(kernel, { Event }) {
    const before = setSignalState(kernel, Event, 1);
    setSignalState(kernel, Event, 0);
    return before;
  },
});

const KeClearEvent = service({
  name: 'KeClearEvent',
  doc: 'wdm/nf-wdm-keclearevent',
  params: { Event: ptr('KEVENT') },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run(kernel, { Event }) {
    setSignalState(kernel, Event, 0);
  },
});

const KeResetEvent = service({
  name: 'KeResetEvent',
  doc: 'wdm/nf-wdm-keresetevent',
  params: { Event: ptr('KEVENT') },
  returns: 'u32',
  maxIrql: DISPATCH_LEVEL,
  run: (kernel, { Event }) => setSignalState(kernel, Event, 0),
});

const KeReadStateEvent = service({
  name: 'KeReadStateEvent',
  doc: 'wdm/nf-wdm-kereadstateevent',
  params: { Event: ptr('KEVENT') },
  returns: 'u32',
  maxIrql: DISPATCH_LEVEL,
  run: (kernel, { Event }) => signalState(kernel, Event),
});

const KeInitializeSemaphore = service({
  name: 'KeInitializeSemaphore',
  doc: 'wdm/nf-wdm-keinitializesemaphore',
  params: { Semaphore: ptr('KSEMAPHORE'), Count: i32, Limit: i32 },
  returns: 'void',
  maxIrql: PASSIVE_LEVEL,
  run(kernel, { Semaphore, Count, Limit }) {
    initialiseHeader(kernel, Semaphore, OBJECT_TYPE.Semaphore, KSEMAPHORE.bytes, Count);
    KSEMAPHORE.at(kernel.mmu, Semaphore).Limit = Limit;
  },
});

const KeReleaseSemaphore = service({
  name: 'KeReleaseSemaphore',
  doc: 'wdm/nf-wdm-kereleasesemaphore',
  params: { Semaphore: ptr('KSEMAPHORE'), Increment: i32, Adjustment: i32, Wait: bool },
  returns: 'u32',
  maxIrql: DISPATCH_LEVEL,
  *run(kernel, { Semaphore, Adjustment }) {
    const view = KSEMAPHORE.at(kernel.mmu, Semaphore);
    const before = view.Header.SignalState;
    if (before + Adjustment > view.Limit) {
      return yield* raiseStatus(kernel, STATUS.SEMAPHORE_LIMIT_EXCEEDED);
    }
    setSignalState(kernel, Semaphore, before + Adjustment);
    return before;
  },
});

const KeReadStateSemaphore = service({
  name: 'KeReadStateSemaphore',
  doc: 'wdm/nf-wdm-kereadstatesemaphore',
  params: { Semaphore: ptr('KSEMAPHORE') },
  returns: 'u32',
  maxIrql: HIGH_LEVEL,
  run: (kernel, { Semaphore }) => signalState(kernel, Semaphore),
});

const KeInitializeMutex = service({
  name: 'KeInitializeMutex',
  doc: 'wdm/nf-wdm-keinitializemutex',
  params: { Mutex: ptr('KMUTEX'), Level: u32 },
  returns: 'void',
  maxIrql: HIGH_LEVEL,
  run(kernel, { Mutex }) {
    initialiseHeader(kernel, Mutex, OBJECT_TYPE.Mutant, KMUTANT.bytes, 1);
    const view = KMUTANT.at(kernel.mmu, Mutex);
    const list = vaAdd(Mutex, KMUTANT.offsetOf('MutantListEntry'));
    view.MutantListEntry.Flink = list;
    view.MutantListEntry.Blink = list;
    view.OwnerThread = NULL;
    view.Abandoned = 0;
    view.ApcDisable = 1;
  },
});

const KeReleaseMutex = service({
  name: 'KeReleaseMutex',
  doc: 'wdm/nf-wdm-kereleasemutex',
  params: { Mutex: ptr('KMUTEX'), Wait: bool },
  returns: 'u32',
  maxIrql: DISPATCH_LEVEL,
  *run(kernel, { Mutex }) {
    const owner = KMUTANT.at(kernel.mmu, Mutex).OwnerThread;
    if (owner !== kernel.scheduler.currentThread) {
      return yield* raiseStatus(kernel, STATUS.MUTANT_NOT_OWNED);
    }
    return releaseMutant(kernel, Mutex);
  },
});

const KeReadStateMutex = service({
  name: 'KeReadStateMutex',
  doc: 'wdm/nf-wdm-kereadstatemutex',
  params: { Mutex: ptr('KMUTEX') },
  returns: 'u32',
  maxIrql: DISPATCH_LEVEL,
  run: (kernel, { Mutex }) => signalState(kernel, Mutex),
});

/** A wait may block at APC_LEVEL and below; with a zero timeout it only looks, up to DISPATCH_LEVEL. */
const waitIrql = (kernel: Kernel, timeout: typeof NULL): number =>
  timeout !== NULL && kernel.mmu.u64(timeout) === 0n ? DISPATCH_LEVEL : 1;

const timeoutAt = (kernel: Kernel, at: typeof NULL): bigint | null =>
  at === NULL ? null : BigInt.asIntN(64, kernel.mmu.u64(at));

const WAIT = { WaitReason: u32, WaitMode: u32, Alertable: bool } as const;

/** KPROCESSOR_MODE is one byte. */
export const isUserMode = (mode: number): boolean => (mode & 0xff) === 1;

const KeWaitForSingleObject = service({
  name: 'KeWaitForSingleObject',
  doc: 'wdm/nf-wdm-kewaitforsingleobject',
  params: { Object: ptr(), ...WAIT, Timeout: ptr('LARGE_INTEGER') },
  returns: 'status',
  maxIrql: (kernel, { Timeout }) => waitIrql(kernel, Timeout),
  *run(kernel, { Object: object, WaitMode, Timeout }) {
    return yield* wait([object], timeoutAt(kernel, Timeout), false, isUserMode(WaitMode));
  },
});

const WAIT_ALL = 0;
const MAXIMUM_WAIT_OBJECTS = 64;

const KeWaitForMultipleObjects = service({
  name: 'KeWaitForMultipleObjects',
  doc: 'wdm/nf-wdm-kewaitformultipleobjects',
  params: {
    Count: u32,
    Object: ptr('PVOID'),
    WaitType: u32,
    ...WAIT,
    Timeout: ptr('LARGE_INTEGER'),
    WaitBlockArray: ptr('KWAIT_BLOCK'),
  },
  returns: 'status',
  maxIrql: (kernel, { Timeout }) => waitIrql(kernel, Timeout),
  *run(kernel, { Count, Object: objects, WaitType, WaitMode, Timeout }) {
    const count = Math.min(Count, MAXIMUM_WAIT_OBJECTS);
    const list = Array.from({ length: count }, (_, i) => kernel.mmu.pointer(vaAdd(objects, i * 8)));
    const all = WaitType === WAIT_ALL;
    return yield* wait(list, timeoutAt(kernel, Timeout), all, isUserMode(WaitMode));
  },
});

export const eventServices = [
  KeInitializeEvent,
  KeSetEvent,
  KePulseEvent,
  KeClearEvent,
  KeResetEvent,
  KeReadStateEvent,
  KeInitializeSemaphore,
  KeReleaseSemaphore,
  KeReadStateSemaphore,
  KeInitializeMutex,
  KeReleaseMutex,
  KeReadStateMutex,
  KeWaitForSingleObject,
  KeWaitForMultipleObjects,
];
