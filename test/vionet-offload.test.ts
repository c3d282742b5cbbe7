/** What a run does not ask of the miniport for virtio-net: checksums, large sends, VLAN tags, receive side scaling, a cable that is pulled. */
import { expect, test } from 'vitest';
import { concat, setU16At, u16At } from '../src/devices/net/bytes.ts';
import { onesSum } from '../src/devices/net/checksum.ts';
import { headersOf, pseudoSum } from '../src/devices/net/headers.ts';
import { flagsOf, isRight, packet, payloadOf } from '../src/devices/net/packets.suite.ts';
import * as spec from '../src/devices/spec/virtio-net.ts';
import type { Blocking } from '../src/kernel/effects.ts';
import { NDIS_STATUS } from '../src/units/ndis-status.ts';
import { type Body, type Slots, withAdapter } from './vionet.suite.ts';

/** Slots of NetBufferListInfo. */
const CHECKSUM = 0;
const LARGE_SEND = 2;
const TAG = 4;
const HASH_VALUE = 8;
const HASH_INFORMATION = 9;

const RECEIVE_SCALE_PARAMETERS = 0x00010204;
const PACKET_FILTER = 0x0001010e;
const OFFLOAD_ENCAPSULATION = 0x0101010a;
const OFFLOAD_PARAMETERS = 0xfc01020c;

const [IPV4, TCP] = [14, 34];
const SOURCE = [66, 9, 149, 187] as const;
const DESTINATION = [161, 142, 100, 80] as const;

/** Ethernet, IPv4 and TCP with both checksums left to others: what stands for TCP's is that of its pseudo header. */
function tcpFrame(to: Uint8Array, payload: number): Uint8Array {
  const frame = new Uint8Array(TCP + 20 + payload).map((_, i) => (i * 5) & 0xff);
  frame.set(to, 0);
  frame.set([0x02, 0, 0, 0, 0, 9, 0x08, 0x00], 6);
  frame.set([0x45, 0, 0, 0, 0, 1, 0, 0, 64, 6, 0, 0, ...SOURCE, ...DESTINATION], IPV4);
  setU16At(frame, IPV4 + 2, frame.length - IPV4);
  frame.set([2794 >> 8, 2794 & 0xff, 1766 >> 8, 1766 & 0xff], TCP);
  frame[TCP + 12] = 0x50;
  const pseudo = concat([frame.slice(IPV4 + 12, TCP), Uint8Array.of(0, 6, 0, 0)]);
  setU16At(pseudo, 10, frame.length - TCP);
  setU16At(frame, TCP + 16, onesSum(pseudo, 0, pseudo.length));
  return frame;
}

/** With both checksums as they have to be. */
function summed(frame: Uint8Array): Uint8Array {
  const whole = frame.slice();
  setU16At(whole, TCP + 16, ~onesSum(whole, TCP, whole.length) & 0xffff);
  setU16At(whole, IPV4 + 10, ~onesSum(whole, IPV4, TCP) & 0xffff);
  return whole;
}

test('the device sums what the stack left to it, the miniport the header of IPv4', () => {
  withAdapter(function* ({ link, send }) {
    const frame = tcpFrame(Uint8Array.of(2, 0, 0, 0, 0, 8), 301);
    // IsIPv4, TcpChecksum, IpHeaderChecksum, TcpHeaderOffset
    const asked = 0x1n | 0x4n | 0x10n | (BigInt(TCP) << 16n);
    expect(yield* send(frame, { [CHECKSUM]: asked })).toBe(NDIS_STATUS.SUCCESS);
    expect(link.sentFrames.at(-1)).toEqual(summed(frame));
    expect(yield* send(frame, {})).toBe(NDIS_STATUS.SUCCESS);
    expect(link.sentFrames.at(-1)).toEqual(frame);
  });
});

test('a tag is put between addresses and type, and checksums move with it', () => {
  withAdapter(function* ({ link, send }) {
    const frame = tcpFrame(Uint8Array.of(2, 0, 0, 0, 0, 8), 90);
    const tag = 5n | (0x123n << 4n);
    const asked = 0x1n | 0x4n | 0x10n | (BigInt(TCP) << 16n);
    yield* send(frame, { [TAG]: tag, [CHECKSUM]: asked });
    const right = summed(frame);
    const tagged = [right.slice(0, 12), Uint8Array.of(0x81, 0, 0xa1, 0x23), right.slice(12)];
    expect(link.sentFrames.at(-1)).toEqual(concat(tagged));
    yield* send(frame, { [TAG]: tag });
    expect(u16At(link.sentFrames.at(-1) ?? frame, 12)).toBe(0x8100);
  });
});

