import { expect, test } from 'vitest';
import { latin1Bytes, utf16Bytes } from '../../layout/nt.ts';
import { HostError } from '../../units/errors.ts';
import { parseInf } from './inf.ts';

const TEXT = `
; a network driver
[Version]
Signature = "$Windows NT$"
Class = Net ; comment
Provider = %Acme%

[Manufacturer]
%Acme% = Acme, NTamd64.10.0, NTx86

[Acme.NTamd64.10.0]
%Nic% = Nic_Install, PCI\\VEN_8086&DEV_100E, \\
        PCI\\VEN_8086&DEV_100F

[Acme.NTx86]
%Nic% = Nic_Other, PCI\\VEN_0000&DEV_0000

[Nic_Install.NT]
AddReg = Nic.Reg, More.Reg

[Nic_Install.NT.HW]
AddReg = Nic.Hw

[Nic_Install.NT.Services]
AddService = nic, 2, Nic_Service, Nic_Log

[Nic_Service]
ServiceBinary = %12%\\nic.sys
AddReg = Service.Reg

[Nic.Reg]
HKR, Ndi\\Params\\Speed, ParamDesc, 0, "Speed, ""quoted"" & 100%%"
HKR,, BusNumber, 0, "0"
HKR,, Count, 0x00010001, 0x10

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

test('models come from the decorated section of this processor', () => {
  const inf = parseInf(latin1Bytes(TEXT));
  expect(inf.deviceClass).toBe('Net');
  expect(inf.provider).toBe('Acme Networks');
  expect(inf.models).toEqual([
    {
      description: 'Acme NIC',
      installSection: 'Nic_Install',
      hardwareIds: ['PCI\\VEN_8086&DEV_100E', 'PCI\\VEN_8086&DEV_100F'],
    },
  ]);
});

test('registry values of device, hardware and service keys are told apart', () => {
  const values = parseInf(latin1Bytes(TEXT)).registryOf('Nic_Install');
  expect(values.map(({ root, name, type, values }) => [root, name, type, values[0]])).toEqual([
    ['device', 'ParamDesc', 'REG_SZ', 'Speed, "quoted" & 100%'],
    ['device', 'BusNumber', 'REG_SZ', '0'],
    ['device', 'Count', 'REG_DWORD', '0x10'],
    ['machine', 'Name', 'REG_SZ', 'Value'],
    ['hardware', 'MSISupported', 'REG_DWORD', '1'],
    ['service', 'Depth', 'REG_DWORD', '4'],
  ]);
});

test('the service and its binary are known', () => {
  expect(parseInf(latin1Bytes(TEXT)).serviceOf('Nic_Install')).toEqual({
    name: 'nic',
    binary: 'nic.sys',
  });
});

test('UTF-16 with a byte order mark reads the same', () => {
  const bytes = Uint8Array.of(0xff, 0xfe, ...utf16Bytes(TEXT));
  expect(parseInf(bytes).models).toHaveLength(1);
});

test.each([
  ['text before any section', 'hello'],
  ['no version', '[Manufacturer]\nA=B'],
  ['endless lines', `[Version]\n${'a\n'.repeat(100_001)}`],
])('%s is refused by name', (_what, text) => {
  expect(() => parseInf(latin1Bytes(text))).toThrow(HostError);
});
