/** The two descriptor rings of the 82540EM in memory: base, length, head and tail (Intel 317453, 3.2.6, 3.4). */
import { type BusAddress, busAddress } from '../../units/address.ts';
import type { DeviceHost } from '../host.ts';
import { DESCRIPTOR_BYTES } from '../spec/e1000-descriptors.ts';
import { registerOf, setRegister } from './state.ts';

/** `RD` receives, `TD` transmits. */
export type RingName = 'RD' | 'TD';

export interface Ring {
  readonly name: RingName;
  readonly count: number;
  readonly head: number;
  readonly tail: number;
  /** Descriptors that belong to the device. */
  readonly owned: number;
}

/** Nothing while software has not set the ring up, or has set it up so that head or tail lie outside it. */
export function ringOf(host: DeviceHost, name: RingName): Ring | undefined {
  const count = Math.floor(registerOf(host, `${name}LEN`) / DESCRIPTOR_BYTES);
  const head = registerOf(host, `${name}H`);
  const tail = registerOf(host, `${name}T`);
  if (head >= count || tail >= count) return undefined;
  return { name, count, head, tail, owned: (tail - head + count) % count };
}

export const addressOf = (host: DeviceHost, name: RingName, index: number): BusAddress =>
  busAddress(
    registerOf(host, `${name}BAH`) * 2 ** 32 +
      registerOf(host, `${name}BAL`) +
      index * DESCRIPTOR_BYTES,
  );

/** Nothing when the descriptor cannot be fetched; the refused transfer is an event. */
export function fetch(host: DeviceHost, ring: Ring, ahead = 0): DataView | undefined {
  const at = addressOf(host, ring.name, (ring.head + ahead) % ring.count);
  const isRefused = host.dma.trouble(at, DESCRIPTOR_BYTES) !== undefined;
  const { buffer, byteOffset, length } = host.dma.read(at, DESCRIPTOR_BYTES);
  return isRefused ? undefined : new DataView(buffer, byteOffset, length);
}

export function advance(host: DeviceHost, ring: Ring): Ring {
  const head = (ring.head + 1) % ring.count;
  setRegister(host, `${ring.name}H`, head);
  return { ...ring, head, owned: ring.owned - 1 };
}

export function bufferOf(descriptor: DataView): BusAddress {
  return busAddress(descriptor.getUint32(4, true) * 2 ** 32 + descriptor.getUint32(0, true));
}
