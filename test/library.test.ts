/** The library as its users write against it: a compiled driver phase by phase, and a driver written in TypeScript. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import {
  callService,
  deviceNamed,
  Judge,
  loadWdmDriver,
  Machine,
  MmMapIoSpace,
  MmUnmapIoSpace,
  RULES,
  STATUS,
  va,
} from '../src/index.ts';

const image = (name: string): Uint8Array =>
  readFileSync(new URL(`../drivers/bin/wdm/${name}.sys`, import.meta.url));

function judgedMachine() {
  const judge = new Judge(RULES);
  const machine = new Machine({ onEvent: (event) => judge.handle(event) });
  return { judge, machine };
}

test('a compiled driver starts, answers and goes, phase by phase', () => {
  const { judge, machine } = judgedMachine();
  const driver = loadWdmDriver(machine, image('edu'), 'edu.sys');
  const device = driver.add(machine.addDevice(deviceNamed('edu'), 'edu#1'));
  expect([driver.status, device.status, device.start()]).toEqual([0, 0, 0]);
  expect(machine.mappings).toMatchObject([{ service: 'MmMapIoSpaceEx', releasedIn: null }]);
  const LIVENESS = 0x22e004;
  const answer = device.deviceControl(LIVENESS, Uint8Array.of(1, 0, 0, 0), 4);
  expect([answer.status, [...answer.output]]).toEqual([STATUS.SUCCESS, [0xfe, 0xff, 0xff, 0xff]]);
  expect([device.queryStop(), device.stop(), device.restart()]).toEqual([0, 0, 0]);
  expect([device.surpriseRemoval(), device.remove()]).toEqual([0, 0]);
  driver.unload();
  expect(machine.mappings.filter(({ releasedIn }) => releasedIn === null)).toEqual([]);
  expect(judge.findings).toEqual([]);
});

test('a driver that keeps a mapping through a stop is found out at the stop', () => {
  const { judge, machine } = judgedMachine();
  const driver = loadWdmDriver(machine, image('wdm-unmap-stop'), 'wdm-unmap-stop.sys');
  const device = driver.add(machine.addDevice(deviceNamed('edu'), 'edu#1'));
  device.start();
  expect(judge.findings).toEqual([]);
  device.queryStop();
  device.stop();
  expect(judge.findings).toMatchObject([{ rule: 'WDM-UNMAP-STOP', phase: 'stop', mapping: 1 }]);
});

test('a contract can be tried without a compiler', () => {
  const { judge, machine } = judgedMachine();
  const { kernel } = machine;
  const edu = machine.addDevice(deviceNamed('edu'), 'edu#1');
  const resources = machine.bus.assignResources(edu.function) ?? [];
  const memory = resources.find((it) => it.type === 'memory');
  if (memory?.type !== 'memory') throw new Error('edu has registers');
  machine.run('driver', function* () {
    const base = va(
      yield* callService(kernel, MmMapIoSpace, {
        PhysicalAddress: BigInt(memory.translatedStart),
        NumberOfBytes: 0x1000n,
        CacheType: 0,
      }),
    );
    expect(kernel.mmu.u32(base)).toBe(0x0100_00ed);
    yield* callService(kernel, MmUnmapIoSpace, { BaseAddress: base, NumberOfBytes: 0x800n });
  });
  expect(judge.findings).toMatchObject([
    { rule: 'WDM-UNMAP-LENGTH', facts: { given: '0x800', length: '0x1000' } },
  ]);
});

test('two drivers live in one machine, each with its device', () => {
  const { judge, machine } = judgedMachine();
  const drivers = ['edu', 'wdm-skeleton-ok'].map((name, i) => {
    const driver = loadWdmDriver(machine, image(name), `${name}.sys`);
    const device = driver.add(machine.addDevice(deviceNamed('edu'), `edu#${i + 1}`));
    return { driver, device };
  });
  expect(drivers.map(({ device }) => device.start())).toEqual([0, 0]);
  expect(drivers.map(({ device }) => device.read(16).status)).toEqual([0, 0]);
  for (const { device, driver } of drivers) {
    expect([device.queryRemove(), device.remove()]).toEqual([0, 0]);
    driver.unload();
  }
  expect(judge.findings).toEqual([]);
});
