/** Using an adapter as protocols do: filters set, questions asked, frames sent and received, all of it compared. */
import { PEER_ADDRESS } from '../devices/net/address.ts';
import { sameBytes } from '../devices/net/bytes.ts';
import type { AttachedLink } from '../devices/net/link.ts';
import type { Adapter } from '../frameworks/ndis/adapter.ts';
import { models } from '../frameworks/ndis/models.ts';
import type { SendRound } from '../frameworks/ndis/send-round.ts';
import { type Blocking, wait } from '../kernel/effects.ts';
import { devices } from '../kernel/io/devices.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { isSuccess, type NtStatus } from '../units/status.ts';
import { TICKS_PER_MS } from '../units/ticks.ts';
import { type Counted, compareCounters } from './ndis-counters.ts';
import { datagramFrom, frameFrom, IPV4 } from './ndis-frames.ts';
import { askQuestions, setFilters } from './ndis-oids.ts';
import { adapterOf, type Card, phase } from './ndis-steps.ts';
import { controlDevice } from './use.ts';

/** Virtual milliseconds until a link that is coming up is up, and until frames under way have arrived. */
const LINK_PATIENCE_MS = 5000;
const FRAME_PATIENCE_MS = 100;

interface Round extends Pick<SendRound, 'shape' | 'atDispatch'> {
  readonly lengths: readonly (readonly number[])[];
}

/** Lengths from the shortest Ethernet allows to the longest, without the check sequence. */
const ROUNDS: readonly Round[] = [
  { lengths: [[60]], shape: 'one-mdl', atDispatch: false },
  { lengths: [[1514], [342]], shape: 'two-mdls', atDispatch: true },
  { lengths: [[98, 590], [64]], shape: 'offset', atDispatch: false },
];

export function* useAdapter(card: Card): Blocking<void> {
  const adapter = adapterOf(card);
  if (adapter?.state !== 'running') return;
  const { kernel } = card.life.machine;
  yield* phase(card.life, 'use', card.node.subject, function* () {
    yield* setFilters(kernel, adapter);
    yield* askQuestions(kernel, adapter);
    yield* models(adapter).checkForHang(kernel, adapter);
    yield* control(card, adapter);
    const counted = yield* traffic(kernel, adapter, card.plugged.network);
    if (counted !== null) yield* compareCounters(kernel, adapter, counted);
  });
}

/** Requests of the user's to the adapter's device, which a driver may serve beside NDIS. */
function* control({ life, node }: Card, { fdo }: Adapter): Blocking<void> {
  const { ioctls, journal, machine } = life;
  const path = devices(machine.kernel).nameOf(fdo);
  if (ioctls.length === 0 || path === null) return;
  const step = { phase: machine.phase, subject: node.subject };
  yield* controlDevice({ kernel: machine.kernel, journal, step, path, ioctls });
}

/** CheckForHang, Reset, and what a protocol does when addresses and filters went with it. */
export function* resetAdapter(card: Card): Blocking<void> {
  const adapter = adapterOf(card);
  if (adapter === undefined) return;
  const { kernel } = card.life.machine;
  yield* phase(
    card.life,
    'reset',
    card.node.subject,
    function* () {
      const model = models(adapter);
      yield* model.checkForHang(kernel, adapter);
      const { status, addressingReset } = yield* model.reset(kernel, adapter);
      if (isSuccess(status) && addressingReset) yield* setFilters(kernel, adapter);
      yield* traffic(kernel, adapter, card.plugged.network);
      return status;
    },
    (status) => status,
  );
}

const sleep = (ms: number): Blocking<NtStatus> => wait([], -BigInt(ms) * TICKS_PER_MS);

/** True when it was so within the time. */
function* within(ms: number, isSo: () => boolean): Blocking<boolean> {
  for (let waited = 0; waited < ms && !isSo(); waited++) yield* sleep(1);
  return isSo();
}

/** Sends, receives and compares; without a link of the device's nobody sees what was sent. */
function* traffic(
  kernel: Kernel,
  adapter: Adapter,
  link: AttachedLink | undefined,
): Blocking<Counted | null> {
  if (adapter.state !== 'running') return null;
  yield* within(link === undefined ? 0 : LINK_PATIENCE_MS, () => adapter.linkUp);
  const before = { sent: adapter.sentCount, indicated: adapter.indicatedCount };
  const out =
    link === undefined ? yield* sendUnseen(kernel, adapter) : yield* sendAll(kernel, adapter, link);
  const into =
    link !== undefined && adapter.linkUp ? yield* receiveAll(kernel, adapter, link) : NOTHING_IN;
  kernel.emit({ kind: 'traffic', subject: adapter.subject, ...out, ...into });
  const settled = () => adapter.unreturned.size === 0;
  yield* within(FRAME_PATIENCE_MS, settled);
  return {
    sent: adapter.sentCount - before.sent,
    indicated: adapter.indicatedCount - before.indicated,
  };
}

interface Out {
  readonly given: number;
  readonly sent: number;
  readonly seen: number | null;
}

interface Into {
  readonly received: number;
  readonly indicated: number;
}

