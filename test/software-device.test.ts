/** Drivers of devices that are software alone: a virtual miniport lives its whole life, a driver of hardware is told apart. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { said } from './command.suite.ts';

const bin = join(import.meta.dirname, '../drivers/bin');
const virtual = join(bin, 'ndis/ndis-virtual-ok.sys');

const iospace = (...argv: readonly string[]) => said(['run', ...argv]);

interface Report {
  readonly outcome: string;
  readonly case: { readonly device: string };
  readonly mappings: readonly unknown[];
  readonly lifecycle: readonly {
    readonly phase: string;
    readonly callback: string;
    readonly status: string | null;
  }[];
  readonly debugPrint: readonly string[];
}

const reportOf = async (...argv: readonly string[]): Promise<Report> =>
  JSON.parse((await iospace(...argv, '--format', 'json')).out) as Report;

test('a virtual miniport initializes without resources and sends without hardware', async () => {
  const report = await reportOf(virtual);
  expect(report).toMatchObject({ outcome: 'clean', case: { device: 'none' }, mappings: [] });
  const statuses = (callback: string) =>
    report.lifecycle.filter((step) => step.callback === callback).map(({ status }) => status);
  expect(new Set(statuses('MiniportInitializeEx'))).toEqual(new Set(['STATUS_SUCCESS']));
  expect(statuses('MiniportSendNetBufferLists').length).toBeGreaterThan(0);
  expect(new Set(report.lifecycle.map(({ phase }) => phase))).toEqual(
    new Set([
      ...['load', 'initialize', 'restart', 'use', 'pause', 'power', 'reset', 'halt'],
      ...['surprise-removal', 'unload', 'shutdown'],
    ]),
  );
});

test('it finds no transport, and its notification is confirmed', async () => {
  const { debugPrint } = await reportOf(virtual);
  const lines = new Set(debugPrint.map((line) => line.trim()));
  expect(lines).toEqual(new Set(['0 transports', 'interface notification 3']));
});

test('requests of the user reach the device of an adapter', async () => {
  const { lifecycle } = await reportOf(virtual, '--ioctl', '0x222000');
  const asked = lifecycle.find(({ callback }) => callback.startsWith('IRP_MJ_DEVICE_CONTROL'));
  expect(asked).toMatchObject({ phase: 'use', status: 'STATUS_INVALID_DEVICE_REQUEST' });
});

test('a software device of WDM is never stopped for others', async () => {
  const { lifecycle, outcome } = await reportOf(join(bin, 'wdm/software-ok.sys'));
  expect(outcome).toBe('clean');
  const phases = new Set(lifecycle.map(({ phase }) => phase));
  expect(phases.has('stop') || phases.has('restart')).toBe(false);
  const reads = lifecycle.filter(({ callback }) => callback === 'IRP_MJ_READ');
  expect(reads.map(({ status }) => status)).toContain('STATUS_SUCCESS');
});

test('--device none takes the hardware from a driver that needs some', async () => {
  const { out, exitCode } = await iospace(join(bin, 'wdm/edu.sys'), '--device', 'none');
  expect(exitCode).toBe(3);
  expect(out).toContain('device none,');
  expect(out).toContain('no device started: IRP_MN_START_DEVICE answered');
});

test('the same bytes come out again', async () => {
  expect((await iospace(virtual)).out).toBe((await iospace(virtual)).out);
});
