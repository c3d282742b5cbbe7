import { expect, test } from 'vitest';
import { parsePe } from './pe.ts';
import { CODE, CONSTANTS, composeImage } from './pe-compose.ts';
import { AT, damaged, directoryAt, driverImage, R, refusal } from './pe-fixture.suite.ts';
import { putU32 } from './reader.ts';

const ascii = (text: string): Uint8Array => Uint8Array.from(text, (char) => char.charCodeAt(0));

test.each<[string, Uint8Array, string]>([
  ['nothing', new Uint8Array(0), 'empty'],
  ['an ELF file', ascii('\x7fELF\x02\x01\x01'), 'ELF'],
  ['a text file', ascii('[Version]\r\nSignature="$WINDOWS NT$"\r\n'), 'text'],
  ['a UTF-16 text file', ascii('\xff\xfe[\0V\0'), 'text'],
  ['a cabinet', ascii('MSCF\0\0\0\0'), 'cabinet'],
  ['an object file', ascii('\x64\x86\x05\0'), 'COFF object'],
  ['noise', ascii('\x01\x02\x03\x04'), '"MZ"'],
  ['a lone MZ', ascii('MZ'), 'IMAGE_DOS_HEADER'],
])('%s is named', (_name, bytes, expected) => {
  expect(refusal(bytes)).toContain(expected);
});

test.each<[string, Uint8Array, string]>([
  ['a 16-bit executable', damaged({ u32: { 64: 0x454e } }), '16-bit or VxD executable (NE'],
  ['a VxD', damaged({ u32: { 64: 0x454c } }), 'VxD executable (LE'],
  ['a DOS program', damaged({ u32: { 60: 0x10 } }), 'no "PE" signature'],
  ['e_lfanew past the end', damaged({ u32: { 60: 0xffff_ff00 } }), 'truncated: the PE signature'],
  [
    'x86',
    damaged({ u16: { [AT.fileHeader]: 0x14c } }),
    'wrong machine: IMAGE_FILE_MACHINE_I386 (0x14c)',
  ],
  ['ARM64', damaged({ u16: { [AT.fileHeader]: 0xaa64 } }), 'IMAGE_FILE_MACHINE_ARM64 (0xaa64)'],
  ['an unheard machine', damaged({ u16: { [AT.fileHeader]: 0x7777 } }), 'wrong machine: 0x7777'],
  ['PE32', damaged({ u16: { [AT.optionalHeader]: 0x10b } }), 'PE32 (0x10b)'],
  ['an unknown magic', damaged({ u16: { [AT.optionalHeader]: 0x999 } }), 'magic 0x999'],
  [
    'a short optional header',
    damaged({ u16: { [AT.fileHeader + 16]: 0x60 } }),
    'SizeOfOptionalHeader 0x60',
  ],
  ['directories beyond it', damaged({ u16: { [AT.fileHeader + 16]: 0xe0 } }), 'does not hold 0x10'],
  ['no sections', damaged({ u16: { [AT.fileHeader + 2]: 0 } }), 'no sections'],
  ['many sections', damaged({ u16: { [AT.fileHeader + 2]: 97 } }), 'NumberOfSections 0x61'],
  ['SizeOfImage 0', damaged({ u32: { [AT.optionalHeader + 0x38]: 0 } }), 'SizeOfImage is 0'],
  [
    'SizeOfImage huge',
    damaged({ u32: { [AT.optionalHeader + 0x38]: 0x1000_1000 } }),
    'limit of 0x10000000',
  ],
  [
    'SizeOfHeaders small',
    damaged({ u32: { [AT.optionalHeader + 0x3c]: 0x100 } }),
    'SizeOfHeaders 0x100',
  ],
  [
    'SizeOfHeaders large',
    damaged({ u32: { [AT.optionalHeader + 0x3c]: 0x4fff } }),
    'SizeOfHeaders 0x4fff',
  ],
  ['an odd alignment', damaged({ u32: { [AT.optionalHeader + 0x20]: 0x1800 } }), 'powers of two'],
  [
    'alignments reversed',
    damaged({ u32: { [AT.optionalHeader + 0x24]: 0x2000 } }),
    'is less than FileAlignment',
  ],
  [
    'ImageBase uneven',
    damaged({ u32: { [AT.optionalHeader + 0x18]: 0x4000_1000 } }),
    'ImageBase 0x140001000',
  ],
  ['no entry point', damaged({ u32: { [AT.optionalHeader + 0x10]: 0 } }), 'no entry point'],
  [
    'entry point outside',
    damaged({ u32: { [AT.optionalHeader + 0x10]: 0x5000 } }),
    'entry point 0x5000',
  ],
  [
    'entry point in data',
    damaged({ u32: { [AT.optionalHeader + 0x10]: 0x3000 } }),
    'no executable section',
  ],
])('header: %s is refused', (_name, bytes, expected) => {
  expect(refusal(bytes)).toContain(expected);
});

