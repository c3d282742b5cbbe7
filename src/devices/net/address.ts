/** Ethernet addresses of devices and peers: the same for the same name in every run. */
import * as ethernet from '../spec/ethernet.ts';
import { sameBytes } from './bytes.ts';

const FIRST = [0x52, 0x54, 0x00, 0x12, 0x34, 0x56] as const;

/** Who is at the other end of every link. */
export const PEER_ADDRESS = Uint8Array.of(0x52, 0x54, 0x00, 0xfe, 0xed, 0x01);

const BROADCAST = new Uint8Array(ethernet.ADDRESS_BYTES).fill(0xff);

/** 52:54:00:12:34:56 for the first device of a name (`e1000#1`), one more for each after it. */
export function addressFor(subject: string): Uint8Array {
  const index = Math.max(0, Number(/#(\d{1,6})$/.exec(subject)?.[1] ?? '1') - 1);
  const address = Uint8Array.from(FIRST);
  let carry = index;
  for (let at = ethernet.ADDRESS_BYTES - 1; at >= 3 && carry > 0; at--) {
    const sum = (address[at] ?? 0) + carry;
    address[at] = sum & 0xff;
    carry = sum >>> 8;
  }
  return address;
}

export const destinationOf = (frame: Uint8Array): Uint8Array =>
  frame.subarray(ethernet.DESTINATION, ethernet.DESTINATION + ethernet.ADDRESS_BYTES);

export const sourceOf = (frame: Uint8Array): Uint8Array =>
  frame.subarray(ethernet.SOURCE, ethernet.SOURCE + ethernet.ADDRESS_BYTES);

export const isGroup = (address: Uint8Array): boolean =>
  ((address[0] ?? 0) & ethernet.GROUP_BIT) !== 0;

export const isBroadcast = (address: Uint8Array): boolean => sameBytes(address, BROADCAST);

export const addressText = (address: Uint8Array): string =>
  Array.from(address, (byte) => byte.toString(16).padStart(2, '0')).join(':');
