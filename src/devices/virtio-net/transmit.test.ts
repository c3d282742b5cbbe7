import fc from 'fast-check';
import { expect, test } from 'vitest';
import { concat, setU16At, u16At } from '../net/bytes.ts';
import {
  flagsOf,
  isRight,
  OURS,
  packet,
  payloadOf,
  sequenceOf,
  THEIRS,
} from '../net/packets.suite.ts';
import * as ethernet from '../spec/ethernet.ts';
import * as virtio from '../spec/virtio.ts';
import * as spec from '../spec/virtio-net.ts';
import { netDriver } from './driver.suite.ts';
import { segmentHeader, sendHeader } from './headers.suite.ts';

const { HDR_F_NEEDS_CSUM: NEEDS_CSUM, HDR_GSO_ECN: ECN } = spec;
const [TCP, UDP] = [ethernet.TCP_CHECKSUM, ethernet.UDP_CHECKSUM];

test('a partial checksum is completed', () => {
  const driver = netDriver();
  const bytes = new Uint8Array(64);
  bytes.set([...THEIRS, ...OURS]);
  bytes.set([0x12, 0x34], 34);
  driver.send(bytes, sendHeader({ flags: NEEDS_CSUM, start: 34, offset: 16 }));
  expect([...(driver.link.sentFrames[0]?.subarray(50, 52) ?? [])]).toEqual([0xed, 0xcb]);
});

test.each([
  ['TCP over IPv4', { version: 4 }, TCP],
  ['UDP over IPv4', { version: 4, protocol: 17 }, UDP],
  ['TCP over IPv6', { version: 6, tag: 5 }, TCP],
  ['UDP over IPv6 with options', { version: 6, protocol: 17, options: 16 }, UDP],
] as const)('the checksum of %s comes out right', (_what, options, offset) => {
  const driver = netDriver();
  const frame = packet(options);
  const start = frame.length - 100 - (offset === TCP ? 20 : 8);
  driver.send(frame, sendHeader({ flags: NEEDS_CSUM, start, offset }));
  expect(driver.misuses()).toEqual([]);
  expect(driver.link.sentFrames.map(isRight)).toEqual([true]);
});

test('a UDP checksum of zero is sent as its other zero', () => {
  const driver = netDriver();
  const frame = packet({ protocol: 17, payload: 2 });
  setU16At(frame, 42, 0);
  driver.send(frame.slice(), sendHeader({ flags: NEEDS_CSUM, start: 34, offset: UDP }));
  const rest = u16At(driver.link.sentFrames[0] ?? frame, 40);
  setU16At(frame, 42, rest);
  driver.send(frame, sendHeader({ flags: NEEDS_CSUM, start: 34, offset: UDP }));
  expect(u16At(driver.link.sentFrames[1] ?? frame, 40)).toBe(0xffff);
});

test.each([
  ['IPv4', { version: 4 }],
  ['IPv4 with options and a tag', { version: 4, options: 8, tag: 0x6007 }],
  ['IPv6', { version: 6 }],
  ['IPv6 with extensions and a tag', { version: 6, options: 24, tag: 0x6007 }],
] as const)('a large TCP frame over %s leaves in segments, all of them right', (_what, options) => {
  const driver = netDriver();
  const flags = ethernet.TCP_FIN | ethernet.TCP_PSH | 0x10;
  const frame = packet({ ...options, payload: 2500, flags });
  driver.send(frame, segmentHeader(frame));
  const sent = driver.link.sentFrames;
  expect(driver.misuses()).toEqual([]);
  expect(sent.map((one) => payloadOf(one).length)).toEqual([1000, 1000, 500]);
  expect(sent.every(isRight)).toBe(true);
  expect(concat(sent.map(payloadOf))).toEqual(payloadOf(frame));
  expect(sent.map(sequenceOf)).toEqual([0xfff0, 0x1_03d8, 0x1_07c0]);
  expect(sent.map(flagsOf)).toEqual([0x10, 0x10, flags]);
  expect(driver.used(spec.TRANSMITQ, 0)).toEqual({ head: 0, length: 0 });
});

test('identifications count on, past their end', () => {
  const driver = netDriver();
  const frame = packet({ payload: 2500 });
  driver.send(frame, segmentHeader(frame));
  expect(driver.link.sentFrames.map((one) => u16At(one, 18))).toEqual([0xffff, 0, 1]);
});