const section = (index: number, field: number): number => AT.sectionTable + index * 40 + field;

test.each<[string, Uint8Array, string]>([
  [
    'overlapping',
    damaged({ u32: { [section(1, 12)]: 0x1000 } }),
    '.rdata at RVA 0x1000 overlaps section .text',
  ],
  ['over the headers', damaged({ u32: { [section(0, 12)]: 0 } }), 'overlaps the headers'],
  ['huge', damaged({ u32: { [section(1, 8)]: 0x7fff_ffff } }), 'reaches past SizeOfImage 0x5000'],
  ['outside the file', damaged({ u32: { [section(1, 20)]: 0x1400 } }), 'outside the file'],
  [
    'off its file alignment',
    damaged({ u32: { [section(1, 20)]: 0x610 } }),
    'FileAlignment is 0x200',
  ],
  [
    'off its alignment',
    damaged({ u32: { [section(1, 12)]: 0x2010 } }),
    'SectionAlignment is 0x1000',
  ],
])('section: %s is refused', (_name, bytes, expected) => {
  expect(refusal(bytes)).toContain(expected);
});

test('a section without raw data is zero', () => {
  const image = parsePe(damaged({ u32: { [section(2, 16)]: 0, [section(2, 20)]: 0 } }));
  expect(image.sections[2]).toMatchObject({ rawSize: 0, virtualSize: 0x900 });
});

test('a section without virtual size takes its raw size', () => {
  const image = parsePe(damaged({ u32: { [section(0, 8)]: 0 } }));
  expect(image.sections[0]?.virtualSize).toBe(0x200);
});

test('the padding of the last section may be missing', () => {
  const bytes = driverImage();
  expect(refusal(bytes.subarray(0, AT.reloc + 0x14))).toBe('accepted');
  expect(refusal(bytes.subarray(0, AT.reloc + 0x13))).toContain('outside the file');
});

const rd = (offset: number): number => AT.rdata + offset;

