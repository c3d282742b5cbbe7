/** The miniport for virtio-net, run as installed and with other settings in its INF: messages or the line, frames both ways. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { COMMON_CONFIG_MSIX_VECTOR, COMMON_QUEUE_MSIX_VECTOR } from '../src/devices/spec/virtio.ts';
import type { Event } from '../src/events/event.ts';
import { latin1Bytes } from '../src/layout/nt.ts';
import { runDriver } from '../src/scenario/run.ts';

const drivers = new URL('../drivers/', import.meta.url);
const image = new Uint8Array(readFileSync(new URL('bin/ndis/vionet.sys', drivers)));
const inf = readFileSync(new URL('ndis/vionet.inf', drivers), 'latin1');

const keyword = (name: string): RegExp =>
  new RegExp(`^HKR, , ${name.replace('*', '\\*')}, *0, "(.*)"`, 'm');

function set(text: string, name: string, value: string): string {
  const line = `HKR, , ${name}, 0, "${value}"`;
  if (keyword(name).test(text)) return text.replace(keyword(name), line);
  return text.replace('[Vionet.Params]', `${line}\n[Vionet.Params]`);
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

const entered = ({ of }: Life, routine: string) =>
  of('callback-enter').filter((event) => event.routine === routine);

/** What the device did about interrupts: message numbers, or `raise`. */
const interrupts = ({ of }: Life): (number | string | null)[] =>
  of('device-interrupt').flatMap(({ what, message }) =>
    what === 'lower' ? [] : [what === 'message' ? message : what],
  );

/** Values written to a register of the common configuration, which lies at the start of the larger window. */
const written = ({ of }: Life, register: number): Set<bigint> =>
  new Set(
    of('access').flatMap(({ access, physical, mapping, value }) =>
      access === 'write' && mapping?.length === 0x4000 && physical - mapping.physical === register
        ? [value]
        : [],
    ),
  );

/** Everything sent was on the wire byte for byte, and what came in was indicated. */
function expectTraffic(life: Life): void {
  expect(life.run.result).toMatchObject({ ended: 'complete', notModelled: [], bugCheck: null });
  expect(life.of('framework-misuse')).toEqual([]);
  expect(life.of('device-misuse')).toEqual([]);
  expect(framesThat(life, 'send')).toBeGreaterThan(0);
  for (const { given, sent, seen, received, indicated } of life.of('traffic')) {
    expect([sent, seen, indicated]).toEqual([given, given, received]);
  }
  expect(framesThat(life, 'on-wire')).toBeGreaterThanOrEqual(framesThat(life, 'send')); // large sends are cut
  expect(framesThat(life, 'inject')).toBeGreaterThan(0);
  expect(framesThat(life, 'indicate')).toBe(
    framesThat(life, 'inject') + framesThat(life, 'on-wire'), // the other end answers
  );
}

const installed = live(inf);

test('frames pass both ways on the card that the INF names', () => {
  expectTraffic(installed);
  const { driver, device, installed: facts } = installed.run;
  expect([driver.frameworkVersion, device]).toEqual(['6.30', 'virtio-net']);
  expect(facts).toMatchObject({ section: 'Vionet.ndi', isStandIn: false });
});

test('every queue interrupts by a message of its own, and nothing by the line', () => {
  const seen = interrupts(installed);
  expect(new Set(seen)).toEqual(new Set([1, 2, 3]));
  expect(entered(installed, 'MiniportMessageInterrupt').length).toBe(seen.length);
  expect(entered(installed, 'MiniportInterrupt')).toEqual([]);
  expect(written(installed, COMMON_QUEUE_MSIX_VECTOR)).toEqual(new Set([1n, 2n, 3n]));
  expect(written(installed, COMMON_CONFIG_MSIX_VECTOR)).toEqual(new Set([0n]));
});

test('each message is followed by a DPC that its routine queued', () => {
  const queued = installed
    .of('service-enter')
    .filter(({ service }) => service === 'NdisMQueueDpcEx');
  expect(new Set(queued.map(({ args }) => Number(args.MessageId)))).toEqual(new Set([1, 2, 3]));
  expect(Math.min(...queued.map(({ irql }) => irql))).toBeGreaterThan(2);
  const dpcs = entered(installed, 'MiniportMessageInterruptDPC');
  expect(dpcs.length).toBe(queued.length);
  expect(new Set(dpcs.map(({ irql }) => irql))).toEqual(new Set([2]));
});

