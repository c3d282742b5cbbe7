/** What people read. */
import { expect, test } from 'vitest';
import { complete, crashed, leak, moved, reportOf, stopped } from './report.fixture.ts';
import { textReport } from './text.ts';

test('a clean run shows its steps, its mappings and its verdict', () => {
  expect(textReport(reportOf({ result: { ...complete, debugPrint: [] } }))).toBe(
    `iospace 0.1.0  drivers/edu.sys
x64 wdm, device edu, profile documented

Life cycle
  phase  subject  callback             status                         instructions
  load   -        DriverEntry          STATUS_SUCCESS                           61
  start  edu#1    IRP_MN_START_DEVICE  STATUS_INSUFFICIENT_RESOURCES          1204

Mappings
  #  service       physical    length  virtual             cache        born in      released in  reads  writes
  1  MmMapIoSpace  0xfebf0000  0x1000  0xfffff80012340000  MmNonCached  start edu#1  never           12       3
  2  MmMapIoSpace  0xfebf0000  0x1000  0xfffff80012340000  MmNonCached  start edu#1  stop            12       3

Remarks
  edu#1: 2-byte read of BAR 0 + 0x8: the register there does not take this width or alignment, 3 times, first at edu.sys+0x1234 EduStart edu.c:41

Coverage
  map call sites reached: 2 of 3; functions: 12 of 20; instructions: 1265
  not reached: edu.sys+0x1900

Verdict  clean: 2 mappings, every contract kept (exit code 0)
`,
  );
});

test('a finding shows its facts, both stacks and where to read more', () => {
  expect(textReport(reportOf({ findings: [leak] }))).toContain(`Findings
  error WDM-UNMAP-STOP in stop, mapping 1
    Mapping 1 of 0xfebf0000 was still mapped when IRP_MN_STOP_DEVICE completed.
      physical   0xfebf0000
      length     4096
      late       true
      at         edu.sys+0x1500 EduStop
      mapped at  edu.sys+0x1234 EduStart edu.c:41
                 edu.sys+0x1100
      page       https://learn.microsoft.com/windows-hardware/drivers/ddi/wdm/nf-wdm-mmunmapiospace
      more       iospace rules WDM-UNMAP-STOP
`);
});

test('what became of frames is one line for each device', () => {
  const traffic = [moved, { ...moved, given: 5, seen: null, indicated: 3, counters: null }];
  expect(textReport(reportOf({ result: { ...complete, traffic } }))).toContain(`Traffic
  nic#1  frames: sent 5 of 6, seen by the device 5, received 3, indicated 2; counters disagree
  nic#1  frames: sent 5, received 3, indicated 3; counters not compared
`);
});

test('a bug check shows code, parameters and what is known besides', () => {
  const text = textReport(reportOf({ result: crashed }));
  expect(text).toContain(
    '0x000000d1 DRIVER_IRQL_NOT_LESS_OR_EQUAL in use\n    mapping 1 had ended\n',
  );
  expect(text).toContain('parameter 2  0x0000000000000002');
});

test('what is not modelled comes with the way on', () => {
  const text = textReport(reportOf({ result: stopped }));
  expect(text).toContain(
    'ntoskrnl.exe!IoWMIWriteEvent is not modelled, called at edu.sys+0x1234 EduStart',
  );
  expect(text).toContain('--stub IoWMIWriteEvent=VALUE');
});

test("a driver's control characters do not reach the terminal", () => {
  const debugPrint = ['\u001b[2Jgone\u009b\r\n', '\u202eright to left'];
  const text = textReport(reportOf({ result: { ...complete, debugPrint } }));
  expect(text).toContain('\\x1b[2Jgone\\x9b\\x0d\\x0a');
  expect(text).toContain('\\x202eright to left');
});

test('long debug output is cut', () => {
  const debugPrint = Array.from({ length: 30 }, (_, at) => `line ${at}`);
  const text = textReport(reportOf({ result: { ...complete, debugPrint } }));
  expect(text).toContain('line 19\n  and 10 more lines in the JSON report\n');
  expect(text).not.toContain('line 20');
});

test('calls of one routine in a row share a line while their answers agree', () => {
  const oid = (name: string, status: string, instructions: number) => ({
    phase: 'use',
    subject: 'nic#1',
    callback: `MiniportOidRequest ${name}`,
    status,
    instructions,
  });
  const lifecycle = [
    oid('OID_GEN_VENDOR_ID', 'STATUS_SUCCESS', 60),
    oid('OID_GEN_XMIT_OK', 'STATUS_SUCCESS', 40),
    oid('OID_GEN_STATISTICS', 'NDIS_STATUS_NOT_SUPPORTED', 30),
    { ...oid('OID_GEN_RCV_OK', 'STATUS_SUCCESS', 20), phase: 'power' },
  ];
  expect(textReport(reportOf({ result: { ...complete, lifecycle } }))).toContain(`
  use    nic#1    MiniportOidRequest, 2 calls            STATUS_SUCCESS                      100
  use    nic#1    MiniportOidRequest OID_GEN_STATISTICS  NDIS_STATUS_NOT_SUPPORTED            30
  power  nic#1    MiniportOidRequest OID_GEN_RCV_OK      STATUS_SUCCESS                       20
`);
});

test('debug output is cut, and says by how much', () => {
  const debugPrint = Array.from({ length: 25 }, (_, i) => `line ${i}`);
  const lines = (debugPrintDropped: number) =>
    textReport(reportOf({ result: { ...complete, debugPrint, debugPrintDropped } }));
  expect(lines(0)).toContain('  line 19\n  and 5 more lines in the JSON report\n');
  expect(lines(7)).toContain('and 5 more lines in the JSON report, and 7 that no report holds\n');
});

test('what a shut down device still had mapped is told apart from a leak', () => {
  const [first] = complete.mappings;
  if (first === undefined) throw new Error('the fixture has mappings');
  const step = { subject: first.owner, callback: 'MiniportShutdownEx', status: null };
  const lifecycle = [...complete.lifecycle, { ...step, phase: 'shutdown', instructions: 1 }];
  const text = textReport(reportOf({ result: { ...complete, lifecycle } }));
  expect(text).toMatch(/^ +1 .* kept at shutdown /m);
  expect(text).not.toMatch(/^ +1 .* never /m);
  expect(text).toMatch(/^ +2 .* stop /m);
});
