import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { expect, test } from 'vitest';
import { pa } from '../units/address.ts';
import { ticks } from '../units/ticks.ts';
import { deviceSuite, rig, started } from './device.suite.ts';
import { device } from './device.ts';
import { deviceFromJson, deviceFromModule } from './device-file.ts';
import { edu } from './edu.ts';

const guide = readFileSync(new URL('../../docs/guide/device.md', import.meta.url), 'utf8');
const schemaFile = new URL('../../schema/device.schema.json', import.meta.url);
const matchesSchema = new Ajv().compile(JSON.parse(readFileSync(schemaFile, 'utf8')));

const blockOf = (language: string): string =>
  guide.match(new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``))?.[1] ?? '';

const fromGuide = deviceFromJson(blockOf('json'), 'guide');
deviceSuite(fromGuide);

test('the guide’s device file: a command finishes later and its status holds the line', () => {
  const on = rig();
  const { attached, read, write } = started(on, fromGuide);
  const isUp = () => on.interrupts.isLineAsserted(attached.function.line ?? -1);
  expect(read(0)).toBe(0xb11e_0001n);
  write(4, 0x81);
  expect(read(4)).toBe(0x80n);
  expect(isUp()).toBe(false);
  on.clock.runUntil(ticks(500n));
  expect(read(8)).toBe(1n);
  expect(isUp()).toBe(true);
  write(8, 1);
  expect(isUp()).toBe(false);
  write(0xc, 0x1ff);
  expect(read(0xc, 2)).toBe(0xffn);
});

test('the guide’s module declares a working device', () => {
  const source = blockOf('ts')
    .replace(/^import .*$/m, '')
    .replace('export const', 'const');
  const made: unknown = new Function('device', 'ticks', `${source}; return blinker;`)(
    device,
    ticks,
  );
  const on = rig();
  const { read, write } = started(on, deviceFromModule({ blinker: made }, 'guide'));
  write(4, 1);
  on.clock.runUntil(ticks(500n));
  expect(read(8)).toBe(1n);
  expect(on.delivered).toHaveLength(1);
});

test('the guide’s mailbox answers in memory and interrupts', () => {
  const source = blockOf('js').replace('export default', 'return');
  const made = { default: new Function(source)() as unknown };
  const on = rig();
  const { attached, read, write } = started(on, deviceFromModule(made, 'guide'));
  on.physical.writeBytes(pa(0x2000), Uint8Array.of(15, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3));
  write(0, 0x2000);
  expect(read(4)).toBe(0n);
  on.clock.runUntil(ticks(500n));
  expect([...on.physical.readBytes(pa(0x2008), 7)]).toEqual([1, 0, 0, 0, 3, 2, 1]);
  expect(read(4)).toBe(1n);
  expect(on.delivered).toHaveLength(1);
  write(4, 1);
  expect(on.interrupts.isLineAsserted(attached.function.line ?? -1)).toBe(false);
  on.physical.writeBytes(pa(0x2000), Uint8Array.of(5));
  write(0, 0x2000);
  on.clock.runUntil(ticks(1000n));
  expect(on.events.at(-1)).toMatchObject({ kind: 'device-misuse', problem: 'request' });
});

const register0 = { name: 'A', at: 0, size: 4, access: 'rw' };
const bar0 = { index: 0, type: 'memory', size: 4096, registers: [register0] };
const good = {
  name: 'good',
  pci: { vendorId: 1, deviceId: 2, classCode: 3 },
  bars: [bar0],
};
const withBar = (change: object) => ({ ...good, bars: [{ ...bar0, ...change }] });
const withRegister = (change: object) => withBar({ registers: [{ ...register0, ...change }] });

test('the schema accepts what we accept', () => {
  for (const file of [good, JSON.parse(blockOf('json')), withRegister({ toggles: '0x80' })]) {
    expect(matchesSchema(file), JSON.stringify(matchesSchema.errors)).toBe(true);
    deviceFromJson(JSON.stringify(file), 'file');
  }
});

