/** Interrupts of an adapter: NdisMRegisterInterruptEx, the routines between hardware and miniport, and their DPCs. */
import type { LineResource, MessageResource } from '../../bus/resources.ts';
import type { Blocking } from '../../kernel/effects.ts';
import { allocateForKernel, pool } from '../../kernel/ex/pool.ts';
import { interrupts as connections } from '../../kernel/io/interrupts.ts';
import { dpcQueue } from '../../kernel/ke/dpc.ts';
import { type Kernel, part } from '../../kernel/kernel.ts';
import { NULL, type Va, vaAdd } from '../../units/address.ts';
import type { Adapter } from './adapter.ts';
import { callPlainly } from './call.ts';
import { Handles } from './handles.ts';
import { RECEIVE_THROTTLE } from './layout.ts';
import { type Entries, entryOf, isAtLeast } from './miniport-driver.ts';

export interface Vector {
  /** Message number, or null for the line. */
  readonly message: number | null;
  readonly object: Va;
}

/** What NdisMRegisterInterruptEx connected. */
export interface AdapterInterrupt {
  readonly adapter: Adapter;
  /** MiniportInterruptContext. */
  readonly context: Va;
  readonly entries: Entries;
  readonly vectors: Vector[];
  /** Guest memory for what the routines write: a BOOLEAN, a ULONG, throttle parameters. */
  readonly scratch: Va;
  table: Va;
  handle: Va;
  /** DPCs queued and not begun, by message: each waits once. */
  readonly queued: Set<number | null>;
  live: boolean;
}

const SCRATCH_BYTES = 32;
const TARGETS = 8;
const THROTTLE = 16;
/** NDIS_INDICATE_ALL_NBLS. */
const ALL_LISTS = 0xffff_ffff;
const ONLY_PROCESSOR = 1;

export const adapterInterrupts = part((kernel) => new Handles<AdapterInterrupt>(kernel, 'NDin'));

export function newInterrupt(
  kernel: Kernel,
  facts: Pick<AdapterInterrupt, 'adapter' | 'context' | 'entries'>,
): AdapterInterrupt {
  return {
    ...facts,
    vectors: [],
    scratch: allocateForKernel(kernel, SCRATCH_BYTES, 'NDis'),
    table: NULL,
    handle: NULL,
    queued: new Set(),
    live: true,
  };
}

/** False when the vector cannot be had. */
export function connect(
  kernel: Kernel,
  interrupt: AdapterInterrupt,
  resource: Pick<LineResource, 'vector' | 'irql'>,
  { message, synchronizeIrql, lock }: { message: number | null; synchronizeIrql: number; lock: Va },
): boolean {
  const object = connections(kernel).connect({
    routine: NULL,
    context: interrupt.context,
    spinLock: lock,
    vector: resource.vector,
    irql: resource.irql,
    synchronizeIrql,
    shared: message === null,
    message,
    subject: interrupt.adapter.subject,
    host: () => serviceRoutine(kernel, interrupt, message),
  });
  if (object === undefined) return false;
  interrupt.vectors.push({ message, object });
  return true;
}

/** Runs at the device's IRQL under its lock: asks the miniport and queues the DPCs it wants. */
function* serviceRoutine(
  kernel: Kernel,
  interrupt: AdapterInterrupt,
  message: number | null,
): Blocking<boolean> {
  const { context, entries, scratch, adapter } = interrupt;
  const targets = vaAdd(scratch, TARGETS);
  kernel.mmu.write(scratch, 1, 0n);
  kernel.mmu.write(targets, 4, 0n);
  const isLine = message === null;
  const routine = isLine ? 'MiniportInterrupt' : 'MiniportMessageInterrupt';
  const args = isLine ? [context, scratch, targets] : [context, BigInt(message), scratch, targets];
  const { subject } = adapter;
  const entry = entryOf(entries, routine);
  const mine = yield* callPlainly(kernel, { routine, subject, entry, args });
  const isWanted = kernel.mmu.u8(scratch) !== 0 || kernel.mmu.u32(targets) !== 0;
  if (isWanted) queueDpc(kernel, interrupt, message, NULL);
  return (mine & 0xffn) !== 0n;
}

/** The processors a DPC was queued for: none when one waits already. */
export function queueDpc(
  kernel: Kernel,
  interrupt: AdapterInterrupt,
  message: number | null,
  dpcContext: Va,
): number {
  if (!interrupt.live || interrupt.queued.has(message)) return 0;
  interrupt.queued.add(message);
  dpcQueue(kernel).insertHost(() => runDpc(kernel, interrupt, message, dpcContext));
  return ONLY_PROCESSOR;
}

function* runDpc(
  kernel: Kernel,
  interrupt: AdapterInterrupt,
  message: number | null,
  dpcContext: Va,
): Blocking<void> {
  if (!interrupt.queued.delete(message)) return;
  const { context, entries, adapter, scratch } = interrupt;
  const throttles = isAtLeast(adapter.driver, 6, 20);
  const throttle = vaAdd(scratch, THROTTLE);
  const view = RECEIVE_THROTTLE.at(kernel.mmu, throttle);
  view.MaxNblsToIndicate = ALL_LISTS;
  view.MoreNblsPending = 0;
  const isLine = message === null;
  const tail = [dpcContext, throttles ? throttle : NULL, NULL];
  const routine = isLine ? 'MiniportInterruptDPC' : 'MiniportMessageInterruptDPC';
  const args = isLine ? [context, ...tail] : [context, BigInt(message), ...tail];
  const { subject } = adapter;
  const entry = entryOf(entries, routine);
  yield* callPlainly(kernel, { routine, subject, entry, args });
  const more = throttles && interrupt.live && (view.MoreNblsPending & 1) !== 0;
  if (more) queueDpc(kernel, interrupt, message, dpcContext);
}

/** No routine of it begins any more; what had been queued is dropped. */
export function disconnect(kernel: Kernel, interrupt: AdapterInterrupt): void {
  interrupt.live = false;
  interrupt.queued.clear();
  for (const { object } of interrupt.vectors) connections(kernel).disconnect(object);
  pool(kernel).free(interrupt.scratch);
  if (interrupt.table !== NULL) pool(kernel).free(interrupt.table);
}

export const lineOf = ({ node }: Adapter): LineResource | undefined =>
  node.resources.find((resource) => resource.type === 'interrupt');

export interface Message {
  readonly number: number;
  readonly vector: number;
  readonly resource: MessageResource;
}

/** MSI describes several messages in one resource, MSI-X one in each. */
export const messagesOf = ({ node }: Adapter): readonly Message[] =>
  node.resources.flatMap((resource) =>
    resource.type === 'message-interrupt'
      ? Array.from({ length: resource.messageCount }, (_, i) => ({
          number: resource.message + i,
          vector: resource.vector + i,
          resource,
        }))
      : [],
  );
