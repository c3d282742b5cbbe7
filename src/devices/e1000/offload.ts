/** What the 82540EM does to a frame before it leaves: segments, checksums, tag, padding (Intel 317453, 3.5, 3.6, 9.3). */
import type { DeviceHost } from '../host.ts';
import { concat, padded, setU16At, u16At } from '../net/bytes.ts';
import { onesSum } from '../net/checksum.ts';
import { segmentsOf } from '../net/segmentation.ts';
import * as spec from '../spec/e1000.ts';
import * as chip from '../spec/e1000-phy.ts';
import * as ethernet from '../spec/ethernet.ts';
import { receive } from './receive.ts';
import { type E1000State, isOn, registerOf, type TransmitContext } from './state.ts';
import { count, countSent } from './statistics.ts';

/** A sum of the bytes from `start`, to the end when `end` is zero, put at `offset`; `end` is the last byte. */
interface ChecksumOrder {
  readonly start: number;
  readonly offset: number;
  readonly end: number;
}

export interface FrameOrder {
  /** Software supplied the check sequence; it is not part of the frame here. */
  readonly hasCheckSequence: boolean;
  readonly tag: number | null;
  readonly segment: Readonly<TransmitContext> | null;
  readonly checksums: readonly ChecksumOrder[];
}

/** Bounds what one descriptor chain makes us send. */
const MAX_SEGMENTS = 4096;

export function sendFrame(
  state: E1000State,
  host: DeviceHost,
  frame: Uint8Array,
  order: FrameOrder,
): void {
  const { segment } = order;
  const bare = order.hasCheckSequence ? frame.subarray(0, -ethernet.FCS_BYTES) : frame;
  if (segment === null) {
    sendOne(state, host, bare.slice(), order);
    return;
  }
  count(host, 'TSCTC');
  const smallest = Math.ceil(bare.length / MAX_SEGMENTS);
  const segments = segmentsOf(bare, {
    ...segment,
    segmentBytes: Math.max(smallest, segment.segmentBytes),
    transportStart: segment.tuStart,
  });
  for (const one of segments) {
    addSegmentLength(one, segment);
    sendOne(state, host, one, order);
  }
}

/** Software leaves the length out of the pseudo header's sum when it asks for segments (3.5.6). */
function addSegmentLength(frame: Uint8Array, { tuStart, tuOffset }: TransmitContext): void {
  const pseudo = u16At(frame, tuOffset) + (frame.length - tuStart);
  setU16At(frame, tuOffset, (pseudo & 0xffff) + Math.floor(pseudo / 0x1_0000));
}

function sendOne(state: E1000State, host: DeviceHost, frame: Uint8Array, order: FrameOrder): void {
  for (const checksum of order.checksums) insertChecksum(frame, checksum);
  const tagged = withTag(host, frame, order.tag);
  const pads = isOn(registerOf(host, 'TCTL'), spec.TCTL_PSP);
  const whole = pads ? padded(tagged, ethernet.MIN_FRAME_BYTES) : tagged;
  if (whole.length > spec.MAX_FRAME_BYTES) {
    const detail = `a frame of ${whole.length} bytes`;
    host.report({
      kind: 'device-misuse',
      subject: host.subject,
      problem: 'frame-too-long',
      detail,
    });
    return;
  }
  countSent(host, whole);
  if (isLoopedBack(state, host)) receive(state, whole, host);
  else host.network.send(whole);
}

/** What stands in the field is part of the sum: a zero, or the sum of a pseudo header. */
function insertChecksum(frame: Uint8Array, { start, offset, end }: ChecksumOrder): void {
  const until = end === 0 ? frame.length : Math.min(end + 1, frame.length);
  const sum = ~onesSum(frame, start, until) & 0xffff;
  const isUdp = offset - start === ethernet.UDP_CHECKSUM;
  setU16At(frame, offset, isUdp && sum === 0 ? 0xffff : sum);
}

function withTag(host: DeviceHost, frame: Uint8Array, tag: number | null): Uint8Array {
  if (tag === null || !isOn(registerOf(host, 'CTRL'), spec.CTRL_VME)) return frame;
  const inserted = new Uint8Array(ethernet.VLAN_TAG_BYTES);
  setU16At(inserted, 0, registerOf(host, 'VET') & 0xffff);
  setU16At(inserted, 2, tag);
  return concat([frame.subarray(0, ethernet.TYPE), inserted, frame.subarray(ethernet.TYPE)]);
}

const isLoopedBack = (state: E1000State, host: DeviceHost): boolean =>
  (registerOf(host, 'RCTL') & spec.RCTL_LBM) === spec.RCTL_LBM ||
  isOn(state.phy.registers[chip.PCTRL] ?? 0, chip.PCTRL_LOOPBACK);
