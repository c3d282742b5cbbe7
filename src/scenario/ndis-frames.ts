/** Ethernet frames that a scenario sends: every one different, so that none is taken for another. */
import { internetChecksum } from '../devices/net/checksum.ts';

const HEADER_BYTES = 14;
/** A type that nobody answers to: "IEEE Local Experimental EtherType 1". */
const ETHER_TYPE = [0x88, 0xb5] as const;

export function frameFrom(
  source: Uint8Array,
  destination: Uint8Array,
  length: number,
  serial: number,
): Uint8Array {
  const frame = new Uint8Array(length);
  frame.set(destination, 0);
  frame.set(source, 6);
  frame.set(ETHER_TYPE, 12);
  for (let i = HEADER_BYTES; i < length; i++) frame[i] = (serial * 31 + i * 7) & 0xff;
  return frame;
}

/** EtherType of the datagrams below, as a miniport of a medium without Ethernet headers finds it beside them. */
export const IPV4 = 0x0800;
const IP_HEADER_BYTES = 20;
/** Version 4; five doublewords of header. */
const VERSION_AND_HEADER_LENGTH = 0x45;
/** "Use for experimentation and testing" (RFC 3692). */
const PROTOCOL = 253;
const DONT_FRAGMENT = 0x40;
const HOPS = 64;
/** Of the block for documentation (RFC 5737, TEST-NET-1). */
const FROM = [192, 0, 2, 1] as const;
const TO = [192, 0, 2, 2] as const;

/** An IPv4 datagram (RFC 791, 3.1) as long as the payload of an Ethernet frame of `length` bytes. */
export function datagramFrom(length: number, serial: number): Uint8Array {
  const bytes = new Uint8Array(Math.max(IP_HEADER_BYTES, length - HEADER_BYTES));
  const view = new DataView(bytes.buffer);
  view.setUint8(0, VERSION_AND_HEADER_LENGTH);
  view.setUint16(2, bytes.length);
  view.setUint16(4, serial);
  view.setUint8(6, DONT_FRAGMENT);
  view.setUint8(8, HOPS);
  view.setUint8(9, PROTOCOL);
  bytes.set(FROM, 12);
  bytes.set(TO, 16);
  view.setUint16(10, internetChecksum(bytes, 0, IP_HEADER_BYTES));
  for (let i = IP_HEADER_BYTES; i < bytes.length; i++) bytes[i] = (serial * 31 + i * 7) & 0xff;
  return bytes;
}
