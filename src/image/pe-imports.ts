/** Imports and delay imports: what the driver asks of others, and the slots that take the answers. */
import { hex, type Rva, rva } from '../units/address.ts';
import { badImage } from '../units/errors.ts';
import type { DataDirectory } from './pe-headers.ts';
import { IMAGE_ORDINAL_FLAG64, LIMITS } from './pe-spec.ts';
import { type Reader, u32At } from './reader.ts';

export interface PeImport {
  /** As the image spells it. */
  readonly dll: string;
  /** By name, or by ordinal where there is no name. */
  readonly name?: string;
  readonly ordinal?: number;
  readonly hint: number;
  /** The 8-byte slot of the import address table. */
  readonly iatRva: Rva;
}

/** Bounds what all the tables of one image may hold together. */
interface Budget {
  imports: number;
  nameBytes: number;
}

interface Descriptor {
  readonly dll: string;
  readonly nameTable: number;
  readonly addressTable: number;
}

function takeName(image: Reader, at: number, what: string, budget: Budget): string {
  const name = image.name(at, LIMITS.nameBytes, what);
  budget.nameBytes += name.length;
  if (budget.nameBytes > LIMITS.nameBytesTogether) {
    throw badImage(`import names exceed ${hex(LIMITS.nameBytesTogether)} bytes together`);
  }
  return name;
}

function parseThunk(image: Reader, thunk: bigint, dll: string, budget: Budget) {
  if ((thunk & IMAGE_ORDINAL_FLAG64) !== 0n) {
    const ordinal = Number(thunk & 0xffffn);
    if (thunk !== (IMAGE_ORDINAL_FLAG64 | BigInt(ordinal))) {
      throw badImage(`import of ${dll} by ordinal ${hex(thunk)} has reserved bits set`);
    }
    return { ordinal, hint: 0 };
  }
  if (thunk > 0x7fff_ffffn)
    throw badImage(`import of ${dll}: ${hex(thunk)} is no name and no ordinal`);
  const at = Number(thunk);
  const hint = image.u16(at, `import of ${dll}: hint and name`);
  return { name: takeName(image, at + 2, `import name of ${dll}`, budget), hint };
}

function parseThunks(image: Reader, descriptor: Descriptor, budget: Budget): PeImport[] {
  const { dll, nameTable, addressTable } = descriptor;
  const imports: PeImport[] = [];
  for (let index = 0; ; index += 1) {
    const thunk = image.u64(nameTable + index * 8, `import name table of ${dll}`);
    if (thunk === 0n) return imports;
    budget.imports += 1;
    if (budget.imports > LIMITS.imports) throw badImage(`more than ${hex(LIMITS.imports)} imports`);
    const iatRva = rva(addressTable + index * 8);
    image.check(iatRva, 8, `import address table of ${dll}`);
    imports.push({ dll, ...parseThunk(image, thunk, dll, budget), iatRva });
  }
}

function parseTable(
  image: Reader,
  { rva: start }: DataDirectory,
  kind: { readonly what: string; readonly size: number },
  parse: (row: Uint8Array, budget: Budget) => Descriptor | undefined,
): PeImport[] {
  const budget: Budget = { imports: 0, nameBytes: 0 };
  const imports: PeImport[] = [];
  for (let index = 0; ; index += 1) {
    if (index > LIMITS.importedDlls) {
      throw badImage(`${kind.what} has no end within ${hex(LIMITS.importedDlls)} descriptors`);
    }
    const row = image.bytes(start + index * kind.size, kind.size, kind.what);
    const descriptor = parse(row, budget);
    if (!descriptor) return imports;
    for (const found of parseThunks(image, descriptor, budget)) imports.push(found);
  }
}

/** IMAGE_IMPORT_DESCRIPTOR; as in Windows the directory's size does not count, a null entry ends it. */
export function parseImports(image: Reader, directory: DataDirectory | undefined): PeImport[] {
  if (!directory) return [];
  return parseTable(image, directory, { what: 'import directory', size: 20 }, (row, budget) => {
    const [nameAt, addressTable] = [u32At(row, 12), u32At(row, 16)];
    if (nameAt === 0 || addressTable === 0) return undefined;
    const dll = takeName(image, nameAt, 'name of an imported DLL', budget);
    return { dll, nameTable: u32At(row, 0) || addressTable, addressTable };
  });
}

/** ImgDelayDescr, whose addresses are RVAs when bit 0 of grAttrs is set (always so in x64 images). */
export function parseDelayImports(image: Reader, directory: DataDirectory | undefined): PeImport[] {
  if (!directory) return [];
  return parseTable(
    image,
    directory,
    { what: 'delay import directory', size: 32 },
    (row, budget) => {
      const nameAt = u32At(row, 4);
      if (nameAt === 0) return undefined;
      if ((u32At(row, 0) & 1) === 0) {
        throw badImage(
          `delay import descriptor has attributes ${hex(u32At(row, 0))}: not RVA-based`,
        );
      }
      const dll = takeName(image, nameAt, 'name of a delay-imported DLL', budget);
      return { dll, nameTable: u32At(row, 16), addressTable: u32At(row, 12) };
    },
  );
}
