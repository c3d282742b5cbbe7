import { expect, test } from 'vitest';
import { TimerQueue } from '../../bus/device-clock.ts';
import { ticks } from '../../units/ticks.ts';
import { addressFor, addressText, PEER_ADDRESS } from './address.ts';
import { frameCheckSequence, internetChecksum } from './checksum.ts';
import { ANSWER_TIME, FrameLink, type NetworkOptions } from './link.ts';

const FROM = [2, 0, 0, 0, 0, 1];
const TO = [2, 0, 0, 0, 0, 2];
const EVERYONE = [255, 255, 255, 255, 255, 255];

function linked(options: NetworkOptions = {}) {
  const clock = new TimerQueue();
  const arrived: Uint8Array[] = [];
  const carrier: boolean[] = [];
  const link = new FrameLink(
    {
      subject: 'nic#1',
      clock,
      deliver: (frame) => arrived.push(frame),
      carrierChanged: (up) => carrier.push(up),
    },
    options,
  );
  return { clock, arrived, carrier, link };
}

const frameOf = (to: readonly number[], rest: readonly number[]) =>
  Uint8Array.from([...to, ...FROM, ...rest]);

test('addresses count up from the first device of a name', () => {
  const named = (subject: string) => addressText(addressFor(subject));
  expect(named('e1000#1')).toBe('52:54:00:12:34:56');
  expect(named('e1000#2')).toBe('52:54:00:12:34:57');
  expect(named('e1000#171')).toBe('52:54:00:12:35:00');
  expect(named('e1000')).toBe('52:54:00:12:34:56');
});

test.each([
  ['answer', TO, PEER_ADDRESS],
  ['answer', EVERYONE, PEER_ADDRESS],
  ['loopback', TO, Uint8Array.from(TO)],
  ['loopback', EVERYONE, PEER_ADDRESS],
] as const)('%s: a frame to %o comes back', (peer, to, from) => {
  const { clock, arrived, link } = linked({ peer });
  const sent = frameOf(to, [8, 0, 1, 2, 3]);
  link.send(sent);
  expect(link.sentFrames).toEqual([sent]);
  expect(arrived).toEqual([]);
  clock.runUntil(ANSWER_TIME);
  expect(arrived).toEqual([Uint8Array.from([...FROM, ...from, 8, 0, 1, 2, 3])]);
});

test('the answering peer leaves multicast alone, the silent one everything', () => {
  const answering = linked();
  answering.link.send(frameOf([1, 0, 0x5e, 0, 0, 1], [8, 0]));
  const silent = linked({ peer: 'silent' });
  silent.link.send(frameOf(TO, [8, 0]));
  for (const { clock, arrived } of [answering, silent]) {
    clock.runUntil(ANSWER_TIME);
    expect(arrived).toEqual([]);
  }
});

const ARP = [8, 6, 0, 1, 8, 0, 6, 4, 0, 1];

test('an ARP request is answered for every address but the asker’s', () => {
  const { clock, arrived, link } = linked({ peer: 'echo-arp-icmp' });
  const none = [0, 0, 0, 0, 0, 0];
  link.send(frameOf(EVERYONE, [...ARP, ...FROM, 10, 0, 0, 1, ...none, 10, 0, 0, 1]));
  link.send(frameOf(EVERYONE, [...ARP, ...FROM, 0, 0, 0, 0, ...none, 10, 0, 0, 1]));
  link.send(frameOf(EVERYONE, [...ARP, ...FROM, 10, 0, 0, 1, ...none, 10, 0, 0, 9]));
  clock.runUntil(ANSWER_TIME);
  expect(arrived).toHaveLength(1);
  expect([...(arrived[0] ?? [])]).toEqual([
    ...[...FROM, ...PEER_ADDRESS],
    ...[8, 6, 0, 1, 8, 0, 6, 4, 0, 2],
    ...[...PEER_ADDRESS, 10, 0, 0, 9],
    ...[...FROM, 10, 0, 0, 1],
  ]);
});

test('a ping is answered with a right checksum, a truncated one is not', () => {
  const { clock, arrived, link } = linked({ peer: 'echo-arp-icmp' });
  const ip = [0x45, 0, 0, 30, 0, 1, 0, 0, 64, 1, 0, 0, 10, 0, 0, 1, 10, 0, 0, 9];
  const ping = frameOf(TO, [8, 0, ...ip, 8, 0, 0, 0, 0, 7, 0, 1, 0xab, 0xcd]);
  link.send(ping);
  link.send(ping.slice(0, -4));
  clock.runUntil(ANSWER_TIME);
  expect(arrived).toHaveLength(1);
  const [pong = new Uint8Array()] = arrived;
  expect([...pong.subarray(26, 34)]).toEqual([10, 0, 0, 9, 10, 0, 0, 1]);
  expect(pong[34]).toBe(0);
  expect(internetChecksum(pong, 34, 44)).toBe(0);
});

test('a script brings frames at its times', () => {
  const frame = frameOf(TO, [8, 0]);
  const { clock, arrived } = linked({ peer: { frames: [{ at: ticks(50n), frame }] } });
  clock.runUntil(ticks(49n));
  expect(arrived).toEqual([]);
  clock.runUntil(ticks(50n));
  expect(arrived).toEqual([frame]);
});

test('a pulled cable loses what is under way, both ends hear of it once', () => {
  const { clock, arrived, carrier, link } = linked();
  link.send(frameOf(TO, [8, 0]));
  link.setCarrier(false);
  link.setCarrier(false);
  link.send(frameOf(TO, [8, 0]));
  clock.runUntil(ANSWER_TIME);
  link.setCarrier(true);
  expect(carrier).toEqual([false, true]);
  expect(arrived).toEqual([]);
  expect(link.sentCount).toBe(1);
});

test('what is kept and what is under way is bounded', () => {
  const { clock, arrived, link } = linked();
  for (let n = 0; n < 5000; n++) link.send(frameOf(TO, [8, 0]));
  expect([link.sentCount, link.sentFrames.length]).toEqual([5000, 4096]);
  clock.runUntil(ANSWER_TIME);
  expect(arrived).toHaveLength(1024);
  expect(() => link.injectFrame(new Uint8Array(5))).toThrowError(
    expect.objectContaining({ code: 'bad-argument' }),
  );
});

test('the check sequence of the standard’s example string', () => {
  const text = Uint8Array.from('123456789', (c) => c.charCodeAt(0));
  expect([...frameCheckSequence(text)]).toEqual([0x26, 0x39, 0xf4, 0xcb]);
});
