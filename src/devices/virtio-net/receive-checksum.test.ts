import { expect, test } from 'vitest';
import { concat, setU16At, u16At } from '../net/bytes.ts';
import { internetChecksum } from '../net/checksum.ts';
import { packet } from '../net/packets.suite.ts';
import * as spec from '../spec/virtio-net.ts';
import { netDriver } from './driver.suite.ts';

const { HDR_BYTES, HDR_F_DATA_VALID: VALID, HDR_F_NEEDS_CSUM: NEEDS } = spec;

/** The header and the frame of what has just come in. */
function arrived(frame: Uint8Array, options: Parameters<typeof netDriver>[0] = {}) {
  const driver = netDriver({ features: ~spec.F_CTRL_VLAN, ...options });
  driver.arrive(frame);
  const data = driver.received(0);
  const header = new DataView(data.buffer, data.byteOffset, HDR_BYTES);
  return {
    flags: header.getUint8(spec.HDR_FLAGS),
    start: header.getUint16(spec.HDR_CSUM_START, true),
    offset: header.getUint16(spec.HDR_CSUM_OFFSET, true),
    type: header.getUint8(spec.HDR_GSO_TYPE),
    frame: data.slice(HDR_BYTES),
  };
}

const changed = (frame: Uint8Array, at: number, ...bytes: readonly number[]): Uint8Array => {
  const other = frame.slice();
  other.set(bytes, at);
  return other;
};

const whole = true;
const TCP4 = packet({ whole });
const UDP4 = packet({ whole, protocol: 17 });

test.each([
  ['TCP over IPv4', TCP4, VALID],
  ['UDP over IPv4', UDP4, VALID],
  ['TCP over IPv6 with a tag', packet({ whole, version: 6, tag: 7 }), VALID],
  ['UDP over IPv6 with options', packet({ whole, version: 6, protocol: 17, options: 8 }), VALID],
  ['padding behind the packet', concat([packet({ whole, payload: 1 }), Uint8Array.of(9)]), VALID],
  ['a wrong byte', changed(TCP4, 100, 1), 0],
  ['a wrong header of IPv4', changed(TCP4, 22, 1), 0],
  ['UDP without a checksum', changed(UDP4, 40, 0, 0), 0],
  ['another protocol', changed(TCP4, 23, 1), 0],
  ['another type', changed(TCP4, 12, 0x88, 0xb5), 0],
  ['a fragment', changed(TCP4, 20, 0x20), 0],
  ['a packet longer than its frame', TCP4.slice(0, 120), 0],
  ['a packet without room for TCP', changed(TCP4.slice(0, 60), 16, 0, 30), 0],
])('%s is vouched for as it deserves', (_what, frame, flags) => {
  expect(arrived(frame)).toEqual({ flags, start: 0, offset: 0, type: 0, frame });
});

test('without VIRTIO_NET_F_GUEST_CSUM nothing is said, and every checksum is whole', () => {
  const network = { peer: 'silent', partialChecksums: true } as const;
  const seen = arrived(TCP4, { features: ~spec.F_GUEST_CSUM, network });
  expect(seen).toMatchObject({ flags: 0, start: 0, frame: TCP4 });
});

test.each([
  ['TCP over IPv4', packet({}), TCP4, 34, 16],
  ['UDP over IPv4', packet({ protocol: 17 }), UDP4, 34, 6],
  ['TCP over IPv6', packet({ version: 6 }), packet({ whole, version: 6 }), 54, 16],
] as const)(
  'the other end of one host leaves its checksum: %s',
  (_what, partial, full, start, offset) => {
    const network = { peer: 'silent', partialChecksums: true } as const;
    const seen = arrived(full, { network });
    expect(seen).toEqual({ flags: NEEDS, start, offset, type: 0, frame: partial });
    const { frame } = seen;
    setU16At(frame, start + offset, internetChecksum(frame, start, frame.length));
    expect(u16At(frame, start + offset)).toBe(u16At(full, start + offset));
  },
);

test('what is wrong or padded is not left to the receiver', () => {
  const network = { peer: 'silent', partialChecksums: true } as const;
  const padded = concat([TCP4, Uint8Array.of(9)]);
  expect(arrived(changed(TCP4, 100, 1), { network }).flags).toBe(0);
  expect(arrived(padded, { network })).toMatchObject({ flags: VALID, frame: padded });
});
