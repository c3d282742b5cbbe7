/** Trace lines: nesting, calls and their answers. */
import { expect, test } from 'vitest';
import type { Event, EventBody } from '../events/event.ts';
import { va } from '../units/address.ts';
import { STATUS } from '../units/status.ts';
import { complete } from './report.fixture.ts';
import { createTrace } from './trace.ts';

function linesOf(bodies: readonly EventBody[]): string {
  const trace = createTrace();
  const lines = bodies.flatMap((body, at) => {
    const event: Event = {
      sequence: at + 1,
      irql: 0,
      phase: 'start',
      callback: null,
      device: null,
      process: 4,
      at: [],
      ...body,
    };
    return trace.see(event);
  });
  return [...lines, ...trace.end()].join('\n');
}

const [mapping] = complete.mappings;
if (mapping === undefined) throw new Error('the fixture has mappings');

const call = (service: string, args: Record<string, string>): EventBody => ({
  kind: 'service-enter',
  service,
  dll: 'ntoskrnl.exe',
  args,
  maxIrql: 2,
});

test('calls nest and carry their arguments', () => {
  const address = va(mapping.virtual + 8n);
  expect(
    linesOf([
      { kind: 'phase-begin', name: 'start', subject: 'edu#1' },
      { kind: 'callback-enter', routine: 'Dispatch IRP_MN_START_DEVICE', subject: 'edu#1' },
      call('KeGetCurrentIrql', {}),
      { kind: 'service-leave', service: 'KeGetCurrentIrql', result: '0' },
      call('MmMapIoSpace', { PhysicalAddress: '0xfebf0000', NumberOfBytes: '0x1000' }),
      {
        kind: 'map-failed',
        reason: 'injected',
        call: {
          framework: 'wdm',
          service: 'MmMapIoSpace',
          origin: 'io-space',
          physical: mapping.physical,
          length: 16,
          cacheType: 'MmNonCached',
          rawType: 0,
          accessMode: 'kernel',
          mdl: null,
          trouble: [],
        },
      },
      { kind: 'service-leave', service: 'MmMapIoSpace', result: 'NULL' },
      { kind: 'irql', from: 0, to: 2 },
      {
        kind: 'access',
        address,
        physical: mapping.physical,
        size: 4,
        access: 'read',
        value: 0x1edn,
        mapping,
        inside: false,
      },
      {
        kind: 'callback-leave',
        routine: 'Dispatch IRP_MN_START_DEVICE',
        subject: 'edu#1',
        status: STATUS.SUCCESS,
      },
      call('KeBugCheckEx', { BugCheckCode: '0xd1' }),
    ]),
  ).toBe(`== start edu#1
-> Dispatch IRP_MN_START_DEVICE edu#1
  KeGetCurrentIrql() = 0
  MmMapIoSpace(PhysicalAddress=0xfebf0000, NumberOfBytes=0x1000)
    no mapping of physical 0xfebf0000: injected
  MmMapIoSpace = NULL
  IRQL PASSIVE_LEVEL to DISPATCH_LEVEL
  read mapping 1 +0x8 4 -> 0x1ed outside the mapped length
<- Dispatch IRP_MN_START_DEVICE STATUS_SUCCESS
KeBugCheckEx(BugCheckCode=0xd1)`);
});

test('what pointers lead to stands behind them, what a call wrote behind its answer', () => {
  expect(
    linesOf([
      {
        ...call('ZwOpenKey', { KeyHandle: '0xa0', ObjectAttributes: '0xb0' }),
        pointees: { ObjectAttributes: '"\\Registry\n"' },
      } as EventBody,
      {
        kind: 'service-leave',
        service: 'ZwOpenKey',
        result: 'STATUS_SUCCESS',
        outputs: { KeyHandle: '0x80000004' },
      },
      call('KeInitializeDpc', { Dpc: '0xc0' }),
      { kind: 'service-leave', service: 'KeInitializeDpc', result: '' },
    ]),
  ).toBe(`ZwOpenKey(KeyHandle=0xa0, ObjectAttributes=0xb0 "\\Registry\\x0a") = STATUS_SUCCESS *KeyHandle=0x80000004
KeInitializeDpc(Dpc=0xc0)`);
});

test('a driver cannot forge lines or push the trace to the right without end', () => {
  const deep = Array.from({ length: 100 }, () => ({
    kind: 'callback-enter' as const,
    routine: 'A\nB',
    subject: null,
  }));
  const lines = linesOf(deep).split('\n');
  expect(lines).toHaveLength(100);
  expect(lines.at(-1)?.search(/\S/)).toBe(80);
});
