/** The miniport for virtio-net on a transitional device: through the legacy interface when its INF says so, else through the modern one. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Event } from '../src/events/event.ts';
import { latin1Bytes } from '../src/layout/nt.ts';
import { runDriver } from '../src/scenario/run.ts';
import { iospace, temporaryFolder } from './command.suite.ts';

const drivers = new URL('../drivers/', import.meta.url);
const image = new Uint8Array(readFileSync(new URL('bin/ndis/vionet.sys', drivers)));
const inf = readFileSync(new URL('ndis/vionet.inf', drivers), 'latin1');

const TRANSITIONAL = 'PCI\\VEN_1AF4&DEV_1000&SUBSYS_00011AF4&REV_00';

/** Only the ids of a transitional device, and keywords that are other than they are. */
function infWith(keywords: Readonly<Record<string, string>>): string {
  const transitional = inf.replace(/^.*DEV_1041.*\n/gm, '');
  return Object.entries(keywords).reduce(
    (text, [name, value]) =>
      text.replace(new RegExp(`^(HKR, , ${name}, *0, ).*$`, 'm'), `$1"${value}"`),
    transitional,
  );
}

function live(text: string, stubs: ReadonlyMap<string, bigint> = new Map()) {
  const events: Event[] = [];
  const run = runDriver({
    image,
    fileName: 'vionet.sys',
    registry: [],
    stubs,
    ioctls: [],
    seed: 1,
    maxInstructions: 50_000_000,
    inf: latin1Bytes(text),
    onEvent: (event) => void events.push(event),
  });
  const of = <K extends Event['kind']>(kind: K): Extract<Event, { kind: K }>[] =>
    events.filter((event): event is Extract<Event, { kind: K }> => event.kind === kind);
  return { run, of };
}

type Life = ReturnType<typeof live>;

const framesThat = ({ of }: Life, what: string): number =>
  of('frame').filter((event) => event.what === what).length;

const interrupts = ({ of }: Life): Set<number | string | null> =>
  new Set(
    of('device-interrupt').flatMap(({ what, message }) =>
      what === 'lower' ? [] : [what === 'message' ? message : what],
    ),
  );

const entered = ({ of }: Life, service: string): number =>
  of('service-enter').filter((event) => event.service === service).length;

/** Everything sent was on the wire byte for byte, and what came in was indicated. */
function expectTraffic(life: Life): void {
  expect(life.run.result).toMatchObject({ ended: 'complete', notModelled: [], bugCheck: null });
  expect(life.run.device).toBe('virtio-net-transitional');
  expect(life.of('framework-misuse')).toEqual([]);
  expect(life.of('device-misuse')).toEqual([]);
  expect(life.of('device-register')).toEqual([]);
  expect(framesThat(life, 'send')).toBeGreaterThan(0);
  for (const { given, sent, seen, received, indicated } of life.of('traffic')) {
    expect([sent, seen, indicated]).toEqual([given, given, received]);
  }
  expect(framesThat(life, 'inject')).toBeGreaterThan(0);
  expect(framesThat(life, 'indicate')).toBe(
    framesThat(life, 'inject') + framesThat(life, 'on-wire'), // the other end answers
  );
}

const legacy = live(infWith({ ForceLegacy: '1' }));

test('frames pass both ways through the legacy interface', () => {
  expectTraffic(legacy);
  expect(legacy.run.installed).toMatchObject({ hardwareId: TRANSITIONAL, isStandIn: false });
  expect(entered(legacy, 'NdisMRegisterIoPortRange')).toBeGreaterThan(0);
  expect(entered(legacy, 'NdisMRegisterIoPortRange')).toBeGreaterThanOrEqual(
    entered(legacy, 'NdisMDeregisterIoPortRange'),
  );
  expect(entered(legacy, 'NdisMMapIoSpace')).toBe(0);
});

test('the verdict is clean', async () => {
  const { put, remove } = temporaryFolder();
  const at = put('vionet.sys', image);
  const inf = put('vionet.inf', infWith({ ForceLegacy: '1' }));
  const { exitCode, out } = await iospace('run', at, '--inf', inf, '--format', 'json');
  const report = JSON.parse(out) as { readonly outcome: string; readonly findings: unknown[] };
  expect([exitCode, report.outcome, report.findings]).toEqual([0, 'clean', []]);
  remove();
});

test('every queue interrupts by a message of its own', () => {
  expect(interrupts(legacy)).toEqual(new Set([1, 2, 3]));
});

test('without the keyword the same device is a modern one', () => {
  const modern = live(infWith({}));
  expectTraffic(modern);
  expect(entered(modern, 'NdisMRegisterIoPortRange')).toBe(0);
  expect(entered(modern, 'NdisMMapIoSpace')).toBeGreaterThan(0);
});

test.each([
  ['MergeReceiveBuffers', '0'], // then the header is two bytes shorter
  ['EventIndex', '0'],
  ['IndirectDescriptors', '0'],
  ['ReceiveBufferBytes', '512'],
])('%s may be %s', (name, value) => {
  const life = live(infWith({ ForceLegacy: '1', [name]: value }));
  expectTraffic(life);
  expect(interrupts(life)).toEqual(new Set([1, 2, 3]));
});

test('without messages it is the line, and the configuration lies where the vectors were', () => {
  const text = infWith({ ForceLegacy: '1' });
  const life = live(text.replace(/MSISupported, +0x00010001, 1/, 'MSISupported, 0x00010001, 0'));
  expectTraffic(life);
  expect(interrupts(life)).toEqual(new Set(['raise']));
});

test.each([
  ['NdisMAllocateSharedMemory', 0n],
  ['NdisMRegisterIoPortRange', 0xc000009an],
  ['NdisMRegisterInterruptEx', 0xc000009an],
])('when %s fails the ports are given back', (service, result) => {
  const life = live(infWith({ ForceLegacy: '1' }), new Map([[service, result]]));
  expect(life.run.result).toMatchObject({ ended: 'complete', bugCheck: null });
  expect(life.of('framework-misuse')).toEqual([]);
});
