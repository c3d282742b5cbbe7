/** Connecting interrupts: IoConnectInterrupt and the versions of IoConnectInterruptEx. */
import type { LineResource, MessageResource } from '../../bus/resources.ts';
import { bool, ptr, u8, u32, u64 } from '../../layout/struct.ts';
import { NULL, type Va, vaAdd } from '../../units/address.ts';
import { HIGH_LEVEL, PASSIVE_LEVEL } from '../../units/irql.ts';
import { type NtStatus, STATUS } from '../../units/status.ts';
import { callGuest } from '../effects.ts';
import { allocateForKernel, pool } from '../ex/pool.ts';
import type { Kernel } from '../kernel.ts';
import { type Service, service } from '../service.ts';
import { devices } from './devices.ts';
import * as layout from './interrupt-layout.ts';
import { interrupts } from './interrupts.ts';
import { nodes } from './pnp/nodes.ts';

const IoConnectInterrupt = service({
  name: 'IoConnectInterrupt',
  doc: 'wdm/nf-wdm-ioconnectinterrupt',
  params: {
    InterruptObject: ptr('PKINTERRUPT'),
    ServiceRoutine: ptr('KSERVICE_ROUTINE'),
    ServiceContext: ptr(),
    SpinLock: ptr('KSPIN_LOCK'),
    Vector: u32,
    Irql: u8,
    SynchronizeIrql: u8,
    InterruptMode: u32,
    ShareVector: bool,
    ProcessorEnableMask: u64,
    FloatingSave: bool,
  },
  returns: 'status',
  maxIrql: PASSIVE_LEVEL,
  mayFail: [STATUS.INSUFFICIENT_RESOURCES],
  run(kernel, args) {
    const at = interrupts(kernel).connect({
      routine: args.ServiceRoutine,
      context: args.ServiceContext,
      spinLock: args.SpinLock,
      vector: args.Vector,
      irql: args.Irql,
      synchronizeIrql: Math.max(args.Irql, args.SynchronizeIrql),
      shared: args.ShareVector,
      message: null,
      subject: kernel.device(),
    });
    kernel.mmu.write(args.InterruptObject, 8, at ?? NULL);
    return at === undefined ? STATUS.INVALID_PARAMETER : STATUS.SUCCESS;
  },
});

/** Interrupt resources of the PDO's function. */
function resourcesOf(kernel: Kernel, pdo: Va): readonly (LineResource | MessageResource)[] {
  const resources = nodes(kernel).byPdo(pdo)?.resources ?? [];
  return resources.flatMap((resource) => ('bar' in resource ? [] : [resource]));
}

const IoConnectInterruptEx = service({
  name: 'IoConnectInterruptEx',
  doc: 'wdm/nf-wdm-ioconnectinterruptex',
  params: { Parameters: ptr('IO_CONNECT_INTERRUPT_PARAMETERS') },
  returns: 'status',
  maxIrql: PASSIVE_LEVEL,
  mayFail: [STATUS.INSUFFICIENT_RESOURCES],
  run(kernel, { Parameters }): NtStatus {
    const { VERSION } = layout;
    switch (kernel.mmu.u32(Parameters)) {
      case VERSION.FULLY_SPECIFIED:
      case VERSION.FULLY_SPECIFIED_GROUP:
        return connectFully(kernel, Parameters);
      case VERSION.LINE_BASED:
        return connectLine(kernel, Parameters);
      case VERSION.MESSAGE_BASED:
        return connectMessages(kernel, Parameters);
      default:
        kernel.mmu.write(Parameters, 4, BigInt(VERSION.FULLY_SPECIFIED_GROUP));
        return STATUS.NOT_SUPPORTED;
    }
  },
});

