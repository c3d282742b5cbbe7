/** Wire facts of PE32+ files (Microsoft "PE Format"; winnt.h names and values). */
import { hex } from '../units/address.ts';

export const IMAGE_FILE_MACHINE_AMD64 = 0x8664;

const MACHINES = new Map([
  [0x0, 'UNKNOWN'],
  [0x14c, 'I386'],
  [0x166, 'R4000'],
  [0x184, 'ALPHA'],
  [0x1c0, 'ARM'],
  [0x1c2, 'THUMB'],
  [0x1c4, 'ARMNT'],
  [0x1f0, 'POWERPC'],
  [0x200, 'IA64'],
  [0x284, 'ALPHA64'],
  [0xebc, 'EBC'],
  [0x5032, 'RISCV32'],
  [0x5064, 'RISCV64'],
  [0x6264, 'LOONGARCH64'],
  [0xa641, 'ARM64EC'],
  [0xa64e, 'ARM64X'],
  [0xaa64, 'ARM64'],
  [IMAGE_FILE_MACHINE_AMD64, 'AMD64'],
]);

/** `IMAGE_FILE_MACHINE_I386 (0x14c)` */
export function machineName(machine: number): string {
  const name = MACHINES.get(machine);
  return name === undefined ? hex(machine) : `IMAGE_FILE_MACHINE_${name} (${hex(machine)})`;
}

export const IMAGE_NT_OPTIONAL_HDR32_MAGIC = 0x10b;
export const IMAGE_NT_OPTIONAL_HDR64_MAGIC = 0x20b;

export const IMAGE_FILE_RELOCS_STRIPPED = 0x0001;
export const IMAGE_FILE_EXECUTABLE_IMAGE = 0x0002;
export const IMAGE_FILE_LARGE_ADDRESS_AWARE = 0x0020;
export const IMAGE_FILE_DLL = 0x2000;

export const IMAGE_SUBSYSTEM_NATIVE = 1;

export const IMAGE_DIRECTORY_ENTRY_EXPORT = 0;
export const IMAGE_DIRECTORY_ENTRY_IMPORT = 1;
export const IMAGE_DIRECTORY_ENTRY_EXCEPTION = 3;
export const IMAGE_DIRECTORY_ENTRY_BASERELOC = 5;
export const IMAGE_DIRECTORY_ENTRY_DEBUG = 6;
export const IMAGE_DIRECTORY_ENTRY_TLS = 9;
export const IMAGE_DIRECTORY_ENTRY_LOAD_CONFIG = 10;
export const IMAGE_DIRECTORY_ENTRY_DELAY_IMPORT = 13;
export const IMAGE_NUMBEROF_DIRECTORY_ENTRIES = 16;

export const IMAGE_SCN_CNT_CODE = 0x0000_0020;
export const IMAGE_SCN_CNT_INITIALIZED_DATA = 0x0000_0040;
export const IMAGE_SCN_MEM_DISCARDABLE = 0x0200_0000;
export const IMAGE_SCN_MEM_NOT_PAGED = 0x0800_0000;
export const IMAGE_SCN_MEM_EXECUTE = 0x2000_0000;
export const IMAGE_SCN_MEM_READ = 0x4000_0000;
export const IMAGE_SCN_MEM_WRITE = 0x8000_0000;

export const IMAGE_DEBUG_TYPE_CODEVIEW = 2;

/** Offsets in IMAGE_DOS_HEADER, IMAGE_FILE_HEADER and IMAGE_OPTIONAL_HEADER64. */
export const E_LFANEW = 0x3c;
export const SIZEOF_DOS_HEADER = 0x40;
export const SIZEOF_FILE_HEADER = 0x14;
export const SIZEOF_SECTION_HEADER = 0x28;
export const SIZEOF_SYMBOL = 18;
/** IMAGE_OPTIONAL_HEADER64 up to its data directories. */
export const OPTIONAL_HEADER_FIXED = 0x70;
export const OPTIONAL_IMAGE_BASE = 0x18;

export const IMAGE_ORDINAL_FLAG64 = 1n << 63n;
export const IMAGE_GUARD_CF_FUNCTION_TABLE_SIZE_SHIFT = 28;

/** What we accept at most; Windows' own limit where it has one. */
export const LIMITS = {
  imageBytes: 0x1000_0000,
  /** MM_MAXIMUM_IMAGE_SECTIONS */
  sections: 96,
  nameBytes: 4096,
  nameBytesTogether: 0x80_0000,
  importedDlls: 1024,
  imports: 0x1_0000,
  exports: 0x1_0000,
  relocationBytes: 0x100_0000,
  debugEntries: 64,
} as const;
