/** Looking into loaded images in guest memory: exports by name, headers, sections. */
import { readLatin1z } from '../../layout/nt.ts';
import { bool, ptr, u16 } from '../../layout/struct.ts';
import type { Mmu } from '../../memory/mmu.ts';
import { NULL, type Va, vaAdd } from '../../units/address.ts';
import { type Service, service } from '../service.ts';

/** Offsets of a PE32+ image (winnt.h). */
const DOS_MAGIC = 0x5a4d;
const NEW_HEADER = 0x3c;
const PE_MAGIC = 0x4550;
const PE32_PLUS = 0x20b;
const OPTIONAL_HEADER = 24;
const DIRECTORIES = { 523: 112, 267: 96 } as const;
const EXPORT = { names: 24, functions: 28, nameTable: 32, ordinals: 36 } as const;

/** IMAGE_NT_HEADERS of an image, or NULL when there is none. */
function ntHeaders(memory: Mmu, base: Va): Va {
  if (memory.u16(base) !== DOS_MAGIC) return NULL;
  const at = vaAdd(base, memory.u32(vaAdd(base, NEW_HEADER)));
  return memory.u32(at) === PE_MAGIC ? at : NULL;
}

interface Directory {
  readonly at: Va;
  readonly bytes: number;
}

function directory(memory: Mmu, base: Va, index: number): Directory | undefined {
  const headers = ntHeaders(memory, base);
  if (headers === NULL) return undefined;
  const optional = vaAdd(headers, OPTIONAL_HEADER);
  const table = memory.u16(optional) === PE32_PLUS ? DIRECTORIES[0x20b] : DIRECTORIES[0x10b];
  if (index >= memory.u32(vaAdd(optional, table - 4))) return undefined;
  const entry = vaAdd(optional, table + index * 8);
  const offset = memory.u32(entry);
  if (offset === 0) return undefined;
  return { at: vaAdd(base, offset), bytes: memory.u32(vaAdd(entry, 4)) };
}

/** Address of an export, by binary search as names are sorted; forwarders are not followed. */
function findExport(memory: Mmu, base: Va, name: string): Va {
  const exports = directory(memory, base, 0);
  if (exports === undefined) return NULL;
  const field = (offset: number): number => memory.u32(vaAdd(exports.at, offset));
  const names = vaAdd(base, field(EXPORT.nameTable));
  let low = 0;
  let high = field(EXPORT.names) - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const text = readLatin1z(memory, vaAdd(base, memory.u32(vaAdd(names, middle * 4))));
    if (text === name) {
      const ordinals = vaAdd(base, field(EXPORT.ordinals));
      const ordinal = memory.u16(vaAdd(ordinals, middle * 2));
      const functions = vaAdd(base, field(EXPORT.functions));
      const found = vaAdd(base, memory.u32(vaAdd(functions, ordinal * 4)));
      const forwarded = found >= exports.at && found < vaAdd(exports.at, exports.bytes);
      return forwarded ? NULL : found;
    }
    if (text < name) low = middle + 1;
    else high = middle - 1;
  }
  return NULL;
}

const RtlFindExportedRoutineByName = service({
  name: 'RtlFindExportedRoutineByName',
  doc: 'ntimage.h',
  params: { ImageBase: ptr(), RoutineName: ptr('CHAR') },
  returns: 'pointer',
  run: (kernel, { ImageBase, RoutineName }) =>
    findExport(kernel.mmu, ImageBase, readLatin1z(kernel.mmu, RoutineName)),
});

const RtlImageNtHeader = service({
  name: 'RtlImageNtHeader',
  doc: 'ntimage.h',
  params: { Base: ptr() },
  returns: 'pointer',
  run: (kernel, { Base }) => (Base === NULL ? NULL : ntHeaders(kernel.mmu, Base)),
});

const RtlImageDirectoryEntryToData = service({
  name: 'RtlImageDirectoryEntryToData',
  doc: 'ntimage.h',
  params: {
    Base: ptr(),
    MappedAsImage: bool,
    DirectoryEntry: u16,
    Size: ptr('ULONG'),
  },
  returns: 'pointer',
  run(kernel, { Base, DirectoryEntry, Size }) {
    const found = directory(kernel.mmu, Base, DirectoryEntry);
    kernel.mmu.write(Size, 4, BigInt(found?.bytes ?? 0));
    return found?.at ?? NULL;
  },
});

export const imageServices: readonly Service[] = [
  RtlFindExportedRoutineByName,
  RtlImageNtHeader,
  RtlImageDirectoryEntryToData,
];
