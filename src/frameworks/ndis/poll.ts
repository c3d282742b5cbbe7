/** Poll objects of NDIS 6.85: a miniport asks to be polled, NDIS polls until nothing moves and then asks for interrupts ("NDIS Poll Mode"). */
import type { Blocking } from '../../kernel/effects.ts';
import { allocateForKernel, pool } from '../../kernel/ex/pool.ts';
import { queueWork } from '../../kernel/ex/work-item.ts';
import { dpcQueue } from '../../kernel/ke/dpc.ts';
import { type Kernel, part } from '../../kernel/kernel.ts';
import type { Service } from '../../kernel/service.ts';
import { ptr } from '../../layout/struct.ts';
import { NULL, type Va } from '../../units/address.ts';
import { DISPATCH_LEVEL, HIGH_LEVEL, PASSIVE_LEVEL } from '../../units/irql.ts';
import { NDIS_STATUS } from '../../units/ndis-status.ts';
import type { NtStatus } from '../../units/status.ts';
import { type Adapter, adapters } from './adapter.ts';
import { callPlainly } from './call.ts';
import { Handles } from './handles.ts';
import { tellMisuse } from './misuse.ts';
import { ndisHandle, ndisService } from './ndis-service.ts';
import { NET_BUFFER_LIST } from './net-buffer-layout.ts';
import { listsOf } from './net-buffers.ts';
import { OBJECT, setHeader } from './object-header.ts';
import { until } from './patience.ts';
import {
  ANY_NUMBER,
  NOTIFICATION_BYTES,
  POLL_CHARACTERISTICS,
  POLL_DATA,
  POLL_NOTIFICATION,
} from './poll-layout.ts';
import { completeSend, giveBack, seeLists } from './receive.ts';

interface Poll {
  readonly adapter: Adapter;
  readonly context: Va;
  readonly pollEntry: Va;
  readonly notifyEntry: Va;
  readonly data: Va;
  /** `queued` until the first callback of a request begins. */
  state: 'idle' | 'queued' | 'polling';
  /** NdisRequestPoll was called since the last callback began. */
  asked: boolean;
  /** Requests served so far: every other one at PASSIVE_LEVEL, since the miniport may not count on either. */
  turns: number;
  live: boolean;
}

const polls = part((kernel) => new Handles<Poll>(kernel, 'NDpo'));

/** A halted miniport has no poll objects any more. */
export function tellPollsLeft(kernel: Kernel, adapter: Adapter): void {
  const left = [...polls(kernel).live.values()].filter((poll) => poll.adapter === adapter);
  if (left.length > 0)
    tellMisuse(kernel, 'NdisRegisterPoll', 'not-deregistered', `${left.length} left`);
}

const HANDLER = 'NdisPoll';
/** What the miniport may hand over at once: little at first, so that limits are met. */
const FIRST_MOST = 1;
const MOST = 64;
/** Callbacks in a row that hand over nothing and say that something remains. */
const FRUITLESS = 8;

const NdisRegisterPoll = ndisService({
  name: 'NdisRegisterPoll',
  doc: 'poll/nf-poll-ndisregisterpoll',
  params: {
    NdisHandle: ndisHandle,
    Context: ptr(),
    Characteristics: ptr('NDIS_POLL_CHARACTERISTICS'),
    PollHandle: ptr('NDIS_POLL_HANDLE'),
  },
  returns: 'ndis-status',
  maxIrql: PASSIVE_LEVEL,
  mayFail: [NDIS_STATUS.RESOURCES],
  run(kernel, { NdisHandle, Context, Characteristics, PollHandle }): NtStatus {
    const adapter = adapters(kernel).get(NdisHandle);
    if (adapter === undefined) {
      tellMisuse(kernel, 'NdisRegisterPoll', 'wrong-handle');
      return NDIS_STATUS.INVALID_PARAMETER;
    }
    const view = POLL_CHARACTERISTICS.at(kernel.mmu, Characteristics);
    const { Type, Revision, Size } = view.Header;
    const isKnown = Type === OBJECT.DEFAULT && Revision >= 1 && Size >= POLL_CHARACTERISTICS.bytes;
    const { PollHandler, SetPollNotificationHandler } = view;
    if (!isKnown || PollHandler === NULL || SetPollNotificationHandler === NULL) {
      return NDIS_STATUS.INVALID_PARAMETER;
    }
    const handle = polls(kernel).open({
      adapter,
      context: Context,
      pollEntry: PollHandler,
      notifyEntry: SetPollNotificationHandler,
      data: allocateForKernel(kernel, POLL_DATA.bytes, 'NDpd'),
      state: 'idle',
      asked: false,
      turns: 0,
      live: true,
    });
    if (handle === undefined) return NDIS_STATUS.RESOURCES;
    kernel.mmu.write(PollHandle, 8, handle);
    return NDIS_STATUS.SUCCESS;
  },
});

/** Comes back when no callback of the object runs any more; a request that waits is dropped. */
const NdisDeregisterPoll = ndisService({
  name: 'NdisDeregisterPoll',
  doc: 'poll/nf-poll-ndisderegisterpoll',
  params: { PollHandle: ptr('NDIS_POLL') },
  returns: 'void',
  maxIrql: PASSIVE_LEVEL,
  *run(kernel, { PollHandle }) {
    const poll = polls(kernel).get(PollHandle);
    if (poll === undefined) {
      tellMisuse(kernel, 'NdisDeregisterPoll', 'wrong-handle');
      return undefined;
    }
    poll.live = false;
    const never = 'NdisDeregisterPoll waits for a poll that never ends';
    yield* until(() => poll.state !== 'polling', never);
    polls(kernel).close(PollHandle);
    pool(kernel).free(poll.data);
    return undefined;
  },
});

