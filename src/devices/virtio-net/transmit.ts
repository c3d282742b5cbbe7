/** Transmission by a virtio network device (VIRTIO 1.2, 5.1.6.2). */
import { setU16At } from '../net/bytes.ts';
import { internetChecksum, onesSum } from '../net/checksum.ts';
import { type Segmentation, segmentsOf } from '../net/segmentation.ts';
import * as ethernet from '../spec/ethernet.ts';
import * as spec from '../spec/virtio-net.ts';
import { type Chain, readChain } from '../virtio/chain.ts';
import { MAX_SENT_BYTES, type Misuse, sendHeaderOf, sendOrderOf } from './send-order.ts';
import { headerBytes, isLaidOutWrongly, type Net } from './state.ts';

export function transmit(virtio: Net): void {
  virtio.forEach(spec.TRANSMITQ, (chain) => send(virtio, chain));
}

/** Nothing of a transmit buffer is written; a buffer without a whole header breaks the device. */
function send(virtio: Net, chain: Chain): number | undefined {
  const header = headerBytes(virtio);
  if (chain.readableBytes < header) {
    const detail = `${chain.readableBytes} bytes`;
    virtio.fail({ problem: 'header-missing', detail }, spec.TRANSMITQ);
    return undefined;
  }
  const bytes = readChain(virtio.host.dma, chain, header + MAX_SENT_BYTES + 1);
  const frame = bytes.slice(header);
  if (isLaidOutWrongly(virtio, chain.readable, header)) {
    report(virtio, { problem: 'header-not-alone', detail: 'without VIRTIO_F_ANY_LAYOUT' });
  }
  const order = sendOrderOf(virtio, sendHeaderOf(bytes.slice(0, header)), frame);
  if ('problem' in order) {
    report(virtio, order, ', not sent');
    return 0;
  }
  for (const remark of order.remarks) report(virtio, remark);
  const { network } = virtio.host;
  if (order.segmentation !== null) {
    for (const segment of finished(frame, order.segmentation)) network.send(segment);
    return 0;
  }
  if (order.checksum !== null) sum(frame, order.checksum.start, order.checksum.at);
  network.send(frame);
  return 0;
}

function report(virtio: Net, { problem, detail }: Misuse, then = ''): void {
  const { subject } = virtio.host;
  virtio.host.report({ kind: 'device-misuse', subject, problem, detail: `${detail}${then}` });
}

/** What stands in the field is part of the sum; UDP's zero would mean that there is none. */
function sum(frame: Uint8Array, start: number, at: number): void {
  const checksum = internetChecksum(frame, start, frame.length);
  const isUdp = at - start === ethernet.UDP_CHECKSUM;
  setU16At(frame, at, isUdp && checksum === 0 ? 0xffff : checksum);
}

/** Segments with their checksums; CWR stays with the first (RFC 3168, 6.1.2). */
function finished(frame: Uint8Array, how: Segmentation): readonly Uint8Array[] {
  const { ipStart, transportStart, isIpv4 } = how;
  const segments = segmentsOf(frame, how);
  segments.forEach((segment, index) => {
    const flagsAt = transportStart + ethernet.TCP_FLAGS;
    if (index > 0) segment[flagsAt] = (segment[flagsAt] ?? 0) & ~ethernet.TCP_CWR;
    if (isIpv4) {
      setU16At(segment, ipStart + ethernet.IPV4_CHECKSUM, 0);
      const header = internetChecksum(segment, ipStart, transportStart);
      setU16At(segment, ipStart + ethernet.IPV4_CHECKSUM, header);
    }
    const at = transportStart + ethernet.TCP_CHECKSUM;
    setU16At(segment, at, pseudoSumOf(segment, at, frame.length - segment.length));
    sum(segment, transportStart, at);
  });
  return segments;
}

/** The pseudo header's sum was that of the whole: it loses the bytes that a segment does not have. */
const pseudoSumOf = (segment: Uint8Array, at: number, lacking: number): number =>
  onesSum(segment, at, at + 2, ~lacking & 0xffff);
