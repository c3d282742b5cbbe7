/** System threads, critical regions, affinity and priority. One processor, so affinity changes nothing. */
import { statusCode } from '../../layout/named.ts';
import { i32, ptr, u16, u32, u64 } from '../../layout/struct.ts';
import { NULL, type Va, va, vaAdd } from '../../units/address.ts';
import { APC_LEVEL, DISPATCH_LEVEL, HIGH_LEVEL, PASSIVE_LEVEL } from '../../units/irql.ts';
import { ntStatus, STATUS } from '../../units/status.ts';
import { callGuest, exitThread } from '../effects.ts';
import { bugCheck } from '../end.ts';
import { type HandleObject, handles } from '../ob/handles.ts';
import { alias, service } from '../service.ts';
import { KTHREAD } from './layout.ts';
import { raise } from './raise.ts';

/** What a thread's handle refers to. */
export interface ThreadObject extends HandleObject {
  readonly type: 'thread';
  readonly thread: Va;
}

const threadHandle = (thread: Va): ThreadObject => ({ type: 'thread', thread });

const PsCreateSystemThread = service({
  name: 'PsCreateSystemThread',
  doc: 'wdm/nf-wdm-pscreatesystemthread',
  params: {
    ThreadHandle: ptr('HANDLE'),
    DesiredAccess: u32,
    ObjectAttributes: ptr('OBJECT_ATTRIBUTES'),
    ProcessHandle: u64,
    ClientId: ptr('CLIENT_ID'),
    StartRoutine: ptr('KSTART_ROUTINE'),
    StartContext: ptr(),
  },
  returns: 'status',
  maxIrql: PASSIVE_LEVEL,
  mayFail: [STATUS.INSUFFICIENT_RESOURCES],
  run(kernel, { ThreadHandle, ClientId, StartRoutine, StartContext }) {
    const thread = kernel.scheduler.spawn('system thread', function* () {
      yield* callGuest(StartRoutine, [StartContext], 'Thread');
    });
    const handle = handles(kernel).open(threadHandle(thread));
    kernel.mmu.write(ThreadHandle, 8, handle);
    if (ClientId !== NULL) {
      const view = KTHREAD.at(kernel.mmu, thread);
      kernel.mmu.write(ClientId, 8, view.UniqueProcess);
      kernel.mmu.write(vaAdd(ClientId, 8), 8, view.UniqueThread);
    }
    return STATUS.SUCCESS;
  },
});

const PsTerminateSystemThread = service({
  name: 'PsTerminateSystemThread',
  doc: 'wdm/nf-wdm-psterminatesystemthread',
  params: { ExitStatus: statusCode },
  returns: 'status',
  maxIrql: PASSIVE_LEVEL,
  *run(_kernel, { ExitStatus }) {
    return yield* exitThread(ntStatus(ExitStatus));
  },
});

const KeEnterCriticalRegion = service({
  name: 'KeEnterCriticalRegion',
  doc: 'wdm/nf-wdm-keentercriticalregion',
  params: {},
  returns: 'void',
  maxIrql: APC_LEVEL,
  run() {},
});

const KeLeaveCriticalRegion = service({
  name: 'KeLeaveCriticalRegion',
  doc: 'wdm/nf-wdm-keleavecriticalregion',
  params: {},
  returns: 'void',
  maxIrql: APC_LEVEL,
  run() {},
});

/** LOW_REALTIME_PRIORITY / 2, what system worker threads have. */
const NORMAL_PRIORITY = 8;

const KeSetPriorityThread = service({
  name: 'KeSetPriorityThread',
  doc: 'wdm/nf-wdm-kesetprioritythread',
  params: { Thread: ptr('KTHREAD'), Priority: i32 },
  returns: 'u32',
  maxIrql: PASSIVE_LEVEL,
  run: () => NORMAL_PRIORITY,
});

