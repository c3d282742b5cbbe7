/** Timers in memory of the miniport's own: NDIS_MINIPORT_TIMER and NDIS_TIMER. */
import { dpcQueue } from '../../../kernel/ke/dpc.ts';
import { type Kernel, part } from '../../../kernel/kernel.ts';
import type { Service } from '../../../kernel/service.ts';
import { ptr, u32 } from '../../../layout/struct.ts';
import { NULL, type Va, vaAdd } from '../../../units/address.ts';
import { DISPATCH_LEVEL } from '../../../units/irql.ts';
import { TICKS_PER_MS } from '../../../units/ticks.ts';
import { subjectOf } from '../adapter.ts';
import { callPlainly } from '../call.ts';
import { tellMisuse } from '../misuse.ts';
import { ndisHandle, ndisService } from '../ndis-service.ts';
import { MINIPORT_TIMER } from './layout.ts';

interface Timer {
  readonly entry: Va;
  context: Va;
  readonly subject: string | null;
  callOff: (() => void) | null;
  generation: number;
}

/** By the address of the structure: what was initialized there last. */
const timers = part(() => new Map<Va, Timer>());

const DPC = MINIPORT_TIMER.offsetOf('Dpc');

function initialize(kernel: Kernel, at: Va, facts: Pick<Timer, 'entry' | 'context' | 'subject'>) {
  timers(kernel).get(at)?.callOff?.();
  timers(kernel).set(at, { ...facts, callOff: null, generation: 0 });
}

const NdisMInitializeTimer = ndisService({
  name: 'NdisMInitializeTimer',
  doc: 'ndis.h',
  params: {
    Timer: ptr(MINIPORT_TIMER.name),
    MiniportAdapterHandle: ndisHandle,
    TimerFunction: ptr('NDIS_TIMER_FUNCTION'),
    FunctionContext: ptr(),
  },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run(kernel, { Timer, MiniportAdapterHandle, TimerFunction, FunctionContext }) {
    const view = MINIPORT_TIMER.at(kernel.mmu, Timer);
    view.MiniportTimerFunction = TimerFunction;
    view.MiniportTimerContext = FunctionContext;
    view.Miniport = MiniportAdapterHandle;
    view.NextTimer = NULL;
    const subject = subjectOf(kernel, MiniportAdapterHandle);
    initialize(kernel, Timer, { entry: TimerFunction, context: FunctionContext, subject });
  },
});

const NdisInitializeTimer = ndisService({
  name: 'NdisInitializeTimer',
  doc: 'ndis.h',
  params: {
    Timer: ptr('NDIS_TIMER'),
    TimerFunction: ptr('NDIS_TIMER_FUNCTION'),
    FunctionContext: ptr(),
  },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run(kernel, { Timer, TimerFunction, FunctionContext }) {
    const subject = kernel.device();
    initialize(kernel, Timer, { entry: TimerFunction, context: FunctionContext, subject });
  },
});

/** True when it was set. */
function cancel(timer: Timer): boolean {
  const wasSet = timer.callOff !== null;
  timer.callOff?.();
  timer.callOff = null;
  timer.generation++;
  return wasSet;
}

function arm(kernel: Kernel, at: Va, timer: Timer, delay: bigint, period: bigint): void {
  const { generation, entry, context, subject } = timer;
  timer.callOff = kernel.clock.after(delay, () => {
    timer.callOff = null;
    if (period > 0n) arm(kernel, at, timer, period, period);
    dpcQueue(kernel).insertHost(function* () {
      if (timer.generation !== generation) return;
      const args = [vaAdd(at, DPC), context, NULL, NULL];
      yield* callPlainly(kernel, { routine: 'NdisTimer', subject, entry, args });
    });
  });
}

function set(kernel: Kernel, service: string, at: Va, delayMs: number, periodMs: number): void {
  const timer = timers(kernel).get(at);
  if (timer === undefined) {
    tellMisuse(kernel, service, 'not-initialized');
    return;
  }
  cancel(timer);
  arm(kernel, at, timer, BigInt(delayMs) * TICKS_PER_MS, BigInt(periodMs) * TICKS_PER_MS);
}

/** NdisMSetTimer is a macro over it. */
const NdisSetTimer = ndisService({
  name: 'NdisSetTimer',
  doc: 'ndis.h',
  params: { Timer: ptr('NDIS_TIMER'), MillisecondsToDelay: u32 },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run: (kernel, { Timer, MillisecondsToDelay }) =>
    set(kernel, 'NdisSetTimer', Timer, MillisecondsToDelay, 0),
});

/** The context comes with the setting, and stays. */
const NdisSetTimerEx = ndisService({
  name: 'NdisSetTimerEx',
  doc: 'ndis.h',
  params: { NdisTimer: ptr('NDIS_TIMER'), MillisecondsToDelay: u32, FunctionContext: ptr() },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run(kernel, { NdisTimer, MillisecondsToDelay, FunctionContext }) {
    const timer = timers(kernel).get(NdisTimer);
    if (timer !== undefined) timer.context = FunctionContext;
    set(kernel, 'NdisSetTimerEx', NdisTimer, MillisecondsToDelay, 0);
  },
});

const NdisSetPeriodicTimer = ndisService({
  name: 'NdisSetPeriodicTimer',
  doc: 'ndis.h',
  params: { NdisTimer: ptr('NDIS_TIMER'), MillisecondsPeriod: u32 },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run: (kernel, { NdisTimer, MillisecondsPeriod }) =>
    set(kernel, 'NdisSetPeriodicTimer', NdisTimer, MillisecondsPeriod, MillisecondsPeriod),
});

const NdisMSetPeriodicTimer = ndisService({
  name: 'NdisMSetPeriodicTimer',
  doc: 'ndis.h',
  params: { Timer: ptr(MINIPORT_TIMER.name), MillisecondPeriod: u32 },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run: (kernel, { Timer, MillisecondPeriod }) =>
    set(kernel, 'NdisMSetPeriodicTimer', Timer, MillisecondPeriod, MillisecondPeriod),
});

const cancellation = (name: string): Service =>
  ndisService({
    name,
    doc: 'ndis.h',
    params: { Timer: ptr('NDIS_TIMER'), TimerCancelled: ptr('BOOLEAN') },
    returns: 'void',
    maxIrql: DISPATCH_LEVEL,
    run(kernel, { Timer, TimerCancelled }) {
      const timer = timers(kernel).get(Timer);
      const wasSet = timer !== undefined && cancel(timer);
      kernel.mmu.write(TimerCancelled, 1, wasSet ? 1n : 0n);
    },
  });

export const timerServices5: readonly Service[] = [
  NdisMInitializeTimer,
  NdisInitializeTimer,
  NdisSetTimer,
  NdisSetTimerEx,
  NdisSetPeriodicTimer,
  NdisMSetPeriodicTimer,
  cancellation('NdisMCancelTimer'),
  cancellation('NdisCancelTimer'),
];
