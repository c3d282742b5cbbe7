/** TCP and UDP over IPv4 and IPv6 (RFC 791, 793, 768, 8200): whole, or with the work left undone that an adapter takes over. */
import { concat, setU16At, setU32At } from '../devices/net/bytes.ts';
import { internetChecksum, onesSum } from '../devices/net/checksum.ts';
import * as wire from '../devices/spec/ethernet.ts';

export interface Datagram {
  readonly version: 4 | 6;
  readonly protocol: typeof wire.PROTOCOL_TCP | typeof wire.PROTOCOL_UDP;
  readonly identification: number;
  readonly sequence: number;
  /** Of TCP; the bits of its octet 13. */
  readonly flags: number;
  readonly payload: Uint8Array;
}

const [TCP_BYTES, UDP_BYTES] = [20, 8];
const [TCP_CHECKSUM, IPV4_CHECKSUM] = [16, 10];
const HOPS = 64;
const DONT_FRAGMENT = 0x4000;
const WINDOW = 0x2000;
/** The first of the dynamic ports (RFC 6335), and "discard". */
const [FROM_PORT, TO_PORT] = [0xc000, 9];
/** Blocks for documentation: TEST-NET-1 (RFC 5737) and 2001:db8::/32 (RFC 3849). */
const ADDRESSES4 = Uint8Array.of(192, 0, 2, 1, 192, 0, 2, 2);
const ADDRESSES6 = Uint8Array.from({ length: 32 }, (_, i) =>
  i % 16 === 15 ? (i + 1) / 16 : ([0x20, 0x01, 0x0d, 0xb8][i % 16] ?? 0),
);

export const ipBytes = ({ version }: Pick<Datagram, 'version'>): number =>
  version === 4 ? wire.IPV4_HEADER_BYTES : wire.IPV6_HEADER_BYTES;

export const headerBytes = (datagram: Pick<Datagram, 'version' | 'protocol'>): number =>
  ipBytes(datagram) + (datagram.protocol === wire.PROTOCOL_TCP ? TCP_BYTES : UDP_BYTES);

const checksumAt = ({ version, protocol }: Datagram): number =>
  ipBytes({ version }) + (protocol === wire.PROTOCOL_TCP ? TCP_CHECKSUM : wire.UDP_CHECKSUM);

/** Lengths are right, checksums zero. */
function bare(datagram: Datagram): Uint8Array {
  const { version, protocol, payload } = datagram;
  const headers = new Uint8Array(headerBytes(datagram));
  const ip = ipBytes(datagram);
  const length = headers.length + payload.length;
  if (version === 4) {
    headers.set([0x45, 0]);
    setU16At(headers, wire.IPV4_TOTAL_LENGTH, length);
    setU16At(headers, wire.IPV4_IDENTIFICATION, datagram.identification);
    setU16At(headers, wire.IPV4_FRAGMENT, DONT_FRAGMENT);
    headers.set([HOPS, protocol], wire.IPV4_PROTOCOL - 1);
    headers.set(ADDRESSES4, wire.IPV4_SOURCE);
  } else {
    headers[0] = 0x60;
    setU16At(headers, wire.IPV6_PAYLOAD_LENGTH, length - ip);
    headers.set([protocol, HOPS], wire.IPV6_PAYLOAD_LENGTH + 2);
    headers.set(ADDRESSES6, wire.IPV6_PAYLOAD_LENGTH + 4);
  }
  setU16At(headers, ip, FROM_PORT);
  setU16At(headers, ip + 2, TO_PORT);
  if (protocol === wire.PROTOCOL_TCP) {
    setU32At(headers, ip + wire.TCP_SEQUENCE, datagram.sequence);
    headers[ip + wire.TCP_FLAGS - 1] = (TCP_BYTES / 4) << 4;
    headers[ip + wire.TCP_FLAGS] = datagram.flags;
    setU16At(headers, ip + wire.TCP_FLAGS + 1, WINDOW);
  } else setU16At(headers, ip + wire.UDP_LENGTH, length - ip);
  return concat([headers, payload]);
}

/** Of addresses, protocol and, unless others will know it, length. */
function pseudoSum({ version, protocol }: Datagram, length: number): number {
  const addresses = version === 4 ? ADDRESSES4 : ADDRESSES6;
  return onesSum(addresses, 0, addresses.length, protocol + length);
}

function sumNetworkHeader(bytes: Uint8Array, { version }: Datagram): void {
  if (version === 6) return;
  setU16At(bytes, IPV4_CHECKSUM, internetChecksum(bytes, 0, wire.IPV4_HEADER_BYTES));
}

/** As it has to be on the wire. */
export function whole(datagram: Datagram): Uint8Array {
  const bytes = bare(datagram);
  const ip = ipBytes(datagram);
  const sum = onesSum(bytes, ip, bytes.length, pseudoSum(datagram, bytes.length - ip));
  setU16At(bytes, checksumAt(datagram), ~sum & 0xffff || 0xffff);
  sumNetworkHeader(bytes, datagram);
  return bytes;
}

/** In the place of a checksum is the sum of the pseudo header; the header of IPv4 may be left as well. */
export function unsummed(datagram: Datagram, isHeaderLeft: boolean): Uint8Array {
  const bytes = bare(datagram);
  setU16At(bytes, checksumAt(datagram), pseudoSum(datagram, bytes.length - ipBytes(datagram)));
  if (!isHeaderLeft) sumNetworkHeader(bytes, datagram);
  return bytes;
}

/** A large send: nobody knows yet how long the segments will be. */
export function uncut(datagram: Datagram): Uint8Array {
  const bytes = bare(datagram);
  setU16At(bytes, datagram.version === 4 ? wire.IPV4_TOTAL_LENGTH : wire.IPV6_PAYLOAD_LENGTH, 0);
  setU16At(bytes, checksumAt(datagram), pseudoSum(datagram, 0));
  return bytes;
}

/** The segments of a large send: the last one alone is shorter and says that data is to be pushed or ends. */
export function cut(datagram: Datagram, segmentBytes: number): readonly Datagram[] {
  const { payload, identification, sequence, flags } = datagram;
  const count = Math.ceil(payload.length / segmentBytes);
  return Array.from({ length: count }, (_, i) => ({
    ...datagram,
    identification: identification + i,
    sequence: sequence + i * segmentBytes,
    flags: i === count - 1 ? flags : flags & ~(wire.TCP_PSH | wire.TCP_FIN),
    payload: payload.subarray(i * segmentBytes, (i + 1) * segmentBytes),
  }));
}
