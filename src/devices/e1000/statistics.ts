/** Counters of the 82540EM: they stick at their highest value and clear when read (Intel 317453, 13.7). */
import type { DeviceHost } from '../host.ts';
import { destinationOf, isBroadcast, isGroup } from '../net/address.ts';
import * as spec from '../spec/e1000.ts';
import { FCS_BYTES } from '../spec/ethernet.ts';
import { registerOf, setRegister } from './state.ts';

const HIGHEST = 0xffff_ffff;

export function count(host: DeviceHost, name: string): void {
  setRegister(host, name, Math.min(HIGHEST, registerOf(host, name) + 1));
}

function countOctets(host: DeviceHost, name: string, octets: number): void {
  const low = registerOf(host, `${name}L`) + octets;
  setRegister(host, `${name}L`, low % 2 ** 32);
  if (low > HIGHEST) count(host, `${name}H`);
}

const sizeClass = (octets: number): number | undefined =>
  spec.SIZE_CLASSES.find((bound) => octets <= bound);

/** Every frame seen on the wire, wanted or not. */
export function countSeen(host: DeviceHost, frame: Uint8Array): void {
  count(host, 'TPR');
  countOctets(host, 'TOR', frame.length + FCS_BYTES);
}

export function countReceived(host: DeviceHost, frame: Uint8Array): void {
  const octets = frame.length + FCS_BYTES;
  const bound = sizeClass(octets);
  count(host, 'GPRC');
  countOctets(host, 'GORC', octets);
  if (bound !== undefined) count(host, `PRC${bound}`);
  const to = destinationOf(frame);
  if (isBroadcast(to)) count(host, 'BPRC');
  else if (isGroup(to)) count(host, 'MPRC');
}

export function countSent(host: DeviceHost, frame: Uint8Array): void {
  const octets = frame.length + FCS_BYTES;
  const bound = sizeClass(octets);
  for (const name of ['TPT', 'GPTC']) count(host, name);
  for (const name of ['TOT', 'GOTC']) countOctets(host, name, octets);
  if (bound !== undefined) count(host, `PTC${bound}`);
  const to = destinationOf(frame);
  if (isBroadcast(to)) count(host, 'BPTC');
  else if (isGroup(to)) count(host, 'MPTC');
}