test('the largest packets of both versions leave whole', () => {
  const driver = netDriver();
  for (const [version, most] of [
    [4, 0xffff - 40],
    [6, 0xffff - 20],
  ] as const) {
    const frame = packet({ version, payload: most, tag: 1 });
    const before = driver.link.sentFrames.length;
    driver.send(frame, segmentHeader(frame, { segmentBytes: 1400 }));
    const sent = driver.link.sentFrames.slice(before);
    expect(sent).toHaveLength(Math.ceil(most / 1400));
    expect(sent.every(isRight)).toBe(true);
    expect(concat(sent.map(payloadOf))).toEqual(payloadOf(frame));
  }
  expect(driver.misuses()).toEqual([]);
});

test('a frame that fits into one segment leaves as it is, with its checksums', () => {
  const driver = netDriver();
  const frame = packet({ payload: 900 });
  driver.send(frame, segmentHeader(frame));
  const empty = packet({ payload: 0 });
  driver.send(empty, segmentHeader(empty));
  expect(driver.link.sentFrames).toEqual([
    packet({ payload: 900, whole: true }),
    packet({ payload: 0, whole: true }),
  ]);
});

test('CWR stays with the first segment', () => {
  const driver = netDriver();
  const frame = packet({ payload: 2500, flags: 0x90 });
  const header = segmentHeader(frame, { type: spec.HDR_GSO_TCPV4 | ECN });
  driver.send(frame, header);
  expect(driver.link.sentFrames.map(flagsOf)).toEqual([0x90, 0x10, 0x10]);
  expect(driver.misuses()).toEqual([]);
});

const LARGE = packet({ payload: 2500 });
const HUGE = packet({ payload: 0xffff - 40 });
const changed = (at: number, ...bytes: readonly number[]): Uint8Array => {
  const frame = LARGE.slice();
  frame.set(bytes, at);
  return frame;
};

test.each<[string, Uint8Array, Parameters<typeof segmentHeader>[1], string]>([
  ['UDP fragments', LARGE, { type: 3 }, 'segmentation-not-negotiated'],
  ['UDP segments', LARGE, { type: 5 }, 'segmentation-not-negotiated'],
  ['an unknown type', LARGE, { type: 0x7f }, 'segmentation-not-negotiated'],
  ['the bit of ECN alone', LARGE, { type: ECN }, 'ecn-not-negotiated'],
  ['segments without a checksum', LARGE, { flags: 0 }, 'segmentation-without-checksum'],
  ['segments of no bytes', LARGE, { segmentBytes: 0 }, 'segment-size-zero'],
  ['segments of one byte', HUGE, { segmentBytes: 1 }, 'too-many-segments'],
  ['segments beyond the MTU', LARGE, { segmentBytes: 1461 }, 'frame-beyond-mtu'],
  ['segments of everything', HUGE, { segmentBytes: 0xffff }, 'frame-beyond-mtu'],
  ['IPv6 that is IPv4', LARGE, { type: 4 }, 'segmentation-of-other-frame'],
  ['another type of frame', changed(12, 0x88, 0xb5), {}, 'segmentation-of-other-frame'],
  ['another version', changed(14, 0x65), {}, 'segmentation-of-other-frame'],
  ['an IPv4 header of 16 bytes', changed(14, 0x44), {}, 'segmentation-of-other-frame'],
  ['a fragment', changed(20, 0x20), {}, 'segmentation-of-other-frame'],
  ['UDP', changed(23, 17), {}, 'segmentation-of-other-frame'],
  ['options that IPv4 does not have', changed(14, 0x4f), { start: 34 }, 'checksum-elsewhere'],
  ['a checksum of another header', LARGE, { start: 33 }, 'checksum-elsewhere'],
  ['a checksum at another place', LARGE, { offset: 6 }, 'checksum-elsewhere'],
  ['a checksum that starts outside', LARGE, { start: 0xffff }, 'checksum-outside-frame'],
  ['a checksum that lies outside', LARGE, { offset: 0xffff }, 'checksum-outside-frame'],
  ['a TCP header of 16 bytes', changed(46, 0x40), {}, 'tcp-header-broken'],
  ['TCP options that are not there', packet({ payload: 0 }), {}, 'tcp-header-broken'],
])('%s: refused', (_what, given, fields, problem) => {
  const driver = netDriver();
  const frame = given.slice();
  if (problem === 'tcp-header-broken' && frame.length < 60) frame[46] = 0xf0;
  driver.send(frame, segmentHeader(frame, fields));
  expect(driver.misuses()).toEqual([problem]);
  expect(driver.link.sentFrames).toEqual([]);
  expect(driver.status() & virtio.DEVICE_NEEDS_RESET).toBe(0);
  driver.send(LARGE, segmentHeader(LARGE));
  expect(driver.link.sentFrames).toHaveLength(3);
});

