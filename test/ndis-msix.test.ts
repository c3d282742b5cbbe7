/** A compiled miniport that writes the entries of its card's MSI-X table. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Event } from '../src/events/event.ts';
import { runDriver } from '../src/scenario/run.ts';

const bin = new URL('../drivers/bin/ndis/', import.meta.url);
const fileName = 'ndis-msix-ok.sys';
const bytesOf = (name: string): Uint8Array => new Uint8Array(readFileSync(new URL(name, bin)));
const events: Event[] = [];
const run = runDriver({
  image: bytesOf(fileName),
  fileName,
  inf: bytesOf('ndis-msix-ok.inf'),
  registry: [],
  stubs: new Map(),
  ioctls: [],
  seed: 1,
  maxInstructions: 50_000_000,
  onEvent: (event) => void events.push(event),
});

test('each entry is masked, set and unmasked; the one beyond the last is refused', () => {
  const statuses = events.flatMap((event) =>
    event.kind === 'service-leave' && event.service === 'NdisMConfigMSIXTableEntry'
      ? [event.result]
      : [],
  );
  const refused = 'NDIS_STATUS_INVALID_PARAMETER';
  const first = statuses.slice(0, statuses.indexOf(refused) + 1);
  expect(first).toEqual([...Array<string>(3 * 4).fill('NDIS_STATUS_SUCCESS'), refused]);
});

test('messages come through the entries, so frames go both ways', () => {
  const messages = new Set(
    events.flatMap((event) =>
      event.kind === 'device-interrupt' && event.what === 'message' ? [event.message] : [],
    ),
  );
  expect(messages.size).toBeGreaterThan(1);
  expect(run.result.ended).toBe('complete');
  const moved = events.filter((event) => event.kind === 'frame' && event.what === 'indicate');
  expect(moved.length).toBeGreaterThan(0);
});
