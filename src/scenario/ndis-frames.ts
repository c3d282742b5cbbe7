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
