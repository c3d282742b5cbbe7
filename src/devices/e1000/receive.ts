/** Reception by the 82540EM: the packet buffer, and legacy descriptors (Intel 317453, 3.2). */
import { busAddress } from '../../units/address.ts';
import type { DeviceHost } from '../host.ts';
import { concat, padded } from '../net/bytes.ts';
import { frameCheckSequence, onesSum } from '../net/checksum.ts';
import * as spec from '../spec/e1000.ts';
import * as wire from '../spec/e1000-descriptors.ts';
import * as ethernet from '../spec/ethernet.ts';
import { cause, frameReceived } from './interrupts.ts';
import { isLinked } from './link.ts';
import { checksOf } from './receive-checks.ts';
import { isTagged, judge, tagOf } from './receive-filter.ts';
import { addressOf, advance, bufferOf, fetch, type Ring, ringOf } from './ring.ts';
import { type E1000State, isOn, registerOf } from './state.ts';
import { count, countReceived, countSeen } from './statistics.ts';

const KILOBYTE = 1024;

/** A frame from the wire, or from the transmitter in loopback. */
export function receive(state: E1000State, arrived: Uint8Array, host: DeviceHost): void {
  const control = registerOf(host, 'RCTL');
  if (!isOn(control, spec.RCTL_EN) || !isLinked(state, host)) return;
  const frame = padded(arrived, ethernet.MIN_FRAME_BYTES);
  countSeen(host, frame);
  if (!judge(host, frame).isKept) return;
  const longest = isTagged(host, frame)
    ? ethernet.MAX_FRAME_BYTES + ethernet.VLAN_TAG_BYTES
    : ethernet.MAX_FRAME_BYTES;
  const isLong = frame.length > (isOn(control, spec.RCTL_LPE) ? spec.MAX_FRAME_BYTES : longest);
  if (isLong) count(host, 'ROC');
  if (isLong && !isOn(control, spec.RCTL_SBP)) return;
  store(state, host, frame);
}

/** Frames wait in the packet buffer until software gives descriptors; what does not fit is missed. */
function store(state: E1000State, host: DeviceHost, frame: Uint8Array): void {
  const { receive: own } = state;
  const room = (registerOf(host, 'PBA') & 0xffff) * KILOBYTE;
  if (own.waitingBytes + frame.length > room) {
    count(host, 'MPC');
    cause(state, host, spec.ICR_RXO);
    return;
  }
  if (ringOf(host, 'RD')?.owned === 0) count(host, 'RNBC');
  own.waiting.push(frame);
  own.waitingBytes += frame.length;
  drain(state, host);
}

/** Enabling reception anew makes a halted ring go again; disabling it empties the packet buffer. */
export function writeReceiveControl(state: E1000State, value: number, host: DeviceHost): void {
  state.receive.halted = false;
  if (isOn(value, spec.RCTL_EN)) {
    drain(state, host);
    return;
  }
  state.receive.waiting = [];
  state.receive.waitingBytes = 0;
}

/** Moves what waits into memory as far as the device's descriptors go. */
export function drain(state: E1000State, host: DeviceHost): void {
  const { receive: own } = state;
  const size = bufferBytes(registerOf(host, 'RCTL'));
  while (own.waiting.length > 0 && !own.halted && isOn(registerOf(host, 'RCTL'), spec.RCTL_EN)) {
    const ring = ringOf(host, 'RD');
    const frame = own.waiting[0];
    if (ring === undefined || frame === undefined) return;
    const data = stored(host, frame);
    const needed = Math.ceil(data.bytes.length / size);
    const neverFits = needed >= ring.count;
    if (needed > ring.owned && !neverFits) return;
    own.waiting.shift();
    own.waitingBytes -= frame.length;
    if (neverFits) count(host, 'MPC');
    else deliver(state, host, { ring, data, size, frame });
  }
}

/** BSIZE and BSEX together (13.4.22); the reserved combination behaves as the largest. */
function bufferBytes(control: number): number {
  const bytes = spec.BSIZE_0_BYTES >>> ((control >>> spec.RCTL_BSIZE_SHIFT) & 0x3);
  if (!isOn(control, spec.RCTL_BSEX)) return bytes;
  return Math.min(bytes * spec.BSEX_FACTOR, 16 * KILOBYTE);
}

