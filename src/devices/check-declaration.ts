/** Checks a declaration as JavaScript gives it, where no compiler has looked: every member known, each of its kind. */
import type { BarDeclaration, DeviceDeclaration } from './declaration.ts';
import { Field } from './json-fields.ts';
import type { RegisterRow } from './register.ts';

/** Refuses, with the way to it, what would only fail once the device is at work. */
export function checkDeclaration(declaration: unknown): void {
  const root = new Field(declaration, 'device({...})');
  const device = root.object<keyof DeviceDeclaration<object>>(
    ['name', 'summary', 'spec', 'pci', 'bars', 'initialState'],
    [
      'lineInterrupt',
      'msi',
      'msix',
      'powerManagement',
      'express',
      'vendor',
      'timers',
      'network',
      'onReset',
    ],
  );
  for (const line of [device.name, device.summary, device.spec]) line.string(/\S/, 'a text');
  checkIdentity(device.pci);
  device.bars.list(MAX_BARS).forEach(checkBar);
  device.initialState.callable();
  for (const flag of [device.powerManagement, device.express]) if (flag.present) flag.boolean();
  if (device.lineInterrupt.present) device.lineInterrupt.oneOf(['A', 'B', 'C', 'D']);
  checkMessages(device.msi, device.msix);
  if (device.onReset.present) device.onReset.callable();
  if (device.timers.present) for (const timer of device.timers.members()) timer.callable();
  if (device.network.present) {
    const { receive, carrier } = device.network.object(['receive', 'carrier']);
    receive.callable();
    carrier.callable();
  }
}

const MAX_BARS = 6;
/** More than any known device has; virtio-net declares some hundred. */
const MAX_ROWS = 0x1_0000;
const MAX_BYTES = 2 ** 38;

function checkIdentity(field: Field): void {
  const { classCode, revision, ...ids } = field.object(
    ['vendorId', 'deviceId', 'classCode'],
    ['revision', 'subsystemVendorId', 'subsystemId'],
  );
  classCode.number(0, 0xff_ffff);
  if (revision.present) revision.number(0, 0xff);
  for (const id of Object.values(ids)) if (id.present) id.number(0, 0xffff);
}

function checkMessages(msi: Field, msix: Field): void {
  if (msi.present) {
    const { messages, maskable } = msi.object(['messages'], ['maskable']);
    messages.number(1, 32);
    if (maskable.present) maskable.boolean();
  }
  if (msix.present) {
    const table = msix.object(['messages', 'bar', 'tableOffset', 'pendingOffset']);
    for (const member of Object.values(table)) member.number(0, MAX_BYTES);
  }
}

const POLICIES = ['zeros', 'ones', 'last-write', 'seeded'] as const;

function checkBar(field: Field): void {
  const bar = field.object<keyof BarDeclaration<object>>(
    ['index', 'size'],
    ['space', 'bits', 'prefetchable', 'backing', 'registers', 'elsewhere'],
  );
  bar.index.number(0, MAX_BARS - 1);
  bar.size.number(1, MAX_BYTES);
  if (bar.space.present) bar.space.oneOf(['memory', 'port']);
  if (bar.bits.present) bar.bits.numberOf([32, 64]);
  if (bar.prefetchable.present) bar.prefetchable.boolean();
  if (bar.backing.present) bar.backing.oneOf(['device', 'ram']);
  if (bar.elsewhere.present) bar.elsewhere.oneOf(POLICIES);
  if (bar.registers.present) bar.registers.list(MAX_ROWS).forEach(checkRow);
}

const SIZES = [1, 2, 4, 8];

function checkRow(field: Field): void {
  const row = field.object<keyof RegisterRow<object>>(
    ['name', 'at', 'size', 'access'],
    ['reset', 'widths', 'narrow', 'writable', 'summary', 'count', 'stride', 'read', 'write'],
  );
  row.name.string(/\S/, 'a name');
  row.at.number(0, MAX_BYTES);
  row.size.numberOf(SIZES);
  row.access.oneOf(['rw', 'ro', 'wo', 'w1c', 'rc']);
  for (const bits of [row.reset, row.writable]) if (bits.present) bits.bits();
  if (row.widths.present) for (const width of row.widths.list(4)) width.numberOf(SIZES);
  if (row.narrow.present) row.narrow.oneOf(['merge', 'extend']);
  for (const number of [row.count, row.stride]) if (number.present) number.number(1, MAX_BYTES);
  for (const handler of [row.read, row.write]) if (handler.present) handler.callable();
}
