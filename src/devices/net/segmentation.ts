/** Cuts a large TCP or UDP frame into frames of a segment each, as network cards do for their drivers. */
import * as ethernet from '../spec/ethernet.ts';
import { concat, setU16At, setU32At, u16At, u32At } from './bytes.ts';

export interface Segmentation {
  /** Bytes of all headers, repeated in front of every segment. */
  readonly headerBytes: number;
  readonly segmentBytes: number;
  /** Where the IP header and the TCP or UDP header start. */
  readonly ipStart: number;
  readonly transportStart: number;
  readonly isIpv4: boolean;
  readonly isTcp: boolean;
}

/** Frames whose lengths, sequence numbers and flags are right; checksums are the caller's business. */
export function segmentsOf(frame: Uint8Array, how: Segmentation): readonly Uint8Array[] {
  const { headerBytes, segmentBytes } = how;
  if (segmentBytes === 0 || headerBytes >= frame.length) return [frame];
  const header = frame.subarray(0, headerBytes);
  const segments: Uint8Array[] = [];
  for (let at = headerBytes; at < frame.length; at += segmentBytes) {
    const segment = concat([header, frame.subarray(at, at + segmentBytes)]);
    adjust(segment, how, segments.length, at + segmentBytes >= frame.length);
    segments.push(segment);
  }
  return segments;
}

function adjust(segment: Uint8Array, how: Segmentation, index: number, isLast: boolean): void {
  const { ipStart, transportStart, isIpv4, isTcp } = how;
  const ipBytes = segment.length - ipStart;
  if (isIpv4) {
    const at = ipStart + ethernet.IPV4_IDENTIFICATION;
    setU16At(segment, ipStart + ethernet.IPV4_TOTAL_LENGTH, ipBytes);
    setU16At(segment, at, u16At(segment, at) + index);
  } else {
    const payload = ipBytes - ethernet.IPV6_HEADER_BYTES;
    setU16At(segment, ipStart + ethernet.IPV6_PAYLOAD_LENGTH, payload);
  }
  if (!isTcp) {
    setU16At(segment, transportStart + ethernet.UDP_LENGTH, segment.length - transportStart);
    return;
  }
  const sequenceAt = transportStart + ethernet.TCP_SEQUENCE;
  setU32At(segment, sequenceAt, (u32At(segment, sequenceAt) + index * how.segmentBytes) >>> 0);
  const flagsAt = transportStart + ethernet.TCP_FLAGS;
  if (isLast || flagsAt >= segment.length) return;
  segment[flagsAt] = (segment[flagsAt] ?? 0) & ~(ethernet.TCP_FIN | ethernet.TCP_PSH);
}