test.each<[string, Uint8Array, Parameters<typeof segmentHeader>[1], string]>([
  ['hdr_len of nothing', LARGE, { headerBytes: 0 }, 'header-length-wrong'],
  ['hdr_len that ends early', LARGE, { headerBytes: 53 }, 'header-length-wrong'],
  ['hdr_len beyond the frame', LARGE, { headerBytes: 0xffff }, 'header-length-wrong'],
  ['flags of reception', LARGE, { flags: 3 }, 'flags-of-reception'],
  ['a number of buffers', LARGE, { buffers: 1 }, 'buffers-of-reception'],
  ['CWR that nobody tells of', packet({ payload: 2500, flags: 0x90 }), {}, 'ecn-not-told'],
])('%s: told, and sent all the same', (_what, frame, fields, problem) => {
  const driver = netDriver();
  driver.send(frame, segmentHeader(frame, fields));
  expect(driver.misuses()).toEqual([problem]);
  expect(driver.link.sentFrames.map(isRight)).toEqual([true, true, true]);
});

test('a wrong sum of the pseudo header is told, and makes every segment wrong', () => {
  const driver = netDriver();
  const frame = packet({ payload: 2500 });
  setU16At(frame, 50, u16At(frame, 50) + 1);
  driver.send(frame, segmentHeader(frame));
  expect(driver.misuses()).toEqual(['pseudo-header-sum-wrong']);
  expect(driver.link.sentFrames.map(isRight)).toEqual([false, false, false]);
});

test('frames beyond the MTU are refused once the driver knows it', () => {
  const long = packet({ payload: 1461, whole: true });
  const tagged = packet({ payload: 1460, whole: true, tag: 3 });
  const driver = netDriver();
  for (const frame of [long, tagged]) driver.send(frame);
  expect(driver.misuses()).toEqual(['frame-beyond-mtu']);
  expect(driver.link.sentFrames).toEqual([tagged]);
  const ignorant = netDriver({ features: ~spec.F_MTU });
  ignorant.send(long);
  expect(ignorant.link.sentFrames).toEqual([long]);
  ignorant.send(new Uint8Array(0x1_0100));
  expect(ignorant.misuses()).toEqual(['frame-too-long']);
});

test.each<[string, bigint, Parameters<typeof segmentHeader>[1], string]>([
  ['TSO4', spec.F_HOST_TSO4, {}, 'segmentation-not-negotiated'],
  ['ECN', spec.F_HOST_ECN, { type: 0x81 }, 'ecn-not-negotiated'],
])('what was not negotiated is refused: %s', (_what, feature, fields, problem) => {
  const driver = netDriver({ features: ~feature });
  driver.send(LARGE, segmentHeader(LARGE, fields));
  expect(driver.misuses()).toEqual([problem]);
  expect(driver.link.sentFrames).toEqual([]);
});

test('a checksum that was not negotiated is refused', () => {
  const segments = spec.F_HOST_TSO4 | spec.F_HOST_TSO6 | spec.F_HOST_ECN;
  const driver = netDriver({ features: ~(spec.F_CSUM | segments) });
  driver.send(LARGE.slice(0, 100), sendHeader({ flags: NEEDS_CSUM, start: 34, offset: 16 }));
  expect(driver.misuses()).toEqual(['checksum-not-negotiated']);
});

const byte = fc.nat(0xff);
const word = fc.nat(0xffff);

/** Headers that are nearly right, over frames that are nearly right. */
const order = fc.record({
  frame: fc.constantFrom(LARGE, HUGE, packet({ version: 6, tag: 1, options: 16, payload: 3000 })),
  changes: fc.array(fc.tuple(fc.nat(80), byte), { maxLength: 4 }),
  cut: fc.option(fc.nat(0x1_0000), { nil: undefined }),
  fields: fc.record(
    {
      flags: byte,
      type: fc.constantFrom(0, 1, 3, 4, 5, 0x81, 0x84, 0xff),
      headerBytes: word,
      segmentBytes: word,
      start: fc.oneof(word, fc.nat(100)),
      offset: fc.oneof(word, fc.nat(20)),
      buffers: word,
    },
    { requiredKeys: [] },
  ),
});

test('whatever an order says, what leaves is no longer than the link takes, and the device goes on', () => {
  const driver = netDriver();
  fc.assert(
    fc.property(order, ({ frame, changes, cut, fields }) => {
      const bytes = frame.slice(0, cut);
      for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
      const before = driver.link.sentFrames.length;
      const count = driver.link.sentCount;
      driver.send(bytes, segmentHeader(frame, fields));
      expect(driver.status() & virtio.DEVICE_NEEDS_RESET).toBe(0);
      expect(driver.link.sentCount - count).toBeLessThanOrEqual(4096);
      const longest = driver.link.sentFrames.slice(before).map((one) => one.length);
      expect(Math.max(0, ...longest)).toBeLessThanOrEqual(1518);
    }),
    { seed: 1, numRuns: 200 },
  );
});
