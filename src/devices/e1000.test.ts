import { expect, test } from 'vitest';
import { pa } from '../units/address.ts';
import {
  EVERYONE,
  e1000Driver,
  frame,
  OURS,
  RECEIVE_ON,
  RING_SIZE,
  THEIRS,
} from './e1000/driver.suite.ts';
import { ANSWER_TIME } from './net/link.ts';
import * as spec from './spec/e1000.ts';
import * as wire from './spec/e1000-descriptors.ts';

const ANSWER_MICROSECONDS = Number(ANSWER_TIME / 10n);
const DD = wire.RX_STATUS_DD;
const WHOLE = wire.RX_STATUS_DD | wire.RX_STATUS_EOP | wire.RX_STATUS_IXSM;

test.each([0, 1])('a frame goes out and its answer comes in, behind bridge %i', (bridge) => {
  const driver = e1000Driver({}, bridge);
  driver.start();
  driver.enable();
  const sent = frame(EVERYONE, OURS, 100);
  const n = driver.send(sent);
  expect(driver.link.sentFrames).toEqual([sent]);
  expect(driver.transmitDescriptor(n).getUint8(wire.TX_STATUS)).toBe(wire.TX_STATUS_DD);
  expect(driver.get('TDH')).toBe(1);
  expect(driver.on.delivered).toHaveLength(1);
  expect(driver.get('ICR')).toBe(spec.ICR_TXDW | spec.ICR_TXQE);
  driver.run(ANSWER_MICROSECONDS);
  expect(driver.on.delivered).toHaveLength(2);
  expect(driver.get('ICR')).toBe(spec.ICR_RXT0);
  expect(driver.get('RDH')).toBe(1);
  const descriptor = driver.receiveDescriptor(0);
  expect(descriptor.getUint16(wire.RX_LENGTH, true)).toBe(100);
  expect(descriptor.getUint8(wire.RX_STATUS)).toBe(WHOLE);
  const answer = driver.received(0);
  expect([...answer.subarray(0, 6)]).toEqual(OURS);
  expect(answer.subarray(12)).toEqual(sent.subarray(12));
});

test('reading ICR acknowledges, and the line follows causes and mask', () => {
  const { on, attached, get, set } = e1000Driver();
  const isUp = () => on.interrupts.isLineAsserted(attached.function.line ?? -1);
  set('ICS', spec.ICR_RXT0);
  expect(isUp()).toBe(false);
  set('IMS', spec.ICR_RXT0 | spec.ICR_LSC);
  expect(isUp()).toBe(true);
  set('IMC', spec.ICR_RXT0);
  expect(isUp()).toBe(false);
  expect(get('IMS')).toBe(spec.ICR_LSC);
  set('IMS', spec.ICR_RXT0);
  expect(isUp()).toBe(true);
  expect(get('ICR')).toBe(spec.ICR_RXT0);
  expect(isUp()).toBe(false);
  set('ICS', spec.ICR_RXT0 | spec.ICR_LSC);
  set('ICR', spec.ICR_RXT0);
  expect(get('ICR')).toBe(spec.ICR_LSC);
});

test('the throttle spaces interrupts', () => {
  const { on, get, set, run } = e1000Driver();
  set('ITR', 400);
  set('IMS', spec.ICR_RXT0);
  set('ICS', spec.ICR_RXT0);
  get('ICR');
  set('ICS', spec.ICR_RXT0);
  expect(on.delivered).toHaveLength(1);
  run(102);
  expect(on.delivered).toHaveLength(1);
  run(1);
  expect(on.delivered).toHaveLength(2);
});

test('a small frame is padded on its way out, and on its way in', () => {
  const driver = e1000Driver();
  driver.start();
  driver.send(frame(THEIRS, OURS, 20));
  expect(driver.link.sentFrames[0]).toHaveLength(60);
  driver.arrive(frame(OURS, THEIRS, 30));
  expect(driver.received(0)).toHaveLength(60);
});

test('frames in several descriptors are one frame; without RS nothing is written back', () => {
  const driver = e1000Driver();
  driver.start();
  const whole = frame(THEIRS, OURS, 300);
  const first = driver.legacy(whole.slice(0, 40), wire.CMD_IFCS);
  const second = driver.legacy(whole.slice(40), wire.CMD_IFCS | wire.CMD_EOP | wire.CMD_RS);
  driver.doorbell();
  driver.run(1);
  expect(driver.link.sentFrames).toEqual([whole]);
  expect(driver.transmitDescriptor(first).getUint8(wire.TX_STATUS)).toBe(0);
  expect(driver.transmitDescriptor(second).getUint8(wire.TX_STATUS)).toBe(1);
});

