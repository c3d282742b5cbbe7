/** Processes and threads: which run, their ids, and running in another process's address space. */
import { ptr, u64 } from '../../layout/struct.ts';
import { NULL, vaAdd } from '../../units/address.ts';
import { APC_LEVEL, DISPATCH_LEVEL, HIGH_LEVEL, PASSIVE_LEVEL } from '../../units/irql.ts';
import { STATUS } from '../../units/status.ts';
import { notModelledHere } from '../end.ts';
import { allocateForKernel } from '../ex/pool.ts';
import { KTHREAD } from '../ke/layout.ts';
import { type Kernel, part } from '../kernel.ts';
import { primaryToken } from '../se/token.ts';
import { alias, type Service, service } from '../service.ts';
import { processes } from './processes.ts';

type Pointer = typeof NULL;

const IoGetCurrentProcess = service({
  name: 'IoGetCurrentProcess',
  doc: 'wdm/nf-wdm-iogetcurrentprocess',
  params: {},
  returns: 'pointer',
  maxIrql: HIGH_LEVEL,
  run: (kernel) => kernel.scheduler.currentProcess,
});

const PsGetCurrentThread = service({
  name: 'PsGetCurrentThread',
  doc: 'wdm/nf-wdm-psgetcurrentthread',
  params: {},
  returns: 'pointer',
  maxIrql: HIGH_LEVEL,
  run: (kernel) => kernel.scheduler.currentThread,
});

const currentThread = (kernel: Kernel) => KTHREAD.at(kernel.mmu, kernel.scheduler.currentThread);

/** Of the thread's own process, attached to another or not. */
const PsGetCurrentProcessId = service({
  name: 'PsGetCurrentProcessId',
  doc: 'ntddk/nf-ntddk-psgetcurrentprocessid',
  params: {},
  returns: 'u64',
  maxIrql: HIGH_LEVEL,
  run: (kernel) => currentThread(kernel).UniqueProcess,
});

const PsGetCurrentThreadId = service({
  name: 'PsGetCurrentThreadId',
  doc: 'ntddk/nf-ntddk-psgetcurrentthreadid',
  params: {},
  returns: 'u64',
  maxIrql: HIGH_LEVEL,
  run: (kernel) => currentThread(kernel).UniqueThread,
});

const PsGetProcessId = service({
  name: 'PsGetProcessId',
  doc: 'ntddk/nf-ntddk-psgetprocessid',
  params: { Process: ptr('EPROCESS') },
  returns: 'u64',
  maxIrql: HIGH_LEVEL,
  run: (kernel, { Process }) => processes(kernel).idOf(Process),
});

const PsGetThreadId = service({
  name: 'PsGetThreadId',
  doc: 'ntddk/nf-ntddk-psgetthreadid',
  params: { Thread: ptr('ETHREAD') },
  returns: 'u64',
  maxIrql: DISPATCH_LEVEL,
  run: (kernel, { Thread }) => KTHREAD.at(kernel.mmu, Thread).UniqueThread,
});

const PsGetThreadProcessId = service({
  name: 'PsGetThreadProcessId',
  doc: 'ntddk/nf-ntddk-psgetthreadprocessid',
  params: { Thread: ptr('ETHREAD') },
  returns: 'u64',
  maxIrql: HIGH_LEVEL,
  run: (kernel, { Thread }) => KTHREAD.at(kernel.mmu, Thread).UniqueProcess,
});

const PsGetThreadProcess = service({
  name: 'PsGetThreadProcess',
  doc: 'ntifs.h',
  params: { Thread: ptr('ETHREAD') },
  returns: 'pointer',
  run: (kernel, { Thread }) => KTHREAD.at(kernel.mmu, Thread).Process,
});

const PsLookupProcessByProcessId = service({
  name: 'PsLookupProcessByProcessId',
  doc: 'ntifs/nf-ntifs-pslookupprocessbyprocessid',
  params: { ProcessId: u64, Process: ptr('PEPROCESS') },
  returns: 'status',
  maxIrql: APC_LEVEL,
  run(kernel, { ProcessId, Process }) {
    const found = processes(kernel).byId(ProcessId);
    if (found === undefined) return STATUS.INVALID_PARAMETER;
    kernel.mmu.write(Process, 8, found);
    return STATUS.SUCCESS;
  },
});

const PsLookupThreadByThreadId = service({
  name: 'PsLookupThreadByThreadId',
  doc: 'ntifs/nf-ntifs-pslookupthreadbythreadid',
  params: { ThreadId: u64, Thread: ptr('PETHREAD') },
  returns: 'status',
  maxIrql: APC_LEVEL,
  run(kernel, { ThreadId, Thread }) {
    if (currentThread(kernel).UniqueThread !== ThreadId) return STATUS.INVALID_PARAMETER;
    kernel.mmu.write(Thread, 8, kernel.scheduler.currentThread);
    return STATUS.SUCCESS;
  },
});

const isSystemThread = (kernel: Kernel, thread: Pointer): boolean =>
  KTHREAD.at(kernel.mmu, thread).Process === processes(kernel).system;

