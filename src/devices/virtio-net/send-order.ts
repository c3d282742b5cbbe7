/** What the header in front of a frame asks of a virtio network device, and what of it is wrong (VIRTIO 1.2, 5.1.6.2). */
import { u16At } from '../net/bytes.ts';
import { type FrameHeaders, headersOf, pseudoSum } from '../net/headers.ts';
import type { Segmentation } from '../net/segmentation.ts';
import * as ethernet from '../spec/ethernet.ts';
import * as spec from '../spec/virtio-net.ts';
import { MTU, type Net } from './state.ts';

export interface Misuse {
  readonly problem: string;
  readonly detail: string;
}

interface SendHeader {
  readonly flags: number;
  readonly gsoType: number;
  readonly hasEcn: boolean;
  readonly headerBytes: number;
  readonly segmentBytes: number;
  readonly checksumStart: number;
  readonly checksumOffset: number;
  readonly buffers: number;
}

export interface SendOrder {
  readonly checksum: { readonly start: number; readonly at: number } | null;
  readonly segmentation: Segmentation | null;
  /** What does not keep the device from sending. */
  readonly remarks: readonly Misuse[];
}

/** An IPv6 payload of 64 KB less one, its header, and Ethernet with a tag. */
export const MAX_SENT_BYTES =
  0xffff + ethernet.IPV6_HEADER_BYTES + ethernet.HEADER_BYTES + ethernet.VLAN_TAG_BYTES;
/** Bounds what one buffer makes us send. */
const MAX_SEGMENTS = 4096;

const misuse = (problem: string, detail: string): Misuse => ({ problem, detail });

export function sendHeaderOf(bytes: Uint8Array): SendHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const type = view.getUint8(spec.HDR_GSO_TYPE);
  return {
    flags: view.getUint8(spec.HDR_FLAGS),
    gsoType: type & ~spec.HDR_GSO_ECN,
    hasEcn: (type & spec.HDR_GSO_ECN) !== 0,
    headerBytes: view.getUint16(spec.HDR_HDR_LEN, true),
    segmentBytes: view.getUint16(spec.HDR_GSO_SIZE, true),
    checksumStart: view.getUint16(spec.HDR_CSUM_START, true),
    checksumOffset: view.getUint16(spec.HDR_CSUM_OFFSET, true),
    buffers: bytes.length < spec.HDR_BYTES ? 0 : view.getUint16(spec.HDR_NUM_BUFFERS, true),
  };
}

/** The order, or why there is nothing that the device could send. */
export function sendOrderOf(
  virtio: Net,
  header: SendHeader,
  frame: Uint8Array,
): SendOrder | Misuse {
  if (frame.length > MAX_SENT_BYTES) {
    return misuse('frame-too-long', `more than ${MAX_SENT_BYTES} bytes`);
  }
  const wrong = unnegotiated(virtio, header) ?? checksumProblem(header, frame);
  if (wrong !== undefined) return wrong;
  const remarks = harmless(header);
  const start = header.checksumStart;
  const wantsSum = (header.flags & spec.HDR_F_NEEDS_CSUM) !== 0;
  const checksum = wantsSum ? { start, at: start + header.checksumOffset } : null;
  if (header.gsoType === spec.HDR_GSO_NONE) {
    const beyond = mtuProblem(virtio, frame, frame.length);
    return beyond ?? { checksum, segmentation: null, remarks };
  }
  const found = headersOf(frame);
  const cut = found && segmentationOf(header, frame, found);
  if (cut === undefined) return notWhatItSays(header);
  if ('problem' in cut) return cut;
  const longest = Math.min(frame.length, cut.headerBytes + cut.segmentBytes);
  const beyond = mtuProblem(virtio, frame, longest);
  if (beyond !== undefined) return beyond;
  const more = [
    hintProblem(header, frame, cut),
    ecnProblem(virtio, header, frame, cut),
    found && pseudoHeaderProblem(frame, found),
  ];
  const all = [...remarks, ...more.filter((one) => one !== undefined)];
  return { checksum, segmentation: cut, remarks: all };
}

const GSO_FEATURES: Readonly<Record<number, bigint>> = {
  [spec.HDR_GSO_TCPV4]: spec.F_HOST_TSO4,
  [spec.HDR_GSO_TCPV6]: spec.F_HOST_TSO6,
};

function unnegotiated(virtio: Net, header: SendHeader): Misuse | undefined {
  const { gsoType, hasEcn, flags } = header;
  const isPlain = gsoType === spec.HDR_GSO_NONE;
  if (!isPlain && !virtio.has(GSO_FEATURES[gsoType] ?? 0n)) {
    return misuse('segmentation-not-negotiated', `gso_type ${gsoType}`);
  }
  if (hasEcn && (isPlain || !virtio.has(spec.F_HOST_ECN))) {
    const why = isPlain ? 'without segmentation' : 'without VIRTIO_NET_F_HOST_ECN';
    return misuse('ecn-not-negotiated', `VIRTIO_NET_HDR_GSO_ECN ${why}`);
  }
  const wantsSum = (flags & spec.HDR_F_NEEDS_CSUM) !== 0;
  if (wantsSum && !virtio.has(spec.F_CSUM)) {
    return misuse('checksum-not-negotiated', 'VIRTIO_NET_HDR_F_NEEDS_CSUM');
  }
  if (!isPlain && !wantsSum) {
    return misuse('segmentation-without-checksum', `gso_type ${gsoType}, flags ${flags}`);
  }
  return undefined;
}

