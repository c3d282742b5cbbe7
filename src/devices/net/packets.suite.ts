/** TCP and UDP frames as a stack builds them, their checksums whole or left to a device, and what is right in the end. */
import * as ethernet from '../spec/ethernet.ts';
import { concat, setU16At, u16At } from './bytes.ts';
import { onesSum } from './checksum.ts';
import { headersOf, pseudoSum } from './headers.ts';

export const OURS = [0x52, 0x54, 0x00, 0x12, 0x34, 0x56];
export const THEIRS = [2, 0, 0, 0, 0, 7];

interface PacketOptions {
  readonly version?: 4 | 6;
  readonly protocol?: number;
  readonly tag?: number;
  readonly payload?: number;
  /** TCP flags. */
  readonly flags?: number;
  /** Bytes of IPv6 extension headers, or of IPv4 options. */
  readonly options?: number;
  /** Sums everything instead of the pseudo header alone. */
  readonly whole?: boolean;
}

const TCP_ACK = 0x10;

const range = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => (i * 7) & 0xff);

/** From `THEIRS` to `OURS`. */
export function packet(options: PacketOptions = {}): Uint8Array {
  const { version = 4, protocol = ethernet.PROTOCOL_TCP, tag, payload = 100 } = options;
  const { flags = TCP_ACK, options: more = 0, whole = false } = options;
  const isTcp = protocol === ethernet.PROTOCOL_TCP;
  const transport = new Uint8Array(isTcp ? ethernet.TCP_HEADER_BYTES : ethernet.UDP_HEADER_BYTES);
  transport.set([0x12, 0x34, 0x56, 0x78]);
  if (isTcp) transport.set([0, 0, 0xff, 0xf0, 0, 0, 0, 1, 0x50, flags], ethernet.TCP_SEQUENCE);
  else setU16At(transport, ethernet.UDP_LENGTH, transport.length + payload);
  const carried = more + transport.length + payload;
  const frame = concat([
    Uint8Array.of(...OURS, ...THEIRS),
    tag === undefined ? new Uint8Array(0) : Uint8Array.of(0x81, 0, tag >>> 8, tag & 0xff),
    version === 4 ? ipv4(protocol, carried, more) : ipv6(protocol, carried, more),
    transport,
    range(payload),
  ]);
  const found = headersOf(frame);
  if (found === undefined) throw new RangeError('no packet');
  const { ipStart, transportStart: start } = found;
  if (version === 4) setU16At(frame, ipStart + 10, ~onesSum(frame, ipStart, start) & 0xffff);
  const at = start + (isTcp ? ethernet.TCP_CHECKSUM : ethernet.UDP_CHECKSUM);
  setU16At(frame, at, pseudoSum(frame, found, frame.length - start));
  if (whole) setU16At(frame, at, ~onesSum(frame, start, frame.length) & 0xffff);
  return frame;
}

function ipv4(protocol: number, carried: number, options: number): Uint8Array {
  const length = ethernet.IPV4_HEADER_BYTES + carried;
  const header = [
    0x45 + options / 4,
    0,
    length >> 8,
    length & 0xff,
    0xff,
    0xff,
    0,
    0,
    64,
    protocol,
  ];
  const bytes = Uint8Array.of(8, 0, ...header, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2);
  return concat([bytes, new Uint8Array(options).fill(1)]);
}

function ipv6(protocol: number, carried: number, options: number): Uint8Array {
  const next = options === 0 ? protocol : ethernet.IPV6_DESTINATION_OPTIONS;
  const header = [0x60, 0, 0, 0, carried >> 8, carried & 0xff, next, 64];
  const extension = new Uint8Array(options);
  extension.set([protocol, options / 8 - 1].slice(0, options));
  return concat([Uint8Array.of(0x86, 0xdd, ...header), range(32), extension]);
}

/** Every checksum of a frame comes out right, and its lengths are its own. */
export function isRight(frame: Uint8Array): boolean {
  const found = headersOf(frame);
  if (found === undefined || found.end !== frame.length) return false;
  const { isIpv4, ipStart, transportStart: start } = found;
  if (isIpv4 && onesSum(frame, ipStart, start) !== 0xffff) return false;
  const pseudo = pseudoSum(frame, found, frame.length - start);
  return onesSum(frame, start, frame.length, pseudo) === 0xffff;
}

/** The bytes behind a TCP header without options. */
export function payloadOf(frame: Uint8Array): Uint8Array {
  const start = headersOf(frame)?.transportStart ?? frame.length;
  return frame.slice(start + ethernet.TCP_HEADER_BYTES);
}

export const sequenceOf = (frame: Uint8Array): number => {
  const start = headersOf(frame)?.transportStart ?? 0;
  const at = start + ethernet.TCP_SEQUENCE;
  return u16At(frame, at) * 0x1_0000 + u16At(frame, at + 2);
};

export const flagsOf = (frame: Uint8Array): number =>
  frame[(headersOf(frame)?.transportStart ?? 0) + ethernet.TCP_FLAGS] ?? 0;
