/** A compiled miniport on a modelled e1000, warm, and the bursts of frames that go through it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { deviceNamed } from '../src/devices/registry.ts';
import { type Adapter, adapters } from '../src/frameworks/ndis/adapter.ts';
import { models } from '../src/frameworks/ndis/models.ts';
import { type Blocking, wait } from '../src/kernel/effects.ts';
import { loadDriver } from '../src/kernel/io/pnp/load.ts';
import { addDevice, startDevice } from '../src/kernel/io/pnp/pnp-manager.ts';
import { Machine } from '../src/machine/machine.ts';
import { Judge } from '../src/rules/judge.ts';
import { RULES } from '../src/rules/registry.ts';
import { frameFrom } from '../src/scenario/ndis-frames.ts';
import { setFilters } from '../src/scenario/ndis-oids.ts';
import { isSuccess, type NtStatus } from '../src/units/status.ts';
import { TICKS_PER_MS } from '../src/units/ticks.ts';
import { milliseconds } from './measure.ts';

export type Way = 'send' | 'receive';

export interface Burst {
  readonly way: Way;
  /** Bytes of each frame. */
  readonly length: number;
  readonly frames: number;
}

export interface Cost {
  readonly framesPerSecond: number;
  readonly instructionsPerFrame: number;
}

/** Another station of the link. */
const PEER = Uint8Array.of(2, 0, 0, 0, 0, 7);
/** Frames handed over together: fewer than the rings of the samples hold. */
const TOGETHER = 16;
/** Virtual milliseconds before frames count as lost. */
const PATIENCE_MS = 5000;

export class Traffic {
  readonly #machine: Machine;
  readonly #adapter: Adapter;
  readonly #link;
  #serial = 0;

  /** Every event of the machine is judged, as in a run. */
  constructor(path: string) {
    const judge = new Judge(RULES);
    const onEvent = judge.handle.bind(judge);
    this.#machine = new Machine({ maxInstructions: Number.MAX_SAFE_INTEGER, onEvent });
    const attached = this.#machine.addDevice(deviceNamed('e1000'), 'e1000#1');
    this.#machine.bus.assignResources(attached.function);
    const image = this.#machine.loadImage(new Uint8Array(readFileSync(path)), 'nic.sys');
    const link = attached.instance.network;
    if (link === undefined) throw new Error('an e1000 has a link');
    this.#link = link;
    const { kernel } = this.#machine;
    const facts = {
      name: 'nic',
      entryPoint: image.entryPoint,
      base: image.module.base,
      bytes: Number(image.module.end - image.module.base),
    };
    this.#adapter = this.#machine.run('start', function* () {
      const { driver } = yield* loadDriver(kernel, facts);
      const { node } = yield* addDevice(kernel, driver, attached.function, { subject: 'e1000#1' });
      yield* startDevice(kernel, node);
      const adapter = adapters(kernel).byNode(node);
      if (adapter === undefined) throw new Error('the miniport did not initialize');
      yield* models(adapter).restart(kernel, adapter);
      yield* setFilters(kernel, adapter);
      yield* until(() => adapter.linkUp);
      return adapter;
    });
  }

  /** Passes so many frames one way and waits for each group to be done with. */
  pass({ way, length, frames }: Burst): Cost {
    const before = this.#machine.instructions;
    const groups = frames / TOGETHER;
    const body = (): Blocking<void> => this.#groups(way, length, groups);
    const ms = milliseconds(() => this.#machine.run('frames', body));
    return {
      framesPerSecond: (frames * 1000) / ms,
      instructionsPerFrame: (this.#machine.instructions - before) / frames,
    };
  }

  *#groups(way: Way, length: number, groups: number): Blocking<void> {
    for (let i = 0; i < groups; i++) {
      const [from, to] = way === 'send' ? [this.#link.mac, PEER] : [PEER, this.#link.mac];
      const frames = Array.from({ length: TOGETHER }, () =>
        frameFrom(from, to, length, ++this.#serial),
      );
      yield* way === 'send' ? this.#send(frames) : this.#receive(frames);
    }
  }

  *#send(frames: readonly Uint8Array[]): Blocking<void> {
    const { kernel } = this.#machine;
    const statuses: readonly NtStatus[] = yield* models(this.#adapter).send(kernel, this.#adapter, {
      lists: frames.map((frame) => [frame]),
      shape: 'one-mdl',
      atDispatch: false,
    });
    if (!statuses.every(isSuccess)) throw new Error('the miniport did not send every frame');
  }

  *#receive(frames: readonly Uint8Array[]): Blocking<void> {
    const adapter = this.#adapter;
    const seen = adapter.indicatedCount + frames.length;
    for (const frame of frames) this.#link.injectFrame(frame);
    yield* until(() => adapter.indicatedCount >= seen && adapter.unreturned.size === 0);
  }
}

function* until(isSo: () => boolean): Blocking<void> {
  for (let waited = 0; !isSo(); waited++) {
    if (waited === PATIENCE_MS) throw new Error('frames were lost');
    yield* wait([], -TICKS_PER_MS);
  }
}

/** The samples that the frames pass. */
export const samplePath = (root: string, name: string): string =>
  join(root, 'drivers/bin/ndis', name);
