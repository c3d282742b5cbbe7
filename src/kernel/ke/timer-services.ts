/** Timers, DPCs, delays and clocks. */
import { bool, i32, i64, out, ptr, u8, u16, u32 } from '../../layout/struct.ts';
import { NULL, vaAdd } from '../../units/address.ts';
import { APC_LEVEL, DISPATCH_LEVEL, HIGH_LEVEL, PASSIVE_LEVEL } from '../../units/irql.ts';
import { STATUS } from '../../units/status.ts';
import { giveWay, wait } from '../effects.ts';
import { service } from '../service.ts';
import { dpcQueue } from './dpc.ts';
import { isUserMode } from './event-services.ts';
import { DISPATCHER_HEADER, KDPC, THREADED_DPC_OBJECT } from './layout.ts';
import { systemTime, TIME_INCREMENT } from './time.ts';
import { timers } from './timer.ts';

const KeInitializeTimer = service({
  name: 'KeInitializeTimer',
  doc: 'wdm/nf-wdm-keinitializetimer',
  params: { Timer: ptr('KTIMER') },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run: (kernel, { Timer }) => timers(kernel).initialise(Timer, false),
});

const KeInitializeTimerEx = service({
  name: 'KeInitializeTimerEx',
  doc: 'wdm/nf-wdm-keinitializetimerex',
  params: { Timer: ptr('KTIMER'), Type: u32 },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run: (kernel, { Timer, Type }) => timers(kernel).initialise(Timer, Type === 1),
});

const KeSetTimer = service({
  name: 'KeSetTimer',
  doc: 'wdm/nf-wdm-kesettimer',
  params: { Timer: ptr('KTIMER'), DueTime: i64, Dpc: ptr('KDPC') },
  returns: 'bool',
  maxIrql: DISPATCH_LEVEL,
  run: (kernel, { Timer, DueTime, Dpc }) => timers(kernel).set(Timer, DueTime, 0, Dpc),
});

const KeSetTimerEx = service({
  name: 'KeSetTimerEx',
  doc: 'wdm/nf-wdm-kesettimerex',
  params: { Timer: ptr('KTIMER'), DueTime: i64, Period: i32, Dpc: ptr('KDPC') },
  returns: 'bool',
  maxIrql: DISPATCH_LEVEL,
  run: (kernel, { Timer, DueTime, Period, Dpc }) => timers(kernel).set(Timer, DueTime, Period, Dpc),
});

const KeSetCoalescableTimer = service({
  name: 'KeSetCoalescableTimer',
  doc: 'wdm/nf-wdm-kesetcoalescabletimer',
  params: {
    Timer: ptr('KTIMER'),
    DueTime: i64,
    Period: u32,
    TolerableDelay: u32,
    Dpc: ptr('KDPC'),
  },
  returns: 'bool',
  maxIrql: DISPATCH_LEVEL,
  run: (kernel, { Timer, DueTime, Period, Dpc }) => timers(kernel).set(Timer, DueTime, Period, Dpc),
});

const KeCancelTimer = service({
  name: 'KeCancelTimer',
  doc: 'wdm/nf-wdm-kecanceltimer',
  params: { Timer: ptr('KTIMER') },
  returns: 'bool',
  maxIrql: DISPATCH_LEVEL,
  run: (kernel, { Timer }) => timers(kernel).cancel(Timer),
});

const KeReadStateTimer = service({
  name: 'KeReadStateTimer',
  doc: 'wdm/nf-wdm-kereadstatetimer',
  params: { Timer: ptr('KTIMER') },
  returns: 'bool',
  maxIrql: DISPATCH_LEVEL,
  run: (kernel, { Timer }) => DISPATCHER_HEADER.at(kernel.mmu, Timer).SignalState > 0,
});

const KeInitializeDpc = service({
  name: 'KeInitializeDpc',
  doc: 'wdm/nf-wdm-keinitializedpc',
  params: { Dpc: ptr('KDPC'), DeferredRoutine: ptr('KDEFERRED_ROUTINE'), DeferredContext: ptr() },
  returns: 'void',
  maxIrql: HIGH_LEVEL,
  run: (kernel, { Dpc, DeferredRoutine, DeferredContext }) =>
    dpcQueue(kernel).initialise(Dpc, DeferredRoutine, DeferredContext),
});

const KeInitializeThreadedDpc = service({
  name: 'KeInitializeThreadedDpc',
  doc: 'wdm/nf-wdm-keinitializethreadeddpc',
  params: { Dpc: ptr('KDPC'), DeferredRoutine: ptr('KDEFERRED_ROUTINE'), DeferredContext: ptr() },
  returns: 'void',
  maxIrql: HIGH_LEVEL,
  run: (kernel, { Dpc, DeferredRoutine, DeferredContext }) =>
    dpcQueue(kernel).initialise(Dpc, DeferredRoutine, DeferredContext, THREADED_DPC_OBJECT),
});

const KeInsertQueueDpc = service({
  name: 'KeInsertQueueDpc',
  doc: 'wdm/nf-wdm-keinsertqueuedpc',
  params: { Dpc: ptr('KDPC'), SystemArgument1: ptr(), SystemArgument2: ptr() },
  returns: 'bool',
  maxIrql: HIGH_LEVEL,
  run: (kernel, { Dpc, SystemArgument1, SystemArgument2 }) =>
    dpcQueue(kernel).insert(Dpc, SystemArgument1, SystemArgument2),
});

const KeRemoveQueueDpc = service({
  name: 'KeRemoveQueueDpc',
  doc: 'wdm/nf-wdm-keremovequeuedpc',
  params: { Dpc: ptr('KDPC') },
  returns: 'bool',
  maxIrql: HIGH_LEVEL,
  run: (kernel, { Dpc }) => dpcQueue(kernel).remove(Dpc),
});

