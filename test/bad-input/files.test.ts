/** Files and arguments that are no good: one clear line, exit code 2, nothing on standard output. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { CODE, composeImage, DATA } from '../../src/image/pe-compose.ts';
import { SIZEOF_FILE_HEADER, SIZEOF_SECTION_HEADER } from '../../src/image/pe-spec.ts';
import { iospace, temporaryFolder } from '../command.suite.ts';

const { folder, put, remove } = temporaryFolder();
afterAll(remove);

const edu = new Uint8Array(
  readFileSync(join(import.meta.dirname, '../../drivers/bin/wdm/edu.sys')),
);
const view = new DataView(edu.buffer);
const fileHeader = view.getUint32(0x3c, true) + 4;
const optional = fileHeader + SIZEOF_FILE_HEADER;
const table = optional + view.getUint16(fileHeader + 16, true);
const sections = Array.from({ length: view.getUint16(fileHeader + 2, true) }, (_, index) => {
  const at = table + index * SIZEOF_SECTION_HEADER;
  const raw = view.getUint32(at + 20, true);
  return { at, raw, end: raw + view.getUint32(at + 16, true) };
});
const lastSection = sections.at(-1)?.at ?? 0;

async function refused(path: string, ...options: readonly string[]): Promise<string> {
  const { exitCode, out, err } = await iospace('run', path, ...options);
  expect({ exitCode, out }).toEqual({ exitCode: 2, out: '' });
  expect(err).toMatch(/^iospace: [^\p{Cc}]+\n$/u);
  return err;
}

/** edu.sys with one field overwritten. */
function changed(at: number, bytes: 2 | 4, value: number): Uint8Array {
  const copy = edu.slice();
  const data = new DataView(copy.buffer);
  if (bytes === 2) data.setUint16(at, value, true);
  else data.setUint32(at, value, true);
  return copy;
}

const OPTIONAL = { entryPoint: optional + 0x10, sizeOfImage: optional + 0x38 };
const SECTION = { virtualSize: 8, rva: 12, rawSize: 16, rawOffset: 20 };

test.each<[string, Uint8Array | string, string]>([
  ['an empty file', '', 'empty'],
  ['a text file', 'hello\n', 'text'],
  ['an ELF file', '\x7fELF\x02\x01\x01', 'ELF'],
  ['noise', Uint8Array.from({ length: 5000 }, (_, at) => (at * 37 + 11) & 0xff), '"MZ"'],
  ['zeros', new Uint8Array(0x10000), '"MZ"'],
  ['an x86 driver', changed(fileHeader, 2, 0x14c), 'IMAGE_FILE_MACHINE_I386 (0x14c)'],
  ['an ARM64 driver', changed(fileHeader, 2, 0xaa64), 'IMAGE_FILE_MACHINE_ARM64 (0xaa64)'],
  ['no entry point', changed(OPTIONAL.entryPoint, 4, 0), 'no entry point'],
  ['an entry point outside', changed(OPTIONAL.entryPoint, 4, 0x7fff_f000), 'entry point'],
  ['an endless image', changed(OPTIONAL.sizeOfImage, 4, 0xffff_f000), 'exceeds the limit'],
  [
    'overlapping sections',
    changed(lastSection + SECTION.rva, 4, view.getUint32(table + SECTION.rva, true)),
    'overlaps section',
  ],
  ['a huge section', changed(lastSection + SECTION.virtualSize, 4, 0x7fff_ffff), 'SizeOfImage'],
  ['a section outside', changed(lastSection + SECTION.rawOffset, 4, 0x7fff_fe00), 'the file'],
])('%s is refused by name', async (_, content, message) => {
  expect(await refused(put('driver.sys', content))).toContain(message);
});

const boundaries = [
  ...[0, 1, 2, 0x3c, 0x3f, 0x40, fileHeader - 4, fileHeader - 1, fileHeader, optional],
  ...[optional + 2, optional + 0x18, optional + 0x70, optional + 0x71, table - 1, table],
  ...sections.flatMap(({ at, raw }) => [at, at + 1, at + SIZEOF_SECTION_HEADER - 1, raw, raw + 1]),
];

test.each([...new Set(boundaries)])('a driver cut at byte %i is refused', async (length) => {
  await refused(put('cut.sys', edu.subarray(0, length)));
});

