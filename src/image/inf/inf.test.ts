import { expect, test } from 'vitest';
import { latin1Bytes, utf16Bytes } from '../../layout/nt.ts';
import { HostError } from '../../units/errors.ts';
import { type Inf, parseInf } from './inf.ts';

const TEXT = `
; a network driver
[Version]
Signature = "$Windows NT$"
Class = Net ; comment
ClassGuid = {4d36e972-e325-11ce-bfc1-08002be10318}
Provider = %Acme%

[Manufacturer]
%Acme% = Acme, NTamd64.6.1, NTamd64.10.0, NTamd64.10.0...22000, NTx86

[Acme.NTamd64.10.0]
%Nic% = Nic_Install, PCI\\VEN_8086&DEV_100E, \\ ; goes on
        PCI\\VEN_8086&DEV_100F

[Acme.NTamd64.6.1]
%Nic% = Nic_Old, PCI\\VEN_8086&DEV_0001

[Acme.NTx86]
%Nic% = Nic_Other, PCI\\VEN_0000&DEV_0000

[Nic_Install.NT]
Characteristics = 0x84
*IfType = 6
AddReg = Nic.Reg, More.Reg

[Nic_Install.NT.HW]
AddReg = Nic.Hw

[Nic_Install.NT.Services]
AddService = helper, 0, Helper_Service
AddService = nic, 2, Nic_Service, Nic_Log

[Nic_Service]
ServiceBinary = %12%\\nic.sys
AddReg = Service.Reg

[Helper_Service]
ServiceBinary = %12%\\helper.sys

[Nic.Reg]
HKR, Ndi\\Params\\Speed, ParamDesc, 0, "Speed, ""quoted""; & 100%%"
HKR, Ndi\\Params\\Speed, default, 0, "9"
HKR, Ndi\\Params\\Count, Default, 0, "9"
HKR, Ndi\\Params\\Address, Default, 0, "0"
HKR, Ndi\\Params\\Address, Optional, 0, "1"
HKR,, BusNumber, 0, "0"
HKR,, Count, 0x00010001, 0x10
HKR,, Count, 0x00010003, 0x11
HKR, OnlyAKey,, 0x10
HKR,, Gone, 4

[More.Reg]
HKLM, Software\\Acme, Name, , Value

[Nic.Hw]
HKR, "Interrupt Management\\MessageSignaledInterruptProperties", MSISupported, 0x00010001, 1

[Service.Reg]
HKR, Parameters, Depth, 0x00010001, 4

[Strings]
Acme = "Acme Networks"
Nic = "Acme NIC"
`;

test('models come from the decorated section of this system', () => {
  const inf = parseInf(latin1Bytes(TEXT));
  expect(inf.deviceClass).toBe('Net');
  expect(inf.setupClass?.guid).toBe('{4D36E972-E325-11CE-BFC1-08002BE10318}');
  expect(inf.provider).toBe('Acme Networks');
  expect(inf.models).toEqual([
    {
      manufacturer: 'Acme Networks',
      description: 'Acme NIC',
      installSection: 'Nic_Install',
      hardwareIds: ['PCI\\VEN_8086&DEV_100E', 'PCI\\VEN_8086&DEV_100F'],
    },
  ]);
});

test.each([
  ['A, NTamd64', ['A.NTamd64']],
  ['A, NTx86, NTamd64.6.3, NTamd64.10.0...17763', ['A.NTamd64.10.0...17763']],
  ['A, NTamd64.10.0...22000', ['A.NTamd64.10.0...22000']],
  ['A, NTx86', ['A']],
  ['A', ['A']],
])('models of %s', (line, sections) => {
  const bodies = ['A', 'A.NTamd64', 'A.NTamd64.6.3', 'A.NTamd64.10.0...17763']
    .concat('A.NTamd64.10.0...22000', 'A.NTx86')
    .map((name) => `[${name}]\nx = ${name}, PCI\\VEN_1234&DEV_0001\n`);
  const inf = parseInf(latin1Bytes(`[Version]\n[Manufacturer]\nm = ${line}\n${bodies.join('')}`));
  expect(inf.models.map(({ installSection }) => installSection)).toEqual(sections);
});

test('registry values of device, hardware and service keys are told apart', () => {
  const values = parseInf(latin1Bytes(TEXT)).registryOf('Nic_Install');
  const shown = values.filter(({ name }) => !/^(default|optional)$/i.test(name));
  expect(shown.map(({ root, name, type, values }) => [root, name, type, values[0]])).toEqual([
    ['device', 'Characteristics', 'REG_DWORD', '0x84'],
    ['device', '*IfType', 'REG_DWORD', '6'],
    ['device', 'ParamDesc', 'REG_SZ', 'Speed, "quoted"; & 100%'],
    ['device', 'BusNumber', 'REG_SZ', '0'],
    ['device', 'Count', 'REG_DWORD', '0x10'],
    ['machine', 'Name', 'REG_SZ', 'Value'],
    ['hardware', 'MSISupported', 'REG_DWORD', '1'],
    ['service', 'Depth', 'REG_DWORD', '4'],
    ['device', 'Speed', 'REG_SZ', '9'],
  ]);
});