test.each([
  ['$ lacks "name"', { ...good, name: undefined }],
  ['$.name', { ...good, name: '../x' }],
  ['$ has an unknown member "vendor"', { ...good, vendor: 1 }],
  ['$.pci.vendorId', { ...good, pci: { ...good.pci, vendorId: 0xffff } }],
  ['$.pci.deviceId', { ...good, pci: { ...good.pci, deviceId: '12' } }],
  ['$.pci', { ...good, pci: [] }],
  ['$.bars', { ...good, bars: Array(7).fill(bar0) }],
  ['$.bars[0].size', withBar({ size: 2 })],
  ['$.bars[0].type', withBar({ type: 'rom' })],
  ['$.bars[0].registers[0].size', withRegister({ size: 3 })],
  ['$.bars[0].registers[0].access', withRegister({ access: 'x' })],
  ['$.bars[0].registers[0].reset', withRegister({ reset: 1.5 })],
  ['$.bars[0].registers[0].onWrite', withRegister({ onWrite: Array(17).fill({}) })],
  ['$.bars[0].registers[0].onWrite[0].interrupt', withRegister({ onWrite: [{ interrupt: 'x' }] })],
])('%s is named in the error, and the schema refuses it too', (where, file) => {
  const text = JSON.stringify(file);
  expect(() => deviceFromJson(text, 'file')).toThrowError(
    expect.objectContaining({ code: 'bad-argument', message: expect.stringContaining(where) }),
  );
  expect(matchesSchema(JSON.parse(text))).toBe(false);
});

test.each([
  ['no JSON', '{'],
  ['too long', ' '.repeat(0x10_0001)],
  ['a size that is no power of two', JSON.stringify(withBar({ size: 4095 }))],
  ['a reset wider than its register', JSON.stringify(withRegister({ reset: '0x100000000' }))],
  [
    'a register that is not declared',
    JSON.stringify(withRegister({ onWrite: [{ sets: { register: 'B', bits: 1 } }] })),
  ],
])('%s is refused', (_what, text) => {
  expect(() => deviceFromJson(text, 'file')).toThrowError(
    expect.objectContaining({ code: 'bad-argument' }),
  );
});

test('behaviours: toggles, policies, raise, lower and messages', () => {
  const on = rig();
  const file = {
    ...good,
    interrupt: { line: 'B', msi: 4 },
    bars: [
      {
        ...bar0,
        policy: 'zeros',
        registers: [
          { ...register0, toggles: '0x1' },
          { name: 'B', at: 4, size: 4, access: 'rw', policy: 'ones' },
          { name: 'UP', at: 8, size: 4, access: 'wo', onWrite: [{ interrupt: 'raise' }] },
          { name: 'DOWN', at: 12, size: 4, access: 'wo', onWrite: [{ interrupt: 'lower' }] },
          { name: 'SEND', at: 16, size: 4, access: 'wo', onWrite: [{ mask: 2, interrupt: 3 }] },
        ],
      },
    ],
  };
  const model = deviceFromJson(JSON.stringify(file), 'file');
  const { attached, read, write } = started(on, model);
  expect([read(0), read(0), read(0)]).toEqual([0n, 1n, 0n]);
  expect(read(4)).toBe(0xffff_ffffn);
  expect(read(0x100)).toBe(0n);
  write(8, 0);
  expect(on.interrupts.isLineAsserted(attached.function.line ?? -1)).toBe(true);
  write(12, 0);
  expect(on.interrupts.isLineAsserted(attached.function.line ?? -1)).toBe(false);
  on.delivered.length = 0;
  on.bus.release(attached.function);
  const resources = on.bus.assignResources(attached.function, { messages: 4 });
  const message = resources?.find((r) => r.type === 'message-interrupt');
  write(16, 1);
  write(16, 2);
  expect(message).toMatchObject({ messageCount: 4 });
  const first = message?.type === 'message-interrupt' ? message.vector : 0;
  expect(on.delivered.map((d) => d.vector)).toEqual([first + 3]);
});

test('a module exports one device, or a default', () => {
  expect(deviceFromModule({ default: edu, other: fromGuide }, 'module').name).toBe('edu');
  expect(deviceFromModule({ edu, text: 'x' }, 'module').name).toBe('edu');
  for (const namespace of [{}, { edu, fromGuide }, null]) {
    expect(() => deviceFromModule(namespace, 'module')).toThrowError(
      expect.objectContaining({ code: 'bad-argument' }),
    );
  }
});

test('a default export may make its device of the tools it is given', () => {
  const make = (tools: { readonly device: typeof device }) =>
    tools.device({
      name: 'made',
      summary: 'for tests',
      spec: 'none',
      pci: { vendorId: 0x1234, deviceId: 0xb11e, classCode: 0xff0000 },
      initialState: () => ({}),
      bars: [],
    });
  expect(deviceFromModule({ default: make }, 'module').name).toBe('made');
  const fails = () => {
    throw new TypeError('no such tool');
  };
  expect(() => deviceFromModule({ default: fails }, 'made.mjs')).toThrowError(
    'made.mjs: its default export failed: no such tool',
  );
});
