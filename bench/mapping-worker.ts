/** A process with a machine and so many live mappings, which times pairs of map and unmap when asked. */
import type { Blocking } from '../src/kernel/effects.ts';
import { MmMapIoSpace, MmUnmapIoSpace } from '../src/kernel/mm/io-space.ts';
import { Machine } from '../src/machine/machine.ts';
import { callService } from '../src/machine/typescript-driver.ts';
import type { MapRequest } from '../src/mapping/core.ts';
import { pa, va } from '../src/units/address.ts';
import { milliseconds } from './measure.ts';

export interface Round {
  /** Nanoseconds per pair: through the services that a driver calls, and in the mapping core alone. */
  readonly services: number;
  readonly core: number;
  readonly residentMegabytes: number;
}

/** A device's registers, above RAM. */
const PHYSICAL = 0xfebd_0000;
const PAIRS = 5000;
const live = Number(process.argv[2]);

const machine = new Machine({ ramBytes: 0x1000_0000 });
const { kernel } = machine;

function* map(): Blocking<bigint> {
  return yield* callService(kernel, MmMapIoSpace, {
    PhysicalAddress: BigInt(PHYSICAL),
    NumberOfBytes: 0x1000n,
    CacheType: 0,
  });
}

function* pairs(count: number): Blocking<void> {
  for (let i = 0; i < count; i++) {
    const BaseAddress = va(yield* map());
    yield* callService(kernel, MmUnmapIoSpace, { BaseAddress, NumberOfBytes: 0x1000n });
  }
}

const request: MapRequest = {
  framework: 'wdm',
  service: 'MmMapIoSpace',
  origin: 'io-space',
  physical: pa(PHYSICAL),
  length: 0x1000,
  space: 'system',
  cacheType: 'MmNonCached',
  writable: true,
  executable: true,
  unlocked: false,
  owner: null,
  bornIn: 'start',
  bornAt: [],
};
const release = { phase: 'stop', service: 'MmUnmapIoSpace', at: [] };

function corePairs(count: number): void {
  for (let i = 0; i < count; i++) {
    const mapping = kernel.mappings.map(request);
    if (mapping === undefined) throw new Error('the machine has no room for one more mapping');
    kernel.mappings.unmap(mapping, release);
  }
}

function round(): Round {
  const each = (ms: number): number => (ms * 1e6) / PAIRS;
  return {
    services: each(milliseconds(() => machine.run('pairs', () => pairs(PAIRS)))),
    core: each(milliseconds(() => corePairs(PAIRS))),
    residentMegabytes: process.memoryUsage.rss() / 2 ** 20,
  };
}

machine.run('fill', function* fill() {
  while (kernel.mappings.ledger.liveCount < live) {
    if ((yield* map()) === 0n) throw new Error(`only ${kernel.mappings.ledger.liveCount} fit`);
  }
});
round();
process.on('message', () => process.send?.(round()));
process.send?.('ready');
