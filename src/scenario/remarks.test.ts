import { expect, test } from 'vitest';
import type { Event, EventBody } from '../events/event.ts';
import { va } from '../units/address.ts';
import { STATUS } from '../units/status.ts';
import { Remarks } from './remarks.ts';

const at = [{ module: 'edu.sys', offset: '0x10' }];
const event = (body: EventBody): Event =>
  ({ ...body, phase: 'start', device: null, at }) as unknown as Event;

function remarksOf(...bodies: readonly EventBody[]) {
  const remarks = new Remarks();
  for (const body of bodies) remarks.see(event(body));
  return remarks.list;
}

const access = {
  kind: 'device-register',
  subject: 'edu#1',
  bar: 0,
  offset: 8,
  size: 2,
  access: 'read',
  value: 0xffffn,
} as const;

test('what a device refuses is told once, with how often', () => {
  const twice = { ...access, trouble: 'width' } as const;
  expect(remarksOf(twice, twice)).toEqual([
    {
      subject: 'edu#1',
      text: '2-byte read of BAR 0 + 0x8: the register there does not take this width or alignment',
      times: 2,
      at,
    },
  ]);
});

test('accesses of one instruction are one remark', () => {
  const far = { ...access, offset: 0x20, subject: 'edu#2', trouble: 'no-such-register' } as const;
  const remarks = remarksOf({ ...access, trouble: 'no-such-register' }, far);
  expect(remarks).toEqual([
    {
      subject: 'edu#1',
      text: '2-byte read of BAR 0 + 0x8 to 0x20: no register lies there',
      times: 2,
      at,
    },
  ]);
});

test('what is done with a framework against its documentation is told', () => {
  const misuse = {
    kind: 'framework-misuse',
    framework: 'ndis',
    service: 'NdisPoll',
    problem: 'too-many',
    detail: '3 where 1 were allowed',
  } as const;
  expect(remarksOf(misuse).map(({ text }) => text)).toEqual([
    'NdisPoll: too many, 3 where 1 were allowed',
  ]);
});

test('an interrupt without a way is told', () => {
  const raise = {
    kind: 'device-interrupt',
    subject: 'edu#1',
    what: 'raise',
    vector: null,
  } as const;
  expect(remarksOf({ ...raise, line: 16, message: null })).toEqual([]);
  expect(remarksOf({ ...raise, line: null, message: null })[0]?.text).toMatch(/went nowhere/);
});

test('a device that is off or gone is for the rules', () => {
  expect(remarksOf({ ...access, trouble: 'unplugged' }, { ...access, trouble: 'asleep' })).toEqual(
    [],
  );
});

const call = 'IoGetDeviceObjectPointer';
const enter = {
  kind: 'service-enter',
  service: call,
  dll: 'ntoskrnl.exe',
  args: {},
  pointees: { ObjectName: '"\\Device\\Other"' },
  maxIrql: null,
} as const;

test('a name that leads nowhere is told, one that leads somewhere is not', () => {
  const missed = {
    kind: 'service-leave',
    service: call,
    result: 'STATUS_OBJECT_NAME_NOT_FOUND',
  } as const;
  const [remark] = remarksOf(enter, missed);
  expect(remark?.text).toBe(`${call} of "\\Device\\Other": STATUS_OBJECT_NAME_NOT_FOUND`);
  expect(remarksOf(enter, { ...missed, result: 'STATUS_SUCCESS' })).toEqual([]);
});

test('a START that fails tells what it read last', () => {
  const start = { name: 'start', subject: 'edu#1' } as const;
  const begin = { kind: 'phase-begin', ...start } as const;
  const read = { kind: 'port-access', port: 0x1008, size: 4, access: 'read', value: 7 } as const;
  const end = { kind: 'phase-end', ...start, instructions: 0 } as const;
  const claimed = { ...read, claimed: true };
  const failed = { ...end, status: STATUS.UNSUCCESSFUL };
  expect(remarksOf(begin, claimed, failed).map(({ text }) => text)).toEqual([
    'before START answered STATUS_UNSUCCESSFUL the driver read 0x7 (4 bytes) from port 0x1008',
  ]);
  expect(remarksOf(begin, claimed, { ...end, status: STATUS.SUCCESS })).toEqual([]);
  expect(remarksOf(begin, failed)).toEqual([]);
});

test('pages that cannot be locked are told with the reason', () => {
  const failed = { kind: 'mdl', what: 'failed', mdl: va(0n), flags: 0, trouble: [] } as const;
  const detail = 'pages that cannot be locked for writing, the image edu.sys, offset 0x3000';
  expect(remarksOf({ ...failed, detail })[0]?.text).toBe(`an MDL failed: ${detail}`);
  expect(remarksOf({ ...failed, what: 'lock', detail: '' })).toEqual([]);
});
