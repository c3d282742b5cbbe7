/** Transmission by the 82540EM: legacy, context and data descriptors (Intel 317453, 3.3 to 3.5). */
import { busAddress } from '../../units/address.ts';
import type { DeviceHost } from '../host.ts';
import { concat } from '../net/bytes.ts';
import * as spec from '../spec/e1000.ts';
import * as wire from '../spec/e1000-descriptors.ts';
import { cause, descriptorDone } from './interrupts.ts';
import { isLinked, kickTransmit } from './link.ts';
import { type FrameOrder, sendFrame } from './offload.ts';
import { addressOf, advance, bufferOf, fetch, type Ring, ringOf } from './ring.ts';
import { type E1000State, isOn, registerOf } from './state.ts';

/** Descriptors handled before others get their turn. */
const BATCH = 64;
/** More than any segmentation may ask for (20 bits of length in 3.3.6 is the format's limit). */
const MAX_GATHERED_BYTES = 0x4_0000;
const TXD_LOW_STEP = 8;

/** Enabling transmission anew makes a halted ring go again. */
export function writeTransmitControl(state: E1000State, value: number, host: DeviceHost): void {
  if (!isOn(value, spec.TCTL_EN)) return;
  state.transmit.halted = false;
  kickTransmit(state, host);
}

export function transmit(state: E1000State, host: DeviceHost): void {
  state.transmit.kicked = false;
  if (!mayTransmit(state, host)) return;
  let ring = ringOf(host, 'TD');
  for (let n = 0; ring !== undefined && ring.owned > 0 && n < BATCH; n++) {
    const descriptor = fetch(host, ring);
    if (descriptor === undefined) {
      state.transmit.halted = true;
      return;
    }
    const command = descriptor.getUint8(wire.TX_CMD);
    consume(state, host, descriptor);
    const index = ring.head;
    const owned = ring.owned;
    ring = advance(host, ring);
    if (isOn(command, wire.CMD_RS | wire.CMD_RPS)) writeBack(state, host, descriptor, index);
    if (ring.owned === 0) cause(state, host, spec.ICR_TXQE);
    tellLow(state, host, owned, ring);
  }
  if (ring !== undefined && ring.owned > 0) kickTransmit(state, host);
}

/** Without a link the controller fetches nothing. */
const mayTransmit = (state: E1000State, host: DeviceHost): boolean =>
  isOn(registerOf(host, 'TCTL'), spec.TCTL_EN) && !state.transmit.halted && isLinked(state, host);

function writeBack(state: E1000State, host: DeviceHost, descriptor: DataView, index: number): void {
  const status = descriptor.getUint8(wire.TX_STATUS) | wire.TX_STATUS_DD;
  const at = addressOf(host, 'TD', index) + wire.TX_STATUS;
  host.dma.write(busAddress(at), Uint8Array.of(status));
  descriptorDone(state, host, isOn(descriptor.getUint8(wire.TX_CMD), wire.CMD_IDE));
}

/** TXD_LOW comes when as few descriptors are left as LWTHRESH says, in units of 8 (13.4.43). */
function tellLow(state: E1000State, host: DeviceHost, before: number, ring: Ring): void {
  const threshold = (registerOf(host, 'TXDCTL') >>> spec.TXDCTL_LWTHRESH_SHIFT) * TXD_LOW_STEP;
  if (threshold > 0 && before > threshold && ring.owned <= threshold) {
    cause(state, host, spec.ICR_TXD_LOW);
  }
}

function consume(state: E1000State, host: DeviceHost, descriptor: DataView): void {
  const command = descriptor.getUint8(wire.TX_CMD);
  if (!isOn(command, wire.CMD_DEXT)) {
    gather(state, host, descriptor, descriptor.getUint16(wire.TX_LENGTH, true));
    if (isOn(command, wire.CMD_EOP)) finish(state, host, legacyOrder(descriptor));
    return;
  }
  const low = descriptor.getUint32(8, true);
  const type = (low >>> wire.EXTENDED_TYPE_SHIFT) & wire.EXTENDED_TYPE_MASK;
  if (type === wire.TYPE_CONTEXT) {
    readContext(state, descriptor);
  } else if (type === wire.TYPE_DATA) {
    if (state.transmit.parts.length === 0) {
      state.transmit.options = descriptor.getUint8(wire.DATA_POPTS);
      state.transmit.segment = isOn(command, wire.CMD_TSE);
    }
    gather(state, host, descriptor, low & wire.EXTENDED_LENGTH);
    if (isOn(command, wire.CMD_EOP)) finish(state, host, dataOrder(state, descriptor));
  } else {
    misuse(host, 'descriptor-type', `transmit descriptor of type ${type}`);
  }
}

