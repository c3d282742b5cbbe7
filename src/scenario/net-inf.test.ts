/** What an INF as vendors ship it for a virtual network adapter makes of a run: the hardware, and what the miniport reads. */
import { expect, test } from 'vitest';
import { PARAMETER } from '../frameworks/ndis/configuration.ts';
import {
  CONFIGURATION_OBJECT,
  CONFIGURATION_PARAMETER,
  PARAMETER_DATA,
} from '../frameworks/ndis/layout.ts';
import { FakeMiniport } from '../frameworks/ndis/miniport.fixture.ts';
import { OBJECT, setHeader } from '../frameworks/ndis/object-header.ts';
import { allocate, placeString } from '../kernel/test-kernel.ts';
import { latin1Bytes, utf16Bytes } from '../layout/nt.ts';
import { vaAdd } from '../units/address.ts';
import { NDIS_STATUS } from '../units/ndis-status.ts';
import { hardwareFor } from './installed.ts';
import { NET_INF } from './net-inf.fixture.ts';

const ENCODINGS = [
  ['Latin-1', latin1Bytes(NET_INF)],
  ['UTF-16', Uint8Array.of(0xff, 0xfe, ...utf16Bytes(NET_INF.replaceAll('\n', '\r\n')))],
  ['UTF-8', Uint8Array.of(0xef, 0xbb, 0xbf, ...latin1Bytes(NET_INF))],
] as const;

const chosen = (inf: Uint8Array) =>
  hardwareFor({ device: undefined, usual: 'e1000', fileName: 'vcard.sys', inf });

test.each(ENCODINGS)(
  'in %s it leads to the transitional device that it names first, with its messages',
  (_encoding, inf) => {
    const { device, identity, service, setup, facts } = chosen(inf);
    expect([device?.name, identity, service, setup.messages]).toEqual([
      'virtio-net-transitional',
      {},
      'vcard',
      4,
    ]);
    expect(facts).toEqual({
      hardwareId: 'PCI\\VEN_1AF4&DEV_1000&SUBSYS_00011AF4&REV_00',
      section: 'Card.ndi',
      isStandIn: false,
    });
  },
);

test('the service has the values that its section adds', () => {
  const shown = chosen(ENCODINGS[0][1]).installed.map(({ path, name, type }) => [
    path.replace(/^.*\\vcard/, ''),
    name,
    type,
  ]);
  expect(shown).toEqual([
    ['', 'ImagePath', 2],
    ['', 'TextModeFlags', 4],
    ['\\Parameters', 'DisableMSI', 1],
    ['\\Parameters', 'LogFile', 2],
  ]);
});

/** An adapter that was installed from the INF, and its open configuration. */
function configured() {
  const { setup } = chosen(ENCODINGS[1][1]);
  const miniport = new FakeMiniport({}, { installation: setup.installation ?? null });
  const { kernel } = miniport;
  const object = allocate(kernel, CONFIGURATION_OBJECT.bytes);
  setHeader(kernel, object, OBJECT.CONFIGURATION_OBJECT, 1, 20);
  const handleAt = vaAdd(object, CONFIGURATION_OBJECT.offsetOf('NdisHandle'));
  kernel.mmu.write(handleAt, 8, miniport.adapter.handle);
  return { miniport, configuration: miniport.open('NdisOpenConfigurationEx', object) };
}

test('the miniport reads the usual value of every keyword, as a number', () => {
  const { miniport, configuration } = configured();
  const { kernel } = miniport;
  const read = (keyword: string): number | undefined => {
    const [status, value] = [allocate(kernel, 4), allocate(kernel, 8)];
    const name = placeString(kernel, keyword);
    miniport.call('NdisReadConfiguration', status, value, configuration, name, PARAMETER.INTEGER);
    if (Number(kernel.mmu.read(status, 4)) !== NDIS_STATUS.SUCCESS) return undefined;
    const at = kernel.mmu.pointer(value);
    const { ParameterType } = CONFIGURATION_PARAMETER.at(kernel.mmu, at);
    expect(ParameterType).toBe(PARAMETER.INTEGER);
    return Number(kernel.mmu.read(vaAdd(at, PARAMETER_DATA), 4));
  };
  const keywords = ['*RSS', '*NumRssQueues', '*PriorityVLANTag', 'OffLoad.TxChecksum'];
  expect(keywords.map(read)).toEqual([1, 8, 3, 31]);
  expect(['TxCapacity', 'vlanid', 'MTU', 'BusNumber'].map(read)).toEqual([1024, 0, 1500, 0]);
  expect(['*IfType', 'Characteristics', 'BusType'].map(read)).toEqual([6, 0x84, 5]);
  expect(['NetworkAddress', 'Ndi', 'RxCapacity', 'DisableMSI'].map(read)).toEqual(
    Array(4).fill(undefined),
  );
});

test('an optional address that nobody gave is not there', () => {
  const { miniport, configuration } = configured();
  const { kernel } = miniport;
  const [status, address, length] = [8, 8, 8].map((bytes) => allocate(kernel, bytes));
  if (status === undefined || address === undefined || length === undefined) return;
  miniport.call('NdisReadNetworkAddress', status, address, length, configuration);
  expect(Number(kernel.mmu.read(status, 4))).toBe(NDIS_STATUS.FAILURE);
});