test('nothing is sent without a link, and what waits goes when it comes', () => {
  const driver = e1000Driver();
  driver.start();
  driver.link.setCarrier(false);
  expect(driver.get('STATUS') & spec.STATUS_LU).toBe(0);
  expect(driver.get('ICR')).toBe(spec.ICR_LSC);
  driver.send(frame(THEIRS, OURS, 64));
  expect(driver.get('TDH')).toBe(0);
  driver.link.setCarrier(true);
  driver.run(5_000);
  expect(driver.get('STATUS') & spec.STATUS_LU).toBe(spec.STATUS_LU);
  expect(driver.get('ICR') & spec.ICR_LSC).toBe(spec.ICR_LSC);
  expect(driver.link.sentFrames).toHaveLength(1);
});

test('transmit interrupts that may wait do, until TIDV or TADV runs out', () => {
  const driver = e1000Driver();
  driver.start();
  driver.set('TIDV', 100);
  driver.set('TADV', 150);
  driver.enable(spec.ICR_TXDW);
  const later = wire.CMD_EOP | wire.CMD_IFCS | wire.CMD_RS | wire.CMD_IDE;
  driver.send(frame(THEIRS, OURS, 64), later);
  driver.run(90);
  driver.send(frame(THEIRS, OURS, 64), later);
  expect(driver.on.delivered).toHaveLength(0);
  driver.run(64);
  expect(driver.on.delivered).toHaveLength(1);
  driver.get('ICR');
  driver.run(200);
  expect(driver.on.delivered).toHaveLength(1);
});

test('receive interrupts wait for RDTR after the last frame; FPD flushes', () => {
  const driver = e1000Driver();
  driver.start();
  driver.set('RDTR', 50);
  driver.enable(spec.ICR_RXT0);
  driver.arrive(frame(OURS, THEIRS, 64));
  driver.run(40);
  driver.arrive(frame(OURS, THEIRS, 64));
  driver.run(40);
  expect(driver.on.delivered).toHaveLength(0);
  driver.run(20);
  expect(driver.on.delivered).toHaveLength(1);
  driver.get('ICR');
  driver.arrive(frame(OURS, THEIRS, 64));
  driver.set('RDTR', 50 + spec.RDTR_FPD);
  expect(driver.on.delivered).toHaveLength(2);
  expect(driver.get('RDTR')).toBe(50);
});

test('a frame larger than a buffer takes several descriptors', () => {
  const driver = e1000Driver();
  driver.start(RECEIVE_ON | (3 << spec.RCTL_BSIZE_SHIFT));
  const sent = frame(OURS, THEIRS, 600);
  driver.arrive(sent);
  const lengths = [0, 1, 2].map((n) => driver.received(n).length);
  expect(lengths).toEqual([256, 256, 88]);
  const states = [0, 1, 2].map((n) => driver.receiveDescriptor(n).getUint8(wire.RX_STATUS));
  expect(states).toEqual([DD, DD, WHOLE]);
});

test('without SECRC the check sequence is stored too', () => {
  const driver = e1000Driver();
  driver.start(spec.RCTL_EN | spec.RCTL_BAM);
  driver.arrive(new Uint8Array(60).fill(0xff, 0, 6));
  const data = driver.received(0);
  expect(data).toHaveLength(64);
  expect([...data.subarray(60)]).not.toEqual([0, 0, 0, 0]);
});

test('out of descriptors, frames wait; out of room, they are missed and RXO tells', () => {
  const driver = e1000Driver();
  driver.start(RECEIVE_ON | spec.RCTL_LPE);
  driver.enable(spec.ICR_RXO | spec.ICR_RXDMT0);
  for (let n = 0; n < RING_SIZE - 1; n++) driver.arrive(frame(OURS, THEIRS, 64));
  expect(driver.get('RDH')).toBe(driver.get('RDT'));
  expect(driver.get('ICR') & spec.ICR_RXDMT0).toBe(spec.ICR_RXDMT0);
  for (let n = 0; n < 5; n++) driver.arrive(frame(OURS, THEIRS, 10_000));
  expect(driver.get('RNBC')).toBe(4);
  expect(driver.get('MPC')).toBe(1);
  expect(driver.get('ICR') & spec.ICR_RXO).toBe(spec.ICR_RXO);
  driver.set('RDT', (RING_SIZE - 1 + RING_SIZE - 1) % RING_SIZE);
  expect(driver.get('RDH')).not.toBe(RING_SIZE - 1);
});

