/** Ethernet frames that a scenario sends: every one different, so that none is taken for another. */

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
/** "Use for experimentation and testing" (RFC 3692). */
const PROTOCOL = 253;
const DONT_FRAGMENT = 0x40;
const HOPS = 64;
/** Of the block for documentation (RFC 5737, TEST-NET-1). */
const [FROM, TO] = [
  [192, 0, 2, 1],
  [192, 0, 2, 2],
];

/** An IPv4 datagram (RFC 791, 3.1) as long as the payload of an Ethernet frame of `length` bytes. */
export function datagramFrom(length: number, serial: number): Uint8Array {
  const bytes = new Uint8Array(Math.max(IP_HEADER_BYTES, length - HEADER_BYTES));
  const view = new DataView(bytes.buffer);
  view.setUint8(0, 0x45);
  view.setUint16(2, bytes.length);
  view.setUint16(4, serial);
  view.setUint8(6, DONT_FRAGMENT);
  view.setUint8(8, HOPS);
  view.setUint8(9, PROTOCOL);
  bytes.set(FROM ?? [], 12);
  bytes.set(TO ?? [], 16);
  view.setUint16(10, checksum(view));
  for (let i = IP_HEADER_BYTES; i < bytes.length; i++) bytes[i] = (serial * 31 + i * 7) & 0xff;
  return bytes;
}

/** Ones' complement of the header's ones' complement sum. */
function checksum(view: DataView): number {
  let sum = 0;
  for (let at = 0; at < IP_HEADER_BYTES; at += 2) sum += view.getUint16(at);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}
