/** System worker threads: ExQueueWorkItem, and the way other families have work done at PASSIVE_LEVEL. */

import { LIST_ENTRY } from '../../layout/nt.ts';
import { ptr, struct, u32 } from '../../layout/struct.ts';
import { NULL, type Va } from '../../units/address.ts';
import { DISPATCH_LEVEL, PASSIVE_LEVEL } from '../../units/irql.ts';
import { type Blocking, callGuest } from '../effects.ts';
import { bugCheck } from '../end.ts';
import { type Kernel, part } from '../kernel.ts';
import { type Service, service } from '../service.ts';

const WORK_QUEUE_ITEM = struct({
  name: 'WORK_QUEUE_ITEM',
  size: { x64: 32, x86: 16 },
  fields: { List: LIST_ENTRY, WorkerRoutine: ptr('WORKER_THREAD_ROUTINE'), Parameter: ptr() },
});

const WORKER_THREAD_RETURNED_AT_BAD_IRQL = 0xe1;
const WORKER_INVALID = 0xe4;

/** Items queued and not yet begun. */
const queued = part(() => new Set<Va>());

/**
 * Runs `body` on a worker thread of its own. Windows adds workers when one blocks, so items never
 * wait for each other; they begin in the order they were queued.
 */
export function queueWork(kernel: Kernel, body: () => Blocking<unknown>): void {
  kernel.scheduler.spawn('system worker', body);
}

function* runItem(kernel: Kernel, at: Va): Blocking<void> {
  queued(kernel).delete(at);
  const item = WORK_QUEUE_ITEM.at(kernel.mmu, at);
  const { WorkerRoutine, Parameter } = item;
  item.List.Flink = NULL;
  yield* callGuest(WorkerRoutine, [Parameter], 'WorkItem');
  if (kernel.irql !== PASSIVE_LEVEL) {
    bugCheck(WORKER_THREAD_RETURNED_AT_BAD_IRQL, [
      WorkerRoutine,
      BigInt(kernel.irql),
      Parameter,
      at,
    ]);
  }
}

const ExQueueWorkItem = service({
  name: 'ExQueueWorkItem',
  doc: 'wdm/nf-wdm-exqueueworkitem',
  params: { WorkItem: ptr('WORK_QUEUE_ITEM'), QueueType: u32 },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run(kernel, { WorkItem }) {
    if (queued(kernel).has(WorkItem)) {
      bugCheck(WORKER_INVALID, [1n, WorkItem], 'the work item is queued already');
    }
    queued(kernel).add(WorkItem);
    const item = WORK_QUEUE_ITEM.at(kernel.mmu, WorkItem);
    item.List.Flink = WorkItem;
    item.List.Blink = WorkItem;
    queueWork(kernel, () => runItem(kernel, WorkItem));
  },
});

export const workItemServices: readonly Service[] = [ExQueueWorkItem];