test.each([
  ['our address', OURS, RECEIVE_ON, true],
  ['another address', THEIRS, RECEIVE_ON, false],
  ['another address, promiscuous', THEIRS, RECEIVE_ON | spec.RCTL_UPE, true],
  ['broadcast', EVERYONE, RECEIVE_ON, true],
  ['broadcast refused', EVERYONE, spec.RCTL_EN, false],
  ['multicast', [1, 0, 0x5e, 0, 0, 1], RECEIVE_ON, false],
  ['all multicast', [1, 0, 0x5e, 0, 0, 1], RECEIVE_ON | spec.RCTL_MPE, true],
  ['while off', OURS, 0, false],
])('filter: %s', (_what, to, control, isKept) => {
  const driver = e1000Driver();
  driver.start(control);
  driver.arrive(frame(to, THEIRS, 64));
  expect(driver.get('GPRC')).toBe(isKept ? 1 : 0);
});

test('the multicast table lets through what hashes to a set bit, marked as inexact', () => {
  const driver = e1000Driver();
  driver.start();
  const hash = ((0x0c << 8) | 0x0b) >>> 4;
  driver.on.physical.write(
    driverRegister(driver, spec.MTA + (hash >>> 5) * 4),
    4,
    1n << BigInt(hash & 31),
  );
  driver.arrive(frame([1, 0, 0x5e, 0, 0x0b, 0x0c], THEIRS, 64));
  expect(driver.get('MPRC')).toBe(1);
  expect(driver.receiveDescriptor(0).getUint8(wire.RX_STATUS)).toBe(WHOLE | wire.RX_STATUS_PIF);
});

test('VLAN tags are taken out, filtered, and put in', () => {
  const driver = e1000Driver();
  driver.start(RECEIVE_ON | spec.RCTL_VFE);
  driver.set('CTRL', driver.get('CTRL') | spec.CTRL_VME);
  driver.set('VET', 0x8100);
  const tagged = frame(OURS, THEIRS, 80);
  tagged.set([0x81, 0x00, 0x20, 0x07, 0x88, 0xb5], 12);
  driver.arrive(tagged);
  expect(driver.get('GPRC')).toBe(0);
  driver.set('VFTA', 1 << 7);
  driver.arrive(tagged);
  const descriptor = driver.receiveDescriptor(0);
  expect(descriptor.getUint8(wire.RX_STATUS) & wire.RX_STATUS_VP).toBe(wire.RX_STATUS_VP);
  expect(descriptor.getUint16(wire.RX_SPECIAL, true)).toBe(0x2007);
  expect([...driver.received(0).subarray(10, 16)]).toEqual([0, 7, 0x88, 0xb5, 18, 19]);
  const command = wire.CMD_EOP | wire.CMD_IFCS | wire.CMD_RS | wire.CMD_VLE;
  driver.legacy(frame(THEIRS, OURS, 64), command, 0x2007n << 48n);
  driver.doorbell();
  driver.run(1);
  expect([...(driver.link.sentFrames[0]?.subarray(12, 18) ?? [])]).toEqual([
    0x81, 0, 0x20, 7, 0x88, 0xb5,
  ]);
});

test('statistics count octets with their check sequence and clear when read', () => {
  const driver = e1000Driver();
  driver.start();
  driver.send(frame(EVERYONE, OURS, 100));
  driver.arrive(frame(OURS, THEIRS, 100));
  driver.arrive(frame(THEIRS, THEIRS, 100));
  const names = ['GPTC', 'BPTC', 'PTC127', 'GPRC', 'TPR', 'PRC127'];
  expect(names.map(driver.get)).toEqual([1, 1, 1, 1, 2, 1]);
  expect(names.map(driver.get)).toEqual([0, 0, 0, 0, 0, 0]);
  expect([driver.get('TORL'), driver.get('TORL'), driver.get('TORH')]).toEqual([208, 208, 0]);
  expect(driver.get('TORL')).toBe(0);
});