const NdisRequestPoll = ndisService({
  name: 'NdisRequestPoll',
  doc: 'poll/nf-poll-ndisrequestpoll',
  params: { PollHandle: ptr('NDIS_POLL'), Reserved: ptr() },
  returns: 'void',
  maxIrql: HIGH_LEVEL,
  run(kernel, { PollHandle, Reserved }) {
    const poll = polls(kernel).get(PollHandle);
    if (poll === undefined) {
      tellMisuse(kernel, 'NdisRequestPoll', 'wrong-handle');
      return;
    }
    if (Reserved !== NULL) tellMisuse(kernel, 'NdisRequestPoll', 'reserved-not-zero');
    poll.asked = true;
    if (poll.state !== 'idle' || !poll.live) return;
    poll.state = 'queued';
    dpcQueue(kernel).insertHost(() => begin(kernel, poll));
  },
});

/** Both levels come in turn. */
function* begin(kernel: Kernel, poll: Poll): Blocking<void> {
  poll.turns++;
  if (poll.turns % 2 === 1) yield* serve(kernel, poll);
  else queueWork(kernel, () => serve(kernel, poll));
}

/** Polls as long as frames move or the miniport asks, then has its interrupts switched on. */
function* serve(kernel: Kernel, poll: Poll): Blocking<void> {
  let fruitless = 0;
  for (let most = FIRST_MOST; poll.live && fruitless < FRUITLESS; most = MOST) {
    poll.state = 'polling';
    poll.asked = false;
    const { moved, remaining } = yield* callOnce(kernel, poll, most);
    fruitless = moved ? 0 : fruitless + 1;
    if (!moved && !remaining && !poll.asked) break;
  }
  if (poll.live) yield* notify(kernel, poll);
  poll.state = 'idle';
  // Asked for between the last callback and the interrupts' being on.
  if (!poll.live || !poll.asked) return;
  poll.state = 'queued';
  dpcQueue(kernel).insertHost(() => begin(kernel, poll));
}

function* callOnce(kernel: Kernel, poll: Poll, most: number) {
  const { adapter, data, context, pollEntry } = poll;
  kernel.mmu.fill(data, POLL_DATA.bytes, 0);
  setHeader(kernel, data, OBJECT.DEFAULT, 1, POLL_DATA.bytes);
  const { Transmit, Receive } = POLL_DATA.at(kernel.mmu, data);
  Transmit.Most = most;
  Receive.Most = most;
  const { subject } = adapter;
  yield* callPlainly(kernel, {
    routine: HANDLER,
    subject,
    entry: pollEntry,
    args: [context, data],
  });
  const sent = take(kernel, Transmit, most);
  for (const list of sent) completeSend(kernel, adapter, list, HANDLER);
  const received = take(kernel, Receive, most);
  const remaining = Transmit.NumberOfRemainingNbls !== 0 || Receive.NumberOfRemainingNbls !== 0;
  if (received.length > 0) {
    seeLists(kernel, adapter, received, HANDLER);
    yield* giveBack(kernel, adapter, received, HANDLER);
  }
  return { moved: sent.length + received.length > 0, remaining };
}

type Half = ReturnType<typeof POLL_DATA.at>['Receive'];

/** The chain that the miniport handed over, each list on its own. */
function take(kernel: Kernel, half: Half, most: number): readonly Va[] {
  const lists = [...listsOf(kernel, half.Chain)];
  for (const list of lists) NET_BUFFER_LIST.at(kernel.mmu, list).Next = NULL;
  const { length } = lists;
  if (half.Number !== ANY_NUMBER && half.Number !== length) {
    tellMisuse(kernel, HANDLER, 'wrong-count', `${half.Number} said, ${length} in the chain`);
  }
  if (length > most)
    tellMisuse(kernel, HANDLER, 'too-many', `${length} where ${most} were allowed`);
  return lists;
}

function* notify(kernel: Kernel, { adapter, context, notifyEntry }: Poll): Blocking<void> {
  const at = allocateForKernel(kernel, POLL_NOTIFICATION.bytes, 'NDpn');
  setHeader(kernel, at, OBJECT.DEFAULT, 1, NOTIFICATION_BYTES);
  POLL_NOTIFICATION.at(kernel.mmu, at).Enabled = true;
  const routine = 'NdisSetPollNotification';
  const { subject } = adapter;
  yield* callPlainly(kernel, { routine, subject, entry: notifyEntry, args: [context, at] });
  pool(kernel).free(at);
}

/** There is one processor: any other cannot be meant. */
const NdisSetPollAffinity = ndisService({
  name: 'NdisSetPollAffinity',
  doc: 'poll/nf-poll-ndissetpollaffinity',
  params: { PollHandle: ptr('NDIS_POLL'), PollAffinity: ptr('PROCESSOR_NUMBER') },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run(kernel, { PollHandle, PollAffinity }) {
    const problem =
      polls(kernel).get(PollHandle) === undefined
        ? 'wrong-handle'
        : kernel.mmu.u32(PollAffinity) !== 0
          ? 'no-such-processor'
          : null;
    if (problem !== null) tellMisuse(kernel, 'NdisSetPollAffinity', problem);
  },
});

export const pollServices: readonly Service[] = [
  NdisRegisterPoll,
  NdisDeregisterPoll,
  NdisRequestPoll,
  NdisSetPollAffinity,
];
