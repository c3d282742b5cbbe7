/** Connecting an adapter's interrupts, queuing their DPCs by hand, running synchronized with them. */
import { callGuest, giveWay } from '../../kernel/effects.ts';
import { allocateForKernel } from '../../kernel/ex/pool.ts';
import {
  LATCHED,
  MESSAGE_ENTRY,
  MESSAGE_TABLE,
  messageEntryAt,
  messageTableBytes,
} from '../../kernel/io/interrupt-layout.ts';
import { interrupts as connections } from '../../kernel/io/interrupts.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import type { Service } from '../../kernel/service.ts';
import { ptr, u32 } from '../../layout/struct.ts';
import { NULL, type Va } from '../../units/address.ts';
import { HIGH_LEVEL, PASSIVE_LEVEL } from '../../units/irql.ts';
import { NDIS_STATUS } from '../../units/ndis-status.ts';
import type { NtStatus } from '../../units/status.ts';
import { type Adapter, adapters } from './adapter.ts';
import {
  type AdapterInterrupt,
  adapterInterrupts,
  connect,
  disconnect,
  lineOf,
  type Message,
  messagesOf,
  newInterrupt,
  queueDpc,
} from './interrupts.ts';
import { INTERRUPT_CHARACTERISTICS } from './layout.ts';
import type { Entries } from './miniport-driver.ts';
import { tellMisuse } from './misuse.ts';
import { ndisHandle, ndisService } from './ndis-service.ts';
import { HEADER, OBJECT } from './object-header.ts';

const LINE_BASED = 1;
const MESSAGE_BASED = 2;
const SPIN_LOCK_BYTES = 8;

type Characteristics = ReturnType<typeof INTERRUPT_CHARACTERISTICS.at>;

const entriesOf = (view: Characteristics): Entries => ({
  MiniportInterrupt: view.InterruptHandler,
  MiniportInterruptDPC: view.InterruptDpcHandler,
  MiniportMessageInterrupt: view.MessageInterruptHandler,
  MiniportMessageInterruptDPC: view.MessageInterruptDpcHandler,
});

/** Messages when the miniport takes them and has been given some, else the line. */
function connectAll(kernel: Kernel, interrupt: AdapterInterrupt, view: Characteristics): NtStatus {
  const messages = messagesOf(interrupt.adapter);
  if (view.MsiSupported && messages.length > 0) {
    connectMessages(kernel, interrupt, view, messages);
    return NDIS_STATUS.SUCCESS;
  }
  const line = lineOf(interrupt.adapter);
  if (line === undefined || view.InterruptHandler === NULL) return NDIS_STATUS.RESOURCE_CONFLICT;
  view.InterruptType = LINE_BASED;
  const how = { message: null, synchronizeIrql: line.irql, lock: NULL };
  return connect(kernel, interrupt, line, how)
    ? NDIS_STATUS.SUCCESS
    : NDIS_STATUS.RESOURCE_CONFLICT;
}

function connectMessages(
  kernel: Kernel,
  interrupt: AdapterInterrupt,
  view: Characteristics,
  messages: readonly Message[],
): void {
  const highest = Math.max(...messages.map(({ resource }) => resource.irql));
  const together = view.MsiSyncWithAllMessages;
  const lock = together ? allocateForKernel(kernel, SPIN_LOCK_BYTES, 'NDil') : NULL;
  const table = allocateForKernel(kernel, messageTableBytes(messages.length), 'NDmt');
  MESSAGE_TABLE.at(kernel.mmu, table).UnifiedIrql = highest;
  MESSAGE_TABLE.at(kernel.mmu, table).MessageCount = messages.length;
  interrupt.table = table;
  view.InterruptType = MESSAGE_BASED;
  view.MessageInfoTable = table;
  messages.forEach(({ number, vector, resource }, i) => {
    const synchronizeIrql = together ? highest : resource.irql;
    const at = { vector, irql: resource.irql };
    connect(kernel, interrupt, at, { message: number, synchronizeIrql, lock });
    const entry = MESSAGE_ENTRY.at(kernel.mmu, messageEntryAt(table, i));
    entry.MessageAddress = BigInt(resource.address);
    entry.TargetProcessorSet = BigInt(resource.affinity);
    entry.InterruptObject = interrupt.vectors.at(-1)?.object ?? NULL;
    entry.MessageData = resource.data + vector - resource.vector;
    entry.Vector = vector;
    entry.Irql = resource.irql;
    entry.Mode = LATCHED;
  });
}

const NdisMRegisterInterruptEx = ndisService({
  name: 'NdisMRegisterInterruptEx',
  params: {
    MiniportAdapterHandle: ndisHandle,
    MiniportInterruptContext: ndisHandle,
    MiniportInterruptCharacteristics: ptr('NDIS_MINIPORT_INTERRUPT_CHARACTERISTICS'),
    NdisInterruptHandle: ptr('NDIS_HANDLE'),
  },
  returns: 'ndis-status',
  maxIrql: PASSIVE_LEVEL,
  mayFail: [NDIS_STATUS.RESOURCE_CONFLICT, NDIS_STATUS.RESOURCES, NDIS_STATUS.FAILURE],
  run(kernel, args): NtStatus {
    const adapter = adapters(kernel).get(args.MiniportAdapterHandle);
    const at = args.MiniportInterruptCharacteristics;
    const { Type, Size } = HEADER.at(kernel.mmu, at);
    const isKnown = Type === OBJECT.MINIPORT_INTERRUPT && Size >= INTERRUPT_CHARACTERISTICS.bytes;
    if (adapter === undefined || !isKnown) return NDIS_STATUS.INVALID_PARAMETER;
    return register(kernel, adapter, args.MiniportInterruptContext, at, args.NdisInterruptHandle);
  },
});

