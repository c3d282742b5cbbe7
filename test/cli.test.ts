/** The command line from arguments to output and exit code; the engine behind it is played by a fixture. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, expect, test } from 'vitest';
import { devicesCommand } from '../src/cli/devices.ts';
import { paintFor } from '../src/cli/io.ts';
import { rulesCommand } from '../src/cli/rules.ts';
import { commandWith } from '../src/cli/run.ts';
import type { Event } from '../src/events/event.ts';
import type { RunResult } from '../src/events/run.ts';
import { complete, crashed, cutShort, stopped } from '../src/report/report.fixture.ts';
import { Judge } from '../src/rules/judge.ts';
import type { RunOptions } from '../src/scenario/options.ts';
import { badImage, InternalError } from '../src/units/errors.ts';
import { said } from './command.suite.ts';

const folder = mkdtempSync(join(tmpdir(), 'iospace-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (name: string, content: string): string => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};
const driver = file('edu.sys', 'MZ, as far as the fixture cares');

const load: Event = {
  kind: 'phase-begin',
  name: 'load',
  subject: null,
  sequence: 1,
  irql: 0,
  phase: 'load',
  callback: null,
  device: null,
  process: 4,
  at: [],
};

type Play = (options: RunOptions) => RunResult;

async function iospace(argv: readonly string[], play: Play = () => complete) {
  let given: RunOptions | null = null;
  const run = commandWith(async () => ({
    judgeBy: (profile) => new Judge([], profile),
    runDriver(options) {
      given = options;
      options.onEvent(load);
      const driver = { machine: 'x64', framework: 'wdm', frameworkVersion: null, imports: [] };
      return { driver, device: options.device?.name ?? 'edu', result: play(options) };
    },
  }));
  const answer = await said(argv, [run, rulesCommand, devicesCommand]);
  return { ...answer, options: given as RunOptions | null };
}

test('a clean run prints the report and exits with 0', async () => {
  const { out, err, exitCode } = await iospace(['run', driver]);
  expect(exitCode).toBe(0);
  expect(out).toContain('Verdict  clean: 2 mappings, every contract kept (exit code 0)');
  expect(err).toBe('');
});

test.each([
  ['crashed', crashed, 1],
  ['stopped', stopped, 3],
  ['cut short', cutShort, 3],
])('a %s run has its exit code', async (_, result, exitCode) => {
  expect((await iospace(['run', driver], () => result)).exitCode).toBe(exitCode);
});

test('--format json prints the report alone, --json writes the same', async () => {
  const path = join(folder, 'report.json');
  const { out } = await iospace(['run', driver, '--format', 'json', '--json', path]);
  expect(readFileSync(path, 'utf8')).toBe(out);
  const schema = readFileSync(join(import.meta.dirname, '../schema/report.schema.json'), 'utf8');
  const validate = new Ajv2020({ allowUnionTypes: true }).compile(JSON.parse(schema));
  expect([validate(JSON.parse(out)), validate.errors]).toEqual([true, null]);
  expect(JSON.parse(out).driver.sha256).toMatch(/^[0-9a-f]{64}$/);
});

test('options reach the run and the case', async () => {
  const { options, out } = await iospace([
    ...['run', '--format=json', '--seed=0x10', '--max-instructions', '5000', '--device', 'edu'],
    ...['--registry', 'Depth=3', '--registry', 'Name=a=b', '--stub', 'IoFoo=STATUS_PENDING'],
    ...['--stub', 'IoBar=-1', '--ioctl', '0x222000:0aFF:16'],
    ...['--ioctl', '4', '--ioctl', '5::=0102', driver],
  ]);
  expect(options).toMatchObject({ fileName: 'edu.sys', seed: 16, maxInstructions: 5000 });
  expect(options?.ioctls).toEqual([
    { code: 0x222000, input: Uint8Array.of(0x0a, 0xff), outputLength: 16 },
    { code: 4, input: new Uint8Array(), outputLength: 0 },
    { code: 5, input: new Uint8Array(), outputLength: 2, output: Uint8Array.of(1, 2) },
  ]);
  expect(JSON.parse(out).case).toEqual({
    device: 'edu',
    profile: 'documented',
    seed: 16,
    maxInstructions: 5000,
    registry: [
      { key: 'Depth', value: '3' },
      { key: 'Name', value: 'a=b' },
    ],
    stubs: [
      { name: 'IoFoo', value: '0x0000000000000103' },
      { name: 'IoBar', value: '0xffffffffffffffff' },
    ],
    ioctls: [
      { code: '0x222000', input: '0aff', outputLength: 16 },
      { code: '0x4', input: '', outputLength: 0 },
      { code: '0x5', input: '', outputLength: 2, output: '0102' },
    ],
  });
});

test('--trace goes to standard error', async () => {
  const { err, out } = await iospace(['run', driver, '--trace']);
  expect(err).toBe('== load\n');
  expect(out).not.toContain('== load');
});

test.each([
  [['run'], 'DRIVER is missing'],
  [['run', driver, 'other.sys'], 'unexpected argument other.sys'],
  [['run', driver, '--fromat', 'json'], 'unknown option --fromat; did you mean --format?'],
  [['run', driver, '--format', 'jsn'], '--format cannot be jsn; did you mean json?'],
  [['run', driver, '--json', '--trace'], '--json needs a value: --json FILE'],
  [['run', driver, '--trace=yes'], '--trace takes no value'],
  [['run', driver, '--seed', '1', '--seed', '2'], '--seed is given twice'],
  [['run', driver, '--seed', '1e3'], '--seed needs a whole number'],
  [['run', driver, '--registry', '=3'], '--registry needs KEY=VALUE'],
  [['run', driver, '--stub', 'IoFoo=no'], '--stub IoFoo needs a number or a STATUS_ name'],
  [['run', driver, '--ioctl', '1:abc'], '--ioctl needs its bytes as pairs of hex digits'],
  [['run', driver, '--ioctl', '0x1ffffffff'], '--ioctl needs a whole number'],
  [['run', driver, '--device', 'edo'], 'unknown device edo; did you mean edu?'],
  [['devices', 'nothing-like-it'], 'unknown device nothing-like-it; there are '],
  [['rules', 'WDM-UNMAP-STPO'], 'unknown rule WDM-UNMAP-STPO; did you mean WDM-UNMAP-STOP?'],
  [['rnu', driver], 'unknown command rnu; did you mean run?'],
  [['check', driver], 'unknown command check; there are run, rules, devices'],
  [['--verison'], 'unknown option --verison; did you mean --version?'],
])('%j is refused in one line', async (argv, message) => {
  const { exitCode, err, out } = await iospace(argv);
  expect(err).toContain(`iospace: ${message}`);
  expect(err.trimEnd()).not.toContain('\n');
  expect([exitCode, out]).toEqual([2, '']);
});

test.each([
  [join(folder, 'missing.sys'), 'no such file or directory'],
  [folder, 'is a directory, not a file'],
  [join(driver, 'below'), 'no such file or directory'],
  ['a\0b', 'not a file name'],
])('the input %j is refused', async (path, message) => {
  const { exitCode, err } = await iospace(['run', path]);
  expect([exitCode, err]).toEqual([2, expect.stringContaining(message)]);
});

test('a report that cannot be written is told after the verdict', async () => {
  const { exitCode, err, out } = await iospace(['run', driver, '--json', folder]);
  expect([exitCode, err]).toEqual([2, expect.stringContaining('is a directory')]);
  expect(out).toContain('Verdict');
});

test('what the engine throws becomes an exit code', async () => {
  const failing = (error: unknown) =>
    iospace(['run', driver], () => {
      throw error;
    });
  expect(await failing(badImage('no PE header'))).toMatchObject({
    exitCode: 2,
    err: `iospace: ${driver}: no PE header\n`,
  });
  const defect = await failing(new InternalError('impossible'));
  expect(defect.exitCode).toBe(70);
  expect(defect.err).toMatch(/impossible\n {4}at [\s\S]*this is a defect of iospace/);
});

const device = {
  name: 'mine',
  pci: { vendorId: '0x1234', deviceId: 7, classCode: '0xff0000' },
  bars: [{ index: 0, type: 'memory', size: '0x1000' }],
};

test('a device can come from a JSON file or a module', async () => {
  const json = file('mine.json', JSON.stringify(device));
  const declared = new URL('../src/devices/edu.ts', import.meta.url).href;
  const module = file('mine.mjs', `export { edu as default } from ${JSON.stringify(declared)};`);
  for (const [path, name] of [
    [json, 'mine'],
    [module, 'edu'],
  ] as const) {
    const { options, err } = await iospace(['run', driver, '--device', path]);
    expect([err, options?.device?.name]).toEqual(['', name]);
  }
});

test.each([
  ['that is not JSON', '{', 'is not JSON'],
  ['with a stranger', JSON.stringify({ ...device, brs: [] }), 'brs'],
  [
    'of an odd size',
    JSON.stringify({ ...device, bars: [{ ...device.bars[0], size: 30 }] }),
    'BAR 0',
  ],
])('a device file %s is refused', async (_, content, message) => {
  const path = file('bad.json', content);
  const { exitCode, err } = await iospace(['run', driver, '--device', path]);
  expect([exitCode, err]).toEqual([2, expect.stringContaining(message)]);
});

test('a module without a device, and one that throws, are refused', async () => {
  const empty = file('empty.mjs', 'export const other = 1;');
  const throwing = file('throwing.mjs', 'throw new Error("mine");');
  expect((await iospace(['run', driver, '--device', empty])).err).toContain(
    'exports nothing made by device',
  );
  expect((await iospace(['run', driver, '--device', throwing])).err).toContain('mine');
});

test('help and version go to standard output, a bare call is a usage error', async () => {
  const { out, exitCode } = await iospace(['--help']);
  expect(exitCode).toBe(0);
  for (const name of ['run DRIVER', 'rules [RULE]', 'devices [NAME|FILE]'])
    expect(out).toContain(name);
  expect((await iospace(['run', '--help'])).out).toContain('--fail-on SEVERITY');
  expect((await iospace(['--version'])).out).toMatch(/^iospace \d+\.\d+\.\d+\n$/);
  expect(await iospace([])).toMatchObject({ exitCode: 2, out: '' });
});

test('rules and devices list and explain', async () => {
  expect((await iospace(['devices'])).out).toMatch(/^edu +1234:11e8 /m);
  expect((await iospace(['devices', 'edu'])).out).toContain('BAR 0');
  expect((await iospace(['rules'])).out).toMatch(/^WDM-UNMAP-STOP +error /m);
  expect((await iospace(['rules', 'wdm-ex-match'])).out).toMatch(/^WDM-EX-MATCH +no rule\n/);
  const { out } = await iospace(['rules', 'wdm-unmap-stop']);
  for (const title of ['Why it matters', 'How to mend it', 'Wrong', 'Right', 'Page']) {
    expect(out).toContain(`\n${title}\n`);
  }
});

test('colour is for terminals that want it', () => {
  expect(paintFor(true, { TERM: 'xterm' }).red('x')).not.toBe('x');
  expect(paintFor(false, {}).red('x')).toBe('x');
  expect(paintFor(true, { NO_COLOR: '1' }).red('x')).toBe('x');
  expect(paintFor(true, { TERM: 'dumb' }).red('x')).toBe('x');
});

test('a folder in the place of a file is no crash', async () => {
  mkdirSync(join(folder, 'device.json'));
  const { exitCode } = await iospace(['run', driver, '--device', join(folder, 'device.json')]);
  expect(exitCode).toBe(2);
});