const KeSetImportanceDpc = service({
  name: 'KeSetImportanceDpc',
  doc: 'wdm/nf-wdm-kesetimportancedpc',
  params: { Dpc: ptr('KDPC'), Importance: u32 },
  returns: 'void',
  maxIrql: HIGH_LEVEL,
  run(kernel, { Dpc, Importance }) {
    KDPC.at(kernel.mmu, Dpc).Importance = Importance;
  },
});

const KeSetTargetProcessorDpc = service({
  name: 'KeSetTargetProcessorDpc',
  doc: 'wdm/nf-wdm-kesettargetprocessordpc',
  params: { Dpc: ptr('KDPC'), Number: u8 },
  returns: 'void',
  maxIrql: HIGH_LEVEL,
  run(kernel, { Dpc, Number: number }) {
    KDPC.at(kernel.mmu, Dpc).Number = number;
  },
});

const KeFlushQueuedDpcs = service({
  name: 'KeFlushQueuedDpcs',
  doc: 'wdm/nf-wdm-keflushqueueddpcs',
  params: {},
  returns: 'void',
  maxIrql: PASSIVE_LEVEL,
  *run() {
    yield* giveWay();
    return undefined;
  },
});

const KeDelayExecutionThread = service({
  name: 'KeDelayExecutionThread',
  doc: 'wdm/nf-wdm-kedelayexecutionthread',
  params: { WaitMode: u32, Alertable: bool, Interval: ptr('LARGE_INTEGER') },
  returns: 'status',
  maxIrql: APC_LEVEL,
  *run(kernel, { WaitMode, Interval }) {
    const until = BigInt.asIntN(64, kernel.mmu.u64(Interval));
    const status = yield* wait([], until, false, isUserMode(WaitMode));
    return status === STATUS.USER_APC ? status : STATUS.SUCCESS;
  },
});

const KeStallExecutionProcessor = service({
  name: 'KeStallExecutionProcessor',
  doc: 'wdm/nf-wdm-kestallexecutionprocessor',
  params: { MicroSeconds: u32 },
  returns: 'void',
  maxIrql: HIGH_LEVEL,
  run: (kernel, { MicroSeconds }) => kernel.clock.stall(BigInt(MicroSeconds) * 10n),
});

const KeQueryTimeIncrement = service({
  name: 'KeQueryTimeIncrement',
  doc: 'wdm/nf-wdm-kequerytimeincrement',
  params: {},
  returns: 'u32',
  maxIrql: HIGH_LEVEL,
  run: () => TIME_INCREMENT,
});

/** QueryPerformanceFrequency of the virtual clock: its own 10 MHz. */
const PERFORMANCE_FREQUENCY = 10_000_000n;

const KeQueryPerformanceCounter = service({
  name: 'KeQueryPerformanceCounter',
  doc: 'wdm/nf-wdm-kequeryperformancecounter',
  params: { PerformanceFrequency: out('LARGE_INTEGER') },
  returns: 'u64',
  maxIrql: HIGH_LEVEL,
  run(kernel, { PerformanceFrequency }) {
    if (PerformanceFrequency !== NULL) {
      kernel.mmu.write(PerformanceFrequency, 8, PERFORMANCE_FREQUENCY);
    }
    return kernel.clock.now;
  },
});

const KeQueryInterruptTime = service({
  name: 'KeQueryInterruptTime',
  doc: 'wdm/nf-wdm-kequeryinterrupttime',
  params: {},
  returns: 'u64',
  maxIrql: HIGH_LEVEL,
  run: (kernel) => kernel.clock.now,
});

const KeQuerySystemTimePrecise = service({
  name: 'KeQuerySystemTimePrecise',
  doc: 'wdm/nf-wdm-kequerysystemtimeprecise',
  params: { CurrentTime: out('LARGE_INTEGER') },
  returns: 'void',
  maxIrql: HIGH_LEVEL,
  run: (kernel, { CurrentTime }) => kernel.mmu.write(CurrentTime, 8, systemTime(kernel)),
});

const KeSetTargetProcessorDpcEx = service({
  name: 'KeSetTargetProcessorDpcEx',
  doc: 'wdm/nf-wdm-kesettargetprocessordpcex',
  params: { Dpc: ptr('KDPC'), ProcNumber: ptr('PROCESSOR_NUMBER') },
  returns: 'status',
  maxIrql: HIGH_LEVEL,
  run(kernel, { ProcNumber }) {
    const group = u16.read(kernel.mmu, ProcNumber, 'x64');
    const number = kernel.mmu.u8(vaAdd(ProcNumber, 2));
    return group === 0 && number === 0 ? STATUS.SUCCESS : STATUS.INVALID_PARAMETER;
  },
});

export const timerServices = [
  KeInitializeTimer,
  KeInitializeTimerEx,
  KeSetTimer,
  KeSetTimerEx,
  KeSetCoalescableTimer,
  KeCancelTimer,
  KeReadStateTimer,
  KeInitializeDpc,
  KeInitializeThreadedDpc,
  KeInsertQueueDpc,
  KeRemoveQueueDpc,
  KeSetImportanceDpc,
  KeSetTargetProcessorDpc,
  KeSetTargetProcessorDpcEx,
  KeFlushQueuedDpcs,
  KeDelayExecutionThread,
  KeStallExecutionProcessor,
  KeQueryTimeIncrement,
  KeQueryPerformanceCounter,
  KeQueryInterruptTime,
  KeQuerySystemTimePrecise,
];
