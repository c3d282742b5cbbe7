/** A split virtqueue as its device uses it: takes buffers, gives them back, decides about notifications (VIRTIO 1.2, 2.7). */
import type { DmaPort } from '../../bus/dma.ts';
import { type BusAddress, busAddress, hex } from '../../units/address.ts';
import * as spec from '../spec/virtio.ts';
import { type Chain, problem, type RingProblem, walk } from './chain.ts';

/** Everything the device knows of a queue. */
export interface QueueState {
  size: number;
  enabled: boolean;
  vector: number;
  /** Bus addresses of the descriptor table, the available ring and the used ring. */
  desc: bigint;
  driver: bigint;
  device: bigint;
  nextAvailable: number;
  nextUsed: number;
  /** The used index that the driver was last asked about. */
  signalled: number;
  kicked: boolean;
}

export const freshQueue = (size: number): QueueState => ({
  size,
  enabled: false,
  vector: spec.MSI_NO_VECTOR,
  desc: 0n,
  driver: 0n,
  device: 0n,
  nextAvailable: 0,
  nextUsed: 0,
  signalled: 0,
  kicked: false,
});

const distance = (from: number, to: number): number => (to - from) & 0xffff;

export class SplitQueue {
  readonly #state: QueueState;
  readonly #dma: DmaPort;
  readonly #features: bigint;

  constructor(state: QueueState, dma: DmaPort, features: bigint) {
    this.#state = state;
    this.#dma = dma;
    this.#features = features;
  }

  /** What is wrong with the rings themselves, before any buffer of theirs is looked at. */
  check(): RingProblem | undefined {
    const wrong = this.#state.enabled ? this.#areaProblem() : undefined;
    return wrong === 'refused' ? undefined : wrong;
  }

  /** The next buffer, nothing when there is none, or what is wrong with the ring. */
  take(): Chain | RingProblem | undefined {
    if (!this.#state.enabled) return undefined;
    const wrong = this.#areaProblem();
    if (wrong !== undefined) return wrong === 'refused' ? undefined : wrong;
    const { size, nextAvailable, desc } = this.#state;
    const waiting = distance(nextAvailable, this.#readAvailable(spec.RING_IDX));
    if (waiting === 0) return undefined;
    if (waiting > size) return problem('available-index', `${waiting} buffers in ${size} places`);
    const slot = nextAvailable % size;
    const head = this.#readAvailable(spec.RING_ELEMENTS + slot * spec.AVAIL_ELEMENT_BYTES);
    const source = {
      dma: this.#dma,
      table: busAddress(Number(desc)),
      size,
      allowsIndirect: this.#has(spec.F_INDIRECT_DESC),
    };
    const chain = walk(source, head);
    if (chain.kind === 'chain') this.#state.nextAvailable = (nextAvailable + 1) & 0xffff;
    return chain;
  }

  /** Forgets that the last `count` buffers were taken. */
  untake(count: number): void {
    this.#state.nextAvailable = (this.#state.nextAvailable - count) & 0xffff;
  }

  /** Gives a buffer back, with how much of it was written. */
  put({ head }: Chain, written: number): void {
    const { size, nextUsed } = this.#state;
    const element = new DataView(new ArrayBuffer(spec.USED_ELEMENT_BYTES));
    element.setUint32(0, head, true);
    element.setUint32(4, written, true);
    const slot = spec.RING_ELEMENTS + (nextUsed % size) * spec.USED_ELEMENT_BYTES;
    this.#dma.write(this.#used(slot), new Uint8Array(element.buffer));
    this.#state.nextUsed = (nextUsed + 1) & 0xffff;
    this.#dma.write(this.#used(spec.RING_IDX), le16(this.#state.nextUsed));
  }

  /** Whether the driver wants to hear of what has been given back since it was last asked (2.7.7). */
  wantsInterrupt(): boolean {
    const { size, nextUsed, signalled } = this.#state;
    if (nextUsed === signalled) return false;
    this.#state.signalled = nextUsed;
    if (!this.#has(spec.F_EVENT_IDX)) {
      return (this.#readAvailable(spec.RING_FLAGS) & spec.AVAIL_F_NO_INTERRUPT) === 0;
    }
    const at = spec.RING_ELEMENTS + size * spec.AVAIL_ELEMENT_BYTES;
    const event = this.#readAvailable(at);
    return distance((event + 1) & 0xffff, nextUsed) < distance(signalled, nextUsed);
  }

  /** Asks the driver to tell of the next buffer it makes available (2.7.10). */
  askForNotification(): void {
    const { size, enabled, nextAvailable } = this.#state;
    if (!enabled || !this.#has(spec.F_EVENT_IDX) || this.#areaProblem() !== undefined) return;
    const at = spec.RING_ELEMENTS + size * spec.USED_ELEMENT_BYTES;
    this.#dma.write(this.#used(at), le16(nextAvailable));
  }

  #has(feature: bigint): boolean {
    return (this.#features & feature) !== 0n;
  }

  /** `refused`: the function may not master the bus now; the ring is not to blame. */
  #areaProblem(): RingProblem | 'refused' | undefined {
    const { size, desc, driver, device } = this.#state;
    const events = this.#has(spec.F_EVENT_IDX) ? spec.EVENT_BYTES : 0;
    const areas = [
      ['descriptor table', desc, size * spec.DESC_BYTES],
      ['available ring', driver, spec.RING_ELEMENTS + size * spec.AVAIL_ELEMENT_BYTES + events],
      ['used ring', device, spec.RING_ELEMENTS + size * spec.USED_ELEMENT_BYTES + events],
    ] as const;
    for (const [name, at, bytes] of areas) {
      const trouble = this.#dma.trouble(busAddress(Number(at)), bytes);
      if (trouble === 'bus-master-off' || trouble === 'unplugged') {
        this.#dma.read(busAddress(Number(at)), bytes);
        return 'refused';
      }
      if (trouble !== undefined) return problem('ring-outside-memory', `${name} at ${hex(at)}`);
    }
    return undefined;
  }

  #readAvailable(offset: number): number {
    const at = busAddress(Number(this.#state.driver) + offset);
    const [low = 0, high = 0] = this.#dma.read(at, 2);
    return low | (high << 8);
  }

  #used(offset: number): BusAddress {
    return busAddress(Number(this.#state.device) + offset);
  }
}

const le16 = (value: number): Uint8Array => Uint8Array.of(value & 0xff, value >>> 8);
