/** Sending through an NDIS 5 miniport: frames become packets, handed over one by one or as an array. */
import { type Blocking, wait } from '../../../kernel/effects.ts';
import { outOfBudget } from '../../../kernel/end.ts';
import { allocateForKernel, pool } from '../../../kernel/ex/pool.ts';
import { allocateList, mustReach, runsOf } from '../../../kernel/hal/scatter-gather.ts';
import type { Kernel } from '../../../kernel/kernel.ts';
import { mdlAt, mdlVirtual } from '../../../kernel/mm/mdl.ts';
import { allocateMdl, buildForNonPagedPool, freeMdl } from '../../../kernel/mm/mdl-services.ts';
import { NULL, type Va, vaAdd } from '../../../units/address.ts';
import { DISPATCH_LEVEL } from '../../../units/irql.ts';
import { NDIS_STATUS } from '../../../units/ndis-status.ts';
import { isSuccess, type NtStatus, ntStatus } from '../../../units/status.ts';
import { TICKS_PER_MS } from '../../../units/ticks.ts';
import type { Adapter, Outstanding } from '../adapter.ts';
import { dmaOf } from '../dma.ts';
import { call, outstanding, settle } from '../life-cycle.ts';
import { entryOf } from '../miniport-driver.ts';
import type { SendRound } from '../send-round.ts';
import { PACKET, PACKET_INFO } from './layout.ts';
import { chainAtBack, oobOf, packets, setPacketInfo, setPacketStatus } from './packets.ts';
import { legacyOf } from './state.ts';

const HEADER_BYTES = 14;
const ROOM = 32;
/** Attempts, a virtual millisecond apart, with a miniport that answers NDIS_STATUS_RESOURCES. */
const PATIENCE = 1000;

interface Sent {
  readonly packet: Va;
  readonly length: number;
  readonly waiting: Outstanding;
  readonly mdls: readonly Va[];
  readonly blocks: readonly Va[];
  readonly list: Va | undefined;
}

/** One status for each list: that of its first packet that failed, if any did. */
export function* sendPackets(
  kernel: Kernel,
  adapter: Adapter,
  round: SendRound,
): Blocking<readonly NtStatus[]> {
  if (adapter.state !== 'running') return round.lists.map(() => NDIS_STATUS.FAILURE);
  const lists = round.lists.map((frames) =>
    frames.map((frame) => makePacket(kernel, adapter, frame, round.shape)),
  );
  const statuses = yield* sendAll(kernel, adapter, lists.flat());
  for (const sent of lists.flat()) release(kernel, sent);
  return lists.map((sent) => {
    const own = sent.map(({ packet }) => statuses.get(packet) ?? NDIS_STATUS.FAILURE);
    return own.find((status) => !isSuccess(status)) ?? NDIS_STATUS.SUCCESS;
  });
}

function* sendAll(
  kernel: Kernel,
  adapter: Adapter,
  sent: readonly Sent[],
): Blocking<ReadonlyMap<Va, NtStatus>> {
  const statuses = new Map<Va, NtStatus>();
  let left = sent;
  for (let tries = 0; left.length > 0; tries++) {
    if (tries >= PATIENCE) outOfBudget(`${adapter.subject} never has resources to send`);
    const most = legacyOf(kernel, adapter).maxSendPackets || left.length;
    const now = left.slice(0, most);
    const refused = yield* hand(kernel, adapter, now);
    for (const one of now.slice(0, now.length - refused)) {
      const what = 'a packet';
      statuses.set(one.packet, yield* settle(adapter, one.waiting, NDIS_STATUS.PENDING, what));
    }
    left = left.slice(now.length - refused);
    if (refused > 0) yield* wait([], -TICKS_PER_MS);
  }
  return statuses;
}

/** Gives how many packets at the end the miniport has no resources for. */
function* hand(kernel: Kernel, adapter: Adapter, sent: readonly Sent[]): Blocking<number> {
  for (const { packet, waiting, length } of sent) {
    adapter.sends.set(packet, waiting);
    setPacketStatus(kernel, packet, NDIS_STATUS.PENDING);
    const { subject } = adapter;
    kernel.emit({ kind: 'frame', what: 'send', subject, length, status: null });
  }
  const takesArrays = entryOf(adapter.driver.entries, 'MiniportSendPackets') !== NULL;
  return yield* takesArrays ? handArray(kernel, adapter, sent) : handEach(kernel, adapter, sent);
}