test.each<[string, Uint8Array, string]>([
  ['imports outside', damaged({ u32: { [directoryAt(1)]: 0x9000 } }), 'import directory'],
  ['imports without end', damaged({ u32: { [directoryAt(1)]: 0x4ff8 } }), 'import directory'],
  [
    'a DLL name outside',
    damaged({ u32: { [rd(R.imports + 12)]: 0x9999 } }),
    'name of an imported DLL',
  ],
  ['a DLL name of noise', damaged({ u32: { [rd(R.names)]: 0x0102_0304 } }), 'not printable ASCII'],
  ['an empty DLL name', damaged({ u32: { [rd(R.names)]: 0 } }), 'is empty'],
  ['a thunk outside', damaged({ u32: { [rd(R.lookup)]: 0x9999 } }), 'hint and name'],
  ['a thunk of noise', damaged({ u32: { [rd(R.lookup + 4)]: 1 } }), 'no name and no ordinal'],
  ['an ordinal of noise', damaged({ u32: { [rd(R.lookup + 0x18)]: 0x10007 } }), 'reserved bits'],
  [
    'an address table outside',
    damaged({ u32: { [rd(R.imports + 16)]: 0x4ffc } }),
    'import address table',
  ],
  ['delay imports by address', damaged({ u32: { [rd(R.delay)]: 0 } }), 'not RVA-based'],
  [
    'too many exports',
    damaged({ u32: { [rd(R.exports + 20)]: 0x10001 } }),
    'NumberOfFunctions 0x10001',
  ],
  [
    'too many export names',
    damaged({ u32: { [rd(R.exports + 24)]: 0xffff_ffff } }),
    'NumberOfNames',
  ],
  [
    'an export outside',
    damaged({ u32: { [rd(R.exports + 0x28)]: 0x9999 } }),
    'export DllInitialize',
  ],
  [
    'an export of no function',
    damaged({ u16: { [rd(R.exports + 0x40)]: 4 } }),
    'function 0x4 of 0x4',
  ],
  [
    'a bad forwarder',
    damaged({ u32: { [rd(R.exports + 0x90)]: 0x41414141, [rd(R.exports + 0x94)]: 0 } }),
    'DLL.Name',
  ],
  [
    'a relocation block too large',
    damaged({ u32: { [AT.reloc + 4]: 0x1000 } }),
    'relocation block',
  ],
  ['a relocation block of 0', damaged({ u32: { [AT.reloc + 4]: 0 } }), 'has size 0x0'],
  ['half a relocation block', damaged({ u32: { [directoryAt(5) + 4]: 0x18 } }), 'is cut off'],
  ['a relocation outside', damaged({ u32: { [AT.reloc]: 0x8000 } }), 'relocated address'],
  ['a relocation type', damaged({ u16: { [AT.reloc + 8]: 0x5000 } }), 'type 0x5'],
  [
    'relocations outside',
    damaged({ u32: { [directoryAt(5) + 4]: 0xf000 } }),
    'relocation directory',
  ],
  [
    'relocations without bound',
    damaged({ u32: { [directoryAt(5) + 4]: 0xffff_ffff } }),
    'the limit is',
  ],
  ['a cookie outside', damaged({ u32: { [rd(R.loadConfig + 0x58)]: 0x1000 } }), 'SecurityCookie'],
  [
    'a guard table without bound',
    damaged({ u32: { [rd(R.loadConfig + 0x88)]: 0xffff_ffff } }),
    'GuardCFFunctionCount',
  ],
  [
    'a guard table outside',
    damaged({ u32: { [rd(R.loadConfig + 0x88)]: 0x1000 } }),
    'GuardCFFunctionTable',
  ],
  [
    'a load configuration outside',
    damaged({ u32: { [directoryAt(10)]: 0x5000 } }),
    'load configuration',
  ],
  [
    'a function table outside',
    damaged({ u32: { [directoryAt(3) + 4]: 0xc000 } }),
    'exception directory',
  ],
])('directory: %s is refused', (_name, bytes, expected) => {
  expect(refusal(bytes)).toContain(expected);
});

test('import descriptors that never end are counted', () => {
  const table = new Uint8Array(0x8000);
  for (let at = 0x100; at + 20 <= table.length; at += 20) {
    putU32(table, at, 0x2010);
    putU32(table, at + 12, 0x2000);
    putU32(table, at + 16, 0x2020);
  }
  table.set(ascii('a.sys'));
  const image = composeImage({
    imageBase: 0x1_4000_0000n,
    entryPoint: 0x1000,
    sections: [
      { name: '.text', bytes: new Uint8Array(16), characteristics: CODE },
      { name: '.rdata', bytes: table, characteristics: CONSTANTS },
    ],
    directories: new Map([[1, { rva: 0x2100, size: 40 }]]),
  });
  expect(refusal(image)).toContain('no end within 0x400 descriptors');
});
