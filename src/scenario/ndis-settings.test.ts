/** Requests for scaling, settings and waking, and the silence where a miniport offers none of it. */
import { expect, test } from 'vitest';
import type { Adapter, GeneralAttributes } from '../frameworks/ndis/adapter.ts';
import { OID_REQUEST } from '../frameworks/ndis/layout.ts';
import { FakeMiniport } from '../frameworks/ndis/miniport.fixture.ts';
import { MODERATION, SCALE_CAPABILITY } from '../frameworks/ndis/offload-layout.ts';
import { OID, oidName } from '../frameworks/ndis/oids.ts';
import { setSystemPower } from '../frameworks/ndis/power.ts';
import type { Blocking } from '../kernel/effects.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { NDIS_STATUS } from '../units/ndis-status.ts';
import { judgeReceived, tcpFrames } from './ndis-received.ts';
import { scaleReceives, stopScaling, toeplitz } from './ndis-scaling.ts';
import { changeSettings } from './ndis-settings.ts';

const GENERAL: GeneralAttributes = {
  mediaType: 0,
  mtu: 1500,
  lookahead: 1500,
  macOptions: 0,
  packetFilters: 0,
  multicastEntries: 0,
  permanentAddress: new Uint8Array(6),
  currentAddress: new Uint8Array(6),
  supportedOids: [],
  hasPowerManagement: true,
  selectiveSuspend: false,
  receiveScale: null,
  wakeUp: null,
  pauseFunctions: 0,
  maxLinkSpeed: 1_000_000_000n,
  bytes: new Uint8Array(),
};

function miniport(
  general: Partial<GeneralAttributes>,
  answer: (oid: number) => number = () => NDIS_STATUS.SUCCESS,
) {
  const asked: { readonly name: string; readonly bytes: Uint8Array }[] = [];
  const on = new FakeMiniport({
    MiniportOidRequest(_context, request) {
      const view = OID_REQUEST.at(on.kernel.mmu, request);
      const bytes = on.kernel.mmu.readBytes(view.InformationBuffer, view.InformationBufferLength);
      const isQuery = view.RequestType === 0;
      if (isQuery) on.kernel.mmu.writeBytes(view.InformationBuffer, moderation(2));
      if (isQuery) view.BytesWritten = MODERATION.bytes;
      asked.push({ name: `${isQuery ? 'query' : 'set'} ${oidName(view.Oid)}`, bytes });
      return answer(view.Oid);
    },
  });
  on.adapter.general = { ...GENERAL, ...general };
  const run = <T>(body: (kernel: Kernel, adapter: Adapter) => Blocking<T>): T =>
    on.machine.run(body(on.kernel, on.adapter));
  return { on, asked, run };
}

const moderation = (state: number): Uint8Array =>
  Uint8Array.of(0x80, 1, 12, 0, 0, 0, 0, 0, state, 0, 0, 0);

const { TOEPLITZ, HASH_TYPE_TCP_IPV4, INDEPENDENT_ENTRY_MOVE } = SCALE_CAPABILITY;
const SCALE = { flags: TOEPLITZ | HASH_TYPE_TCP_IPV4, queues: 2, entries: 48 };

test('scaling gets a table that is a power of two, a key of 40 bytes, and is switched off', () => {
  const { asked, run } = miniport({ receiveScale: SCALE });
  expect(run(scaleReceives)).toBe(true);
  run(stopScaling);
  expect(asked.map(({ name }) => name)).toEqual(
    new Array(2).fill('set OID_GEN_RECEIVE_SCALE_PARAMETERS'),
  );
  const [on, off] = asked.map(({ bytes }) => new DataView(bytes.buffer));
  expect([on?.getUint8(1), on?.getUint16(2, true), on?.byteLength]).toEqual([3, 44, 44 + 128 + 40]);
  expect(on?.getUint32(8, true)).toBe(0x301);
  expect([on?.getUint16(12, true), on?.getUint32(16, true)]).toEqual([128, 44]);
  expect([on?.getUint16(20, true), on?.getUint32(24, true)]).toEqual([40, 172]);
  expect([on?.getUint8(172), off?.getUint16(4, true)]).toEqual([0x6d, 0x10]);
});

