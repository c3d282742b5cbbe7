import { expect, test } from 'vitest';
import { u16At, u32At } from '../devices/net/bytes.ts';
import { onesSum } from '../devices/net/checksum.ts';
import { PROTOCOL_TCP, PROTOCOL_UDP } from '../devices/spec/ethernet.ts';
import {
  cut,
  type Datagram,
  headerBytes,
  ipBytes,
  uncut,
  unsummed,
  whole,
} from './ndis-datagrams.ts';

const payload = Uint8Array.from({ length: 333 }, (_, i) => i & 0xff);
const base = { identification: 7, sequence: 0xffff_ff00, flags: 0x18, payload };
const ALL: readonly Datagram[] = [
  { version: 4, protocol: PROTOCOL_TCP, ...base },
  { version: 4, protocol: PROTOCOL_UDP, ...base },
  { version: 6, protocol: PROTOCOL_TCP, ...base },
  { version: 6, protocol: PROTOCOL_UDP, ...base },
];

/** Over a datagram whose checksums are right, with its pseudo header: all ones. */
function verify(bytes: Uint8Array, { version, protocol }: Datagram): number {
  const ip = ipBytes({ version });
  const [from, to] = version === 4 ? [12, 20] : [8, 40];
  const pseudo = onesSum(bytes, from, to, protocol + bytes.length - ip);
  return onesSum(bytes, ip, bytes.length, pseudo);
}

test.each(ALL)(
  'IPv$version, protocol $protocol: the sums of a whole datagram are right',
  (datagram) => {
    const bytes = whole(datagram);
    expect(bytes.length).toBe(headerBytes(datagram) + payload.length);
    expect(verify(bytes, datagram)).toBe(0xffff);
    if (datagram.version === 4) expect(onesSum(bytes, 0, 20)).toBe(0xffff);
  },
);

test.each(ALL)(
  'IPv$version, protocol $protocol: what is left unsummed is the sum that begins it',
  (datagram) => {
    const bytes = unsummed(datagram, true);
    const at = ipBytes(datagram) + (datagram.protocol === PROTOCOL_TCP ? 16 : 6);
    const sum = onesSum(bytes, ipBytes(datagram), bytes.length);
    const done = whole(datagram);
    expect(u16At(done, at)).toBe(~sum & 0xffff);
    if (datagram.version === 4) expect(u16At(bytes, 10)).toBe(0);
    if (datagram.version === 4) expect(onesSum(unsummed(datagram, false), 0, 20)).toBe(0xffff);
  },
);

test('a large send says no length and counts none', () => {
  const [datagram] = ALL;
  if (datagram === undefined) return;
  const bytes = uncut(datagram);
  expect([u16At(bytes, 2), u16At(bytes, 10)]).toEqual([0, 0]);
  expect(u16At(bytes, 36)).toBe(onesSum(bytes, 12, 20, PROTOCOL_TCP));
});

test('segments follow each other, the last one short and pushed', () => {
  const [datagram] = ALL;
  if (datagram === undefined) return;
  const segments = cut(datagram, 100).map(whole);
  expect(segments.map(({ length }) => length - 40)).toEqual([100, 100, 100, 33]);
  expect(segments.map((bytes) => u16At(bytes, 4))).toEqual([7, 8, 9, 10]);
  expect(segments.map((bytes) => u32At(bytes, 24))).toEqual([
    0xffff_ff00, 0xffff_ff64, 0xffff_ffc8, 0x2c,
  ]);
  expect(segments.map((bytes) => bytes[33])).toEqual([0x10, 0x10, 0x10, 0x18]);
});