test('sections that others need come first, from this INF alone', () => {
  const inf = parseInf(
    latin1Bytes(`[Version]
[I.NTamd64]
Include = netvendor.inf
Needs = Common.NT, Elsewhere.NT
AddReg = Own
[I.NTamd64.HW]
Needs = Common.NT.HW
[I.NTamd64.Services]
Needs = Common.NT.Services
[Common.NT]
Needs = Base, I.NTamd64
AddReg = Shared
[Common.NT.HW]
AddReg = Hw
[Common.NT.Services]
AddService = s, 2, Service
[Service]
ServiceBinary = %13%\\s.sys
[Base]
AddReg = Lowest
[Lowest]
HKR,, A, 0, base
HKR,, B, 0, base
HKR,, C, 0, base
[Shared]
HKR,, B, 0, shared
HKR,, C, 0, shared
[Own]
HKR,, C, 0, own
[Hw]
HKR,, D, 0, hw
`),
  );
  const shown = inf.registryOf('I').map(({ root, name, values }) => [root, name, values[0]]);
  expect(shown).toEqual([
    ['device', 'A', 'base'],
    ['device', 'B', 'shared'],
    ['device', 'C', 'own'],
    ['hardware', 'D', 'hw'],
  ]);
  expect(inf.serviceOf('I')).toEqual({ name: 's', binary: 's.sys' });
});

test('the associated service and its binary are known', () => {
  expect(parseInf(latin1Bytes(TEXT)).serviceOf('Nic_Install')).toEqual({
    name: 'nic',
    binary: 'nic.sys',
  });
});

test('UTF-16 with a byte order mark reads the same', () => {
  const bytes = Uint8Array.of(0xff, 0xfe, ...utf16Bytes(TEXT));
  expect(parseInf(bytes).models).toHaveLength(1);
});

const needs = (count: number): string =>
  Array.from({ length: count }, (_, i) => `[N${i}]\nNeeds=N${i + 1}\n`).join('');

const deep = 'a\\'.repeat(40);

test.each([
  ['text before any section', 'hello'],
  ['nothing', ''],
  ['no version', '[Manufacturer]\nA=B'],
  ['endless lines', `[Version]\n${'a\n'.repeat(100_001)}`],
  ['endless fields', `[Version]\n${`${','.repeat(200_000)}\n`.repeat(3)}`],
  [
    'endless models',
    `[Version]\n[Manufacturer]\nA=A\n[A]\n${'a=b,PCI\\VEN_1,PCI\\VEN_2\n'.repeat(10_001)}`,
  ],
  ['an endless line', `[Version]\n${' '.repeat(300_000)}`],
  ['a line that goes on and on', `[Version]\n${'aaa\\\n'.repeat(99_000)}a`],
  ['too many bytes', `[Version]\n;${' '.repeat(4 << 20)}`],
  [
    'strings that multiply',
    `[Version]\n[Strings]\nA=${'a'.repeat(10_000)}\n[B]\n${'%A%\n'.repeat(1000)}`,
  ],
])('%s is refused by name', (_what, text) => {
  expect(() => parseInf(latin1Bytes(text))).toThrow(HostError);
});

test.each([
  ['a key too deep', `HKR,"${deep}",A,,1`],
  ['a key name too long', `HKR,${'k'.repeat(300)},A,,1`],
  ['needs without end', `[N0]\n${needs(40)}`],
  ['values beyond measure', Array.from({ length: 20_001 }, (_, i) => `HKR,,V${i},,1`).join('\n')],
])('%s is refused when it is installed', (_what, lines) => {
  const inf = parseInf(latin1Bytes(`[Version]\n[I]\nNeeds=N0\nAddReg=R\n[R]\n${lines}\n`));
  expect(() => inf.registryOf('I')).toThrow(HostError);
});

/** Everything that a run asks of an INF. */
function readAll(inf: Inf): void {
  for (const { installSection } of inf.models) {
    inf.registryOf(installSection);
    inf.serviceOf(installSection);
  }
}

function isReadOrRefused(bytes: Uint8Array): boolean {
  try {
    readAll(parseInf(bytes));
    return true;
  } catch (error) {
    return error instanceof HostError && error.code === 'bad-image';
  }
}

test('an INF that is cut off anywhere is read or refused', () => {
  const bytes = latin1Bytes(TEXT);
  for (let length = 0; length < bytes.length; length++) {
    expect(isReadOrRefused(bytes.subarray(0, length)), `${length} bytes`).toBe(true);
  }
});

test('damaged INFs are read or refused', () => {
  const telling = latin1Bytes('",;=[]%\\\r\n\0 \t.HKR0x');
  let state = 1;
  const below = (limit: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
  for (let round = 0; round < 1500; round++) {
    const bytes = latin1Bytes(TEXT).slice();
    for (let i = 1 + below(8); i > 0; i--) {
      bytes[below(bytes.length)] = below(2) === 0 ? below(256) : (telling[below(20)] ?? 0);
    }
    const from = below(bytes.length);
    if (below(3) === 0) bytes.copyWithin(below(bytes.length), from, from + below(400));
    expect(isReadOrRefused(bytes), `round ${round}`).toBe(true);
  }
});

test.each([
  ['a heading that never ends', `[${' '.repeat(3_000_000)}`],
  ['lines that all go on', `[Version]\n${`${'a'.repeat(30)}\\\n`.repeat(90_000)}`],
  ['lines that go on for long', `[Version]\n${`"${'a'.repeat(250_000)}\n`.repeat(16)}`],
  ['quotes without end', `[Version]\n${`${'"'.repeat(250_001)}\n`.repeat(16)}`],
  ['per cent signs without end', `[Version]\n${`${'%a'.repeat(100_000)}\n`.repeat(16)}`],
  [
    'sections that all need each other',
    `[Version]\n[Manufacturer]\nm=M\n[M]\nx=I,A\n[I]\n${'Needs=I,J\n'.repeat(40_000)}`,
  ],
  [
    'a section named over and over',
    `[Version]\n[Manufacturer]\nm=M\n[M]\nx=I,A\n[I]\n${'AddReg=I\n'.repeat(90_000)}`,
  ],
])('%s is settled in good time', (_what, text) => {
  expect(isReadOrRefused(latin1Bytes(text))).toBe(true);
});