/** A frame that no card could hold is dropped as it grows; its descriptors are still done. */
function gather(state: E1000State, host: DeviceHost, descriptor: DataView, length: number): void {
  const { transmit } = state;
  transmit.bytes += length;
  if (length === 0) return;
  if (transmit.bytes > MAX_GATHERED_BYTES) transmit.parts = [new Uint8Array(0)];
  else transmit.parts.push(host.dma.read(bufferOf(descriptor), length));
}

function finish(state: E1000State, host: DeviceHost, order: FrameOrder): void {
  const { transmit } = state;
  const { bytes } = transmit;
  const frame = bytes > MAX_GATHERED_BYTES ? undefined : concat(transmit.parts);
  transmit.parts = [];
  transmit.bytes = 0;
  if (frame === undefined) misuse(host, 'frame-too-long', `a frame of ${bytes} bytes`);
  else if (frame.length > 0) sendFrame(state, host, frame, order);
}

const tagOf = (descriptor: DataView): number | null =>
  isOn(descriptor.getUint8(wire.TX_CMD), wire.CMD_VLE)
    ? descriptor.getUint16(wire.TX_SPECIAL, true)
    : null;

function legacyOrder(descriptor: DataView): FrameOrder {
  const command = descriptor.getUint8(wire.TX_CMD);
  const offset = descriptor.getUint8(wire.TX_CSO);
  const start = descriptor.getUint8(wire.TX_CSS);
  return {
    hasCheckSequence: !isOn(command, wire.CMD_IFCS),
    tag: tagOf(descriptor),
    segment: null,
    checksums: isOn(command, wire.CMD_IC) ? [{ start, offset, end: 0 }] : [],
  };
}

function dataOrder({ transmit }: E1000State, descriptor: DataView): FrameOrder {
  const { context, options, segment } = transmit;
  const { ipStart, ipOffset, ipEnd, tuStart, tuOffset, tuEnd } = context;
  const checksums = [];
  if (isOn(options, wire.POPTS_IXSM)) {
    checksums.push({ start: ipStart, offset: ipOffset, end: ipEnd });
  }
  if (isOn(options, wire.POPTS_TXSM)) {
    checksums.push({ start: tuStart, offset: tuOffset, end: tuEnd });
  }
  return {
    hasCheckSequence: !isOn(descriptor.getUint8(wire.TX_CMD), wire.CMD_IFCS),
    tag: tagOf(descriptor),
    segment: segment ? { ...context } : null,
    checksums,
  };
}

function readContext(state: E1000State, descriptor: DataView): void {
  const command = descriptor.getUint8(wire.TX_CMD);
  state.transmit.context = {
    ipStart: descriptor.getUint8(wire.CONTEXT_IPCSS),
    ipOffset: descriptor.getUint8(wire.CONTEXT_IPCSO),
    ipEnd: descriptor.getUint16(wire.CONTEXT_IPCSE, true),
    tuStart: descriptor.getUint8(wire.CONTEXT_TUCSS),
    tuOffset: descriptor.getUint8(wire.CONTEXT_TUCSO),
    tuEnd: descriptor.getUint16(wire.CONTEXT_TUCSE, true),
    headerBytes: descriptor.getUint8(wire.CONTEXT_HDRLEN),
    segmentBytes: descriptor.getUint16(wire.CONTEXT_MSS, true),
    isTcp: isOn(command, wire.TUCMD_TCP),
    isIpv4: isOn(command, wire.TUCMD_IP),
  };
}

function misuse(host: DeviceHost, problem: string, detail: string): void {
  host.report({ kind: 'device-misuse', subject: host.subject, problem, detail });
}
