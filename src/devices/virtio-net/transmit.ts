/** Transmission by a virtio network device (VIRTIO 1.2, 5.1.6.2). */
import { setU16At } from '../net/bytes.ts';
import { onesSum } from '../net/checksum.ts';
import * as spec from '../spec/virtio-net.ts';
import { type Chain, readChain } from '../virtio/chain.ts';
import type { Net } from './state.ts';

/** The largest frame of any offload, with its header. */
const MAX_BYTES = 0x1_0000 + 14 + spec.HDR_BYTES;

export function transmit(virtio: Net): void {
  virtio.forEach(spec.TRANSMITQ, (chain) => send(virtio, chain));
}

/** Nothing of a transmit buffer is written; a buffer without a whole header breaks the device. */
function send(virtio: Net, chain: Chain): number | undefined {
  if (chain.readableBytes < spec.HDR_BYTES) {
    const detail = `${chain.readableBytes} bytes`;
    virtio.fail({ problem: 'header-missing', detail }, spec.TRANSMITQ);
    return undefined;
  }
  const bytes = readChain(virtio.host.dma, chain, MAX_BYTES + 1);
  const header = new DataView(bytes.buffer, 0, spec.HDR_BYTES);
  const frame = bytes.slice(spec.HDR_BYTES);
  const wrong = orderProblem(virtio, header, bytes.length);
  if (wrong !== undefined) {
    const { subject } = virtio.host;
    virtio.host.report({ kind: 'device-misuse', subject, problem: wrong, detail: 'not sent' });
    return 0;
  }
  if ((header.getUint8(spec.HDR_FLAGS) & spec.HDR_F_NEEDS_CSUM) !== 0) {
    const start = header.getUint16(spec.HDR_CSUM_START, true);
    const offset = start + header.getUint16(spec.HDR_CSUM_OFFSET, true);
    setU16At(frame, offset, ~onesSum(frame, start, frame.length) & 0xffff);
  }
  virtio.host.network.send(frame);
  return 0;
}

function orderProblem(virtio: Net, header: DataView, bytes: number): string | undefined {
  if (bytes > MAX_BYTES) return 'frame-too-long';
  if (header.getUint8(spec.HDR_GSO_TYPE) !== spec.HDR_GSO_NONE) {
    return 'segmentation-not-negotiated';
  }
  const wantsSum = (header.getUint8(spec.HDR_FLAGS) & spec.HDR_F_NEEDS_CSUM) !== 0;
  return wantsSum && !virtio.has(spec.F_CSUM) ? 'checksum-not-negotiated' : undefined;
}
