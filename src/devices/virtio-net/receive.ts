/** Reception by a virtio network device: filter, and buffers one by one or merged (VIRTIO 1.2, 5.1.6.3, 5.1.6.4). */
import { destinationOf, isBroadcast, isGroup } from '../net/address.ts';
import { concat, sameBytes, u16At } from '../net/bytes.ts';
import * as ethernet from '../spec/ethernet.ts';
import * as spec from '../spec/virtio-net.ts';
import { type Chain, writeChain } from '../virtio/chain.ts';
import { vouchFor } from './receive-checksum.ts';
import { headerBytes, isLaidOutWrongly, type Net } from './state.ts';

/** Frames kept while the driver has given no buffers; more are lost. */
const MAX_WAITING = 64;
/** As much as the MTU allows, with a tag. */
const MAX_BYTES = ethernet.MAX_FRAME_BYTES + ethernet.VLAN_TAG_BYTES;

export function receive(virtio: Net, frame: Uint8Array): void {
  const { own } = virtio;
  const isFull = own.waiting.length >= MAX_WAITING;
  if (!virtio.isRunning || isFull || frame.length > MAX_BYTES) return;
  if (!isWanted(virtio, frame)) return;
  own.waiting.push(frame);
  drain(virtio);
}

/** Moves waiting frames into buffers as far as these go. */
export function drain(virtio: Net): void {
  const { waiting } = virtio.own;
  for (let frame = waiting[0]; frame !== undefined; frame = waiting[0]) {
    if (store(virtio, frame) === 'no-buffer') break;
    waiting.shift();
  }
  virtio.flush(spec.RECEIVEQ);
}

type Outcome = 'done' | 'no-buffer';

const store = (virtio: Net, frame: Uint8Array): Outcome =>
  virtio.has(spec.F_MRG_RXBUF) ? storeMerged(virtio, frame) : storeSingle(virtio, frame);

/** One buffer has to hold everything; a frame that finds it too small is lost. */
function storeSingle(virtio: Net, frame: Uint8Array): Outcome {
  const chain = virtio.take(spec.RECEIVEQ);
  if (chain === undefined) return 'no-buffer';
  const header = headerBytes(virtio);
  if (isLaidOutWrongly(virtio, chain.writable, header)) {
    report(virtio, 'header-not-alone', 'without VIRTIO_F_ANY_LAYOUT');
  }
  if (chain.writableBytes >= header + frame.length) {
    fill(virtio, frame, [chain]);
    return 'done';
  }
  virtio.untake(spec.RECEIVEQ, 1);
  const detail = `a frame of ${frame.length} bytes, a buffer of ${chain.writableBytes}`;
  report(virtio, 'receive-buffer-too-small', detail);
  return 'done';
}

function report(virtio: Net, problem: string, detail: string): void {
  const { subject } = virtio.host;
  virtio.host.report({ kind: 'device-misuse', subject, problem, detail });
}

/** Every buffer has to hold at least a header (5.1.6.3.1). */
function storeMerged(virtio: Net, frame: Uint8Array): Outcome {
  const chains: Chain[] = [];
  for (let room = 0; room < spec.HDR_BYTES + frame.length; ) {
    const chain = virtio.take(spec.RECEIVEQ);
    if (chain !== undefined && chain.writableBytes < spec.HDR_BYTES) {
      const detail = `${chain.writableBytes} bytes`;
      virtio.fail({ problem: 'receive-buffer-too-small', detail }, spec.RECEIVEQ);
      return 'no-buffer';
    }
    if (chain === undefined) {
      virtio.untake(spec.RECEIVEQ, chains.length);
      return 'no-buffer';
    }
    chains.push(chain);
    room += chain.writableBytes;
  }
  fill(virtio, frame, chains);
  return 'done';
}

function fill(virtio: Net, frame: Uint8Array, chains: readonly Chain[]): void {
  const header = new DataView(new ArrayBuffer(spec.HDR_BYTES));
  const { flags, checksumStart, checksumOffset, bytes: summed } = vouchFor(virtio, frame);
  header.setUint8(spec.HDR_FLAGS, flags);
  header.setUint16(spec.HDR_CSUM_START, checksumStart, true);
  header.setUint16(spec.HDR_CSUM_OFFSET, checksumOffset, true);
  header.setUint16(spec.HDR_NUM_BUFFERS, chains.length, true);
  const bytes = concat([new Uint8Array(header.buffer, 0, headerBytes(virtio)), summed]);
  let done = 0;
  for (const chain of chains) {
    const written = writeChain(virtio.host.dma, chain, bytes.subarray(done));
    virtio.put(spec.RECEIVEQ, chain, written);
    done += written;
  }
}

/** Filtering is the control queue's business; without it only other stations' frames are refused (5.1.6.5.1). */
function isWanted(virtio: Net, frame: Uint8Array): boolean {
  const { modes, mac, table } = virtio.own;
  if (modes.promisc) return true;
  if (!passesVlan(virtio, frame)) return false;
  const to = destinationOf(frame);
  const isListed = table.some((address) => sameBytes(address, to));
  if (isBroadcast(to)) return !modes.nobcast;
  if (isGroup(to)) {
    if (!virtio.has(spec.F_CTRL_RX)) return true;
    return !modes.nomulti && (modes.allmulti || isListed);
  }
  return !modes.nouni && (modes.alluni || isListed || sameBytes(mac, to));
}

function passesVlan(virtio: Net, frame: Uint8Array): boolean {
  if (!virtio.has(spec.F_CTRL_VLAN)) return true;
  if (u16At(frame, ethernet.TYPE) !== ethernet.TYPE_VLAN) return true;
  return virtio.own.vlans[u16At(frame, ethernet.HEADER_BYTES) & 0xfff] === 1;
}
