/** A virtio device at work: negotiated features, queues, notifications, and what happens when a ring is broken (VIRTIO 1.2, 2, 3, 4.1.5). */
import { ticks } from '../../units/ticks.ts';
import type { DeviceHost } from '../host.ts';
import * as spec from '../spec/virtio.ts';
import type { Chain, RingProblem } from './chain.ts';
import { freshQueue, type QueueState, SplitQueue } from './queue.ts';

export interface VirtioState<Own> {
  deviceFeatureSelect: number;
  driverFeatureSelect: number;
  driverFeatures: bigint;
  configVector: number;
  status: number;
  /** The driver speaks through the legacy interface. */
  legacy: boolean;
  generation: number;
  queueSelect: number;
  isr: number;
  queues: QueueState[];
  own: Own;
}

/** What a device of a type declares of its queues. */
export interface QueueDeclaration {
  readonly name: string;
  readonly size: number;
}

export const freshState = <Own>(
  queues: readonly QueueDeclaration[],
  own: Own,
): VirtioState<Own> => ({
  deviceFeatureSelect: 0,
  driverFeatureSelect: 0,
  driverFeatures: 0n,
  configVector: spec.MSI_NO_VECTOR,
  status: 0,
  legacy: false,
  generation: 0,
  queueSelect: 0,
  isr: 0,
  queues: queues.map(({ size }) => freshQueue(size)),
  own,
});

/** From a notification to the device looking at the queue. */
const QUEUE_TIME = ticks(10n);

export const queueTimer = (queue: number): string => `queue${queue}`;

export class Virtio<Own> {
  readonly state: VirtioState<Own>;
  readonly host: DeviceHost;

  constructor(state: VirtioState<Own>, host: DeviceHost) {
    this.state = state;
    this.host = host;
  }

  get own(): Own {
    return this.state.own;
  }

  has(feature: bigint): boolean {
    return (this.state.driverFeatures & feature) !== 0n;
  }

  /** Between DRIVER_OK and whatever ends it; a legacy driver may begin before that (3.1.2). */
  get isRunning(): boolean {
    const { status, legacy } = this.state;
    const running = legacy ? 0 : spec.DRIVER_OK | spec.FEATURES_OK;
    const broken = spec.DEVICE_NEEDS_RESET | spec.FAILED;
    return (status & running) === running && (status & broken) === 0;
  }

  /** The device will look at the queue soon. */
  kick(queue: number): void {
    const state = this.state.queues[queue];
    if (!this.isRunning || state === undefined || !state.enabled || state.kicked) return;
    state.kicked = true;
    this.host.after(QUEUE_TIME, queueTimer(queue));
  }

  /** False when the rings of a queue cannot be used, which stops the device. */
  check(queue: number): boolean {
    const wrong = this.#queue(queue)?.check();
    if (wrong !== undefined) this.fail(wrong, queue);
    return wrong === undefined;
  }

  /** The next buffer of a queue; a broken ring stops the device and gives none. */
  take(queue: number): Chain | undefined {
    if (!this.isRunning) return undefined;
    const taken = this.#queue(queue)?.take();
    if (taken?.kind !== 'problem') return taken;
    this.fail(taken, queue);
    return undefined;
  }

  untake(queue: number, count: number): void {
    this.#queue(queue)?.untake(count);
  }

  put(queue: number, chain: Chain, written: number): void {
    this.#queue(queue)?.put(chain, written);
  }

  /** Interrupts for what was given back, if wanted, and asks to be told of more. */
  flush(queue: number): void {
    const split = this.#queue(queue);
    if (split === undefined || !this.isRunning) return;
    split.askForNotification();
    if (split.wantsInterrupt()) this.#interruptQueue(queue);
  }

  /** Handles buffers one by one, a ring of them at most before others get their turn. */
  forEach(queue: number, handle: (chain: Chain) => number | undefined): void {
    const { size } = this.state.queues[queue] ?? { size: 0 };
    let done = 0;
    for (; done < size; done++) {
      const chain = this.take(queue);
      if (chain === undefined) break;
      const written = handle(chain);
      if (written === undefined) return;
      this.put(queue, chain, written);
    }
    this.flush(queue);
    if (done === size && size > 0) this.kick(queue);
  }

  /** The driver broke the device: it stops, says so, and waits for a reset (2.1.2). */
  fail({ problem, detail }: Omit<RingProblem, 'kind'>, queue: number): void {
    const { subject } = this.host;
    const told = { kind: 'device-misuse', subject, problem } as const;
    this.host.report({ ...told, detail: `queue ${queue}: ${detail}` });
    const wasRunning = this.isRunning;
    this.state.status |= spec.DEVICE_NEEDS_RESET;
    if (wasRunning) this.#interruptConfiguration();
  }

  /** Something in the device's configuration has changed (2.5, 4.1.5.4), of which a driver hears once it is ready. */
  configurationChanged(): void {
    this.state.generation = (this.state.generation + 1) & 0xff;
    const isReady = (this.state.status & spec.DRIVER_OK) !== 0;
    if (isReady && this.isRunning) this.#interruptConfiguration();
  }

  #queue(queue: number): SplitQueue | undefined {
    const state = this.state.queues[queue];
    if (state === undefined) return undefined;
    return new SplitQueue(state, this.host.dma, this.state.driverFeatures);
  }

  #interruptQueue(queue: number): void {
    const vector = this.state.queues[queue]?.vector ?? spec.MSI_NO_VECTOR;
    this.#interrupt(vector, spec.ISR_QUEUE);
  }

  #interruptConfiguration(): void {
    this.#interrupt(this.state.configVector, spec.ISR_CONFIGURATION);
  }

  #interrupt(vector: number, isr: number): void {
    if (this.host.messagesOn()) {
      if (vector !== spec.MSI_NO_VECTOR) this.host.message(vector);
      return;
    }
    this.state.isr |= isr;
    this.host.raise();
  }
}
