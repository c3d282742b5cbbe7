/** Using an adapter as protocols do: filters set, questions asked, frames sent and received, all of it compared. */
import { PEER_ADDRESS } from '../devices/net/address.ts';
import type { AttachedLink } from '../devices/net/link.ts';
import type { Adapter } from '../frameworks/ndis/adapter.ts';
import { models } from '../frameworks/ndis/models.ts';
import type { SendRound } from '../frameworks/ndis/send-round.ts';
import type { Blocking } from '../kernel/effects.ts';
import { devices } from '../kernel/io/devices.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { compareFrames } from './ndis-compare.ts';
import { type Counted, compareCounters } from './ndis-counters.ts';
import { datagramFrom, frameFrom, IPV4 } from './ndis-frames.ts';
import { activateOffloads } from './ndis-offload.ts';
import { type LeftToAdapter, leftToAdapter } from './ndis-offload-sends.ts';
import { askQuestions, setFilters } from './ndis-oids.ts';
import { judgeReceived, tcpFrames } from './ndis-received.ts';
import { scaleReceives, stopScaling } from './ndis-scaling.ts';
import { changeSettings } from './ndis-settings.ts';
import { adapterOf, type Card, phase, reset } from './ndis-steps.ts';
import { isSent, receiveFrames, sendRound, untilLinkUp } from './ndis-transfer.ts';
import { within } from './ndis-wait.ts';
import { controlDevice } from './use.ts';

/** Virtual milliseconds until frames under way have arrived. */
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
    yield* changeSettings(kernel, adapter);
    yield* activateOffloads(kernel, adapter);
    const scales = yield* scaleReceives(kernel, adapter);
    yield* askQuestions(kernel, adapter);
    yield* models(adapter).checkForHang(kernel, adapter);
    yield* control(card, adapter);
    const counted = yield* traffic(kernel, adapter, card.plugged.network, scales);
    if (counted !== null) yield* compareCounters(kernel, adapter, counted);
    if (scales) yield* stopScaling(kernel, adapter);
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

/** A reset, after which frames have to pass as before. */
export function* resetAdapter(card: Card): Blocking<void> {
  yield* reset(card, (adapter, kernel) => traffic(kernel, adapter, card.plugged.network));
}

/** Sends, receives and compares; without a link of the device's nobody sees what was sent. */
function* traffic(
  kernel: Kernel,
  adapter: Adapter,
  link: AttachedLink | undefined,
  isScaled = false,
): Blocking<Counted | null> {
  if (adapter.state !== 'running') return null;
  yield* untilLinkUp(adapter, link);
  const before = { sent: adapter.sentCount, indicated: adapter.indicatedCount };
  const out =
    link === undefined ? yield* sendUnseen(kernel, adapter) : yield* sendAll(kernel, adapter, link);
  const into =
    link !== undefined && adapter.linkUp
      ? yield* receiveAll(kernel, adapter, link, isScaled)
      : NOTHING_IN;
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
  const station = stationOf(adapter, link);
  let serial = 0;
  let sent = 0;
  let onWire = 0;
  for (const { lengths, shape, atDispatch } of ROUNDS) {
    const lists = lengths.map((list) =>
      list.map((length) => frameFrom(station, PEER_ADDRESS, length, ++serial)),
    );
    const round = { lists, shape, atDispatch };
    const { statuses, onLink } = yield* sendRound(kernel, adapter, link, round);
    const expected = lists.flatMap((frames, i) => (isSent(statuses[i]) ? frames : []));
    onWire += compareFrames(kernel, adapter, expected, onLink, 'send');
    sent += expected.length;
  }
  let given = serial;
  for (const { onWire: expected, what, ...one } of leftToAdapter(adapter, station)) {
    const seen = link.sentFrames.length;
    given += expected.length;
    if (!(yield* sendLeft(kernel, adapter, one))) continue;
    sent += expected.length;
    yield* within(FRAME_PATIENCE_MS, () => link.sentFrames.length >= seen + expected.length);
    const frames = link.sentFrames.slice(seen);
    onWire += compareFrames(kernel, adapter, expected, frames, 'send', what);
  }
  return { given, sent, seen: onWire };
}

/** Its headers are in the first MDL, which miniports may count on where large sends are on. */
function* sendLeft(
  kernel: Kernel,
  adapter: Adapter,
  { frame, frameType, info }: Pick<LeftToAdapter, 'frame' | 'frameType' | 'info'>,
): Blocking<boolean> {
  const how = { shape: 'offset', atDispatch: true, frameType, info } as const;
  const [status] = yield* models(adapter).send(kernel, adapter, { lists: [[frame]], ...how });
  return isSent(status);
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
  let given = serial;
  for (const { onWire, what: _, ...one } of leftToAdapter(adapter, source)) {
    given += onWire.length;
    if (yield* sendLeft(kernel, adapter, one)) sent += onWire.length;
  }
  return { given, sent, seen: null };
}

/** The address in use, which may be the administrator's; the maker's where none has been told. */
function stationOf({ general }: Adapter, link: AttachedLink): Uint8Array {
  const own = general?.currentAddress;
  return own?.length === PEER_ADDRESS.length ? own : link.mac;
}

/** Frames of the peer's, one after the other; of TCP too where the miniport offers to look into it. */
function* receiveAll(
  kernel: Kernel,
  adapter: Adapter,
  link: AttachedLink,
  isScaled: boolean,
): Blocking<Into> {
  const station = stationOf(adapter, link);
  const plain = [60, 1514, 256].map((length, i) =>
    frameFrom(PEER_ADDRESS, station, length, 100 + i),
  );
  const looksInside = isScaled || adapter.offloads?.active === true;
  const tcp = looksInside ? tcpFrames(station, PEER_ADDRESS) : null;
  const frames = tcp === null ? plain : [...plain, tcp.right, tcp.wrong];
  const arrived = yield* receiveFrames(kernel, adapter, link, frames);
  if (tcp !== null) judgeReceived(kernel, adapter, tcp, isScaled);
  const indicated = compareFrames(kernel, adapter, frames, arrived, 'receive');
  return { received: frames.length, indicated };
}
