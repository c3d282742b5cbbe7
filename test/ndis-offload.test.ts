/** What a run asks of miniports that take work off the stack: of the one for virtio-net as installed and with other settings, and of the one for the e1000, which offers nothing. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Event } from '../src/events/event.ts';
import { latin1Bytes } from '../src/layout/nt.ts';
import { runDriver } from '../src/scenario/run.ts';
import { NDIS_STATUS } from '../src/units/ndis-status.ts';

const drivers = new URL('../drivers/', import.meta.url);
const vionetInf = readFileSync(new URL('ndis/vionet.inf', drivers), 'latin1');

function live(fileName: string, inf?: string) {
  const events: Event[] = [];
  const run = runDriver({
    image: new Uint8Array(readFileSync(new URL(`bin/ndis/${fileName}`, drivers))),
    fileName,
    registry: [],
    stubs: new Map(),
    ioctls: [],
    seed: 1,
    maxInstructions: 50_000_000,
    ...(inf === undefined ? {} : { inf: latin1Bytes(inf) }),
    onEvent: (event) => void events.push(event),
  });
  const of = <K extends Event['kind']>(kind: K): Extract<Event, { kind: K }>[] =>
    events.filter((event): event is Extract<Event, { kind: K }> => event.kind === kind);
  return { run, of };
}

type Life = ReturnType<typeof live>;

/** `OID status` of the requests of the first use that are about offloads, scaling and settings. */
function requests({ run }: Life): readonly string[] {
  const calls = run.result.lifecycle.filter(({ phase }) => phase === 'use');
  const first = calls.slice(
    0,
    calls.findIndex(({ callback }) => callback === 'MiniportCheckForHangEx'),
  );
  const own = /OFFLOAD|RECEIVE_SCALE|LINK_PARAMETERS|MODERATION/;
  return first.flatMap(({ callback, status }) =>
    own.test(callback) ? [`${callback.replace('MiniportOidRequest OID_', '')} ${status}`] : [],
  );
}

const lengths = ({ of }: Life, what: string): readonly number[] =>
  of('frame').flatMap((event) =>
    event.what === what && event.phase === 'use' && event.subject === 'virtio-net#1'
      ? [event.length]
      : [],
  );

const vionet = live('vionet.sys', vionetInf);

test('offloads are activated, switched off and on again, and receives are scaled', () => {
  expect(requests(vionet)).toEqual([
    'GEN_INTERRUPT_MODERATION STATUS_SUCCESS',
    'OFFLOAD_ENCAPSULATION STATUS_SUCCESS',
    'TCP_OFFLOAD_PARAMETERS STATUS_SUCCESS',
    'TCP_OFFLOAD_PARAMETERS STATUS_SUCCESS',
    'GEN_RECEIVE_SCALE_PARAMETERS STATUS_SUCCESS',
  ]);
  expect(vionet.of('framework-misuse')).toEqual([]);
  const told = vionet
    .of('adapter-status')
    .filter(({ status }) => status === NDIS_STATUS.TASK_OFFLOAD_CURRENT_CONFIG);
  expect(told.length).toBe(9); // three settings in each of three uses
});

test('frames with work left to the adapter are whole on the wire, large ones cut', () => {
  const sent = lengths(vionet, 'send').slice(0, 12);
  const frames = [60, 1514, 342, 98, 590, 64];
  const ipv4 = [14 + 40 + 301, 14 + 28 + 301, 14 + 40 + 2 * 1460 + 333];
  const ipv6 = [14 + 60 + 301, 14 + 48 + 301, 14 + 60 + 2 * 1440 + 333];
  expect(sent).toEqual([...frames, ...ipv4, ...ipv6]);
  const wire = lengths(vionet, 'on-wire');
  expect(wire.slice(8, 11)).toEqual([1514, 1514, 14 + 40 + 333]);
  expect(wire.slice(13, 16)).toEqual([1514, 1514, 14 + 60 + 333]);
  expect(vionet.of('traffic')[0]).toMatchObject({ given: 16, sent: 16, seen: 16 });
});

test.each([
  ['*LsoV2IPv4', [355, 343]],
  ['*UDPChecksumOffloadIPv4', [355, 3307]],
])('without %s what it stands for is not asked', (keyword, left) => {
  const pattern = new RegExp(`^(HKR, , \\${keyword}, *0, )"3?1?"`, 'm');
  expect(vionetInf).toMatch(pattern);
  const life = live('vionet.sys', vionetInf.replace(pattern, '$1"0"'));
  expect(lengths(life, 'send').slice(6, 8)).toEqual(left);
  expect(life.of('framework-misuse')).toEqual([]);
});

test('a miniport that offers nothing is asked for nothing', () => {
  expect(requests(live('nic.sys'))).toEqual([
    'GEN_LINK_PARAMETERS STATUS_NOT_SUPPORTED',
    'GEN_INTERRUPT_MODERATION STATUS_SUCCESS',
    'GEN_INTERRUPT_MODERATION STATUS_NOT_SUPPORTED',
  ]);
});
