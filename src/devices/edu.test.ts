import { expect, test } from 'vitest';
import { busAddress, pa } from '../units/address.ts';
import { ticks } from '../units/ticks.ts';
import { rig, started } from './device.suite.ts';
import { DMA_TIME, edu, eduDevice, FACTORIAL_TIME, factorial32 } from './edu.ts';
import * as spec from './spec/edu.ts';

const LATER = ticks(DMA_TIME + FACTORIAL_TIME);

test('identification, inverted liveness', () => {
  const { read, write } = started(rig(), edu);
  expect(read(spec.IDENTIFICATION)).toBe(0x0100_00edn);
  write(spec.LIVENESS, 0x1234_5678);
  expect(read(spec.LIVENESS)).toBe(0xedcb_a987n);
});

test.each([
  [0, 1],
  [1, 1],
  [5, 120],
  [12, 479_001_600],
  [13, 1_932_053_504],
  [33, 0x8000_0000],
  [34, 0],
  [0xffff_ffff, 0],
])('%i! modulo 2^32 is %i', (n, product) => {
  expect(factorial32(n)).toBe(product);
});

test('a factorial takes time, ignores writes meanwhile and interrupts when asked', () => {
  const on = rig();
  const { read, write } = started(on, edu);
  write(spec.STATUS, 0xff);
  expect(read(spec.STATUS)).toBe(0x80n);
  write(spec.FACTORIAL, 5);
  write(spec.FACTORIAL, 3);
  expect(read(spec.STATUS)).toBe(0x81n);
  expect(on.delivered).toEqual([]);
  on.clock.runUntil(FACTORIAL_TIME);
  expect(read(spec.FACTORIAL)).toBe(120n);
  expect(read(spec.STATUS)).toBe(0x80n);
  expect(read(spec.INTERRUPT_STATUS)).toBe(1n);
  expect(on.delivered).toHaveLength(1);
});

test('the line stays up until every raised value is acknowledged', () => {
  const on = rig();
  const { attached, read, write } = started(on, edu);
  const line = attached.function.line ?? -1;
  write(spec.INTERRUPT_RAISE, 0x30);
  expect(on.interrupts.isLineAsserted(line)).toBe(true);
  write(spec.INTERRUPT_ACKNOWLEDGE, 0x10);
  expect(on.interrupts.isLineAsserted(line)).toBe(true);
  on.interrupts.endOfInterrupt(on.delivered[0]?.vector ?? 0);
  expect(on.delivered).toHaveLength(2);
  write(spec.INTERRUPT_ACKNOWLEDGE, 0x20);
  expect(on.interrupts.isLineAsserted(line)).toBe(false);
  expect(read(spec.INTERRUPT_STATUS)).toBe(0n);
});

test('with MSI granted, interrupts are messages and the line stays down', () => {
  const on = rig();
  const { attached, resources, write } = started(on, edu, { messages: 4 });
  const message = resources.find((r) => r.type === 'message-interrupt');
  expect(message).toMatchObject({ mechanism: 'msi', messageCount: 1 });
  write(spec.INTERRUPT_RAISE, 1);
  write(spec.INTERRUPT_RAISE, 2);
  const vector = message?.type === 'message-interrupt' ? message.vector : 0;
  expect(on.delivered.map((d) => [d.vector, d.trigger])).toEqual([
    [vector, 'edge'],
    [vector, 'edge'],
  ]);
  expect(on.interrupts.isLineAsserted(attached.function.line ?? -1)).toBe(false);
});

