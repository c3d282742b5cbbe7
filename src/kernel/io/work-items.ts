/** Work items of devices: routines that a system worker thread calls at PASSIVE_LEVEL. */
import { ptr, reserved, struct, u32 } from '../../layout/struct.ts';
import { NULL, type Va } from '../../units/address.ts';
import { DISPATCH_LEVEL, HIGH_LEVEL, PASSIVE_LEVEL } from '../../units/irql.ts';
import type { Blocking } from '../effects.ts';
import { bugCheck } from '../end.ts';
import { pool } from '../ex/pool.ts';
import { queueWork } from '../ex/work-item.ts';
import { type Kernel, part } from '../kernel.ts';
import { dereference, objects } from '../ob/objects.ts';
import { type Service, service } from '../service.ts';
import { callForDevice } from './devices.ts';

/** Opaque to drivers; its size is asked for with IoSizeofWorkItem. */
const IO_WORKITEM = struct({
  name: 'IO_WORKITEM',
  size: { x64: 0x58 },
  fields: { WorkItem: reserved(32, 8), Routine: ptr(), IoObject: ptr(), rest: reserved(40, 8) },
});

const WORKER_THREAD_RETURNED_AT_BAD_IRQL = 0xe1;
const WORKER_INVALID = 0xe4;

/** Items queued and not yet begun. */
const queued = part(() => new Set<Va>());

interface QueueCall {
  readonly IoWorkItem: Va;
  readonly WorkerRoutine: Va;
  readonly Context: Va;
}

function queue(kernel: Kernel, call: QueueCall, extended: boolean): void {
  const { IoWorkItem, WorkerRoutine } = call;
  if (queued(kernel).has(IoWorkItem)) {
    bugCheck(WORKER_INVALID, [1n, IoWorkItem], 'the work item is queued already');
  }
  queued(kernel).add(IoWorkItem);
  const item = IO_WORKITEM.at(kernel.mmu, IoWorkItem);
  item.Routine = WorkerRoutine;
  const device = item.IoObject;
  objects(kernel).reference(device);
  queueWork(kernel, () => run(kernel, call, device, extended));
}

/** The device object lives at least as long as the routine runs. */
function* run(kernel: Kernel, call: QueueCall, device: Va, extended: boolean): Blocking<void> {
  const { IoWorkItem, WorkerRoutine, Context } = call;
  queued(kernel).delete(IoWorkItem);
  const args = extended ? [device, Context, IoWorkItem] : [device, Context];
  yield* callForDevice(kernel, WorkerRoutine, args, 'Work item', device);
  if (kernel.irql !== PASSIVE_LEVEL) {
    bugCheck(WORKER_THREAD_RETURNED_AT_BAD_IRQL, [
      WorkerRoutine,
      BigInt(kernel.irql),
      Context,
      IoWorkItem,
    ]);
  }
  yield* dereference(kernel, device);
}

const IoAllocateWorkItem = service({
  name: 'IoAllocateWorkItem',
  doc: 'wdm/nf-wdm-ioallocateworkitem',
  params: { DeviceObject: ptr('DEVICE_OBJECT') },
  returns: 'pointer',
  maxIrql: DISPATCH_LEVEL,
  mayFail: ['null'],
  run(kernel, { DeviceObject }) {
    const at = pool(kernel).allocate(IO_WORKITEM.bytes, 'IoWI');
    if (at === undefined) return NULL;
    IO_WORKITEM.at(kernel.mmu, at).IoObject = DeviceObject;
    return at;
  },
});

const IoFreeWorkItem = service({
  name: 'IoFreeWorkItem',
  doc: 'wdm/nf-wdm-iofreeworkitem',
  params: { IoWorkItem: ptr('IO_WORKITEM') },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run(kernel, { IoWorkItem }) {
    pool(kernel).free(IoWorkItem);
  },
});

const IoInitializeWorkItem = service({
  name: 'IoInitializeWorkItem',
  doc: 'wdm/nf-wdm-ioinitializeworkitem',
  params: { IoObject: ptr(), IoWorkItem: ptr('IO_WORKITEM') },
  returns: 'void',
  maxIrql: HIGH_LEVEL,
  run(kernel, { IoObject, IoWorkItem }) {
    kernel.mmu.fill(IoWorkItem, IO_WORKITEM.bytes, 0);
    IO_WORKITEM.at(kernel.mmu, IoWorkItem).IoObject = IoObject;
  },
});

const IoUninitializeWorkItem = service({
  name: 'IoUninitializeWorkItem',
  doc: 'wdm/nf-wdm-iouninitializeworkitem',
  params: { IoWorkItem: ptr('IO_WORKITEM') },
  returns: 'void',
  maxIrql: HIGH_LEVEL,
  run: (kernel, { IoWorkItem }) => kernel.mmu.fill(IoWorkItem, IO_WORKITEM.bytes, 0),
});

const IoSizeofWorkItem = service({
  name: 'IoSizeofWorkItem',
  doc: 'wdm/nf-wdm-iosizeofworkitem',
  params: {},
  returns: 'u32',
  maxIrql: HIGH_LEVEL,
  run: () => IO_WORKITEM.bytes,
});

const QUEUE = {
  IoWorkItem: ptr('IO_WORKITEM'),
  WorkerRoutine: ptr('IO_WORKITEM_ROUTINE'),
  QueueType: u32,
  Context: ptr(),
} as const;

const IoQueueWorkItem = service({
  name: 'IoQueueWorkItem',
  doc: 'wdm/nf-wdm-ioqueueworkitem',
  params: QUEUE,
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run: (kernel, args) => queue(kernel, args, false),
});

const IoQueueWorkItemEx = service({
  name: 'IoQueueWorkItemEx',
  doc: 'wdm/nf-wdm-ioqueueworkitemex',
  params: QUEUE,
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run: (kernel, args) => queue(kernel, args, true),
});

export const workItemServices: readonly Service[] = [
  IoAllocateWorkItem,
  IoFreeWorkItem,
  IoInitializeWorkItem,
  IoUninitializeWorkItem,
  IoSizeofWorkItem,
  IoQueueWorkItem,
  IoQueueWorkItemEx,
];