const NOTHING_IN: Into = { received: 0, indicated: 0 };

/** What the miniport completes with success has to be on the wire, byte for byte. */
function* sendAll(kernel: Kernel, adapter: Adapter, link: AttachedLink): Blocking<Out> {
  let serial = 0;
  let sent = 0;
  let onWire = 0;
  for (const { lengths, shape, atDispatch } of ROUNDS) {
    const lists = lengths.map((list) =>
      list.map((length) => frameFrom(stationOf(adapter, link), PEER_ADDRESS, length, ++serial)),
    );
    const seen = link.sentFrames.length;
    const statuses = yield* models(adapter).send(kernel, adapter, { lists, shape, atDispatch });
    const expected = lists.flatMap((frames, i) => (isSent(statuses[i]) ? frames : []));
    yield* within(FRAME_PATIENCE_MS, () => link.sentFrames.length >= seen + expected.length);
    onWire += compareFrames(kernel, adapter, expected, link.sentFrames.slice(seen), 'send');
    sent += expected.length;
  }
  return { given: serial, sent, seen: onWire };
}

/** NDIS_MEDIUM NdisMedium802_3 and NdisMediumIP; what goes over others is not known here. */
const ETHERNET = 0;
const IP = 19;

/** Frames of the medium to a miniport without hardware, each of which it has to complete. */
function* sendUnseen(kernel: Kernel, adapter: Adapter): Blocking<Out> {
  const { general } = adapter;
  if (general === null || ![ETHERNET, IP].includes(general.mediaType)) {
    return { given: 0, sent: 0, seen: null };
  }
  const own = general.currentAddress;
  const source = own.length === PEER_ADDRESS.length ? own : new Uint8Array(PEER_ADDRESS.length);
  let serial = 0;
  let sent = 0;
  for (const { lengths, shape, atDispatch } of ROUNDS) {
    const make = (length: number): Uint8Array =>
      general.mediaType === IP
        ? datagramFrom(length, ++serial)
        : frameFrom(source, PEER_ADDRESS, length, ++serial);
    const lists = lengths.map((list) => list.map(make));
    const frameType = general.mediaType === IP ? { frameType: IPV4 } : {};
    const statuses = yield* models(adapter).send(kernel, adapter, {
      lists,
      shape,
      atDispatch,
      ...frameType,
    });
    sent += lists.flatMap((frames, n) => (isSent(statuses[n]) ? frames : [])).length;
  }
  return { given: serial, sent, seen: null };
}

const isSent = (status: NtStatus | undefined): boolean => status !== undefined && isSuccess(status);

/** The address in use, which may be the administrator's; the maker's where none has been told. */
function stationOf({ general }: Adapter, link: AttachedLink): Uint8Array {
  const own = general?.currentAddress;
  return own?.length === PEER_ADDRESS.length ? own : link.mac;
}

/** Frames of the peer's, one after the other. */
function* receiveAll(kernel: Kernel, adapter: Adapter, link: AttachedLink): Blocking<Into> {
  const frames = [60, 1514, 256].map((length, i) =>
    frameFrom(PEER_ADDRESS, stationOf(adapter, link), length, 100 + i),
  );
  yield* within(FRAME_PATIENCE_MS, () => false);
  const seen = adapter.indicated.length;
  for (const frame of frames) {
    const { subject } = adapter;
    kernel.emit({ kind: 'frame', what: 'inject', subject, length: frame.length, status: null });
    link.injectFrame(frame);
  }
  yield* within(FRAME_PATIENCE_MS, () => adapter.indicated.length >= seen + frames.length);
  const arrived = adapter.indicated.slice(seen).map(({ bytes }) => bytes);
  const indicated = compareFrames(kernel, adapter, frames, arrived, 'receive');
  return { received: frames.length, indicated };
}

/** The routines that had the frames in hand. */
const WAYS = {
  ndis6: { send: 'MiniportSendNetBufferLists', receive: 'MiniportInterruptDPC' },
  ndis5: { send: 'MiniportSendPackets', receive: 'MiniportHandleInterrupt' },
} as const;

/** How many were seen. A frame may be followed by padding; anything else that differs is told. */
function compareFrames(
  kernel: Kernel,
  { subject, driver }: Adapter,
  expected: readonly Uint8Array[],
  seen: readonly Uint8Array[],
  way: 'send' | 'receive',
): number {
  const problem = way === 'send' ? 'frame-not-sent' : 'frame-not-received';
  const left = [...seen];
  let found = 0;
  for (const frame of expected) {
    const index = left.findIndex((other) => sameBytes(other.subarray(0, frame.length), frame));
    if (index >= 0) {
      left.splice(index, 1);
      found++;
      const { length } = frame;
      if (way === 'send')
        kernel.emit({ kind: 'frame', what: 'on-wire', subject, length, status: null });
      continue;
    }
    kernel.emit({
      kind: 'framework-misuse',
      framework: 'ndis',
      service: WAYS[driver.model][way],
      problem,
      detail: `a frame of ${frame.length} bytes, ${seen.length} of ${expected.length} seen`,
    });
  }
  return found;
}