/** A segment without the tag that it has to have or not, and whether everything in it is right. */
function checked(segment: Uint8Array, tag: bigint): { bare: Uint8Array; right: boolean } {
  const isTagged = u16At(segment, 12) === 0x8100;
  const bare = isTagged ? concat([segment.slice(0, 12), segment.slice(16)]) : segment.slice();
  return { bare, right: isTagged === tag > 0n && isRight(bare) };
}

/** MSS, where the TCP header starts, that this is version 2 of large sends, and the version of IP. */
const largeSend = (mss: number, version: 4 | 6): bigint =>
  BigInt(mss) | (BigInt(START[version]) << 20n) | (1n << 30n) | (version === 6 ? 1n << 31n : 0n);

const START = { 4: TCP, 6: IPV4 + 40 } as const;

/** As a stack leaves it to a large send: no length in the IP header, and none in the sum of the pseudo header. */
function largeFrame(version: 4 | 6, payload: number, flags = 0x18): Uint8Array {
  const frame = packet({ version, payload, flags });
  setU16At(frame, IPV4 + (version === 4 ? 2 : 4), 0);
  const found = headersOf(frame);
  if (found === undefined) throw new RangeError('no packet');
  setU16At(frame, found.transportStart + 16, pseudoSum(frame, found, 0));
  return frame;
}

test.each([
  ['as large as the MTU', 4, 20_000, 1460, 0n],
  ['with a tag each', 4, 20_000, 1460, 5n | (0x123n << 4n)],
  ['when one would do', 4, 1000, 1460, 0n],
  ['when it is as large as allowed', 4, 0xf000, 1448, 0n],
  ['of IPv6', 6, 20_000, 1440, 0n],
  ['of IPv6, with a tag each', 6, 0xf000, 1428, 5n | (0x123n << 4n)],
] as const)('the device cuts a large send into segments %s', (_how, version, payload, mss, tag) => {
  withAdapter(function* ({ link, send, misuses }) {
    const frame = largeFrame(version, payload);
    const slots = { [LARGE_SEND]: largeSend(mss, version), [TAG]: tag };
    expect(yield* send(frame, slots)).toBe(NDIS_STATUS.SUCCESS);
    const segments = link.sentFrames.slice(-Math.ceil(payload / mss));
    const parts = segments.map((one) => checked(one, tag));
    expect(parts.every(({ right }) => right)).toBe(true);
    const data = parts.map(({ bare }) => payloadOf(bare));
    expect(concat(data)).toEqual(payloadOf(frame));
    expect(misuses).toEqual([]);
  });
});

test('checksums both ways and segments of both versions are agreed on', () => {
  withAdapter(function* ({ said, settleDown }) {
    yield* settleDown();
    const [, agreed = ''] = /features ([0-9a-f]+) of/.exec(said.join(' ')) ?? [];
    const wanted =
      spec.F_CSUM | spec.F_GUEST_CSUM | spec.F_HOST_TSO4 | spec.F_HOST_TSO6 | spec.F_HOST_ECN;
    expect(BigInt(`0x${agreed}`) & wanted).toBe(wanted);
  });
});

test('of a large send the device is told when the window was reduced', () => {
  withAdapter(function* ({ link, send, misuses }) {
    const frame = largeFrame(4, 3000, 0x90);
    expect(yield* send(frame, { [LARGE_SEND]: largeSend(1460, 4) })).toBe(0);
    expect(link.sentFrames.slice(-3).map(flagsOf)).toEqual([0x90, 0x10, 0x10]);
    expect(misuses).toEqual([]);
  });
});