test('an image larger than RAM is refused', async () => {
  const image = composeImage({
    imageBase: 0x1_4000_0000n,
    entryPoint: 0x1000,
    sections: [
      { name: '.text', bytes: Uint8Array.of(0xc3), characteristics: CODE },
      { name: '.bss', bytes: new Uint8Array(), virtualSize: 200 << 20, characteristics: DATA },
    ],
  });
  expect(await refused(put('large.sys', image))).toContain('RAM');
});

test('a directory, a missing file and a file below a file are refused', async () => {
  expect(await refused(folder)).toContain('is a directory');
  expect(await refused(join(folder, 'none.sys'))).toContain('no such file');
  const file = put('file.sys', 'x');
  expect(await refused(join(file, 'driver.sys'))).toContain('no such file');
});

const driver = put('good.sys', edu);

test.each<[readonly string[], string]>([
  [['--frobnicate'], 'unknown option --frobnicate'],
  [['--format', 'xml'], '--format cannot be xml'],
  [['--max-instructions', '0'], '--max-instructions needs a whole number'],
  [['--max-instructions', '1e9'], '--max-instructions needs a whole number'],
  [['--max-instructions', '9'.repeat(400)], '--max-instructions needs a whole number'],
  [['--seed', '-1'], '--seed needs a whole number'],
  [['--device', 'nonesuch'], 'unknown device nonesuch'],
  [['--device', folder], 'unknown device'],
  [['--device', join(folder, 'none.json')], 'no such file'],
  [['--registry', 'novalue'], '--registry needs KEY=VALUE'],
  [['--registry', 'Unread=dword:zz'], "registry value 'zz' is no number"],
  [['--device', 'none', '--registry', 'HKR\\Unread=hex:0g'], 'is no list of hexadecimal bytes'],
  [['--ioctl', '0x222000:0'], '--ioctl needs its bytes'],
  [['--ioctl', '0x222000:00:-1'], '--ioctl needs a whole number'],
  [['--ioctl', '0x222000:00:4294967296'], '--ioctl needs a whole number'],
  [['--json', folder], 'is a directory'],
])('the options %j are refused', async (options, message) => {
  const { exitCode, err } = await iospace('run', driver, ...options);
  expect([exitCode, err.split('\n').length]).toEqual([2, 2]);
  expect(err).toContain(message);
});

const DEVICE = {
  name: 'mine',
  pci: { vendorId: '0x1234', deviceId: '0x11e8', classCode: '0xff0000' },
  bars: [{ index: 0, type: 'memory', size: '0x1000' }],
};
const withBar = (bar: object) => ({ ...DEVICE, bars: [{ ...DEVICE.bars[0], ...bar }] });

test.each<[string, string]>([
  ['nothing', ''],
  ['half a file', '{"name": "mi'],
  ['a list', '[]'],
  ['null', 'null'],
  ['a number', '17'],
  ['a deep nest', '['.repeat(100_000)],
  ['a stranger', JSON.stringify({ ...DEVICE, colour: 'red' })],
  ['no bars, no identity', '{"name":"mine"}'],
  ['an endless BAR', JSON.stringify(withBar({ size: '0xffffffffffffffffffff' }))],
  ['a BAR of nothing', JSON.stringify(withBar({ size: 0 }))],
  ['a BAR of half a page', JSON.stringify(withBar({ size: 0.5 }))],
  ['a BAR beyond the sixth', JSON.stringify(withBar({ index: 6 }))],
  ['a BAR of an index that is no number', JSON.stringify(withBar({ index: '__proto__' }))],
  [
    'registers that overlap',
    JSON.stringify(
      withBar({
        registers: ['A', 'B'].map((name) => ({ name, at: 0, size: 4, access: 'rw' })),
      }),
    ),
  ],
  [
    'a register outside',
    JSON.stringify(withBar({ registers: [{ name: 'A', at: '0x1000', size: 4, access: 'rw' }] })),
  ],
  ['a name of control characters', JSON.stringify({ ...DEVICE, name: '\u001b[31mred' })],
])('a device file with %s is refused', async (_, content) => {
  const path = put('device.json', content);
  expect(await refused(driver, '--device', path)).toMatch(/device\.json|mine: /);
});
