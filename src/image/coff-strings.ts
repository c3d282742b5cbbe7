/** The string table behind the COFF symbol table, where long names live. */
import { SIZEOF_SYMBOL } from './pe-spec.ts';
import { fileReader, plainText, u32At } from './reader.ts';

export interface SymbolTablePlace {
  readonly symbolTableOffset: number;
  readonly symbolCount: number;
}

const MAX_NAME = 0x1000;

/** Never throws: Windows does not look at symbols, so damage there only loses names. */
export function stringTable(
  file: Uint8Array,
  { symbolTableOffset, symbolCount }: SymbolTablePlace,
): (offset: number) => string | undefined {
  const start = symbolTableOffset + symbolCount * SIZEOF_SYMBOL;
  const size = fileReader(file).peek(start, 4);
  if (symbolTableOffset === 0 || !size) return () => undefined;
  const reader = fileReader(file.subarray(start, start + u32At(size, 0)));
  return (offset) => {
    const found = offset < 4 ? undefined : reader.peekString(offset, MAX_NAME);
    return found && plainText(found);
  };
}