test('every keyword of the INF is read', () => {
  const given = [...inf.matchAll(/^HKR, , ([*\w]+), *0, "/gm)].map(([, name]) => name);
  const read = installed
    .of('service-enter')
    .flatMap(({ service, pointees }) =>
      service === 'NdisReadConfiguration' ? [JSON.parse(pointees?.Keyword ?? '""') as string] : [],
    );
  expect(given.length).toBeGreaterThan(12);
  expect(new Set(read)).toEqual(new Set(given));
  const said = installed.of('debug-print').map(({ text }) => text.trim());
  expect(said).toContain('vionet: *JumboPacket = 1514');
});

test('requests that wait for the control queue are pending, and are completed', () => {
  const pending = installed.run.result.lifecycle.filter(
    ({ status }) => status === 'STATUS_PENDING',
  );
  expect(pending.length).toBeGreaterThan(0);
  const completed = installed
    .of('service-enter')
    .filter(({ service }) => service === 'NdisMOidRequestComplete');
  expect(completed.length).toBe(pending.length);
});

test('all of its windows are unmapped before the device is gone, but those that shutdown leaves', () => {
  const left = installed.run.result.mappings.filter(({ releasedIn }) => releasedIn === null);
  expect(new Set(left.map(({ owner }) => owner))).toEqual(
    new Set(['virtio-net#3', 'virtio-net#4']),
  );
});

test.each([
  ['EventIndex', '0'],
  ['IndirectDescriptors', '0'],
  ['MergeReceiveBuffers', '0'],
  ['ReceiveBufferBytes', '512'], // the longest frame takes three of them
  ['*ReceiveBuffers', '16'],
  ['*TransmitBuffers', '8'],
  ['*JumboPacket', '9014'],
  ['*RSS', '0'],
  ['*PriorityVLANTag', '0'],
  ['*TCPChecksumOffloadIPv4', '0'],
  ['NetworkAddress', '02AABBCCDDEE'],
  ['WatchSeconds', '99'], // out of range: the default
])('%s may be %s', (name, value) => {
  const life = live(set(inf, name, value));
  expectTraffic(life);
  expect(new Set(interrupts(life))).toEqual(new Set([1, 2, 3]));
});

test('with two messages the queues share the second', () => {
  const life = live(
    inf.replace('MessageNumberLimit, 0x00010001, 16', 'MessageNumberLimit, 0x00010001, 2'),
  );
  expectTraffic(life);
  expect(new Set(interrupts(life))).toEqual(new Set([1]));
});

test('without messages it is the line', () => {
  const life = live(inf.replace(/MSISupported, +0x00010001, 1/, 'MSISupported, 0x00010001, 0'));
  expectTraffic(life);
  expect(new Set(interrupts(life))).toEqual(new Set(['raise']));
  expect(entered(life, 'MiniportMessageInterrupt')).toEqual([]);
  expect(entered(life, 'MiniportInterrupt').length).toBeGreaterThan(0);
});

const RESOURCES = 0xc000009an;

test.each([
  ['NdisMAllocateSharedMemory', 0n],
  ['NdisAllocateNetBufferListPool', 0n],
  ['NdisAllocateNetBufferAndNetBufferList', 0n],
  ['NdisAllocateMdl', 0n],
  ['NdisMRegisterScatterGatherDma', RESOURCES],
  ['NdisMRegisterInterruptEx', RESOURCES],
])('when %s fails all that was mapped is given back', (service, result) => {
  const { run, of } = live(inf, new Map([[service, result]]));
  expect(run.result).toMatchObject({ ended: 'complete', bugCheck: null });
  const initialized = run.result.lifecycle.filter(
    ({ callback }) => callback === 'MiniportInitializeEx',
  );
  expect(initialized.map(({ status }) => status)).toContain('STATUS_INSUFFICIENT_RESOURCES');
  expect(initialized.map(({ status }) => status)).not.toContain('STATUS_SUCCESS');
  expect(run.result.mappings).not.toEqual([]);
  expect(run.result.mappings.filter(({ releasedIn }) => releasedIn !== 'initialize')).toEqual([]);
  expect(of('framework-misuse')).toEqual([]);
});
