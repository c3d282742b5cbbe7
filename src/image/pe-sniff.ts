/** Names what a file is when it is no PE image, so that the message helps. */
import { hex } from '../units/address.ts';
import { badImage } from '../units/errors.ts';
import { E_LFANEW, SIZEOF_DOS_HEADER } from './pe-spec.ts';
import { fileReader, latin1 } from './reader.ts';

const MAGICS: readonly (readonly [magic: string, name: string])[] = [
  ['\x7fELF', 'an ELF file'],
  ['\xfe\xed\xfa\xce', 'a Mach-O file'],
  ['\xfe\xed\xfa\xcf', 'a Mach-O file'],
  ['\xce\xfa\xed\xfe', 'a Mach-O file'],
  ['\xcf\xfa\xed\xfe', 'a Mach-O file'],
  ['\xca\xfe\xba\xbe', 'a Mach-O or Java class file'],
  ['PK\x03\x04', 'a ZIP archive'],
  ['MSCF', 'a cabinet archive'],
  ['\x1f\x8b', 'a gzip archive'],
  ['7z\xbc\xaf\x27\x1c', 'a 7-Zip archive'],
  ['!<arch>\n', 'a library of object files'],
  ['Microsoft C/C++ MSF 7.00', 'a PDB file'],
  ['SZDD', 'a compressed file (compress.exe)'],
  ['MDMP', 'a memory dump'],
  ['PAGEDU64', 'a memory dump'],
  ['\x64\x86', 'a COFF object file'],
  ['\x4c\x01', 'a COFF object file'],
  ['\xff\xfe', 'a text file'],
  ['\xfe\xff', 'a text file'],
  ['\xef\xbb\xbf', 'a text file'],
];

const isText = (byte: number): boolean =>
  (byte >= 0x20 && byte < 0x7f) || byte === 9 || byte === 10 || byte === 13;

const notPe = (what: string): Error => badImage(`not a PE image: ${what}`);

function nameOf(start: Uint8Array): string | undefined {
  const text = latin1(start);
  const known = MAGICS.find(([magic]) => text.startsWith(magic));
  if (known) return known[1];
  return start.length >= 4 && start.every(isText) ? 'a text file' : undefined;
}

/** The file offset of the "PE\0\0" signature. */
export function findPeSignature(file: Uint8Array): number {
  if (file.length === 0) throw notPe('the file is empty');
  if (latin1(file.subarray(0, 2)) !== 'MZ') {
    const name = nameOf(file.subarray(0, 256));
    throw notPe(name ? `it is ${name}` : 'it does not start with "MZ"');
  }
  const reader = fileReader(file);
  reader.bytes(0, SIZEOF_DOS_HEADER, 'truncated: IMAGE_DOS_HEADER');
  const at = reader.u32(E_LFANEW, 'e_lfanew');
  const signature = latin1(file.subarray(at, at + 4));
  if (signature === 'PE\0\0') return at;
  const short = signature.slice(0, 2);
  if (['NE', 'LE', 'LX'].includes(short)) {
    throw notPe(`it is a 16-bit or VxD executable (${short} at file offset ${hex(at)})`);
  }
  if (signature.length < 4) {
    throw badImage(
      `truncated: the PE signature at file offset ${hex(at)} is cut off by the end of the file`,
    );
  }
  throw notPe(`no "PE" signature at file offset ${hex(at)}, where e_lfanew points`);
}
