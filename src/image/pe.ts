/** A PE32+ x64 image as its file describes it ("PE Format"); every malformation is a `bad-image`. */
import type { Rva } from '../units/address.ts';
import { type CoffSymbol, parseCoffSymbols } from './coff-symbols.ts';
import { type PeCodeView, parseDebugDirectory } from './pe-debug.ts';
import { type PeExport, parseExports } from './pe-exports.ts';
import { type DataDirectory, type PeHeaders, parseHeaders } from './pe-headers.ts';
import { type PeImport, parseDelayImports, parseImports } from './pe-imports.ts';
import { type PeLoadConfig, parseLoadConfig } from './pe-load-config.ts';
import { type PeRelocation, parseRelocations } from './pe-relocations.ts';
import { imageReader, type PeSection, parseSections } from './pe-sections.ts';
import {
  IMAGE_DIRECTORY_ENTRY_BASERELOC,
  IMAGE_DIRECTORY_ENTRY_DEBUG,
  IMAGE_DIRECTORY_ENTRY_DELAY_IMPORT,
  IMAGE_DIRECTORY_ENTRY_EXCEPTION,
  IMAGE_DIRECTORY_ENTRY_EXPORT,
  IMAGE_DIRECTORY_ENTRY_IMPORT,
  IMAGE_DIRECTORY_ENTRY_LOAD_CONFIG,
  IMAGE_DIRECTORY_ENTRY_TLS,
} from './pe-spec.ts';
import { fileReader, type Reader } from './reader.ts';

/** The .pdata table of RUNTIME_FUNCTIONs. */
export interface ExceptionDirectory {
  readonly rva: Rva;
  readonly count: number;
}

export interface PeImage extends PeHeaders {
  readonly file: Uint8Array;
  readonly sections: readonly PeSection[];
  readonly imports: readonly PeImport[];
  readonly delayImports: readonly PeImport[];
  /** The name in the export directory. */
  readonly exportName: string | undefined;
  readonly exports: readonly PeExport[];
  readonly relocations: readonly PeRelocation[];
  readonly loadConfig: PeLoadConfig | undefined;
  readonly codeView: PeCodeView | undefined;
  readonly exceptionDirectory: ExceptionDirectory | undefined;
  readonly hasTls: boolean;
  readonly coffSymbols: readonly CoffSymbol[];
}

export const SIZEOF_RUNTIME_FUNCTION = 12;

function exceptionDirectory(
  image: Reader,
  directory: DataDirectory | undefined,
): ExceptionDirectory | undefined {
  if (!directory || directory.size === 0) return undefined;
  image.check(directory.rva, directory.size, 'exception directory');
  return { rva: directory.rva, count: Math.floor(directory.size / SIZEOF_RUNTIME_FUNCTION) };
}

export function parsePe(file: Uint8Array): PeImage {
  const headers = parseHeaders(file);
  const sections = parseSections(file, headers);
  const image = imageReader({ ...headers, file, sections });
  const { directories, imageBase } = headers;
  const { dll, exports } = parseExports(image, directories[IMAGE_DIRECTORY_ENTRY_EXPORT]);
  return {
    ...headers,
    file,
    sections,
    imports: parseImports(image, directories[IMAGE_DIRECTORY_ENTRY_IMPORT]),
    delayImports: parseDelayImports(image, directories[IMAGE_DIRECTORY_ENTRY_DELAY_IMPORT]),
    exportName: dll,
    exports,
    relocations: parseRelocations(image, directories[IMAGE_DIRECTORY_ENTRY_BASERELOC]),
    loadConfig: parseLoadConfig(image, directories[IMAGE_DIRECTORY_ENTRY_LOAD_CONFIG], imageBase),
    codeView: parseDebugDirectory(
      image,
      fileReader(file),
      directories[IMAGE_DIRECTORY_ENTRY_DEBUG],
    ),
    exceptionDirectory: exceptionDirectory(image, directories[IMAGE_DIRECTORY_ENTRY_EXCEPTION]),
    hasTls: directories[IMAGE_DIRECTORY_ENTRY_TLS] !== undefined,
    coffSymbols: parseCoffSymbols(file, headers, sections),
  };
}
