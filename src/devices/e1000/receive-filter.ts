/** Which frames the 82540EM keeps: exact addresses, the multicast table, broadcast, VLANs (Intel 317453, 10.1.1, 13.5). */
import type { DeviceHost } from '../host.ts';
import { destinationOf, isBroadcast, isGroup, sourceOf } from '../net/address.ts';
import { u16At } from '../net/bytes.ts';
import * as spec from '../spec/e1000.ts';
import * as ethernet from '../spec/ethernet.ts';
import { isOn, registerOf } from './state.ts';

export interface Verdict {
  readonly isKept: boolean;
  /** Only the imperfect multicast filter let it through. */
  readonly isInexact: boolean;
}

const REFUSED: Verdict = { isKept: false, isInexact: false };
const EXACT: Verdict = { isKept: true, isInexact: false };
const INEXACT: Verdict = { isKept: true, isInexact: true };

export function judge(host: DeviceHost, frame: Uint8Array): Verdict {
  const control = registerOf(host, 'RCTL');
  if (!passesVlan(host, frame, control)) return REFUSED;
  const to = destinationOf(frame);
  if (isOn(control, isGroup(to) ? spec.RCTL_MPE : spec.RCTL_UPE)) return EXACT;
  if (isBroadcast(to) && isOn(control, spec.RCTL_BAM)) return EXACT;
  if (matchesExactly(host, frame)) return EXACT;
  return isGroup(to) && isInTable(host, to, control) ? INEXACT : REFUSED;
}

function matchesExactly(host: DeviceHost, frame: Uint8Array): boolean {
  for (let n = 0; n < spec.RECEIVE_ADDRESSES; n++) {
    const high = registerOf(host, `RAH[${n}]`);
    if (!isOn(high, spec.RAH_AV)) continue;
    const select = (high >>> spec.RAH_AS_SHIFT) & 0x3;
    const address = select === 1 ? sourceOf(frame) : destinationOf(frame);
    if (isSame(address, registerOf(host, `RAL[${n}]`), high)) return true;
  }
  return false;
}

const isSame = (address: Uint8Array, low: number, high: number): boolean =>
  address.every((byte, i) => byte === ((i < 4 ? low >>> (8 * i) : high >>> (8 * (i - 4))) & 0xff));

/** Twelve bits of the address choose one bit of the table. */
function multicastHash(address: Uint8Array, offset: number): number {
  const upper = (address[4] ?? 0) | ((address[5] ?? 0) << 8);
  return (upper >>> (spec.MULTICAST_SHIFTS[offset] ?? 0)) & 0xfff;
}

function isInTable(host: DeviceHost, address: Uint8Array, control: number): boolean {
  const hash = multicastHash(address, (control >>> spec.RCTL_MO_SHIFT) & 0x3);
  return isOn(registerOf(host, `MTA[${hash >>> 5}]`), 1 << (hash & 0x1f));
}

export const isTagged = (host: DeviceHost, frame: Uint8Array): boolean =>
  u16At(frame, ethernet.TYPE) === (registerOf(host, 'VET') & 0xffff) &&
  frame.length >= ethernet.HEADER_BYTES + ethernet.VLAN_TAG_BYTES;

export const tagOf = (frame: Uint8Array): number => u16At(frame, ethernet.HEADER_BYTES);

function passesVlan(host: DeviceHost, frame: Uint8Array, control: number): boolean {
  if (!isOn(control, spec.RCTL_VFE) || !isTagged(host, frame)) return true;
  const id = tagOf(frame) & 0xfff;
  return isOn(registerOf(host, `VFTA[${id >>> 5}]`), 1 << (id & 0x1f));
}