interface Stored {
  readonly bytes: Uint8Array;
  readonly status: number;
  readonly errors: number;
  readonly checksum: number;
  readonly tag: number;
}

/** The bytes and facts of a frame as memory gets them: tag taken out, check sequence kept or not. */
function stored(host: DeviceHost, frame: Uint8Array): Stored {
  const control = registerOf(host, 'RCTL');
  const strips = isOn(registerOf(host, 'CTRL'), spec.CTRL_VME) && isTagged(host, frame);
  const bare = strips
    ? concat([frame.subarray(0, ethernet.TYPE), frame.subarray(ethernet.HEADER_BYTES + 2)])
    : frame;
  const keepsSequence = !isOn(control, spec.RCTL_SECRC);
  const bytes = keepsSequence ? concat([bare, frameCheckSequence(frame)]) : bare;
  const checking = registerOf(host, 'RXCSUM');
  const { status, errors } = checksOf(bare, checking);
  const inexact = judge(host, frame).isInexact ? wire.RX_STATUS_PIF : 0;
  return {
    bytes,
    status: status | inexact | (strips ? wire.RX_STATUS_VP : 0),
    errors,
    checksum: ~onesSum(bytes, checking & spec.RXCSUM_PCSS, bytes.length) & 0xffff,
    tag: strips ? tagOf(frame) : 0,
  };
}

interface Delivery {
  readonly ring: Ring;
  readonly data: Stored;
  readonly size: number;
  readonly frame: Uint8Array;
}

function deliver(state: E1000State, host: DeviceHost, delivery: Delivery): void {
  const { data, size, frame } = delivery;
  let ring = delivery.ring;
  const before = ring.owned;
  for (let at = 0; at < data.bytes.length; at += size) {
    const descriptor = fetch(host, ring);
    if (descriptor === undefined) {
      state.receive.halted = true;
      return;
    }
    const part = data.bytes.subarray(at, at + size);
    host.dma.write(bufferOf(descriptor), part);
    writeBack(host, ring, part.length, at + size >= data.bytes.length ? data : undefined);
    ring = advance(host, ring);
  }
  countReceived(host, frame);
  const small = registerOf(host, 'RSRPD') & 0xfff;
  if (small > 0 && frame.length <= small) cause(state, host, spec.ICR_SRPD);
  tellFew(state, host, before, ring);
  frameReceived(state, host);
}

/** Length, checksum, status, errors and tag; of all but the last part only length and DD count. */
function writeBack(host: DeviceHost, ring: Ring, length: number, last: Stored | undefined): void {
  const fields = new DataView(new ArrayBuffer(wire.DESCRIPTOR_BYTES - wire.RX_LENGTH));
  const set16 = (at: number, value: number) => fields.setUint16(at - wire.RX_LENGTH, value, true);
  const set8 = (at: number, value: number) => fields.setUint8(at - wire.RX_LENGTH, value);
  set16(wire.RX_LENGTH, length);
  set8(wire.RX_STATUS, wire.RX_STATUS_DD);
  if (last !== undefined) {
    set16(wire.RX_CHECKSUM, last.checksum);
    set8(wire.RX_STATUS, wire.RX_STATUS_DD | wire.RX_STATUS_EOP | last.status);
    set8(wire.RX_ERRORS, last.errors);
    set16(wire.RX_SPECIAL, last.tag);
  }
  const at = addressOf(host, ring.name, ring.head) + wire.RX_LENGTH;
  host.dma.write(busAddress(at), new Uint8Array(fields.buffer));
}

/** RXDMT0 when a half, a quarter or an eighth of the ring is left (RDMTS). */
function tellFew(state: E1000State, host: DeviceHost, before: number, ring: Ring): void {
  const shift = ((registerOf(host, 'RCTL') >>> spec.RCTL_RDMTS_SHIFT) & 0x3) + 1;
  const threshold = ring.count / 2 ** Math.min(shift, 3);
  if (before > threshold && ring.owned <= threshold) cause(state, host, spec.ICR_RXDMT0);
}
