/** Timer objects of NDIS 6: one-shot and periodic, their functions called at DISPATCH_LEVEL. */
import { dpcQueue } from '../../kernel/ke/dpc.ts';
import { systemTime } from '../../kernel/ke/time.ts';
import { type Kernel, part } from '../../kernel/kernel.ts';
import type { Service } from '../../kernel/service.ts';
import { i32, i64, ptr, u32 } from '../../layout/struct.ts';
import { NULL, type Va } from '../../units/address.ts';
import { DISPATCH_LEVEL } from '../../units/irql.ts';
import { NDIS_STATUS } from '../../units/ndis-status.ts';
import { TICKS_PER_MS } from '../../units/ticks.ts';
import { subjectOf } from './adapter.ts';
import { callPlainly } from './call.ts';
import { Handles } from './handles.ts';
import { TIMER_CHARACTERISTICS } from './layout.ts';
import { tellMisuse } from './misuse.ts';
import { ndisHandle, ndisService } from './ndis-service.ts';
import { HEADER, OBJECT } from './object-header.ts';

interface TimerObject {
  readonly entry: Va;
  /** FunctionContext of the characteristics, used when setting the timer gives none. */
  readonly context: Va;
  readonly subject: string | null;
  /** Calls the next expiry off. */
  callOff: (() => void) | null;
  /** Counts settings, so that an expiry that was cancelled meanwhile does not run. */
  generation: number;
}

const timerObjects = part((kernel) => new Handles<TimerObject>(kernel, 'NDto'));
const CHARACTERISTICS_BYTES = TIMER_CHARACTERISTICS.bytes;

const NdisAllocateTimerObject = ndisService({
  name: 'NdisAllocateTimerObject',
  params: {
    NdisHandle: ndisHandle,
    TimerCharacteristics: ptr('NDIS_TIMER_CHARACTERISTICS'),
    pTimerObject: ptr('NDIS_HANDLE'),
  },
  returns: 'ndis-status',
  maxIrql: DISPATCH_LEVEL,
  mayFail: [NDIS_STATUS.RESOURCES],
  run(kernel, { NdisHandle, TimerCharacteristics, pTimerObject }) {
    const { Type, Size } = HEADER.at(kernel.mmu, TimerCharacteristics);
    if (Type !== OBJECT.TIMER_CHARACTERISTICS || Size < CHARACTERISTICS_BYTES) {
      return NDIS_STATUS.INVALID_PARAMETER;
    }
    const view = TIMER_CHARACTERISTICS.at(kernel.mmu, TimerCharacteristics);
    const handle = timerObjects(kernel).open({
      entry: view.TimerFunction,
      context: view.FunctionContext,
      subject: subjectOf(kernel, NdisHandle),
      callOff: null,
      generation: 0,
    });
    kernel.mmu.write(pTimerObject, 8, handle ?? NULL);
    return handle === undefined ? NDIS_STATUS.RESOURCES : NDIS_STATUS.SUCCESS;
  },
});

interface Setting {
  readonly delay: bigint;
  readonly periodTicks: bigint;
  readonly context: Va;
}

function arm(kernel: Kernel, timer: TimerObject, setting: Setting, delay: bigint): void {
  const { generation, entry, subject } = timer;
  timer.callOff = kernel.clock.after(delay, () => {
    timer.callOff = null;
    if (setting.periodTicks > 0n) arm(kernel, timer, setting, setting.periodTicks);
    dpcQueue(kernel).insertHost(function* () {
      if (timer.generation !== generation) return;
      const args = [NULL, setting.context, NULL, NULL];
      yield* callPlainly(kernel, { routine: 'NdisTimer', subject, entry, args });
    });
  });
}

/** True when it was set before. */
function cancel(timer: TimerObject): boolean {
  const wasSet = timer.callOff !== null;
  timer.callOff?.();
  timer.callOff = null;
  timer.generation++;
  return wasSet;
}

const SET = {
  TimerObject: ndisHandle,
  DueTime: i64,
  MillisecondsPeriod: i32,
  FunctionContext: ptr(),
} as const;

interface SetCall {
  readonly TimerObject: Va;
  readonly DueTime: bigint;
  readonly MillisecondsPeriod: number;
  readonly FunctionContext: Va;
}

function setTimer(kernel: Kernel, service: string, call: SetCall): boolean {
  const timer = timerObjects(kernel).get(call.TimerObject);
  if (timer === undefined) {
    tellMisuse(kernel, service, 'wrong-handle');
    return false;
  }
  const wasSet = cancel(timer);
  const { DueTime } = call;
  const delay = DueTime < 0n ? -DueTime : DueTime - systemTime(kernel);
  const setting = {
    delay: delay > 0n ? delay : 0n,
    periodTicks: BigInt(Math.max(0, call.MillisecondsPeriod)) * TICKS_PER_MS,
    context: call.FunctionContext === NULL ? timer.context : call.FunctionContext,
  };
  arm(kernel, timer, setting, setting.delay);
  return wasSet;
}

const NdisSetTimerObject = ndisService({
  name: 'NdisSetTimerObject',
  params: SET,
  returns: 'bool',
  maxIrql: DISPATCH_LEVEL,
  run: (kernel, args) => setTimer(kernel, 'NdisSetTimerObject', args),
});

const NdisSetCoalescableTimerObject = ndisService({
  name: 'NdisSetCoalescableTimerObject',
  params: { ...SET, Tolerance: u32 },
  returns: 'bool',
  maxIrql: DISPATCH_LEVEL,
  run: (kernel, args) => setTimer(kernel, 'NdisSetCoalescableTimerObject', args),
});

const NdisCancelTimerObject = ndisService({
  name: 'NdisCancelTimerObject',
  params: { TimerObject: ndisHandle },
  returns: 'bool',
  maxIrql: DISPATCH_LEVEL,
  run(kernel, { TimerObject }) {
    const timer = timerObjects(kernel).get(TimerObject);
    return timer !== undefined && cancel(timer);
  },
});

const NdisFreeTimerObject = ndisService({
  name: 'NdisFreeTimerObject',
  params: { TimerObject: ndisHandle },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run(kernel, { TimerObject }) {
    const timer = timerObjects(kernel).close(TimerObject);
    if (timer === undefined) tellMisuse(kernel, 'NdisFreeTimerObject', 'wrong-handle');
    else if (cancel(timer)) tellMisuse(kernel, 'NdisFreeTimerObject', 'still-set');
  },
});

export const timerServices: readonly Service[] = [
  NdisAllocateTimerObject,
  NdisSetTimerObject,
  NdisSetCoalescableTimerObject,
  NdisCancelTimerObject,
  NdisFreeTimerObject,
];