test.each([0, 1])('DMA there and back behind bridge %i', (bridge) => {
  const on = rig();
  const { attached, read, write } = started(on, edu, { placement: { bridge } });
  const ram = pa(0x3000);
  const there = attached.function.bridge.busAddressOf(ram);
  const data = Uint8Array.from({ length: 100 }, (_, i) => i + 1);
  on.physical.writeBytes(ram, data);
  write(spec.DMA_SOURCE, there);
  write(spec.DMA_DESTINATION, spec.DMA_BUFFER, 8);
  write(spec.DMA_COUNT, 100);
  write(spec.DMA_COMMAND, spec.DMA_COMMAND_RUN);
  write(spec.DMA_COUNT, 7);
  expect(read(spec.DMA_COMMAND)).toBe(1n);
  on.clock.runUntil(DMA_TIME);
  expect(read(spec.DMA_COMMAND)).toBe(0n);
  expect(read(spec.DMA_COUNT, 8)).toBe(100n);
  write(spec.DMA_SOURCE, spec.DMA_BUFFER);
  write(spec.DMA_DESTINATION, there + 0x1000);
  write(spec.DMA_COMMAND, 7);
  on.clock.runUntil(ticks(DMA_TIME * 2n));
  expect(on.physical.readBytes(pa(ram + 0x1000), 100)).toEqual(data);
  expect(read(spec.INTERRUPT_STATUS)).toBe(0x100n);
  expect(on.events.filter((e) => e.kind === 'device-dma').map((e) => e.trouble)).toEqual([
    null,
    null,
  ]);
});

test('a transfer that its buffer does not hold moves nothing', () => {
  const on = rig();
  const { write } = started(on, edu);
  write(spec.DMA_SOURCE, 0x1000);
  write(spec.DMA_DESTINATION, 0x4_0800);
  write(spec.DMA_COUNT, 0xffff_ffff_ffff_ffffn, 8);
  write(spec.DMA_COMMAND, 1);
  on.clock.runUntil(LATER);
  expect(on.events.find((e) => e.kind === 'device-dma')).toMatchObject({
    trouble: 'outside-device',
  });
});

test('an address with more bits than the device drives is clamped and told', () => {
  const on = rig();
  const { write } = started(on, eduDevice({ dmaBits: 20 }));
  write(spec.DMA_SOURCE, 0x10_2000);
  write(spec.DMA_DESTINATION, spec.DMA_BUFFER);
  write(spec.DMA_COUNT, 4);
  write(spec.DMA_COMMAND, 1);
  on.clock.runUntil(LATER);
  const dma = on.events.filter((e) => e.kind === 'device-dma');
  expect(dma.map((e) => [e.bus, e.trouble])).toEqual([
    [busAddress(0x2000), 'address-clamped'],
    [busAddress(0x2000), null],
  ]);
});

test('DMA outside RAM or without bus mastering is told and gives ones', () => {
  const on = rig();
  const { attached, write } = started(on, edu);
  write(spec.DMA_SOURCE, 0x0800_0000);
  write(spec.DMA_DESTINATION, spec.DMA_BUFFER);
  write(spec.DMA_COUNT, 4);
  write(spec.DMA_COMMAND, 1);
  on.clock.runUntil(LATER);
  attached.function.writeConfig(0x04, 2, 0x2);
  write(spec.DMA_COMMAND, 1);
  on.clock.runUntil(ticks(LATER * 2n));
  const dma = on.events.filter((e) => e.kind === 'device-dma');
  expect(dma.map((e) => e.trouble)).toEqual(['outside-ram', 'bus-master-off']);
});

test('only 4-byte accesses below 0x80, 4 or 8 from there', () => {
  const on = rig();
  const { read } = started(on, edu);
  expect(read(0, 1)).toBe(0xffn);
  expect(read(0, 8)).toBe(0xffff_ffff_ffff_ffffn);
  expect(read(spec.DMA_COUNT, 8)).toBe(0n);
  expect(read(spec.DMA_COUNT, 4)).toBe(0n);
  expect(read(spec.DMA_COUNT, 2)).toBe(0xffffn);
  expect(read(0x44)).toBe(0xffff_ffffn);
  expect(read(spec.INTERRUPT_RAISE)).toBe(0xffff_ffffn);
  const troubles = on.events.flatMap((e) => (e.kind === 'device-register' ? [e.trouble] : []));
  expect(troubles).toEqual(['width', 'width', 'width', 'no-such-register', 'write-only']);
});
