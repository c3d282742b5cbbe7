/** Work items: routines that a system worker thread calls at PASSIVE_LEVEL, of both generations. */
import { queueWork } from '../../kernel/ex/work-item.ts';
import { type Kernel, part } from '../../kernel/kernel.ts';
import type { Service } from '../../kernel/service.ts';
import { ptr, reserved, struct } from '../../layout/struct.ts';
import { NULL, type Va } from '../../units/address.ts';
import { DISPATCH_LEVEL } from '../../units/irql.ts';
import { NDIS_STATUS } from '../../units/ndis-status.ts';
import { subjectOf } from './adapter.ts';
import { callPlainly } from './call.ts';
import { Handles } from './handles.ts';
import { tellMisuse } from './misuse.ts';
import { ndisHandle, ndisService } from './ndis-service.ts';

interface WorkItem {
  readonly subject: string | null;
  queued: boolean;
}

const workItems = part((kernel) => new Handles<WorkItem>(kernel, 'NDwi'));

const NdisAllocateIoWorkItem = ndisService({
  name: 'NdisAllocateIoWorkItem',
  params: { NdisObjectHandle: ndisHandle },
  returns: 'pointer',
  maxIrql: DISPATCH_LEVEL,
  mayFail: ['null'],
  run: (kernel, { NdisObjectHandle }) =>
    workItems(kernel).open({ subject: subjectOf(kernel, NdisObjectHandle), queued: false }) ?? NULL,
});

const NdisQueueIoWorkItem = ndisService({
  name: 'NdisQueueIoWorkItem',
  params: {
    NdisIoWorkItemHandle: ndisHandle,
    Routine: ptr('NDIS_IO_WORKITEM_FUNCTION'),
    WorkItemContext: ptr(),
  },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run(kernel, { NdisIoWorkItemHandle, Routine, WorkItemContext }) {
    const item = workItems(kernel).get(NdisIoWorkItemHandle);
    if (item === undefined || item.queued) {
      const problem = item === undefined ? 'wrong-handle' : 'queued-already';
      tellMisuse(kernel, 'NdisQueueIoWorkItem', problem);
      return;
    }
    item.queued = true;
    const args = [WorkItemContext, NdisIoWorkItemHandle];
    run(kernel, item.subject, Routine, args, () => {
      item.queued = false;
    });
  },
});

function run(
  kernel: Kernel,
  subject: string | null,
  entry: Va,
  args: readonly bigint[],
  begun: () => void,
): void {
  queueWork(kernel, function* () {
    begun();
    yield* callPlainly(kernel, { routine: 'NdisWorkItem', subject, entry, args });
  });
}

const NdisFreeIoWorkItem = ndisService({
  name: 'NdisFreeIoWorkItem',
  params: { NdisIoWorkItemHandle: ndisHandle },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run(kernel, { NdisIoWorkItemHandle }) {
    const item = workItems(kernel).close(NdisIoWorkItemHandle);
    if (item === undefined) tellMisuse(kernel, 'NdisFreeIoWorkItem', 'wrong-handle');
    else if (item.queued) tellMisuse(kernel, 'NdisFreeIoWorkItem', 'still-queued');
  },
});

const NDIS_WORK_ITEM = struct({
  name: 'NDIS_WORK_ITEM',
  size: { x64: 80, x86: 72 },
  fields: { Context: ptr(), Routine: ptr('NDIS_PROC'), WrapperReserved: reserved(64, 8) },
});

/** The caller's own structure; its routine may free it. */
const NdisScheduleWorkItem = ndisService({
  name: 'NdisScheduleWorkItem',
  params: { WorkItem: ptr('NDIS_WORK_ITEM') },
  returns: 'ndis-status',
  maxIrql: DISPATCH_LEVEL,
  run(kernel, { WorkItem: at }) {
    const { Context, Routine } = NDIS_WORK_ITEM.at(kernel.mmu, at);
    run(kernel, kernel.device(), Routine, [at, Context], () => {});
    return NDIS_STATUS.SUCCESS;
  },
});

export const workItemServices: readonly Service[] = [
  NdisAllocateIoWorkItem,
  NdisQueueIoWorkItem,
  NdisFreeIoWorkItem,
  NdisScheduleWorkItem,
];