const PsIsSystemThread = service({
  name: 'PsIsSystemThread',
  doc: 'ntifs/nf-ntifs-psissystemthread',
  params: { Thread: ptr('ETHREAD') },
  returns: 'bool',
  maxIrql: DISPATCH_LEVEL,
  run: (kernel, { Thread }) => isSystemThread(kernel, Thread),
});

/** Fifteen characters and a NUL, as EPROCESS keeps them. */
const IMAGE_NAME_BYTES = 16;
const imageNames = part(() => new Map<Pointer, Pointer>());

const PsGetProcessImageFileName = service({
  name: 'PsGetProcessImageFileName',
  doc: 'ntifs.h',
  params: { Process: ptr('EPROCESS') },
  returns: 'pointer',
  run(kernel, { Process }) {
    const known = imageNames(kernel).get(Process);
    if (known !== undefined) return known;
    const at = allocateForKernel(kernel, IMAGE_NAME_BYTES, 'PsNm');
    const name = processes(kernel)
      .nameOf(Process)
      .slice(0, IMAGE_NAME_BYTES - 1);
    kernel.mmu.writeBytes(
      at,
      Uint8Array.from(name, (c) => c.charCodeAt(0)),
    );
    imageNames(kernel).set(Process, at);
    return at;
  },
});

/** What a process has of user mode: the system process has none. */
const userModePart = (name: string): Service =>
  service({
    name,
    doc: 'ntifs.h',
    params: { Process: ptr('EPROCESS') },
    returns: 'pointer',
    run: (kernel, { Process }) =>
      Process === processes(kernel).system ? NULL : notModelledHere(`${name} of a user process`),
  });

const PsReferencePrimaryToken = service({
  name: 'PsReferencePrimaryToken',
  doc: 'ntifs/nf-ntifs-psreferenceprimarytoken',
  params: { Process: ptr('EPROCESS') },
  returns: 'pointer',
  maxIrql: PASSIVE_LEVEL,
  run: (kernel) => primaryToken(kernel).at,
});

/** The one token outlives every reference. */
const PsDereferencePrimaryToken = service({
  name: 'PsDereferencePrimaryToken',
  doc: 'ntifs/nf-ntifs-psdereferenceprimarytoken',
  params: { PrimaryToken: ptr('ACCESS_TOKEN') },
  returns: 'void',
  maxIrql: APC_LEVEL,
  run() {},
});

/** Every process here is a 64-bit one. */
const PsGetProcessWow64Process = service({
  name: 'PsGetProcessWow64Process',
  doc: 'ntifs.h',
  params: { Process: ptr('EPROCESS') },
  returns: 'pointer',
  run: () => NULL,
});

const IoIs32bitProcess = service({
  name: 'IoIs32bitProcess',
  doc: 'wdm/nf-wdm-iois32bitprocess',
  params: { Irp: ptr('IRP') },
  returns: 'bool',
  maxIrql: DISPATCH_LEVEL,
  run: () => false,
});

/** KAPC_STATE.Process, where the process to go back to is kept. */
const APC_STATE_PROCESS = 0x20;
const APC_STATE_BYTES = 0x30;

const KeStackAttachProcess = service({
  name: 'KeStackAttachProcess',
  doc: 'ntifs/nf-ntifs-kestackattachprocess',
  params: { Process: ptr('KPROCESS'), ApcState: ptr('KAPC_STATE') },
  returns: 'void',
  maxIrql: APC_LEVEL,
  run(kernel, { Process, ApcState }) {
    kernel.mmu.fill(ApcState, APC_STATE_BYTES, 0);
    kernel.mmu.write(vaAdd(ApcState, APC_STATE_PROCESS), 8, kernel.scheduler.currentProcess);
    kernel.scheduler.attach(Process);
  },
});

const KeUnstackDetachProcess = service({
  name: 'KeUnstackDetachProcess',
  doc: 'ntifs/nf-ntifs-keunstackdetachprocess',
  params: { ApcState: ptr('KAPC_STATE') },
  returns: 'void',
  maxIrql: APC_LEVEL,
  run: (kernel, { ApcState }) =>
    kernel.scheduler.attach(kernel.mmu.pointer(vaAdd(ApcState, APC_STATE_PROCESS))),
});

export const processServices: readonly Service[] = [
  IoGetCurrentProcess,
  alias('PsGetCurrentProcess', IoGetCurrentProcess),
  PsGetCurrentThread,
  alias('KeGetCurrentThread', PsGetCurrentThread, 'wdm/nf-wdm-kegetcurrentthread'),
  PsGetCurrentProcessId,
  PsGetCurrentThreadId,
  PsGetProcessId,
  PsGetThreadId,
  PsGetThreadProcessId,
  PsGetThreadProcess,
  PsLookupProcessByProcessId,
  PsLookupThreadByThreadId,
  PsIsSystemThread,
  alias('IoIsSystemThread', PsIsSystemThread, 'ntifs/nf-ntifs-ioissystemthread'),
  PsGetProcessImageFileName,
  userModePart('PsGetProcessPeb'),
  userModePart('PsGetProcessSectionBaseAddress'),
  PsReferencePrimaryToken,
  PsDereferencePrimaryToken,
  PsGetProcessWow64Process,
  IoIs32bitProcess,
  KeStackAttachProcess,
  KeUnstackDetachProcess,
];