function register(kernel: Kernel, adapter: Adapter, context: Va, at: Va, handleAt: Va): NtStatus {
  const view = INTERRUPT_CHARACTERISTICS.at(kernel.mmu, at);
  const interrupt = newInterrupt(kernel, { adapter, context, entries: entriesOf(view) });
  const handle = adapterInterrupts(kernel).open(interrupt);
  if (handle === undefined) return NDIS_STATUS.RESOURCES;
  interrupt.handle = handle;
  // The routine may run before this returns, and needs its handle then.
  kernel.mmu.write(handleAt, 8, handle);
  const status = connectAll(kernel, interrupt, view);
  if (status !== NDIS_STATUS.SUCCESS) {
    disconnect(kernel, interrupt);
    adapterInterrupts(kernel).close(handle);
  }
  return status;
}

/** Comes back when no routine of the interrupt runs any more. */
const NdisMDeregisterInterruptEx = ndisService({
  name: 'NdisMDeregisterInterruptEx',
  params: { NdisInterruptHandle: ndisHandle },
  returns: 'void',
  maxIrql: PASSIVE_LEVEL,
  *run(kernel, { NdisInterruptHandle }) {
    const interrupt = adapterInterrupts(kernel).get(NdisInterruptHandle);
    if (interrupt === undefined) {
      tellMisuse(kernel, 'NdisMDeregisterInterruptEx', 'wrong-handle');
      return undefined;
    }
    disconnect(kernel, interrupt);
    yield* giveWay();
    adapterInterrupts(kernel).close(NdisInterruptHandle);
    return undefined;
  },
});

const objectOf = ({ vectors }: AdapterInterrupt, message: number): Va | undefined =>
  (vectors.find((vector) => vector.message === message) ?? vectors[0])?.object;

const NdisMSynchronizeWithInterruptEx = ndisService({
  name: 'NdisMSynchronizeWithInterruptEx',
  params: {
    NdisInterruptHandle: ndisHandle,
    MessageId: u32,
    SynchronizeFunction: ptr('MINIPORT_SYNCHRONIZE_INTERRUPT'),
    SynchronizeContext: ptr(),
  },
  returns: 'bool',
  maxIrql: HIGH_LEVEL,
  *run(kernel, { NdisInterruptHandle, MessageId, SynchronizeFunction, SynchronizeContext }) {
    const interrupt = adapterInterrupts(kernel).get(NdisInterruptHandle);
    const object = interrupt === undefined ? undefined : objectOf(interrupt, MessageId);
    if (object === undefined) {
      tellMisuse(kernel, 'NdisMSynchronizeWithInterruptEx', 'wrong-handle');
      return 0n;
    }
    const before = connections(kernel).lock(object);
    const name = 'MiniportSynchronizeInterrupt';
    const result = yield* callGuest(SynchronizeFunction, [SynchronizeContext], name);
    connections(kernel).unlock(object, before);
    return result & 0xffn;
  },
});

const messageOf = ({ table }: AdapterInterrupt, message: number): number | null =>
  table === NULL ? null : message;

function queue(kernel: Kernel, handle: Va, message: number, context: Va): number {
  const interrupt = adapterInterrupts(kernel).get(handle);
  if (interrupt === undefined) return 0;
  return queueDpc(kernel, interrupt, messageOf(interrupt, message), context);
}

const NdisMQueueDpc = ndisService({
  name: 'NdisMQueueDpc',
  params: {
    NdisInterruptHandle: ndisHandle,
    MessageId: u32,
    TargetProcessors: u32,
    MiniportDpcContext: ptr(),
  },
  returns: 'u32',
  maxIrql: HIGH_LEVEL,
  run: (kernel, { NdisInterruptHandle, MessageId, MiniportDpcContext }) =>
    queue(kernel, NdisInterruptHandle, MessageId, MiniportDpcContext),
});

const NdisMQueueDpcEx = ndisService({
  name: 'NdisMQueueDpcEx',
  params: {
    NdisInterruptHandle: ndisHandle,
    MessageId: u32,
    TargetProcessors: ptr('GROUP_AFFINITY'),
    MiniportDpcContext: ptr(),
  },
  returns: 'u64',
  maxIrql: HIGH_LEVEL,
  run: (kernel, { NdisInterruptHandle, MessageId, MiniportDpcContext }) =>
    queue(kernel, NdisInterruptHandle, MessageId, MiniportDpcContext),
});

export const interruptServices: readonly Service[] = [
  NdisMRegisterInterruptEx,
  NdisMDeregisterInterruptEx,
  NdisMSynchronizeWithInterruptEx,
  NdisMQueueDpc,
  NdisMQueueDpcEx,
];
