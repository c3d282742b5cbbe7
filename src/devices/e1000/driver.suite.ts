/** What a driver of the 82540EM does, for its tests: rings in memory, initialization, sending, receiving. */
import { pa } from '../../units/address.ts';
import { ticks } from '../../units/ticks.ts';
import type { AttachOptions } from '../attach.ts';
import { rig, started } from '../device.suite.ts';
import { e1000 } from '../e1000.ts';
import * as spec from '../spec/e1000.ts';
import * as wire from '../spec/e1000-descriptors.ts';

export const RING_SIZE = 8;
const RX_RING = 0x1_0000;
const TX_RING = 0x1_1000;
const RX_BUFFERS = 0x2_0000;
const TX_BUFFERS = 0x3_0000;
const BUFFER_BYTES = 0x1000;
const ALL_CAUSES = spec.ICR_CAUSES;

export const RECEIVE_ON = spec.RCTL_EN | spec.RCTL_BAM | spec.RCTL_SECRC;
const TRANSMIT_ON = spec.TCTL_EN | spec.TCTL_PSP;

const REGISTER: ReadonlyMap<string, number> = new Map(
  [...(e1000.registers.get(spec.REGISTER_BAR) ?? [])].map((row) => [row.name, row.at]),
);

/** A frame of `length` bytes with a counting payload. */
export function frame(to: readonly number[], from: readonly number[], length: number): Uint8Array {
  const bytes = Uint8Array.from({ length }, (_, i) => i & 0xff);
  bytes.set(to, 0);
  bytes.set(from, 6);
  bytes.set([0x88, 0xb5], 12);
  return bytes;
}

export const OURS = [0x52, 0x54, 0x00, 0x12, 0x34, 0x56];
export const THEIRS = [0x02, 0, 0, 0, 0, 0x07];
export const EVERYONE = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff];

export function e1000Driver(network: AttachOptions['network'] = { peer: 'silent' }, bridge = 0) {
  const on = rig();
  const { attached, read, write } = started(on, e1000, { network, placement: { bridge } });
  const link = attached.instance.network;
  if (link === undefined) throw new Error('no link');
  const at = (name: string): number => {
    const found = REGISTER.get(name);
    if (found === undefined) throw new Error(`no register ${name}`);
    return found;
  };
  const get = (name: string): number => Number(read(at(name)));
  const set = (name: string, value: number): void => write(at(name), value >>> 0);
  const bus = (address: number): number => attached.function.bridge.busAddressOf(pa(address));
  const run = (microseconds: number): void =>
    on.clock.runUntil(ticks(on.clock.now() + BigInt(microseconds) * 10n));
  const descriptor = (ring: number, n: number) =>
    new DataView(on.physical.readBytes(pa(ring + n * 16), 16).buffer);
  let tail = 0;

  const driver = {
    on,
    attached,
    link,
    get,
    set,
    run,
    bus,
    receiveDescriptor: (n: number) => descriptor(RX_RING, n),
    transmitDescriptor: (n: number) => descriptor(TX_RING, n),
    received: (n: number) => {
      const length = descriptor(RX_RING, n).getUint16(wire.RX_LENGTH, true);
      return on.physical.readBytes(pa(RX_BUFFERS + n * BUFFER_BYTES), length);
    },
    /** The link up and both rings running, with no cause left. */
    start(receiveControl = RECEIVE_ON): void {
      set('CTRL', get('CTRL') | spec.CTRL_SLU);
      for (const [name, ring] of [
        ['RD', RX_RING],
        ['TD', TX_RING],
      ] as const) {
        set(`${name}BAL`, bus(ring) % 2 ** 32);
        set(`${name}BAH`, Math.floor(bus(ring) / 2 ** 32));
        set(`${name}LEN`, RING_SIZE * 16);
        set(`${name}H`, 0);
        set(`${name}T`, 0);
      }
      for (let n = 0; n < RING_SIZE; n++) {
        on.physical.write(pa(RX_RING + n * 16), 8, BigInt(bus(RX_BUFFERS + n * BUFFER_BYTES)));
        on.physical.write(pa(RX_RING + n * 16 + 8), 8, 0n);
      }
      set('RCTL', receiveControl);
      set('TCTL', TRANSMIT_ON);
      set('RDT', RING_SIZE - 1);
      get('ICR');
    },
    enable(causes: number = ALL_CAUSES): void {
      set('IMS', causes);
    },
    /** Puts a descriptor of raw halves behind those there are, without telling the device. */
    queue(bytes: Uint8Array | undefined, fields: bigint): number {
      const n = tail;
      const buffer = TX_BUFFERS + n * BUFFER_BYTES;
      if (bytes !== undefined) on.physical.writeBytes(pa(buffer), bytes);
      on.physical.write(pa(TX_RING + n * 16), 8, BigInt(bus(buffer)));
      on.physical.write(pa(TX_RING + n * 16 + 8), 8, fields);
      tail = (tail + 1) % RING_SIZE;
      return n;
    },
    /** The same with both halves given, as a context descriptor needs. */
    queueRaw(low: bigint, high: bigint): number {
      const n = driver.queue(undefined, high);
      on.physical.write(pa(TX_RING + n * 16), 8, low);
      return n;
    },
    doorbell(): void {
      set('TDT', tail);
    },
    legacy(bytes: Uint8Array, command: number, more = 0n): number {
      return driver.queue(bytes, BigInt(bytes.length) | (BigInt(command) << 24n) | more);
    },
    data(bytes: Uint8Array, command: number, options: number): number {
      const type = BigInt(wire.TYPE_DATA) << 20n;
      const fields = (BigInt(command | wire.CMD_DEXT) << 24n) | (BigInt(options) << 40n);
      return driver.queue(bytes, BigInt(bytes.length) | type | fields);
    },
    send(bytes: Uint8Array, command = wire.CMD_EOP | wire.CMD_IFCS | wire.CMD_RS): number {
      const n = driver.legacy(bytes, command);
      driver.doorbell();
      run(1);
      return n;
    },
    arrive(bytes: Uint8Array): void {
      link.injectFrame(bytes);
      run(0);
    },
  };
  return driver;
}
