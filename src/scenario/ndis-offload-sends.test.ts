import { expect, test } from 'vitest';
import type { Adapter } from '../frameworks/ndis/adapter.ts';
import { FakeMiniport } from '../frameworks/ndis/miniport.fixture.ts';
import { INFO } from '../frameworks/ndis/net-buffer-layout.ts';
import type { TaskOffloads } from '../frameworks/ndis/task-offload.ts';
import { compareFrames } from './ndis-compare.ts';
import { leftToAdapter } from './ndis-offload-sends.ts';

const [NULL_HEADER, ETHERNET] = [1, 2];
const [NDIS_ETHERNET, NDIS_IP] = [0, 19];
const STATION = Uint8Array.of(2, 0, 0, 0, 0, 8);

const sums = (encapsulation: number, tcp = true, udp = false, ip = false) => ({
  encapsulation,
  ip,
  tcp,
  udp,
});
const cuts = (encapsulation: number, maxBytes: number, minSegments = 2) => ({
  encapsulation,
  maxBytes,
  minSegments,
});
const [NO_SUMS, NO_CUTS] = [sums(0, false), cuts(0, 0)];
const NOTHING: TaskOffloads = {
  send4: NO_SUMS,
  receive4: NO_SUMS,
  send6: NO_SUMS,
  receive6: NO_SUMS,
  large4: NO_CUTS,
  large6: NO_CUTS,
};

function left(current: Partial<TaskOffloads>, { mediaType = NDIS_ETHERNET, mtu = 1500 } = {}) {
  const offloads = { current: { ...NOTHING, ...current }, active: true };
  return leftToAdapter({ offloads, general: { mediaType, mtu } } as Adapter, STATION);
}

test('of TCP and UDP what the miniport takes is left to it, where the headers are', () => {
  const [tcp, udp, ...more] = left({ send4: sums(ETHERNET, true, true, true) });
  expect([tcp?.info.get(INFO.CHECKSUM), udp?.info.get(INFO.CHECKSUM)]).toEqual([
    0x22_0000 | 0x15,
    0x22_0000 | 0x19,
  ]);
  expect(more).toEqual([]);
  expect(tcp?.frame.length).toBe(tcp?.onWire[0]?.length);
  expect(tcp?.frame).not.toEqual(tcp?.onWire[0]);
});

test('without Ethernet headers the datagram begins the frame', () => {
  const [tcp] = left({ send6: sums(NULL_HEADER) }, { mediaType: NDIS_IP });
  expect([tcp?.info.get(INFO.CHECKSUM), tcp?.frameType]).toEqual([0x28_0006, 0x86dd]);
  expect(tcp?.frame[0]).toBe(0x60);
});

test('a large send says its segments, headers and kind', () => {
  const [four, six] = left({ large4: cuts(ETHERNET, 0xf000), large6: cuts(ETHERNET, 0xf000, 5) });
  expect(four?.info.get(INFO.LARGE_SEND)).toBe(1460 + (34 << 20) + 0x4000_0000);
  expect(six?.info.get(INFO.LARGE_SEND)).toBe(1440 + (54 << 20) + 0xc000_0000);
  expect([four?.onWire.length, six?.onWire.length]).toEqual([3, 6]);
});

test.each([
  ['another encapsulation', { send4: sums(NULL_HEADER), large4: cuts(NULL_HEADER, 0xf000) }, {}],
  ['more segments than there are bytes', { large4: cuts(ETHERNET, 0xffff_ffff, 1 << 30) }, {}],
  ['too few bytes for its segments', { large4: cuts(ETHERNET, 1000) }, {}],
  ['frames too short for segments', { large4: cuts(ETHERNET, 0xf000) }, { mtu: 68 }],
])('%s: nothing is left', (_what, current, how) => {
  expect(left(current, how)).toEqual([]);
});

test('a segment that is not on the wire as it should be is told', () => {
  const [large] = left({ large4: cuts(ETHERNET, 0xf000) });
  const { kernel, adapter, machine } = new FakeMiniport();
  const [first, second, third] = large?.onWire ?? [];
  if (first === undefined || second === undefined || third === undefined) throw new RangeError();
  const seen = [first, second, third.map((byte, i) => (i === 50 ? byte ^ 1 : byte))];
  expect(compareFrames(kernel, adapter, large?.onWire ?? [], seen, 'send', large?.what)).toBe(2);
  expect(machine.events.at(-1)).toMatchObject({
    problem: 'frame-not-sent',
    detail: 'a segment of a large send of TCP/IPv4 of 387 bytes, 3 of 3 seen',
  });
});