test.each([
  ['no queues', { ...SCALE, queues: 0 }],
  ['no hash function', { ...SCALE, flags: HASH_TYPE_TCP_IPV4 }],
  ['no hash type', { ...SCALE, flags: TOEPLITZ }],
  [
    'a table that changes entry by entry',
    { ...SCALE, flags: SCALE.flags | INDEPENDENT_ENTRY_MOVE },
  ],
  ['no capabilities', null],
])('%s: no scaling', (_why, receiveScale) => {
  const { asked, run } = miniport({ receiveScale });
  expect([run(scaleReceives), asked]).toEqual([false, []]);
});

test.each([
  [
    0x51cc_c178,
    [66, 9, 149, 187, 161, 142, 100, 80, 2794 >> 8, 2794 & 0xff, 1766 >> 8, 1766 & 0xff],
  ],
  [0x323e_8fc2, [66, 9, 149, 187, 161, 142, 100, 80]],
])('the documented example hashes to %i', (hash, input) => {
  expect(toeplitz(Uint8Array.from(input))).toBe(hash);
});

test('interrupt moderation is switched and switched back, the link negotiated', () => {
  const oids = [OID.GEN_LINK_PARAMETERS, OID.GEN_INTERRUPT_MODERATION];
  const { asked, run } = miniport({ supportedOids: oids });
  run(changeSettings);
  expect(asked.map(({ name }) => name)).toEqual([
    'set OID_GEN_LINK_PARAMETERS',
    'query OID_GEN_INTERRUPT_MODERATION',
    'set OID_GEN_INTERRUPT_MODERATION',
    'set OID_GEN_INTERRUPT_MODERATION',
  ]);
  expect(asked.slice(2).map(({ bytes }) => bytes)).toEqual([moderation(3), moderation(2)]);
  expect(asked[0]?.bytes[28]).toBe(0xf);
});

test('a miniport that does not list them is not asked for settings', () => {
  const { asked, run } = miniport({});
  run(changeSettings);
  expect(asked).toEqual([]);
});

test('what wakes the adapter is said before it sleeps', () => {
  const wakeUp = { patterns: 0x3, events: 0x1, linkChange: 0 };
  const { asked, run } = miniport({ wakeUp });
  run((kernel, adapter) => setSystemPower(kernel, adapter, 4));
  expect(asked.map(({ name }) => name)).toEqual(['set OID_PM_PARAMETERS', 'set OID_PNP_SET_POWER']);
  expect([...(asked[0]?.bytes ?? [])]).toEqual([
    0x80, 2, 20, 0, 2, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0,
  ]);
});

test.each([null, { patterns: 0x1, events: 0, linkChange: 0 }])(
  'an adapter that nothing wakes is told nothing',
  (wakeUp) => {
    const { asked, run } = miniport({ wakeUp });
    run((kernel, adapter) => setSystemPower(kernel, adapter, 4));
    expect(asked.map(({ name }) => name)).toEqual(['set OID_PNP_SET_POWER']);
  },
);

const station = Uint8Array.of(2, 0, 0, 0, 0, 8);
const frames = tcpFrames(station, station);
const HASHED = frames.right.subarray(26, 38);

test.each([
  ['nothing said', {}, {}, []],
  ['the truth', { checksums: 0x28 }, { checksums: 0x21 }, []],
  ['a right checksum failed', { checksums: 0x1 }, {}, ['checksum-misjudged']],
  ['a right header failed', { checksums: 0x4 }, {}, ['checksum-misjudged']],
  ['a wrong checksum succeeded', {}, { checksums: 0x8 }, ['checksum-misjudged']],
  ['the right hash', { hash: { information: 0x201, value: toeplitz(HASHED) } }, {}, []],
  ['another hash', { hash: { information: 0x201, value: 1 } }, {}, ['hash-differs']],
])('of received frames: %s', (_what, right, wrong, problems) => {
  const { on } = miniport({});
  on.adapter.keep({ bytes: frames.right, service: '', ...right });
  on.adapter.keep({ bytes: frames.wrong, service: '', ...wrong });
  judgeReceived(on.kernel, on.adapter, frames, true);
  const said = problems.map((problem) => `NdisMIndicateReceiveNetBufferLists ${problem}`);
  expect(on.problems).toEqual(said);
});
