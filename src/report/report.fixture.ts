/** A run of every trait a report has to show, for tests. */
import type { Stack } from '../events/frame.ts';
import type { DriverFacts, LedgerEntry, RunResult, Traffic } from '../events/run.ts';
import type { Finding } from '../rules/finding.ts';
import { pa, va } from '../units/address.ts';
import { buildReport, type Report, type ReportParts } from './report.ts';

const bornAt: Stack = [
  { module: 'edu.sys', offset: '0x1234', symbol: 'EduStart', file: 'edu.c', line: 41 },
  { module: 'edu.sys', offset: '0x1100' },
];

const leaked: LedgerEntry = {
  id: 1,
  framework: 'wdm',
  service: 'MmMapIoSpace',
  origin: 'io-space',
  physical: pa(0xfebf_0000),
  length: 0x1000,
  virtual: va(0xffff_f800_1234_0000n),
  pages: 1,
  space: 'system',
  cacheType: 'MmNonCached',
  writable: true,
  executable: true,
  backing: 'device',
  unlocked: false,
  owner: 'edu#1',
  bornIn: 'start',
  bornAt,
  releasedIn: null,
  releasedBy: null,
  releasedAt: null,
  accesses: { reads: 12, writes: 3 },
};

/** Of a network card: one frame got lost on its way up, and the driver does not know. */
export const moved: Traffic = {
  subject: 'nic#1',
  given: 6,
  sent: 5,
  seen: 5,
  received: 3,
  indicated: 2,
  counters: 'disagree',
};

export const complete: RunResult = {
  ended: 'complete',
  notModelled: [],
  bugCheck: null,
  budget: null,
  notStarted: null,
  lifecycle: [
    {
      phase: 'load',
      subject: null,
      callback: 'DriverEntry',
      status: 'STATUS_SUCCESS',
      instructions: 61,
    },
    {
      phase: 'start',
      subject: 'edu#1',
      callback: 'IRP_MN_START_DEVICE',
      status: 'STATUS_INSUFFICIENT_RESOURCES',
      instructions: 1204,
    },
  ],
  mappings: [
    { ...leaked, id: 1 },
    { ...leaked, id: 2, releasedIn: 'stop', releasedBy: 'MmUnmapIoSpace', releasedAt: bornAt },
  ],
  mappingsDropped: 0,
  coverage: {
    mapSites: { total: 3, reached: 2, unreached: ['edu.sys+0x1900'] },
    functions: { total: 20, reached: 12 },
  },
  traffic: [],
  remarks: [
    {
      subject: 'edu#1',
      text: '2-byte read of BAR 0 + 0x8: the register there does not take this width or alignment',
      times: 3,
      at: bornAt,
    },
  ],
  debugPrint: ['edu: started'],
  debugPrintDropped: 0,
  stubbed: [],
  instructions: 1265,
};

export const crashed: RunResult = {
  ...complete,
  ended: 'bugcheck',
  bugCheck: {
    code: 0xd1,
    name: 'DRIVER_IRQL_NOT_LESS_OR_EQUAL',
    parameters: [0xffff_f800_1234_0000n, 2n, 0n, 0x1400_01abn],
    at: bornAt,
    phase: 'use',
    detail: 'mapping 1 had ended',
  },
};

export const stopped: RunResult = {
  ...complete,
  ended: 'not-modelled',
  notModelled: [{ name: 'IoWMIWriteEvent', dll: 'ntoskrnl.exe', where: bornAt }],
};

export const cutShort: RunResult = {
  ...complete,
  ended: 'budget',
  budget: '1000 instructions were not enough',
};

export const leak: Finding = {
  rule: 'WDM-UNMAP-STOP',
  severity: 'error',
  message: 'Mapping 1 of 0xfebf0000 was still mapped when IRP_MN_STOP_DEVICE completed.',
  facts: { physical: '0xfebf0000', length: 4096, late: true },
  framework: 'wdm',
  phase: 'stop',
  mapping: 1,
  at: [{ module: 'edu.sys', offset: '0x1500', symbol: 'EduStop' }],
  bornAt,
  case: null,
  doc: 'wdm/nf-wdm-mmunmapiospace',
};

const driver: DriverFacts = {
  path: 'drivers/edu.sys',
  sha256: '0123456789abcdef'.repeat(4),
  machine: 'x64',
  framework: 'wdm',
  frameworkVersion: null,
  imports: [{ dll: 'ntoskrnl.exe', name: 'MmMapIoSpace', modelled: true }],
};

export const reportOf = (parts: Partial<ReportParts> = {}): Report =>
  buildReport({
    tool: { name: 'iospace', version: '0.1.0' },
    driver,
    result: complete,
    findings: [],
    findingsDropped: 0,
    failOn: 'error',
    case: {
      device: 'edu',
      profile: 'documented',
      seed: 0,
      maxInstructions: 1_000_000,
      registry: [{ key: 'Depth', value: '3' }],
      stubs: [{ name: 'IoWMIWriteEvent', value: '0x0000000000000000' }],
      ioctls: [{ code: '0x222000', input: '0102', outputLength: 4 }],
    },
    ...parts,
  });