const KeQueryPriorityThread = service({
  name: 'KeQueryPriorityThread',
  doc: 'wdm/nf-wdm-kequeryprioritythread',
  params: { Thread: ptr('KTHREAD') },
  returns: 'u32',
  maxIrql: PASSIVE_LEVEL,
  run: () => NORMAL_PRIORITY,
});

const KeSetSystemAffinityThread = service({
  name: 'KeSetSystemAffinityThread',
  doc: 'wdm/nf-wdm-kesetsystemaffinitythread',
  params: { Affinity: u64 },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run() {},
});

const KeSetSystemAffinityThreadEx = service({
  name: 'KeSetSystemAffinityThreadEx',
  doc: 'wdm/nf-wdm-kesetsystemaffinitythreadex',
  params: { Affinity: u64 },
  returns: 'u64',
  maxIrql: DISPATCH_LEVEL,
  run: () => 0n,
});

const KeRevertToUserAffinityThread = service({
  name: 'KeRevertToUserAffinityThread',
  doc: 'wdm.h',
  params: {},
  returns: 'void',
  run() {},
});

const KeSetSystemGroupAffinityThread = service({
  name: 'KeSetSystemGroupAffinityThread',
  doc: 'wdm/nf-wdm-kesetsystemgroupaffinitythread',
  params: { Affinity: ptr('GROUP_AFFINITY'), PreviousAffinity: ptr('GROUP_AFFINITY') },
  returns: 'void',
  run(kernel, { PreviousAffinity }) {
    if (PreviousAffinity !== NULL) kernel.mmu.fill(PreviousAffinity, 16, 0);
  },
});

const KeQueryActiveProcessors = service({
  name: 'KeQueryActiveProcessors',
  doc: 'wdm/nf-wdm-kequeryactiveprocessors',
  params: {},
  returns: 'u64',
  maxIrql: HIGH_LEVEL,
  run: () => 1n,
});

const KeQueryActiveProcessorCount = service({
  name: 'KeQueryActiveProcessorCount',
  doc: 'wdm/nf-wdm-kequeryactiveprocessorcount',
  params: { ActiveProcessors: ptr('KAFFINITY') },
  returns: 'u32',
  maxIrql: HIGH_LEVEL,
  run(kernel, { ActiveProcessors }) {
    if (ActiveProcessors !== NULL) kernel.mmu.write(ActiveProcessors, 8, 1n);
    return 1;
  },
});

const KeQueryActiveProcessorCountEx = service({
  name: 'KeQueryActiveProcessorCountEx',
  doc: 'wdm/nf-wdm-kequeryactiveprocessorcountex',
  params: { GroupNumber: u16 },
  returns: 'u32',
  maxIrql: HIGH_LEVEL,
  run: () => 1,
});

const KeGetCurrentProcessorNumberEx = service({
  name: 'KeGetCurrentProcessorNumberEx',
  doc: 'wdm/nf-wdm-kegetcurrentprocessornumberex',
  params: { ProcNumber: ptr('PROCESSOR_NUMBER') },
  returns: 'u32',
  maxIrql: HIGH_LEVEL,
  run(kernel, { ProcNumber }) {
    if (ProcNumber !== NULL) kernel.mmu.write(ProcNumber, 4, 0n);
    return 0;
  },
});

const KeGetProcessorNumberFromIndex = service({
  name: 'KeGetProcessorNumberFromIndex',
  doc: 'wdm/nf-wdm-kegetprocessornumberfromindex',
  params: { ProcIndex: u32, ProcNumber: ptr('PROCESSOR_NUMBER') },
  returns: 'status',
  maxIrql: HIGH_LEVEL,
  run(kernel, { ProcIndex, ProcNumber }) {
    if (ProcIndex !== 0) return STATUS.INVALID_PARAMETER;
    kernel.mmu.write(ProcNumber, 4, 0n);
    return STATUS.SUCCESS;
  },
});

