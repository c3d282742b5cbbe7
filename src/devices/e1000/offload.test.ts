import { expect, test } from 'vitest';
import { onesSum } from '../net/checksum.ts';
import * as spec from '../spec/e1000.ts';
import * as wire from '../spec/e1000-descriptors.ts';
import { e1000Driver, frame, OURS, RECEIVE_ON, THEIRS } from './driver.suite.ts';

const IP = 14;
const TCP = 34;
const HEADERS = 54;
const EXTENDED = wire.CMD_EOP | wire.CMD_IFCS | wire.CMD_RS;

/** TCP over IPv4; the TCP checksum field holds the pseudo header's sum, with or without the length. */
function tcpFrame(payload: number, withLength: boolean): Uint8Array {
  const bytes = frame(THEIRS, OURS, HEADERS + payload);
  const view = new DataView(bytes.buffer);
  bytes.fill(0, 12, HEADERS);
  view.setUint16(12, 0x0800);
  view.setUint8(IP, 0x45);
  view.setUint16(IP + 2, 40 + payload);
  view.setUint16(IP + 4, 0x1234);
  view.setUint8(IP + 8, 64);
  view.setUint8(IP + 9, 6);
  bytes.set([10, 0, 0, 1, 10, 0, 0, 2], IP + 12);
  view.setUint32(TCP + 4, 0xffff_fff0);
  view.setUint8(TCP + 12, 0x50);
  view.setUint8(TCP + 13, 0x18);
  const length = withLength ? 20 + payload : 0;
  view.setUint16(TCP + 16, onesSum(bytes, IP + 12, IP + 20, 6 + length));
  return bytes;
}

/** Both sums over everything they cover come out as all ones. */
function isRight(bytes: Uint8Array): boolean {
  const pseudo = onesSum(bytes, IP + 12, IP + 20, 6 + (bytes.length - TCP));
  return onesSum(bytes, IP, TCP) === 0xffff && onesSum(bytes, TCP, bytes.length, pseudo) === 0xffff;
}

function context(driver: ReturnType<typeof e1000Driver>, segmentBytes: number): void {
  const ip = BigInt(IP) | (BigInt(IP + 10) << 8n) | (BigInt(TCP - 1) << 16n);
  const tcp = BigInt(TCP) | (BigInt(TCP + 16) << 8n);
  const command = wire.CMD_DEXT | wire.TUCMD_TCP | wire.TUCMD_IP;
  const high = (BigInt(command) << 24n) | (BigInt(HEADERS) << 40n) | (BigInt(segmentBytes) << 48n);
  driver.queueRaw(ip | (tcp << 32n), high);
}

test('checksums are put where the context says', () => {
  const driver = e1000Driver();
  driver.start();
  context(driver, 0);
  driver.data(tcpFrame(101, true), EXTENDED, wire.POPTS_IXSM | wire.POPTS_TXSM);
  driver.doorbell();
  driver.run(1);
  const [sent] = driver.link.sentFrames;
  expect(sent !== undefined && isRight(sent)).toBe(true);
});

test('a legacy descriptor sums from CSS to the end into CSO', () => {
  const driver = e1000Driver();
  driver.start();
  const bytes = tcpFrame(30, true);
  const more = (BigInt(TCP + 16) << 16n) | (BigInt(TCP) << 40n);
  driver.legacy(bytes, EXTENDED | wire.CMD_IC, more);
  driver.doorbell();
  driver.run(1);
  const sent = driver.link.sentFrames[0] ?? new Uint8Array();
  const pseudo = onesSum(sent, IP + 12, IP + 20, 6 + (sent.length - TCP));
  expect(onesSum(sent, TCP, sent.length, pseudo)).toBe(0xffff);
});

test('a large frame is cut into segments, each complete', () => {
  const driver = e1000Driver();
  driver.start();
  context(driver, 1000);
  driver.data(tcpFrame(2500, false), EXTENDED | wire.CMD_TSE, wire.POPTS_IXSM | wire.POPTS_TXSM);
  driver.doorbell();
  driver.run(1);
  const sent = driver.link.sentFrames;
  expect(sent.map((one) => one.length - HEADERS)).toEqual([1000, 1000, 500]);
  expect(sent.map(isRight)).toEqual([true, true, true]);
  const views = sent.map((one) => new DataView(one.buffer, one.byteOffset));
  expect(views.map((view) => view.getUint16(IP + 4))).toEqual([0x1234, 0x1235, 0x1236]);
  expect(views.map((view) => view.getUint32(TCP + 4))).toEqual([0xffff_fff0, 984, 1984]);
  expect(views.map((view) => view.getUint8(TCP + 13))).toEqual([0x10, 0x10, 0x18]);
  expect(driver.get('TSCTC')).toBe(1);
});

test('received checksums are verified when RXCSUM asks for it', () => {
  const driver = e1000Driver();
  driver.start(RECEIVE_ON | spec.RCTL_LBM);
  driver.set('RAL', 2);
  driver.set('RAH', spec.RAH_AV | 0x0700);
  driver.set('RXCSUM', spec.RXCSUM_IPOFL | spec.RXCSUM_TUOFL);
  context(driver, 0);
  driver.data(tcpFrame(100, true), EXTENDED, wire.POPTS_IXSM | wire.POPTS_TXSM);
  driver.data(tcpFrame(100, true), EXTENDED, 0);
  driver.doorbell();
  driver.run(1);
  const fields = (n: number) => {
    const descriptor = driver.receiveDescriptor(n);
    return [descriptor.getUint8(wire.RX_STATUS), descriptor.getUint8(wire.RX_ERRORS)];
  };
  const checked =
    wire.RX_STATUS_DD | wire.RX_STATUS_EOP | wire.RX_STATUS_IPCS | wire.RX_STATUS_TCPCS;
  expect(fields(0)).toEqual([checked, 0]);
  expect(fields(1)).toEqual([checked, wire.RX_ERROR_IPE | wire.RX_ERROR_TCPE]);
  expect(driver.link.sentFrames).toHaveLength(0);
});
