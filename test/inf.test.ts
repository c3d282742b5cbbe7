/** A driver with its INF, run as a user runs it: found, given, left out, unknown, broken. */
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, expect, test } from 'vitest';
import { said } from './command.suite.ts';

const root = join(import.meta.dirname, '..');
const samples = join(root, 'drivers/bin/wdm');
const driver = join(samples, 'registry-ok.sys');
const text = readFileSync(join(samples, 'registry-ok.inf'), 'utf8');

const iospace = (...argv: readonly string[]) => said(['run', ...argv]);

const folder = mkdtempSync(join(tmpdir(), 'iospace-'));
afterAll(() => rmSync(folder, { recursive: true }));
let count = 0;

/** A folder of its own with a copy of the driver and the given INFs beside it. */
function beside(infs: Readonly<Record<string, string>>, image = 'registry-ok.sys'): string {
  const own = join(folder, `${count++}`);
  mkdirSync(own);
  copyFileSync(driver, join(own, image));
  for (const [name, content] of Object.entries(infs)) writeFileSync(join(own, name), content);
  return join(own, image);
}

interface Report {
  readonly debugPrint: readonly string[];
  readonly mappings: readonly { readonly length: number }[];
  readonly lifecycle: readonly { readonly phase: string; readonly status: string | null }[];
  readonly case: { readonly device: string; readonly inf?: Record<string, unknown> };
}

async function reportOf(...argv: readonly string[]): Promise<Report> {
  const { out, err } = await iospace(...argv, '--format', 'json');
  expect(err).toBe('');
  const schema = readFileSync(join(root, 'schema/report.schema.json'), 'utf8');
  const validate = new Ajv2020({ allowUnionTypes: true }).compile(JSON.parse(schema));
  expect([validate(JSON.parse(out)), validate.errors]).toEqual([true, null]);
  return JSON.parse(out) as Report;
}

const SETTINGS = 'depth 4, window 0x2000 of 0x100000, 1 messages';

test('the INF beside a driver fills its keys and gives it messages', async () => {
  const report = await reportOf(driver);
  expect(report.debugPrint.map((line) => line.trim())).toEqual(Array(4).fill(SETTINGS));
  expect(report.mappings.map(({ length }) => length)).toEqual([0x2000, 0x2000, 0x2000, 0x2000]);
  expect(report.case).toMatchObject({
    device: 'edu',
    inf: {
      path: join(samples, 'registry-ok.inf'),
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      hardwareId: 'PCI\\VEN_1234&DEV_11E8',
      section: 'Sample',
      isStandIn: false,
    },
  });
});

test('--no-inf leaves it out', async () => {
  const report = await reportOf(driver, '--no-inf');
  expect(report.case.inf).toBeUndefined();
  expect(report.mappings).toEqual([]);
  const added = report.lifecycle.find(({ phase }) => phase === 'add-device');
  expect(added?.status).toBe('STATUS_OBJECT_NAME_NOT_FOUND');
});

test('values of the user are stronger than those of the INF', async () => {
  const software =
    'HKLM\\SYSTEM\\CurrentControlSet\\Control\\Class\\{78A1C341-4539-11D3-B88D-00C04FAD5171}\\0000';
  const { debugPrint } = await reportOf(
    ...[driver, '--registry', 'Parameters\\Depth=dword:7'],
    ...['--registry', `${software}\\Window=dword:0x1000`],
  );
  expect(debugPrint[0]).toContain('depth 7, window 0x1000 of 0x100000');
});

test('an INF of another name is found by the service that runs the image', async () => {
  const image = beside({ 'a.inf': 'no INF at all', 'z.inf': text });
  expect((await reportOf(image)).case.inf?.path).toBe(image.replace('registry-ok.sys', 'z.inf'));
});

test('an INF of the same name counts whatever image it names', async () => {
  const image = beside({ 'renamed.INF': text }, 'renamed.sys');
  expect((await reportOf(image)).case).toMatchObject({ inf: { section: 'Sample' } });
});

test('an INF that names neither is not taken', async () => {
  const image = beside({ 'z.inf': text }, 'renamed.sys');
  expect((await reportOf(image)).case.inf).toBeUndefined();
});

test('hardware that no model is has a blank device in its place, and the report says so', async () => {
  const unknown = text.replace('VEN_1234&DEV_11E8', 'VEN_ABCD&DEV_0001').replace('0x2000', '0x800');
  const image = beside({ 'given.txt': unknown });
  const inf = image.replace('registry-ok.sys', 'given.txt');
  const { out, exitCode } = await iospace(image, '--inf', inf);
  expect(exitCode).toBe(0);
  expect(out).toContain('device blank,');
  expect(out).toContain(`installed by ${inf} [Sample] for PCI\\VEN_ABCD&DEV_0001\n`);
  expect(out).toContain(
    'no device model is this hardware: a blank one stands in for it (--device FILE describes yours)\n',
  );
  const report = await reportOf(image, '--inf', inf);
  expect(report.case).toMatchObject({ device: 'blank', inf: { isStandIn: true } });
  expect(report.debugPrint[0]).toContain('window 0x800 of 0x100000, 1 messages');
});

test.each([
  ['missing.inf', undefined, 'no such file or directory'],
  ['empty.inf', '', 'the INF has no [Version] section'],
  ['text.inf', 'MZ\0\0', 'the INF does not begin with a section'],
])('%s is refused in one line', async (name, content, message) => {
  const image = beside(content === undefined ? {} : { [name]: content });
  const inf = image.replace('registry-ok.sys', name);
  const { exitCode, err, out } = await iospace(image, '--inf', inf);
  expect([exitCode, err, out]).toEqual([2, `iospace: ${inf}: ${message}\n`, '']);
});

test('a broken INF of the same name is refused until it is left out', async () => {
  const image = beside({ 'registry-ok.inf': 'broken' });
  const { exitCode, err } = await iospace(image);
  expect(exitCode).toBe(2);
  expect(err).toMatch(/registry-ok\.inf: the INF .*; --no-inf leaves it out\n$/);
  const without = await iospace(image, '--no-inf');
  expect([without.exitCode, without.err]).toEqual([3, '']);
  expect(without.out).toContain('no device started, AddDevice answered');
});

test('--inf and --no-inf exclude each other', async () => {
  const { exitCode, err } = await iospace(driver, '--inf', driver, '--no-inf');
  expect([exitCode, err]).toEqual([2, 'iospace: --inf and --no-inf exclude each other\n']);
});

test('HKR in --registry is the key of the device, and stronger than the INF; without an INF it is there too', async () => {
  const card = new URL('../drivers/bin/ndis/vionet.sys', import.meta.url).pathname;
  const on = ['--device', 'virtio-net-transitional', '--format', 'json'];
  const said = async (...more: readonly string[]) =>
    JSON.parse((await iospace(card, ...on, ...more)).out).debugPrint as string[];
  expect(await said()).toContain('vionet: ForceLegacy = 0');
  expect(await said('--registry', 'HKR\\ForceLegacy=1')).toContain('vionet: ForceLegacy = 1');
  const own = [
    '--registry',
    'Parameters\\TraceLevel=dword:3',
    '--registry',
    'hkr\\*ReceiveBuffers=64',
  ];
  const without = await said('--no-inf', ...own);
  expect(without).toContain('vionet: *ReceiveBuffers = 64');
});