const KeBugCheckEx = service({
  name: 'KeBugCheckEx',
  doc: 'wdm/nf-wdm-kebugcheckex',
  params: { BugCheckCode: u32, Parameter1: u64, Parameter2: u64, Parameter3: u64, Parameter4: u64 },
  returns: 'void',
  maxIrql: HIGH_LEVEL,
  run: (_kernel, { BugCheckCode, Parameter1, Parameter2, Parameter3, Parameter4 }) =>
    bugCheck(
      BugCheckCode,
      [Parameter1, Parameter2, Parameter3, Parameter4],
      'called by the driver',
    ),
});

const KeBugCheck = service({
  name: 'KeBugCheck',
  doc: 'ntddk/nf-ntddk-kebugcheck',
  params: { BugCheckCode: u32 },
  returns: 'void',
  maxIrql: HIGH_LEVEL,
  run: (_kernel, { BugCheckCode }) => bugCheck(BugCheckCode, [], 'called by the driver'),
});

const RtlRaiseException = service({
  name: 'RtlRaiseException',
  doc: 'winnt.h',
  params: { ExceptionRecord: ptr('EXCEPTION_RECORD') },
  returns: 'void',
  *run(kernel, { ExceptionRecord }) {
    const context = kernel.processor.callerContext();
    const count = Math.min(kernel.mmu.u32(vaAdd(ExceptionRecord, 24)), 15);
    const facts = {
      code: kernel.mmu.u32(ExceptionRecord),
      flags: kernel.mmu.u32(vaAdd(ExceptionRecord, 4)),
      address: context.rip,
      parameters: Array.from({ length: count }, (_, i) =>
        kernel.mmu.u64(vaAdd(ExceptionRecord, 32 + i * 8)),
      ),
    };
    return yield* raise(kernel, facts, context);
  },
});

const KeIpiGenericCall = service({
  name: 'KeIpiGenericCall',
  doc: 'wdm/nf-wdm-keipigenericcall',
  params: { BroadcastFunction: ptr('KIPI_BROADCAST_WORKER'), Context: u64 },
  returns: 'u64',
  *run(kernel, { BroadcastFunction, Context }) {
    const before = kernel.irql;
    kernel.setIrql(14);
    const result = yield* callGuest(va(BroadcastFunction), [Context], 'IpiWorker');
    kernel.setIrql(before);
    return result;
  },
});

export const threadServices = [
  PsCreateSystemThread,
  PsTerminateSystemThread,
  KeEnterCriticalRegion,
  KeLeaveCriticalRegion,
  alias('KeEnterGuardedRegion', KeEnterCriticalRegion, 'wdm/nf-wdm-keenterguardedregion'),
  alias('KeLeaveGuardedRegion', KeLeaveCriticalRegion, 'wdm/nf-wdm-keleaveguardedregion'),
  KeSetPriorityThread,
  KeQueryPriorityThread,
  KeSetSystemAffinityThread,
  KeSetSystemAffinityThreadEx,
  KeRevertToUserAffinityThread,
  alias(
    'KeRevertToUserAffinityThreadEx',
    KeSetSystemAffinityThread,
    'wdm/nf-wdm-kereverttouseraffinitythreadex',
  ),
  KeSetSystemGroupAffinityThread,
  alias(
    'KeRevertToUserGroupAffinityThread',
    KeRevertToUserAffinityThread,
    'wdm/nf-wdm-kereverttousergroupaffinitythread',
  ),
  KeQueryActiveProcessors,
  KeQueryActiveProcessorCount,
  KeQueryActiveProcessorCountEx,
  alias(
    'KeQueryMaximumProcessorCountEx',
    KeQueryActiveProcessorCountEx,
    'wdm/nf-wdm-kequerymaximumprocessorcountex',
  ),
  KeGetCurrentProcessorNumberEx,
  KeGetProcessorNumberFromIndex,
  KeBugCheckEx,
  KeBugCheck,
  RtlRaiseException,
  KeIpiGenericCall,
];