function checksumProblem(header: SendHeader, frame: Uint8Array): Misuse | undefined {
  if ((header.flags & spec.HDR_F_NEEDS_CSUM) === 0) return undefined;
  const { checksumStart: start, checksumOffset: offset } = header;
  if (start + offset + 2 <= frame.length) return undefined;
  const detail = `csum_start ${start}, csum_offset ${offset}, a frame of ${frame.length} bytes`;
  return misuse('checksum-outside-frame', detail);
}

const notWhatItSays = ({ gsoType }: SendHeader): Misuse => {
  const said = gsoType === spec.HDR_GSO_TCPV4 ? 'IPv4' : 'IPv6';
  return misuse('segmentation-of-other-frame', `the frame is not TCP over ${said}`);
};

/** Headers are found in the frame itself: hdr_len is a hint that nobody has to trust (5.1.6.2.2). */
function segmentationOf(
  header: SendHeader,
  frame: Uint8Array,
  found: FrameHeaders,
): Segmentation | Misuse {
  const { ipStart, isIpv4, transportStart, protocol } = found;
  const { segmentBytes, checksumStart, checksumOffset } = header;
  const isRight = isIpv4 === (header.gsoType === spec.HDR_GSO_TCPV4);
  if (!isRight || protocol !== ethernet.PROTOCOL_TCP) return notWhatItSays(header);
  if (segmentBytes === 0) return misuse('segment-size-zero', 'gso_size 0');
  if (checksumStart !== transportStart || checksumOffset !== ethernet.TCP_CHECKSUM) {
    const detail = `csum_start ${checksumStart}, csum_offset ${checksumOffset}`;
    return misuse('checksum-elsewhere', `${detail}; the TCP header starts at ${transportStart}`);
  }
  const tcpBytes = ((frame[transportStart + ethernet.TCP_DATA_OFFSET] ?? 0) >>> 4) * 4;
  const headerBytes = transportStart + tcpBytes;
  if (tcpBytes < ethernet.TCP_HEADER_BYTES || headerBytes > frame.length) {
    const detail = `a TCP header of ${tcpBytes} bytes, ${frame.length - transportStart} there`;
    return misuse('tcp-header-broken', detail);
  }
  const packet = frame.length - ipStart - (isIpv4 ? 0 : ethernet.IPV6_HEADER_BYTES);
  if (packet > 0xffff) return misuse('frame-too-long', `a packet of ${packet} bytes`);
  const segments = Math.ceil((frame.length - headerBytes) / segmentBytes);
  if (segments > MAX_SEGMENTS) return misuse('too-many-segments', `${segments} segments`);
  return { headerBytes, segmentBytes, ipStart, transportStart, isIpv4, isTcp: true };
}

/** With VIRTIO_NET_F_MTU nothing longer leaves (5.1.4.2), and no segment either. */
function mtuProblem(virtio: Net, frame: Uint8Array, bytes: number): Misuse | undefined {
  const isTagged = u16At(frame, ethernet.TYPE) === ethernet.TYPE_VLAN;
  const most = MTU + ethernet.HEADER_BYTES + (isTagged ? ethernet.VLAN_TAG_BYTES : 0);
  if (!virtio.has(spec.F_MTU) || bytes <= most) return undefined;
  return misuse('frame-beyond-mtu', `${bytes} bytes, ${most} are the most`);
}

function harmless({ flags, buffers }: SendHeader): readonly Misuse[] {
  const received = flags & (spec.HDR_F_DATA_VALID | spec.HDR_F_RSC_INFO);
  return [
    ...(received === 0 ? [] : [misuse('flags-of-reception', `flags ${flags}`)]),
    ...(buffers === 0 ? [] : [misuse('buffers-of-reception', `num_buffers ${buffers}`)]),
  ];
}

function hintProblem(
  { headerBytes: said }: SendHeader,
  frame: Uint8Array,
  { headerBytes }: Segmentation,
): Misuse | undefined {
  if (said >= headerBytes && said <= frame.length) return undefined;
  const detail = `hdr_len ${said}, headers of ${headerBytes} bytes, a frame of ${frame.length}`;
  return misuse('header-length-wrong', detail);
}

function ecnProblem(
  virtio: Net,
  header: SendHeader,
  frame: Uint8Array,
  { transportStart }: Segmentation,
): Misuse | undefined {
  const flags = frame[transportStart + ethernet.TCP_FLAGS] ?? 0;
  const isTold = header.hasEcn || !virtio.has(spec.F_HOST_ECN);
  if (isTold || (flags & ethernet.TCP_CWR) === 0) return undefined;
  return misuse('ecn-not-told', 'CWR is set, VIRTIO_NET_HDR_GSO_ECN is not');
}

/** In its place stands the sum of the pseudo header; another makes every segment's checksum wrong. */
function pseudoHeaderProblem(frame: Uint8Array, found: FrameHeaders): Misuse | undefined {
  const stands = u16At(frame, found.transportStart + ethernet.TCP_CHECKSUM);
  const right = pseudoSum(frame, found, frame.length - found.transportStart);
  if (stands % 0xffff === right % 0xffff) return undefined;
  const detail = `${stands} instead of ${right} in the checksum field`;
  return misuse('pseudo-header-sum-wrong', detail);
}
