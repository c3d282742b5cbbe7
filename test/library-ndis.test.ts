/** The library as its users test a miniport with it: one call for each phase, on adapters of NDIS 6 and 5.1. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import {
  DEVICES,
  deviceNamed,
  type Event,
  HostError,
  Judge,
  loadNdisDriver,
  Machine,
  type NdisAdapter,
  RULES,
  STATUS,
} from '../src/index.ts';
import { datagramFrom, IPV4 } from '../src/scenario/ndis-frames.ts';

const drivers = new URL('../drivers/', import.meta.url);
const bytesOf = (path: string): Uint8Array => new Uint8Array(readFileSync(new URL(path, drivers)));

function adapterOf(name: string, model = 'e1000', inf?: string) {
  const judge = new Judge(RULES);
  const events: Event[] = [];
  const machine = new Machine({
    onEvent(event) {
      judge.handle(event);
      events.push(event);
    },
  });
  const driver = loadNdisDriver(machine, bytesOf(`bin/ndis/${name}.sys`), `${name}.sys`);
  const peer = { network: { peer: 'silent' } } as const;
  const attached = machine.addDevice(deviceNamed(model), `${model}#1`, 0, peer);
  const adapter = driver.add(attached, inf === undefined ? {} : { inf: bytesOf(inf) });
  const reasons = (): string[] =>
    events.flatMap((event) => (event.kind === 'miniport-reason' ? [event.reason] : []));
  return { judge, machine, driver, attached, adapter, reasons, events };
}

const MAC = [0x52, 0x54, 0x00, 0x12, 0x34, 0x56];
const PEER = [2, 0, 0, 0, 0, 1];
const frame = (to: readonly number[], from: readonly number[], length: number): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => [...to, ...from, 0x88, 0xb5][i] ?? i & 0xff);
const going = (length: number): Uint8Array => frame(PEER, MAC, length);
const coming = (length: number): Uint8Array => frame(MAC, PEER, length);

const live = (machine: Machine): number =>
  machine.mappings.filter(({ releasedIn }) => releasedIn === null).length;

function run(adapter: NdisAdapter): void {
  expect([adapter.initialize(), adapter.state]).toEqual([STATUS.SUCCESS, 'paused']);
  expect([adapter.restart(), adapter.state]).toEqual([STATUS.SUCCESS, 'running']);
}

function exchange(adapter: NdisAdapter): void {
  adapter.bind();
  const out = [going(60), going(1514), going(99)];
  expect(adapter.send(out)).toEqual({ statuses: [0, 0, 0], onLink: out });
  expect(adapter.receive(coming(200))).toEqual([coming(200)]);
}

test('a miniport of NDIS 6 initializes, runs, sends, receives and goes, phase by phase', () => {
  const { judge, machine, driver, adapter } = adapterOf('nic');
  expect([driver.status, adapter.subject, adapter.state]).toEqual([0, 'e1000#1', 'halted']);
  run(adapter);
  expect(machine.mappings).toMatchObject([
    { service: 'NdisMMapIoSpace', releasedIn: null },
    { service: 'NdisMRegisterIoPortRange', releasedIn: null },
  ]);
  exchange(adapter);
  const two = { shape: 'two-mdls', atDispatch: true } as const;
  expect(adapter.send([going(300)], two).onLink).toEqual([going(300)]);
  expect([adapter.reset(), adapter.state]).toEqual([STATUS.SUCCESS, 'running']);
  expect([adapter.pause(), adapter.state]).toEqual([STATUS.SUCCESS, 'paused']);
  adapter.halt();
  expect([live(machine), adapter.isThere]).toEqual([0, false]);
  driver.unload();
  expect(judge.findings).toEqual([]);
});

test('objects are asked for and set by their names', () => {
  const { adapter } = adapterOf('nic');
  run(adapter);
  const address = adapter.query('OID_802_3_CURRENT_ADDRESS');
  expect([address.status, [...address.bytes]]).toEqual([0, MAC]);
  expect(adapter.query('OID_GEN_XMIT_OK', 1)).toMatchObject({ needed: expect.any(Number) });
  const nothing = adapter.set('OID_GEN_CURRENT_PACKET_FILTER', new Uint8Array(4));
  expect(nothing.status).toBe(0);
  expect(adapter.receive(coming(200))).toEqual([]);
  expect(adapter.query(0xff00_0001).status).not.toBe(0);
  const sameAnswer = adapter.query(0x0101_0102);
  expect(sameAnswer.bytes).toEqual(address.bytes);
});

test('a card without a cable sends nothing', () => {
  const { adapter, attached } = adapterOf('vionet', 'virtio-net');
  run(adapter);
  attached.instance.network?.setCarrier(false);
  expect(adapter.send([going(60)]).onLink).toEqual([]);
});

test('sleep pauses the adapter, and waking starts it again', () => {
  const { adapter, events } = adapterOf('nic');
  run(adapter);
  adapter.bind();
  adapter.setPower('D3');
  expect(adapter.state).toBe('paused');
  expect(() => adapter.send([going(60)])).toThrow("send: e1000#1 is asleep; setPower('D0') first");
  adapter.setPower('D0');
  expect(adapter.state).toBe('running');
  exchange(adapter);
  const phases = events.flatMap((event) => (event.kind === 'phase-begin' ? [event.name] : []));
  expect(phases.filter((name) => name === 'power')).toHaveLength(2);
});

test('every reason for a halt is given to the miniport, and the adapter initializes again', () => {
  const { adapter, reasons, machine, judge } = adapterOf('nic');
  const [halts, again] = [
    [
      'NdisHaltDeviceStopped',
      'NdisHaltDevicePoweredDown',
      'NdisHaltDeviceFailed',
      'NdisHaltDeviceInstanceDeInitialized',
      'NdisHaltDeviceDisabled',
    ],
    [] as number[],
  ] as const;
  run(adapter);
  for (const reason of halts) {
    adapter.pause();
    adapter.halt(reason);
    expect([adapter.state, live(machine)]).toEqual(['halted', 0]);
    again.push(adapter.initialize(), adapter.restart());
    exchange(adapter);
  }
  expect(new Set(again)).toEqual(new Set([0]));
  adapter.surpriseRemove();
  const lost = ['NdisDevicePnPEventSurpriseRemoved', 'NdisHaltDeviceSurpriseRemoved'];
  expect(reasons()).toEqual([...halts, ...lost]);
  expect(new Set(machine.mappings.map(({ physical }) => physical)).size).toBeGreaterThan(1);
  expect(judge.findings).toEqual([]);
});

test('calls out of order are refused in words, and the driver hears nothing of them', () => {
  const { adapter, driver, events } = adapterOf('nic');
  const before = events.length;
  expect(() => adapter.restart()).toThrow('restart: e1000#1 is halted; initialize() first');
  expect(() => adapter.query('OID_GEN_XMIT_OK')).toThrow('is halted; initialize() first');
  expect(() => adapter.surpriseRemove()).toThrow('is halted; initialize() first');
  expect(events.length).toBe(before);
  adapter.initialize();
  expect(() => adapter.initialize()).toThrow('initialize: e1000#1 is paused; halt() first');
  expect(() => adapter.send([])).toThrow('send: e1000#1 is paused; restart() first');
  adapter.restart();
  expect(() => adapter.halt()).toThrow('halt: e1000#1 is running; pause() first');
  expect(() => adapter.receive(coming(60))).toThrow('has no packet filter; bind() first');
  expect(() => adapter.setPower('D0')).toThrow('setPower: e1000#1 is not asleep');
  expect(() => driver.unload()).toThrow('unload: e1000#1 is still there (running)');
  const unknown: string = 'OID_GEN_NOTHING';
  expect(() => Reflect.apply(adapter.query, adapter, [unknown])).toThrow(HostError);
  adapter.surpriseRemove();
  expect(() => adapter.initialize()).toThrow('initialize: e1000#1 was pulled out');
  driver.unload();
});

test('nothing follows a shutdown', () => {
  const { adapter, driver, reasons, judge } = adapterOf('nic');
  run(adapter);
  adapter.shutdown();
  expect([adapter.state, reasons()]).toEqual(['shutdown', ['NdisShutdownPowerOff']]);
  expect(() => adapter.pause()).toThrow('pause: e1000#1 is shut down; nothing follows');
  expect(() => driver.unload()).toThrow('unload: e1000#1 is still there (shutdown)');
  expect(judge.findings).toEqual([]);
});

test('the virtio miniport has the messages and settings of its INF', () => {
  const { adapter, driver, events, machine, judge } = adapterOf(
    'vionet',
    'virtio-net',
    'ndis/vionet.inf',
  );
  run(adapter);
  exchange(adapter);
  const raised = events.flatMap((event) =>
    event.kind === 'device-interrupt' && event.what !== 'lower' ? [event.what] : [],
  );
  expect(new Set(raised)).toEqual(new Set(['message']));
  adapter.setPower('D3');
  adapter.setPower('D0');
  exchange(adapter);
  adapter.pause();
  adapter.halt('NdisHaltDeviceDisabled');
  driver.unload();
  expect(live(machine)).toBe(0);
  expect(judge.findings).toEqual([]);
});

test('a miniport of NDIS 5.1 runs once it is initialized, and knows neither pause nor restart', () => {
  const { adapter, driver, machine, judge, reasons } = adapterOf('nic5');
  expect([adapter.initialize(), adapter.state]).toEqual([STATUS.SUCCESS, 'running']);
  expect(() => adapter.pause()).toThrow('pause: a miniport of NDIS 5.1 knows no pause');
  expect(() => adapter.restart()).toThrow('restart: a miniport of NDIS 5.1 knows no restart');
  exchange(adapter);
  expect([...adapter.query('OID_802_3_CURRENT_ADDRESS', 6).bytes]).toEqual(MAC);
  expect(adapter.reset()).toBe(STATUS.SUCCESS);
  adapter.setPower('D3');
  expect(adapter.state).toBe('halted');
  expect(() => adapter.initialize()).toThrow('is asleep');
  adapter.setPower('D0');
  expect(adapter.receive(coming(80))).toEqual([coming(80)]);
  expect(() => adapter.initialize()).toThrow('initialize: e1000#1 is running; halt() first');
  adapter.halt('NdisHaltDeviceStopped');
  expect(adapter.initialize()).toBe(STATUS.SUCCESS);
  adapter.surpriseRemove();
  expect(reasons().slice(-2)).toEqual([
    'NdisDevicePnPEventSurpriseRemoved',
    'NdisHaltDeviceSurpriseRemoved',
  ]);
  driver.unload();
  expect(live(machine)).toBe(0);
  expect(judge.findings).toEqual([]);
});

test('a miniport that keeps its mapping through a halt is found out at that halt', () => {
  const { adapter, judge } = adapterOf('ndis-unmap-halt-stopped');
  run(adapter);
  adapter.pause();
  adapter.halt('NdisHaltDeviceFailed');
  adapter.initialize();
  expect(judge.findings).toEqual([]);
  adapter.halt('NdisHaltDeviceStopped');
  expect(judge.findings).toMatchObject([{ rule: 'NDIS-UNMAP-HALT', phase: 'halt', mapping: 4 }]);
});

test('an adapter without hardware has frames to send, and no link', () => {
  const machine = new Machine();
  const image = bytesOf('bin/ndis/ndis-virtual-ok.sys');
  const driver = loadNdisDriver(machine, image, 'ndis-virtual-ok.sys');
  const adapter = driver.add(null);
  run(adapter);
  const sent = adapter.send([datagramFrom(60, 1)], { frameType: IPV4 });
  expect(sent).toEqual({ statuses: [0], onLink: [] });
  expect(() => adapter.receive(coming(60))).toThrow('has no link');
});

test('two adapters of one driver have each their own card', () => {
  const { driver, machine, adapter, judge } = adapterOf('nic');
  const other = driver.add(machine.addDevice(deviceNamed('e1000'), 'e1000#2'));
  run(adapter);
  run(other);
  adapter.pause();
  adapter.halt();
  other.bind();
  expect(other.send([going(60)]).onLink).toEqual([going(60)]);
  expect(() => driver.unload()).toThrow('unload: e1000#2 is still there (running)');
  other.pause();
  other.halt('NdisHaltDeviceFailed');
  expect(() => other.halt('NdisHaltDeviceFailed')).toThrow('is halted; initialize() first');
  expect(other.isThere).toBe(true);
  other.halt();
  expect(() => other.halt()).toThrow('halt: e1000#2 is halted; initialize() first');
  driver.unload();
  expect(judge.findings).toEqual([]);
});

test('a miniport that refuses its adapter says why, and can be asked again', () => {
  const { driver, machine } = adapterOf('nic');
  const [wrong] = DEVICES.filter(({ name }) => name === 'blank-small');
  if (wrong === undefined) throw new Error('blank-small is a device');
  const adapter = driver.add(machine.addDevice(wrong, 'blank-small#1'));
  expect(adapter.initialize()).not.toBe(STATUS.SUCCESS);
  expect([adapter.state, adapter.isThere]).toEqual(['halted', false]);
  expect(adapter.initialize()).not.toBe(STATUS.SUCCESS);
  driver.unload();
});

test('a driver of another kind is sent to where it belongs', () => {
  const machine = new Machine();
  expect(() => loadNdisDriver(machine, bytesOf('bin/wdm/edu.sys'), 'edu.sys')).toThrow(
    'edu.sys registers no miniport; loadWdmDriver loads other drivers',
  );
});

test('the example of the guide does what it says', () => {
  const guide = readFileSync(new URL('../docs/guide/nic.md', import.meta.url), 'utf8');
  const [, source = ''] = guide.match(/```ts\n([\s\S]*?)```/) ?? [];
  const given = { readFileSync, deviceNamed, Judge, loadNdisDriver, Machine, RULES, expect };
  const titles: string[] = [];
  const runNow = (title: string, body: () => void): void => {
    titles.push(title);
    body();
  };
  const code = source.replace(/^import .*$/gm, '');
  new Function('test', ...Object.keys(given), code)(runNow, ...Object.values(given));
  expect(titles).toHaveLength(1);
});