/** A serialized miniport leaves each packet's status in its out-of-band data. */
function* handArray(kernel: Kernel, adapter: Adapter, sent: readonly Sent[]): Blocking<number> {
  const array = allocateForKernel(kernel, sent.length * 8, 'NDpa');
  sent.forEach(({ packet }, i) => {
    kernel.mmu.write(vaAdd(array, i * 8), 8, packet);
  });
  const args = [adapter.context, array, BigInt(sent.length)];
  yield* call(kernel, adapter, 'MiniportSendPackets', args, DISPATCH_LEVEL);
  pool(kernel).free(array);
  if (!legacyOf(kernel, adapter).serialized) return 0;
  for (const [i, one] of sent.entries()) {
    if (one.waiting.done) continue;
    const status = ntStatus(oobOf(kernel, one.packet).Status);
    if (status === NDIS_STATUS.RESOURCES) return takeBack(adapter, sent.slice(i));
    if (status !== NDIS_STATUS.PENDING) finish(kernel, adapter, one, status);
  }
  return 0;
}

/** MiniportSend returns the status, NDIS_STATUS_PENDING when it completes the packet later. */
function* handEach(kernel: Kernel, adapter: Adapter, sent: readonly Sent[]): Blocking<number> {
  for (const [i, one] of sent.entries()) {
    const args = [adapter.context, one.packet, 0n];
    const returned = yield* call(kernel, adapter, 'MiniportSend', args, DISPATCH_LEVEL);
    const status = ntStatus(returned);
    if (status === NDIS_STATUS.RESOURCES) return takeBack(adapter, sent.slice(i));
    if (status !== NDIS_STATUS.PENDING) finish(kernel, adapter, one, status);
  }
  return 0;
}

function takeBack(adapter: Adapter, sent: readonly Sent[]): number {
  for (const { packet } of sent) adapter.sends.delete(packet);
  return sent.length;
}

function finish(kernel: Kernel, adapter: Adapter, sent: Sent, status: NtStatus): void {
  const { packet, waiting, length } = sent;
  adapter.sends.delete(packet);
  waiting.done = true;
  waiting.status = status;
  if (isSuccess(status)) adapter.sentCount++;
  kernel.emit({ kind: 'frame', what: 'sent', subject: adapter.subject, length, status });
}

function makePacket(
  kernel: Kernel,
  adapter: Adapter,
  frame: Uint8Array,
  shape: SendRound['shape'],
): Sent {
  const packet = packets(kernel).allocate(null);
  if (packet === undefined) throw new RangeError('no RAM for a packet');
  const first = shape === 'two-mdls' ? Math.min(HEADER_BYTES, frame.length) : frame.length;
  const pieces = [frame.subarray(0, first), frame.subarray(first)].filter((p) => p.length > 0);
  // At an offset only the MDL moves: a packet has no offset of its own.
  const room = shape === 'offset' ? ROOM : 0;
  const made = pieces.map((piece) => describe(kernel, piece, room));
  for (const { mdl } of made) chainAtBack(kernel, packet, mdl);
  const sent = {
    packet,
    length: frame.length,
    waiting: outstanding(),
    mdls: made.map(({ mdl }) => mdl),
    blocks: made.map(({ block }) => block),
  };
  return { ...sent, list: giveList(kernel, adapter, packet, frame.length) };
}

function describe(kernel: Kernel, bytes: Uint8Array, room: number) {
  const block = allocateForKernel(kernel, room + bytes.length, 'NDfr');
  const at = vaAdd(block, room);
  kernel.mmu.writeBytes(at, bytes);
  const mdl = allocateMdl(kernel, at, bytes.length, false);
  if (mdl === undefined) throw new RangeError('no RAM for an MDL');
  buildForNonPagedPool(kernel, mdl);
  return { block, mdl };
}

/** After NdisMInitializeScatterGatherDma each packet comes with its list. */
function giveList(kernel: Kernel, adapter: Adapter, packet: Va, length: number): Va | undefined {
  const dma = adapter.scatterGather ? dmaOf(kernel, adapter)?.dma : undefined;
  if (dma === undefined) return undefined;
  const { Head } = PACKET.at(kernel.mmu, packet);
  const runs = runsOf(kernel, Head, mdlVirtual(mdlAt(kernel, Head)), length);
  mustReach(dma, runs);
  const list = allocateList(kernel, dma, runs);
  setPacketInfo(kernel, packet, PACKET_INFO.ScatterGatherList, list ?? NULL);
  return list;
}

function release(kernel: Kernel, { packet, mdls, blocks, list }: Sent): void {
  packets(kernel).free(packet);
  for (const mdl of mdls) freeMdl(kernel, mdl);
  for (const block of blocks) pool(kernel).free(block);
  if (list !== undefined) pool(kernel).free(list);
}
