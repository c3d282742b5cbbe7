import { expect, test } from 'vitest';
import { pa } from '../units/address.ts';
import { busRig, functionSpec, memoryBar } from './bus.suite.ts';
import { MSI_DATA, MSI_MASK, MSI_PENDING } from './config-layout.ts';
import * as pci from './pci-spec.ts';
import type { MessageResource } from './resources.ts';

function withMessages(spec: Parameters<typeof functionSpec>[0], messages: number) {
  const rig = busRig();
  const fn = rig.bus.add(functionSpec(spec));
  const resources = rig.bus.assignResources(fn, { messages }) ?? [];
  const granted = resources.filter((r): r is MessageResource => r.type === 'message-interrupt');
  return { ...rig, fn, resources, granted };
}

test('MSI: as many vectors in a row as granted, numbers fold onto them', () => {
  const { fn, granted, delivered } = withMessages({ msi: { messages: 8, maskable: false } }, 5);
  expect(granted).toMatchObject([{ mechanism: 'msi', message: 0, messageCount: 4 }]);
  const first = granted[0]?.vector ?? 0;
  expect(first % 4).toBe(0);
  expect(granted[0]?.irql).toBe(first >> 4);
  for (const n of [0, 3, 6]) expect(fn.message(n)).toBe(true);
  expect(delivered.map((d) => d.vector - first)).toEqual([0, 3, 2]);
});

test('MSI: a masked message waits in the pending bits', () => {
  const { fn, granted, delivered } = withMessages({ msi: { messages: 2, maskable: true } }, 2);
  const at = fn.capabilities.msi ?? 0;
  fn.writeConfig(at + MSI_MASK, 4, 0x2);
  fn.message(1);
  fn.message(1);
  expect(fn.readConfig(at + MSI_PENDING, 4)).toBe(0x2);
  expect(delivered).toEqual([]);
  fn.writeConfig(at + MSI_MASK, 4, 0);
  expect(delivered.map((d) => d.vector)).toEqual([(granted[0]?.vector ?? 0) + 1]);
  expect(fn.readConfig(at + MSI_PENDING, 4)).toBe(0);
});

test('while messages are on the line stays down; a raise is message 0', () => {
  const { fn, interrupts, delivered } = withMessages({ msi: { messages: 1, maskable: false } }, 1);
  fn.raise();
  expect(interrupts.isLineAsserted(fn.line ?? 0)).toBe(false);
  expect(delivered.map((d) => d.trigger)).toEqual(['edge']);
});

test('without messages granted, none is sent and the line is described', () => {
  const { fn, resources, granted } = withMessages({ msi: { messages: 1, maskable: false } }, 0);
  expect(granted).toEqual([]);
  expect(resources.at(-1)).toMatchObject({ type: 'interrupt', line: fn.line });
  expect(fn.message(0)).toBe(false);
});

test('messages take the place of the line that firmware gave; addresses stay', () => {
  const { bus } = busRig();
  const bars = [memoryBar(0, 0x1000)];
  const fn = bus.add(functionSpec({ bars, msi: { messages: 2, maskable: false } }));
  const [range, line] = bus.assignResources(fn) ?? [];
  expect(line?.type).toBe('interrupt');
  const resources = bus.assignResources(fn, { messages: 2 });
  expect(resources).toMatchObject([range, { type: 'message-interrupt', messageCount: 2 }]);
  expect(fn.messages.enabled).toBe(true);
  expect(bus.assignResources(fn)).toBe(resources);
});

const msix = { messages: 4, bar: 0, tableOffset: 0x800, pendingOffset: 0xc00 };

test('MSI-X: one description per message, table and pending bits behind the BAR', () => {
  const { fn, granted, delivered, physical } = withMessages({ msix }, 3);
  expect(granted.map((g) => [g.mechanism, g.message])).toEqual([
    ['msi-x', 0],
    ['msi-x', 1],
    ['msi-x', 2],
  ]);
  fn.message(2);
  expect(delivered.map((d) => d.vector)).toEqual([granted[2]?.vector]);
  const base = fn.readConfig(pci.BASE_ADDRESS_0, 4);
  const entry = pa(base + 0x820);
  expect(physical.read(entry, 4)).toBe(0xfee0_0000n);
  expect(physical.read(pa(base + 0x828), 8)).toBe(BigInt(granted[2]?.vector ?? 0));
  expect(physical.read(entry, 1)).toBe(0xffn);
  expect(fn.message(3)).toBe(true);
  expect(physical.read(pa(base + 0xc00), 4)).toBe(0x8n);
  expect(fn.message(4)).toBe(false);
});

test('MSI-X: unmasking an entry or the function sends what waits', () => {
  const { fn, delivered, physical } = withMessages({ msix }, 4);
  const base = fn.readConfig(pci.BASE_ADDRESS_0, 4);
  const control = (fn.capabilities.msix ?? 0) + pci.MSI_X_CONTROL;
  physical.write(pa(base + 0x80c), 4, 1n);
  fn.message(0);
  expect(delivered).toHaveLength(0);
  physical.write(pa(base + 0x80c), 4, 0n);
  expect(delivered).toHaveLength(1);
  fn.writeConfig(control, 2, pci.MSI_X_ENABLE | pci.MSI_X_FUNCTION_MASK);
  fn.message(1);
  expect(delivered).toHaveLength(1);
  fn.writeConfig(control, 2, pci.MSI_X_ENABLE);
  expect(delivered).toHaveLength(2);
});

test('a message outside the interrupt range reaches no processor', () => {
  const { fn, delivered, events } = withMessages({ msi: { messages: 1, maskable: false } }, 1);
  const at = fn.capabilities.msi ?? 0;
  fn.writeConfig(at + 4, 4, 0x1000);
  fn.writeConfig(at + MSI_DATA, 2, 0x42);
  fn.message(0);
  expect(delivered).toEqual([]);
  expect(events.at(-1)).toMatchObject({ kind: 'device-interrupt', vector: null });
});

test('vectors run out: fewer are granted, then the line', () => {
  const { bus } = busRig();
  const spec = (n: number) =>
    functionSpec({
      name: `tried#${n}`,
      bars: [memoryBar(0, 0x2000)],
      msix: { messages: 64, bar: 0, tableOffset: 0, pendingOffset: 0x1000 },
    });
  const counts = [1, 2, 3, 4, 5].map((n) => {
    const resources = bus.assignResources(bus.add(spec(n)), { messages: 64 }) ?? [];
    return resources.filter((r) => r.type === 'message-interrupt').length;
  });
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(48);
  expect(counts.at(-1)).toBe(0);
  expect(bus.assignmentOf(bus.functions.at(-1) ?? bus.add(spec(6))).at(-1)?.type).toBe('interrupt');
});