test('a large send that is switched off, or of what is no TCP, fails', () => {
  withAdapter(function* ({ link, set, send, misuses }) {
    const before = link.sentCount;
    const udp = largeFrame(4, 4000);
    udp[IPV4 + 9] = 17;
    const refused = function* (frame: Uint8Array, version: 4 | 6): Blocking<void> {
      const slots = { [LARGE_SEND]: largeSend(1440, version) };
      expect(yield* send(frame, slots)).toBe(NDIS_STATUS.INVALID_PACKET);
    };
    yield* refused(udp, 4);
    expect(yield* set(OFFLOAD_PARAMETERS, parameters({ 11: 1, 12: 1 }))).toBe(0);
    yield* refused(largeFrame(4, 4000), 4);
    yield* refused(largeFrame(6, 4000), 6);
    expect([link.sentCount, misuses]).toEqual([before, []]);
  });
});

test('checksums of TCP and UDP over IPv6 are the device’s work', () => {
  withAdapter(function* ({ link, send, misuses }) {
    for (const [protocol, kind] of [
      [6, 0x4n],
      [17, 0x8n],
    ] as const) {
      const asked = 0x2n | kind | (BigInt(START[6]) << 16n);
      expect(yield* send(packet({ version: 6, protocol }), { [CHECKSUM]: asked })).toBe(0);
      expect(link.sentFrames.at(-1)).toEqual(packet({ version: 6, protocol, whole: true }));
    }
    expect(misuses).toEqual([]);
  });
});

/** NDIS_OFFLOAD_PARAMETERS that change some bytes, nothing else. */
function parameters(changes: Readonly<Record<number, number>>): Uint8Array {
  const bytes = new Uint8Array(28);
  bytes.set([0x80, 3, 26, 0]);
  for (const [at, value] of Object.entries(changes)) bytes[Number(at)] = value;
  return bytes;
}

test('a checksum offload that is switched off is not asked for, one that cannot be is refused', () => {
  withAdapter(function* ({ set }) {
    expect(yield* set(OFFLOAD_PARAMETERS, parameters({ 4: 1, 5: 3, 6: 4 }))).toBe(0);
    expect(yield* set(OFFLOAD_PARAMETERS, parameters({ 11: 2 }))).toBe(0);
    expect(yield* set(OFFLOAD_PARAMETERS, parameters({ 7: 4, 8: 2, 12: 2 }))).toBe(0);
    expect(yield* set(OFFLOAD_PARAMETERS, parameters({ 9: 2 }))).toBe(NDIS_STATUS.NOT_SUPPORTED);
    expect(yield* set(OFFLOAD_PARAMETERS, parameters({ 8: 5 }))).toBe(NDIS_STATUS.NOT_SUPPORTED);
    expect(yield* set(OFFLOAD_PARAMETERS, new Uint8Array(8))).toBe(NDIS_STATUS.INVALID_LENGTH);
    const ethernet = new Uint8Array(28);
    ethernet.set([0xa8, 1, 28, 0, 1, 0, 0, 0, 2, 0, 0, 0, 14]);
    expect(yield* set(OFFLOAD_ENCAPSULATION, ethernet)).toBe(0);
    ethernet[8] = 1;
    expect(yield* set(OFFLOAD_ENCAPSULATION, ethernet)).toBe(NDIS_STATUS.INVALID_PARAMETER);
  });
});

/** The key and a result of "Verifying the RSS Hash Calculation" of Microsoft's documentation. */
const KEY = Uint8Array.from(
  ['6d5a56da255b0ec24167253d43a38fb0d0ca2bcbae7b30b4', '77cb2da38030f20c6a42b73bbeac01fa']
    .join('')
    .match(/../g) ?? [],
  (byte) => Number.parseInt(byte, 16),
);
const HASH_OF_ADDRESSES = 0x323e8fc2n;
const HASH_WITH_PORTS = 0x51ccc178n;
const [TOEPLITZ, OF_IPV4, OF_TCP_IPV4] = [0x1n, 0x100n, 0x200n];

function scaling(hash: bigint, entries: number): Uint8Array {
  const bytes = new Uint8Array(40 + entries * 4 + KEY.length);
  const view = new DataView(bytes.buffer);
  bytes.set([0x89, 2, 40, 0]);
  view.setUint32(8, Number(hash), true);
  view.setUint16(0xc, entries * 4, true);
  view.setUint32(0x10, 40, true);
  view.setUint16(0x14, KEY.length, true);
  view.setUint32(0x18, 40 + entries * 4, true);
  bytes.set(KEY, 40 + entries * 4);
  return bytes;
}

