/** Sending through an NDIS 6 miniport: frames become net buffer lists, as a protocol driver makes them. */
import type { Blocking } from '../../kernel/effects.ts';
import { allocateForKernel, pool } from '../../kernel/ex/pool.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { mdlAt } from '../../kernel/mm/mdl.ts';
import { allocateMdl, buildForNonPagedPool, freeMdl } from '../../kernel/mm/mdl-services.ts';
import { NULL, type Va, vaAdd } from '../../units/address.ts';
import { DISPATCH_LEVEL } from '../../units/irql.ts';
import { NDIS_STATUS } from '../../units/ndis-status.ts';
import { isSuccess, type NtStatus } from '../../units/status.ts';
import type { Adapter, Outstanding } from './adapter.ts';
import { call, outstanding, settle } from './life-cycle.ts';
import { tellMisuse } from './misuse.ts';
import { DISPATCH_LEVEL_FLAG, INFO, NET_BUFFER, NET_BUFFER_LIST } from './net-buffer-layout.ts';
import { netBuffers } from './net-buffers.ts';
import type { SendRound } from './send-round.ts';

/** Bytes of an Ethernet header, and of room before a frame at an offset. */
const HEADER_BYTES = 14;
const ROOM = 32;
const DEFAULT_PORT = 0n;

interface Sent {
  readonly list: Va;
  readonly waiting: Outstanding;
  readonly buffers: readonly Va[];
  readonly mdls: readonly Va[];
  readonly blocks: readonly Va[];
}

export function* sendLists(
  kernel: Kernel,
  adapter: Adapter,
  round: SendRound,
): Blocking<readonly NtStatus[]> {
  if (adapter.state !== 'running') return round.lists.map(() => NDIS_STATUS.PAUSED);
  const sent = round.lists.map((frames) => makeList(kernel, adapter, frames, round));
  sent.forEach(({ list, waiting }, i) => {
    NET_BUFFER_LIST.at(kernel.mmu, list).Next = sent[i + 1]?.list ?? NULL;
    adapter.sends.set(list, waiting);
  });
  const first = sent[0]?.list ?? NULL;
  const flags = round.atDispatch ? DISPATCH_LEVEL_FLAG : 0;
  const args = [adapter.context, first, DEFAULT_PORT, BigInt(flags)];
  const irql = round.atDispatch ? DISPATCH_LEVEL : undefined;
  yield* call(kernel, adapter, 'MiniportSendNetBufferLists', args, irql);
  const statuses: NtStatus[] = [];
  for (const one of sent) {
    const what = 'MiniportSendNetBufferLists';
    const status = yield* settle(adapter, one.waiting, NDIS_STATUS.PENDING, what);
    if (isSuccess(status) && round.info?.has(INFO.LARGE_SEND)) tellUnmarked(kernel, one.list);
    statuses.push(status);
    release(kernel, one);
  }
  return statuses;
}

function makeList(
  kernel: Kernel,
  adapter: Adapter,
  frames: readonly Uint8Array[],
  { shape, frameType, info = NO_INFO }: SendRound,
): Sent {
  const list = netBuffers(kernel).makeList(NULL, 0, 0);
  if (list === undefined) throw new RangeError('no RAM for a net buffer list');
  const parts = frames.map((frame) => makeBuffer(kernel, frame, shape));
  parts.forEach(({ buffer }, i) => {
    NET_BUFFER.at(kernel.mmu, buffer).Next = parts[i + 1]?.buffer ?? NULL;
  });
  const view = NET_BUFFER_LIST.at(kernel.mmu, list);
  view.FirstNetBuffer = parts[0]?.buffer ?? NULL;
  view.SourceHandle = adapter.handle;
  if (frameType !== undefined) {
    view.NetBufferListInfo.set(INFO.PROTOCOL_ID, vaAdd(NULL, networkOrder(frameType)));
  }
  for (const [slot, value] of info) view.NetBufferListInfo.set(slot, vaAdd(NULL, value));
  for (const { length } of frames) {
    kernel.emit({ kind: 'frame', what: 'send', subject: adapter.subject, length, status: null });
  }
  return {
    list,
    waiting: outstanding(),
    buffers: parts.map(({ buffer }) => buffer),
    mdls: parts.flatMap(({ mdls }) => mdls),
    blocks: parts.flatMap(({ blocks }) => blocks),
  };
}

const NO_INFO: ReadonlyMap<number, number> = new Map();

/** LsoV2TransmitComplete: Type NDIS_TCP_LARGE_SEND_OFFLOAD_V2_TYPE, and nothing below it. */
const LARGE_SEND_DONE = 0x4000_0000n;
const BELOW_RESERVED = 0x7fff_ffffn;

function tellUnmarked(kernel: Kernel, list: Va): void {
  const value = NET_BUFFER_LIST.at(kernel.mmu, list).NetBufferListInfo.get(INFO.LARGE_SEND);
  if ((value & BELOW_RESERVED) === LARGE_SEND_DONE) return;
  tellMisuse(kernel, 'NdisMSendNetBufferListsComplete', 'large-send-not-marked');
}

const networkOrder = (word: number): number => ((word & 0xff) << 8) | (word >> 8);

function makeBuffer(kernel: Kernel, frame: Uint8Array, shape: SendRound['shape']) {
  const room = shape === 'offset' ? ROOM : 0;
  const first = shape === 'two-mdls' ? Math.min(HEADER_BYTES, frame.length) : frame.length;
  const pieces = [frame.subarray(0, first), frame.subarray(first)].filter((p) => p.length > 0);
  const made = pieces.map((piece, i) => describe(kernel, piece, i === 0 ? room : 0));
  made.forEach(({ mdl }, i) => {
    mdlAt(kernel, mdl).Next = made[i + 1]?.mdl ?? NULL;
  });
  const chain = made[0]?.mdl ?? NULL;
  const buffer = netBuffers(kernel).makeBuffer(NULL, chain, room, BigInt(frame.length));
  if (buffer === undefined) throw new RangeError('no RAM for a net buffer');
  return { buffer, mdls: made.map(({ mdl }) => mdl), blocks: made.map(({ block }) => block) };
}

/** The bytes in nonpaged memory behind `room` others, with an MDL for all of it. */
function describe(kernel: Kernel, bytes: Uint8Array, room: number) {
  const block = allocateForKernel(kernel, room + bytes.length, 'NDfr');
  kernel.mmu.writeBytes(block, new Uint8Array([...new Uint8Array(room), ...bytes]));
  const mdl = allocateMdl(kernel, block, room + bytes.length, false);
  if (mdl === undefined) throw new RangeError('no RAM for an MDL');
  buildForNonPagedPool(kernel, mdl);
  return { block, mdl };
}

function release(kernel: Kernel, { list, buffers, mdls, blocks }: Sent): void {
  const known = netBuffers(kernel);
  for (const buffer of buffers) known.freeBuffer(buffer, 'NdisFreeNetBuffer');
  known.freeList(list, 'NdisFreeNetBufferList');
  for (const mdl of mdls) freeMdl(kernel, mdl);
  for (const block of blocks) pool(kernel).free(block);
}
