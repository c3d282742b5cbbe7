/** Where the headers of a frame lie: Ethernet with or without a tag, IPv4 or IPv6, and what these carry. */
import * as ethernet from '../spec/ethernet.ts';
import { u16At } from './bytes.ts';
import { onesSum } from './checksum.ts';

export interface FrameHeaders {
  readonly isIpv4: boolean;
  readonly ipStart: number;
  /** What the IP header carries, and where that starts. */
  readonly protocol: number;
  readonly transportStart: number;
  /** Where the packet ends by the length in its IP header; a frame may be longer or shorter. */
  readonly end: number;
}

/** Nothing for other frames, broken headers, fragments, and IPv6 packets that take a route. */
export function headersOf(frame: Uint8Array): FrameHeaders | undefined {
  const isTagged = u16At(frame, ethernet.TYPE) === ethernet.TYPE_VLAN;
  const ipStart = ethernet.HEADER_BYTES + (isTagged ? ethernet.VLAN_TAG_BYTES : 0);
  const type = u16At(frame, ipStart - 2);
  const version = (frame[ipStart] ?? 0) >>> 4;
  if (type === ethernet.TYPE_IPV4 && version === 4) return ipv4(frame, ipStart);
  if (type === ethernet.TYPE_IPV6 && version === 6) return ipv6(frame, ipStart);
  return undefined;
}

function ipv4(frame: Uint8Array, ipStart: number): FrameHeaders | undefined {
  const headerBytes = ((frame[ipStart] ?? 0) & 0xf) * 4;
  const transportStart = ipStart + headerBytes;
  const fragment = u16At(frame, ipStart + ethernet.IPV4_FRAGMENT) & ethernet.IPV4_FRAGMENT_MASK;
  const isWhole = headerBytes >= ethernet.IPV4_HEADER_BYTES && transportStart <= frame.length;
  if (!isWhole || fragment !== 0) return undefined;
  const protocol = frame[ipStart + ethernet.IPV4_PROTOCOL] ?? 0;
  const end = ipStart + u16At(frame, ipStart + ethernet.IPV4_TOTAL_LENGTH);
  return { isIpv4: true, ipStart, protocol, transportStart, end };
}

function ipv6(frame: Uint8Array, ipStart: number): FrameHeaders | undefined {
  let at = ipStart + ethernet.IPV6_HEADER_BYTES;
  const end = at + u16At(frame, ipStart + ethernet.IPV6_PAYLOAD_LENGTH);
  let protocol = frame[ipStart + ethernet.IPV6_NEXT_HEADER] ?? 0;
  while (
    at + 1 < frame.length &&
    (protocol === ethernet.IPV6_HOP_OPTIONS || protocol === ethernet.IPV6_DESTINATION_OPTIONS)
  ) {
    protocol = frame[at] ?? 0;
    at += ((frame[at + 1] ?? 0) + 1) * 8;
  }
  if (at > frame.length) return undefined;
  return { isIpv4: false, ipStart, protocol, transportStart: at, end };
}

/** The sum over the pseudo header of a TCP or UDP packet of so many bytes (RFC 793, 3.1; RFC 8200, 8.1). */
export function pseudoSum(frame: Uint8Array, headers: FrameHeaders, bytes: number): number {
  const { isIpv4, ipStart, protocol } = headers;
  const [from, to] = isIpv4
    ? [ipStart + ethernet.IPV4_SOURCE, ipStart + ethernet.IPV4_HEADER_BYTES]
    : [ipStart + ethernet.IPV6_SOURCE, ipStart + ethernet.IPV6_HEADER_BYTES];
  return onesSum(frame, from, to, protocol + bytes);
}
