/** The COFF symbol table that GNU linkers leave in an image ("PE Format", COFF Symbol Table). */
import { type Rva, rva } from '../units/address.ts';
import { type SymbolTablePlace, stringTable } from './coff-strings.ts';
import type { PeSection } from './pe-sections.ts';
import { SIZEOF_SYMBOL } from './pe-spec.ts';
import { plainText, u16At, u32At } from './reader.ts';

export interface CoffSymbol {
  readonly name: string;
  readonly rva: Rva;
  readonly isFunction: boolean;
  readonly isExternal: boolean;
}

const IMAGE_SYM_CLASS_EXTERNAL = 2;
const IMAGE_SYM_CLASS_STATIC = 3;
const IMAGE_SYM_CLASS_LABEL = 6;
const PLACED = new Set([IMAGE_SYM_CLASS_EXTERNAL, IMAGE_SYM_CLASS_STATIC, IMAGE_SYM_CLASS_LABEL]);
/** IMAGE_SYM_DTYPE_FUNCTION in the high nibble of the low byte of Type. */
const isFunctionType = (type: number): boolean => ((type >>> 4) & 3) === 2;

function shortName(row: Uint8Array): string {
  const end = row.subarray(0, 8).indexOf(0);
  return plainText(row.subarray(0, end < 0 ? 8 : end));
}

/** Symbols that have a place in the image, in table order. Damaged tables give fewer, never an error. */
export function parseCoffSymbols(
  file: Uint8Array,
  place: SymbolTablePlace,
  sections: readonly PeSection[],
): CoffSymbol[] {
  const { symbolTableOffset, symbolCount } = place;
  const end = symbolTableOffset + symbolCount * SIZEOF_SYMBOL;
  if (symbolTableOffset === 0 || end > file.length) return [];
  const strings = stringTable(file, place);
  const symbols: CoffSymbol[] = [];
  for (let at = symbolTableOffset; at < end; at += SIZEOF_SYMBOL) {
    const row = file.subarray(at, at + SIZEOF_SYMBOL);
    const storageClass = row[16] ?? 0;
    at += (row[17] ?? 0) * SIZEOF_SYMBOL;
    const section = sections[u16At(row, 12) - 1];
    if (!section || !PLACED.has(storageClass)) continue;
    const name = u32At(row, 0) === 0 ? strings(u32At(row, 4)) : shortName(row);
    const value = u32At(row, 8);
    // ".text", ".rdata$zzz" and the like name sections, not things in them.
    if (!name || name.startsWith('.') || value >= section.virtualSize) continue;
    symbols.push({
      name,
      rva: rva(section.rva + value),
      isFunction: isFunctionType(u16At(row, 14)),
      isExternal: storageClass === IMAGE_SYM_CLASS_EXTERNAL,
    });
  }
  return symbols;
}
