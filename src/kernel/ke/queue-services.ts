/** Kernel queues: lists whose entries wake the threads that wait to remove them. */
import { LIST_ENTRY } from '../../layout/nt.ts';
import { ptr, struct, u32 } from '../../layout/struct.ts';
import { NULL, type Va, vaAdd } from '../../units/address.ts';
import { DISPATCH_LEVEL } from '../../units/irql.ts';
import { STATUS } from '../../units/status.ts';
import { wait } from '../effects.ts';
import { type Kernel, part } from '../kernel.ts';
import { type Service, service } from '../service.ts';
import { initialiseHeader, setSignalState } from './dispatcher.ts';
import { isUserMode } from './event-services.ts';
import { DISPATCHER_HEADER, OBJECT_TYPE } from './layout.ts';

/** ntifs.h. The signal state counts the entries. */
const KQUEUE = struct({
  name: 'KQUEUE',
  size: { x64: 64, x86: 40 },
  fields: {
    Header: DISPATCHER_HEADER,
    EntryListHead: LIST_ENTRY,
    CurrentCount: u32,
    MaximumCount: u32,
    ThreadListHead: LIST_ENTRY,
  },
});

/** Queues that were run down and not initialised again: nobody waits for them any more. */
const rundowns = part(() => new Set<Va>());

/** As many waits as a signal state can satisfy. */
const MAX_LONG = 0x7fff_ffff;

const ENTRY_LIST_HEAD = KQUEUE.offsetOf('EntryListHead');
const entriesOf = (queue: Va): Va => vaAdd(queue, ENTRY_LIST_HEAD);
const linksAt = (kernel: Kernel, at: Va) => LIST_ENTRY.at(kernel.mmu, at);

function makeEmpty(kernel: Kernel, head: Va): void {
  const links = linksAt(kernel, head);
  links.Flink = head;
  links.Blink = head;
}

const KeInitializeQueue = service({
  name: 'KeInitializeQueue',
  doc: 'ntifs/nf-ntifs-keinitializequeue',
  params: { Queue: ptr('KQUEUE'), Count: u32 },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run(kernel, { Queue, Count }) {
    initialiseHeader(kernel, Queue, OBJECT_TYPE.Queue, KQUEUE.bytes, 0);
    rundowns(kernel).delete(Queue);
    makeEmpty(kernel, entriesOf(Queue));
    const view = KQUEUE.at(kernel.mmu, Queue);
    makeEmpty(kernel, view.ThreadListHead.$address);
    view.CurrentCount = 0;
    view.MaximumCount = Count === 0 ? 1 : Count;
  },
});

/** Puts the entry before `next` and wakes who waits; gives the number of entries before. */
function insert(kernel: Kernel, queue: Va, entry: Va, next: Va): number {
  const before = linksAt(kernel, next).Blink;
  const links = linksAt(kernel, entry);
  links.Flink = next;
  links.Blink = before;
  linksAt(kernel, before).Flink = entry;
  linksAt(kernel, next).Blink = entry;
  const { SignalState } = DISPATCHER_HEADER.at(kernel.mmu, queue);
  return setSignalState(kernel, queue, SignalState + 1);
}

const inserting = (name: string, doc: string, place: (kernel: Kernel, queue: Va) => Va): Service =>
  service({
    name,
    doc,
    params: { Queue: ptr('KQUEUE'), Entry: ptr('LIST_ENTRY') },
    returns: 'u32',
    maxIrql: DISPATCH_LEVEL,
    run: (kernel, { Queue, Entry }) => insert(kernel, Queue, Entry, place(kernel, Queue)),
  });

/** The first entry, taken off the list; its links say that it is on none. */
function takeFirst(kernel: Kernel, queue: Va): Va {
  const head = entriesOf(queue);
  const entry = linksAt(kernel, head).Flink;
  const next = linksAt(kernel, entry).Flink;
  linksAt(kernel, head).Flink = next;
  linksAt(kernel, next).Blink = head;
  linksAt(kernel, entry).Flink = NULL;
  return entry;
}

/** A status in place of an entry says why there is none. */
const KeRemoveQueue = service({
  name: 'KeRemoveQueue',
  doc: 'ntifs/nf-ntifs-keremovequeue',
  params: { Queue: ptr('KQUEUE'), WaitMode: u32, Timeout: ptr('LARGE_INTEGER') },
  returns: 'pointer',
  maxIrql: DISPATCH_LEVEL,
  *run(kernel, { Queue, WaitMode, Timeout }) {
    if (rundowns(kernel).has(Queue)) return BigInt(STATUS.ABANDONED);
    const timeout = Timeout === NULL ? null : BigInt.asIntN(64, kernel.mmu.u64(Timeout));
    const status = yield* wait([Queue], timeout, false, isUserMode(WaitMode));
    if (status === STATUS.TIMEOUT || status === STATUS.USER_APC) return BigInt(status);
    return rundowns(kernel).has(Queue) ? BigInt(STATUS.ABANDONED) : takeFirst(kernel, Queue);
  },
});

const KeReadStateQueue = service({
  name: 'KeReadStateQueue',
  doc: 'ntifs/nf-ntifs-kereadstatequeue',
  params: { Queue: ptr('KQUEUE') },
  returns: 'u32',
  maxIrql: DISPATCH_LEVEL,
  run: (kernel, { Queue }) => DISPATCHER_HEADER.at(kernel.mmu, Queue).SignalState,
});

/** The entries that are left, as a list without a head, or NULL; who waits is woken. */
const KeRundownQueue = service({
  name: 'KeRundownQueue',
  doc: 'ntifs/nf-ntifs-kerundownqueue',
  params: { Queue: ptr('KQUEUE') },
  returns: 'pointer',
  maxIrql: DISPATCH_LEVEL,
  run(kernel, { Queue }) {
    rundowns(kernel).add(Queue);
    setSignalState(kernel, Queue, MAX_LONG);
    setSignalState(kernel, Queue, 0);
    const head = entriesOf(Queue);
    const { Flink: first, Blink: last } = linksAt(kernel, head);
    if (first === head) return NULL;
    linksAt(kernel, first).Blink = last;
    linksAt(kernel, last).Flink = first;
    makeEmpty(kernel, head);
    return first;
  },
});

export const queueServices: readonly Service[] = [
  KeInitializeQueue,
  inserting('KeInsertQueue', 'ntifs/nf-ntifs-keinsertqueue', (_kernel, queue) => entriesOf(queue)),
  inserting(
    'KeInsertHeadQueue',
    'ntifs/nf-ntifs-keinsertheadqueue',
    (kernel, queue) => linksAt(kernel, entriesOf(queue)).Flink,
  ),
  KeRemoveQueue,
  KeReadStateQueue,
  KeRundownQueue,
];