test('with receive side scaling every frame has its hash', () => {
  withAdapter(function* ({ link, set, settleDown, indicated }) {
    yield* set(PACKET_FILTER, Uint8Array.of(0xb, 0, 0, 0));
    const receive = function* (): Blocking<readonly (bigint | undefined)[]> {
      link.injectFrame(summed(tcpFrame(link.mac, 40)));
      yield* settleDown();
      const slots = indicated.at(-1);
      return [slots?.[HASH_VALUE], slots?.[HASH_INFORMATION]];
    };
    expect(yield* receive()).toEqual([0n, 0n]);
    const oid = RECEIVE_SCALE_PARAMETERS;
    expect(yield* set(oid, scaling(TOEPLITZ | OF_IPV4 | OF_TCP_IPV4, 128))).toBe(0);
    expect(yield* receive()).toEqual([HASH_WITH_PORTS, OF_TCP_IPV4 | TOEPLITZ]);
    expect(yield* set(oid, scaling(TOEPLITZ | OF_IPV4, 2))).toBe(0);
    expect(yield* receive()).toEqual([HASH_OF_ADDRESSES, OF_IPV4 | TOEPLITZ]);
    expect(yield* set(oid, scaling(TOEPLITZ | OF_IPV4, 3))).toBe(NDIS_STATUS.INVALID_PARAMETER);
    expect(yield* set(oid, scaling(0n, 0))).toBe(0);
    expect(yield* receive()).toEqual([0n, 0n]);
  });
});

test('received checksums are judged, tags taken out', () => {
  withAdapter(function* ({ link, set, settleDown, indicated }) {
    yield* set(PACKET_FILTER, Uint8Array.of(0xb, 0, 0, 0));
    const receive = function* (frame: Uint8Array): Blocking<Slots> {
      link.injectFrame(frame);
      yield* settleDown();
      return indicated.at(-1) ?? [];
    };
    const right = summed(tcpFrame(link.mac, 41));
    expect((yield* receive(right))[CHECKSUM]).toBe(0x8n | 0x20n);
    const wrong = right.slice();
    wrong[wrong.length - 1] = ~(wrong.at(-1) ?? 0) & 0xff;
    expect((yield* receive(wrong))[CHECKSUM]).toBe(0x1n | 0x20n);
    const tagged = [right.slice(0, 12), Uint8Array.of(0x81, 0, 0x60, 0x07), right.slice(12)];
    const slots = yield* receive(concat(tagged));
    expect([slots[TAG], slots[CHECKSUM]]).toEqual([3n | (7n << 4n), 0x8n | 0x20n]);
  });
});

const VALID_TCP = 0x8n;
const VALID_UDP = 0x10n;
const VALID_IP = 0x20n;

test.each([
  ['TCP over IPv4', { version: 4 }, VALID_TCP | VALID_IP],
  ['UDP over IPv4', { version: 4, protocol: 17 }, VALID_UDP | VALID_IP],
  ['TCP over IPv6', { version: 6 }, VALID_TCP],
  ['UDP over IPv6', { version: 6, protocol: 17 }, VALID_UDP],
] as const)('a checksum that another guest left out is put in: %s', (_what, options, valid) => {
  const body: Body = function* ({ link, set, settleDown, indicated, frames }) {
    yield* set(PACKET_FILTER, Uint8Array.of(0xb, 0, 0, 0));
    const frame = packet({ ...options, whole: true });
    frame.set(link.mac, 0);
    link.injectFrame(frame);
    yield* settleDown();
    expect(indicated.at(-1)?.[CHECKSUM]).toBe(valid);
    expect(frames.at(-1)).toEqual(frame);
  };
  withAdapter(body);
  withAdapter(body, { partialChecksums: true });
});

test('the message for changes of configuration tells of the cable', () => {
  withAdapter(function* ({ link, settleDown, messages, isLinkUp }) {
    expect(isLinkUp()).toBe(true);
    expect(messages).not.toContain(0);
    for (const up of [false, true]) {
      const before = messages.length;
      link.setCarrier(up);
      yield* settleDown();
      expect([isLinkUp(), messages.slice(before)]).toEqual([up, [0]]);
    }
  });
});