function connectFully(kernel: Kernel, parameters: Va): NtStatus {
  const view = layout.FULLY_SPECIFIED.at(kernel.mmu, vaAdd(parameters, layout.UNION));
  const at = interrupts(kernel).connect({
    routine: view.ServiceRoutine,
    context: view.ServiceContext,
    spinLock: view.SpinLock,
    vector: view.Vector,
    irql: view.Irql,
    synchronizeIrql: Math.max(view.Irql, view.SynchronizeIrql),
    shared: view.ShareVector,
    message: null,
    subject: devices(kernel).subjectOf(view.PhysicalDeviceObject) ?? kernel.device(),
  });
  kernel.mmu.write(view.InterruptObject, 8, at ?? NULL);
  return at === undefined ? STATUS.INVALID_PARAMETER : STATUS.SUCCESS;
}

interface LineRequest {
  readonly pdo: Va;
  readonly out: Va;
  readonly routine: Va;
  readonly context: Va;
  readonly spinLock: Va;
  readonly synchronizeIrql: number;
}

function connectLine(kernel: Kernel, parameters: Va): NtStatus {
  const view = layout.LINE_BASED.at(kernel.mmu, vaAdd(parameters, layout.UNION));
  return connectLineOf(kernel, {
    pdo: view.PhysicalDeviceObject,
    out: view.InterruptObject,
    routine: view.ServiceRoutine,
    context: view.ServiceContext,
    spinLock: view.SpinLock,
    synchronizeIrql: view.SynchronizeIrql,
  });
}

function connectLineOf(kernel: Kernel, request: LineRequest): NtStatus {
  const line = resourcesOf(kernel, request.pdo).find(({ type }) => type === 'interrupt');
  if (line === undefined) return STATUS.NOT_FOUND;
  const at = interrupts(kernel).connect({
    ...request,
    vector: line.vector,
    irql: line.irql,
    synchronizeIrql: Math.max(line.irql, request.synchronizeIrql),
    shared: true,
    message: null,
    subject: devices(kernel).subjectOf(request.pdo),
  });
  kernel.mmu.write(request.out, 8, at ?? NULL);
  return at === undefined ? STATUS.INSUFFICIENT_RESOURCES : STATUS.SUCCESS;
}

/** One message of a function: MSI describes several in one resource. */
interface Message {
  readonly number: number;
  readonly vector: number;
  readonly resource: MessageResource;
}

const messagesOf = (kernel: Kernel, pdo: Va): readonly Message[] =>
  resourcesOf(kernel, pdo).flatMap((resource) =>
    resource.type === 'message-interrupt'
      ? Array.from({ length: resource.messageCount }, (_, i) => ({
          number: resource.message + i,
          vector: resource.vector + i,
          resource,
        }))
      : [],
  );

/** Without messages the fall-back routine is connected to the line, and Version says so. */
function connectMessages(kernel: Kernel, parameters: Va): NtStatus {
  const view = layout.MESSAGE_BASED.at(kernel.mmu, vaAdd(parameters, layout.UNION));
  const messages = messagesOf(kernel, view.PhysicalDeviceObject);
  if (messages.length === 0) {
    if (view.FallBackServiceRoutine === NULL) return STATUS.NOT_FOUND;
    kernel.mmu.write(parameters, 4, BigInt(layout.VERSION.LINE_BASED));
    return connectLineOf(kernel, {
      pdo: view.PhysicalDeviceObject,
      out: view.ConnectionContext,
      routine: view.FallBackServiceRoutine,
      context: view.ServiceContext,
      spinLock: view.SpinLock,
      synchronizeIrql: view.SynchronizeIrql,
    });
  }
  const highest = Math.max(...messages.map(({ resource }) => resource.irql), view.SynchronizeIrql);
  const spinLock = view.SpinLock;
  const table = allocateForKernel(kernel, layout.messageTableBytes(messages.length), 'IntM');
  layout.MESSAGE_TABLE.at(kernel.mmu, table).UnifiedIrql = highest;
  layout.MESSAGE_TABLE.at(kernel.mmu, table).MessageCount = messages.length;
  messages.forEach(({ number, vector, resource }, i) => {
    const at = interrupts(kernel).connect({
      routine: view.MessageServiceRoutine,
      context: view.ServiceContext,
      spinLock,
      vector,
      irql: resource.irql,
      synchronizeIrql: spinLock === NULL ? resource.irql : highest,
      shared: false,
      message: number,
      subject: devices(kernel).subjectOf(view.PhysicalDeviceObject),
    });
    const entry = layout.MESSAGE_ENTRY.at(kernel.mmu, layout.messageEntryAt(table, i));
    entry.MessageAddress = BigInt(resource.address);
    entry.TargetProcessorSet = BigInt(resource.affinity);
    entry.InterruptObject = at ?? NULL;
    entry.MessageData = resource.data + vector - resource.vector;
    entry.Vector = vector;
    entry.Irql = resource.irql;
    entry.Mode = layout.LATCHED;
  });
  kernel.mmu.write(view.ConnectionContext, 8, table);
  return STATUS.SUCCESS;
}

