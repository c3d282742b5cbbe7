/** Miniports that take offloads on, some of them wrongly. */
import { expect, test } from 'vitest';
import { LINK_STATE, OID_REQUEST, STATUS_INDICATION } from '../frameworks/ndis/layout.ts';
import { FakeMiniport } from '../frameworks/ndis/miniport.fixture.ts';
import { OBJECT, setHeader } from '../frameworks/ndis/object-header.ts';
import { OFFLOAD, OFFLOAD_ATTRIBUTES } from '../frameworks/ndis/offload-layout.ts';
import { OID } from '../frameworks/ndis/oids.ts';
import { allocate } from '../kernel/test-kernel.ts';
import { NULL, type Va } from '../units/address.ts';
import { NDIS_STATUS } from '../units/ndis-status.ts';
import { activateOffloads } from './ndis-offload.ts';

const ETHERNET = 2;
/** TcpChecksum and IpChecksum. */
const BOTH_SUMS = 0x110;
const PARAMETER_BYTES = 28;

interface Answers {
  readonly status?: (oid: number) => number;
  /** What the miniport says of its sums after a setting; null where it says nothing. */
  readonly sums?: (oid: number, parameters: Uint8Array) => number | null;
}

const follow = (oid: number, parameters: Uint8Array): number =>
  oid === OID.TCP_OFFLOAD_PARAMETERS && parameters[5] === 1 ? 0 : BOTH_SUMS;

function offering(sums: number, { status = () => 0, sums: say = follow }: Answers = {}) {
  const asked: { readonly oid: number; readonly bytes: Uint8Array }[] = [];
  const on = new FakeMiniport({
    MiniportOidRequest(_context, request) {
      const { Oid, InformationBuffer, InformationBufferLength } = OID_REQUEST.at(
        on.kernel.mmu,
        request,
      );
      const bytes = on.kernel.mmu.readBytes(InformationBuffer, InformationBufferLength);
      asked.push({ oid: Oid, bytes });
      const said = say(Oid, bytes);
      if (status(Oid) === 0 && said !== null) indicate(on, said);
      return status(Oid);
    },
  });
  const at = allocate(on.kernel, OFFLOAD_ATTRIBUTES.bytes);
  setHeader(on.kernel, at, OBJECT.MINIPORT_ADAPTER_OFFLOAD_ATTRIBUTES, 1, OFFLOAD_ATTRIBUTES.bytes);
  const view = OFFLOAD_ATTRIBUTES.at(on.kernel.mmu, at);
  view.DefaultOffloadConfiguration = configuration(on, sums);
  view.HardwareOffloadCapabilities = sums === 0 ? NULL : configuration(on, sums);
  expect(on.call('NdisMSetMiniportAttributes', on.adapter.handle, at)).toBe(0n);
  on.machine.run(activateOffloads(on.kernel, on.adapter));
  return { on, asked };
}

function configuration({ kernel }: FakeMiniport, sums: number): Va {
  const at = allocate(kernel, OFFLOAD.bytes);
  setHeader(kernel, at, 0xa7, 1, OFFLOAD.bytes);
  const { IPv4Transmit } = OFFLOAD.at(kernel.mmu, at);
  IPv4Transmit.Encapsulation = sums === 0 ? 0 : ETHERNET;
  IPv4Transmit.Flags = sums;
  return at;
}

function indicate(on: FakeMiniport, sums: number): void {
  const { kernel } = on;
  const at = allocate(kernel, STATUS_INDICATION.bytes);
  const view = STATUS_INDICATION.at(kernel.mmu, at);
  view.StatusCode = NDIS_STATUS.TASK_OFFLOAD_CURRENT_CONFIG;
  view.StatusBuffer = configuration(on, sums);
  view.StatusBufferSize = OFFLOAD.bytes;
  on.call('NdisMIndicateStatusEx', on.adapter.handle, at);
}

test('encapsulation comes first, then everything off, then on as it was', () => {
  const { on, asked } = offering(BOTH_SUMS);
  expect(asked.map(({ oid }) => oid)).toEqual([
    OID.OFFLOAD_ENCAPSULATION,
    OID.TCP_OFFLOAD_PARAMETERS,
    OID.TCP_OFFLOAD_PARAMETERS,
  ]);
  const [encapsulation, off, back] = asked.map(({ bytes }) => bytes);
  const on4 = [1, 0, 0, 0, ETHERNET, 0, 0, 0, 14, 0, 0, 0];
  expect([...(encapsulation ?? [])].slice(0, 17)).toEqual([0xa8, 1, 28, 0, ...on4, 2]);
  expect(off?.length).toBe(PARAMETER_BYTES);
  expect([...(off ?? [])].slice(0, 8)).toEqual([0x80, 3, 26, 0, 1, 1, 0, 0]);
  expect([...(back ?? [])].slice(4, 8)).toEqual([2, 2, 0, 0]);
  expect(on.adapter.offloads?.active).toBe(true);
  expect(on.problems).toEqual([]);
});

test('where nothing is offered nothing is asked', () => {
  expect(offering(0).asked).toEqual([]);
});

test('after a refusal nothing is left to the adapter', () => {
  const { on, asked } = offering(BOTH_SUMS, { status: () => NDIS_STATUS.NOT_SUPPORTED });
  expect(asked.length).toBe(1);
  expect(on.adapter.offloads?.active).toBe(false);
  expect(on.problems).toEqual([]);
});

test('a setting that is taken has to be told to the protocols', () => {
  const { on } = offering(BOTH_SUMS, {
    sums: (oid, bytes) => (oid === OID.OFFLOAD_ENCAPSULATION ? null : follow(oid, bytes)),
  });
  expect(on.problems).toEqual(['OID_OFFLOAD_ENCAPSULATION not-indicated']);
});

test('a configuration that does not follow is told', () => {
  const { on } = offering(BOTH_SUMS, { sums: () => BOTH_SUMS });
  expect(on.problems).toEqual([
    'OID_TCP_OFFLOAD_PARAMETERS answer-differs',
    'OID_TCP_OFFLOAD_PARAMETERS answer-differs',
  ]);
});

test('other indications change no configuration', () => {
  const { on } = offering(BOTH_SUMS);
  const at = allocate(on.kernel, STATUS_INDICATION.bytes);
  const view = STATUS_INDICATION.at(on.kernel.mmu, at);
  view.StatusCode = NDIS_STATUS.LINK_STATE;
  view.StatusBuffer = allocate(on.kernel, LINK_STATE.bytes);
  view.StatusBufferSize = LINK_STATE.bytes;
  on.call('NdisMIndicateStatusEx', on.adapter.handle, at);
  expect(on.adapter.offloads?.current.send4.tcp).toBe(true);
});