test('a software reset stops rings and interrupts, and keeps address and link partner', () => {
  const driver = e1000Driver();
  driver.start();
  driver.enable();
  driver.set('RAL', 0);
  driver.set('TDT', 3);
  driver.set('CTRL', driver.get('CTRL') | spec.CTRL_RST);
  driver.run(10);
  expect(driver.get('CTRL')).toBe(spec.CTRL_RESET);
  expect(['RCTL', 'TCTL', 'TDT', 'IMS', 'ICR'].map(driver.get)).toEqual([0, 0, 0, 0, 0]);
  expect([driver.get('RAL'), driver.get('RAH')]).toEqual([0x1200_5452, 0x8000_5634]);
  expect(driver.get('STATUS') & spec.STATUS_LU).toBe(0);
  driver.start();
  expect(driver.get('STATUS') & spec.STATUS_LU).toBe(spec.STATUS_LU);
});

test('ring indexes outside the ring and rings outside memory move nothing', () => {
  const driver = e1000Driver();
  driver.start();
  driver.set('TDH', 99);
  driver.send(frame(THEIRS, OURS, 64));
  driver.set('TDH', 0);
  driver.set('TDBAL', 0x7000_0000);
  driver.set('TDT', 4);
  driver.run(1);
  expect(driver.link.sentFrames).toHaveLength(0);
  const troubles = driver.on.events.flatMap((e) => (e.kind === 'device-dma' ? [e.trouble] : []));
  expect(troubles).toEqual(['outside-ram']);
});

test('a frame that never ends is dropped and told', () => {
  const driver = e1000Driver();
  driver.start();
  for (let n = 0; n < 6; n++) {
    driver.queue(undefined, 0xffffn | (BigInt(wire.CMD_IFCS) << 24n));
  }
  driver.legacy(frame(THEIRS, OURS, 64), wire.CMD_EOP | wire.CMD_IFCS);
  driver.doorbell();
  driver.run(1);
  expect(driver.link.sentFrames).toHaveLength(0);
  expect(driver.on.events).toContainEqual(
    expect.objectContaining({ kind: 'device-misuse', problem: 'frame-too-long' }),
  );
  driver.send(frame(THEIRS, OURS, 64));
  expect(driver.link.sentFrames).toHaveLength(1);
});

test('once unplugged it sends, receives and answers nothing', () => {
  const driver = e1000Driver({});
  driver.start();
  driver.enable();
  driver.legacy(frame(EVERYONE, OURS, 64), wire.CMD_EOP | wire.CMD_RS);
  driver.doorbell();
  driver.attached.unplug();
  driver.link.injectFrame(frame(OURS, THEIRS, 64));
  driver.run(1_000);
  expect(driver.get('STATUS')).toBe(0xffff_ffff);
  expect(driver.link.sentFrames).toEqual([]);
  expect(driver.on.delivered).toEqual([]);
});

test('registers answer through the two ports as well', () => {
  const { on, attached, get } = e1000Driver();
  const range = on.bus
    .assignmentOf(attached.function)
    .find((r) => 'bar' in r && r.bar === spec.IO_BAR);
  const base = range !== undefined && 'bar' in range ? range.translatedStart : 0;
  on.ports.write(base + spec.IOADDR, 4, spec.RCTL);
  on.ports.write(base + spec.IODATA, 4, 0x8002);
  expect(get('RCTL')).toBe(0x8002);
  expect(on.ports.read(base + spec.IODATA, 4)).toBe(0x8002);
  on.ports.write(base + spec.IOADDR, 4, 0xffff_ffff);
  expect(on.ports.read(base + spec.IOADDR, 4)).toBe(spec.IOADDR_WRITABLE);
  expect(on.ports.read(base + spec.IODATA, 4)).toBe(0xffff_ffff);
});

test('a saved device goes on with the frame it had begun and the frames on the wire', () => {
  const driver = e1000Driver({ peer: 'loopback' });
  driver.start();
  const whole = frame(OURS, OURS, 100);
  driver.send(whole.slice(0, 40), wire.CMD_IFCS);
  driver.send(whole);
  const saved = JSON.parse(JSON.stringify(driver.attached.instance.snapshot()));
  driver.run(ANSWER_MICROSECONDS);
  expect(driver.get('GPRC')).toBe(1);
  driver.attached.instance.restore(saved);
  expect(driver.get('GPRC')).toBe(0);
  driver.run(ANSWER_MICROSECONDS);
  expect(driver.get('GPRC')).toBe(1);
  expect(driver.link.sentFrames[0]).toHaveLength(140);
});

function driverRegister(driver: ReturnType<typeof e1000Driver>, at: number) {
  const range = driver.on.bus
    .assignmentOf(driver.attached.function)
    .find((r) => 'bar' in r && r.bar === spec.REGISTER_BAR);
  if (range === undefined || !('bar' in range)) throw new Error('no registers');
  return pa(range.translatedStart + at);
}