const IoDisconnectInterrupt = service({
  name: 'IoDisconnectInterrupt',
  doc: 'wdm/nf-wdm-iodisconnectinterrupt',
  params: { InterruptObject: ptr('KINTERRUPT') },
  returns: 'void',
  maxIrql: PASSIVE_LEVEL,
  run(kernel, { InterruptObject }) {
    interrupts(kernel).disconnect(InterruptObject);
  },
});

const IoDisconnectInterruptEx = service({
  name: 'IoDisconnectInterruptEx',
  doc: 'wdm/nf-wdm-iodisconnectinterruptex',
  params: { Parameters: ptr('IO_DISCONNECT_INTERRUPT_PARAMETERS') },
  returns: 'void',
  maxIrql: PASSIVE_LEVEL,
  run(kernel, { Parameters }) {
    const context = kernel.mmu.pointer(vaAdd(Parameters, 8));
    if (kernel.mmu.u32(Parameters) !== layout.VERSION.MESSAGE_BASED) {
      interrupts(kernel).disconnect(context);
      return;
    }
    const { MessageCount } = layout.MESSAGE_TABLE.at(kernel.mmu, context);
    for (let i = 0; i < Math.min(MessageCount, layout.MAX_MESSAGES); i++) {
      const entry = layout.MESSAGE_ENTRY.at(kernel.mmu, layout.messageEntryAt(context, i));
      interrupts(kernel).disconnect(entry.InterruptObject);
    }
    pool(kernel).free(context);
  },
});

const KeSynchronizeExecution = service({
  name: 'KeSynchronizeExecution',
  doc: 'wdm/nf-wdm-kesynchronizeexecution',
  params: {
    Interrupt: ptr('KINTERRUPT'),
    SynchronizeRoutine: ptr('KSYNCHRONIZE_ROUTINE'),
    SynchronizeContext: ptr(),
  },
  returns: 'bool',
  maxIrql: HIGH_LEVEL,
  *run(kernel, { Interrupt, SynchronizeRoutine, SynchronizeContext }) {
    const before = interrupts(kernel).lock(Interrupt);
    const result = yield* callGuest(SynchronizeRoutine, [SynchronizeContext], 'SynchCritSection');
    interrupts(kernel).unlock(Interrupt, before);
    return result & 0xffn;
  },
});

const KeAcquireInterruptSpinLock = service({
  name: 'KeAcquireInterruptSpinLock',
  doc: 'wdm/nf-wdm-keacquireinterruptspinlock',
  params: { Interrupt: ptr('KINTERRUPT') },
  returns: 'irql',
  maxIrql: HIGH_LEVEL,
  run: (kernel, { Interrupt }) => interrupts(kernel).lock(Interrupt),
});

const KeReleaseInterruptSpinLock = service({
  name: 'KeReleaseInterruptSpinLock',
  doc: 'wdm/nf-wdm-kereleaseinterruptspinlock',
  params: { Interrupt: ptr('KINTERRUPT'), OldIrql: u8 },
  returns: 'void',
  maxIrql: HIGH_LEVEL,
  run: (kernel, { Interrupt, OldIrql }) => interrupts(kernel).unlock(Interrupt, OldIrql),
});

export const interruptServices: readonly Service[] = [
  IoConnectInterrupt,
  IoConnectInterruptEx,
  IoDisconnectInterrupt,
  IoDisconnectInterruptEx,
  KeSynchronizeExecution,
  KeAcquireInterruptSpinLock,
  KeReleaseInterruptSpinLock,
];
