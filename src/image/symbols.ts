/** Names for addresses: the interface of symbol readers, and what an image's own tables give. */
import type { Rva } from '../units/address.ts';
import { imageFunctions } from './function-table.ts';
import type { PeImage } from './pe.ts';
import { sectionAt } from './pe-sections.ts';

export interface NearestSymbol {
  readonly name: string;
  readonly offset: number;
}

export interface SourceLine {
  readonly file: string;
  readonly line: number;
}

/** What knows names of an image: its own tables, a PDB, DWARF. */
export interface SymbolSource {
  /** The symbol at or below an RVA that the RVA can belong to. */
  nearest(at: Rva): NearestSymbol | undefined;
  /** Where a symbol is. */
  find(name: string): Rva | undefined;
  line(at: Rva): SourceLine | undefined;
}

interface NamedRva {
  readonly name: string;
  readonly rva: Rva;
  /** Of several names of one place the lowest rank counts. */
  readonly rank: number;
}

function gather({ exports, coffSymbols }: PeImage): NamedRva[] {
  const named: NamedRva[] = [];
  for (const { name, ordinal, rva } of exports) {
    if (rva !== undefined) named.push({ name: name ?? `#${ordinal}`, rva, rank: name ? 1 : 4 });
  }
  for (const { name, rva, isFunction, isExternal } of coffSymbols) {
    named.push({ name, rva, rank: isFunction ? 0 : isExternal ? 2 : 3 });
  }
  return named.sort((a, b) => a.rva - b.rva || a.rank - b.rank);
}

/** The last entry at or below `at`. */
function lastAtOrBelow(symbols: readonly NamedRva[], at: Rva): NamedRva | undefined {
  let [low, high] = [0, symbols.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((symbols[middle]?.rva ?? 0) <= at) low = middle + 1;
    else high = middle;
  }
  return symbols[low - 1];
}

/** Exports and COFF symbols of an image. */
export function imageSymbols(image: PeImage): SymbolSource {
  const all = gather(image);
  const symbols = all.filter(({ rva }, index) => rva !== all[index - 1]?.rva);
  const byName = new Map(all.toReversed().map(({ name, rva }) => [name, rva]));
  const functions = imageFunctions(image);
  return {
    nearest(at) {
      const found = lastAtOrBelow(symbols, at);
      if (!found || sectionAt(image.sections, found.rva) !== sectionAt(image.sections, at)) {
        return undefined;
      }
      // A symbol before the function that holds the address names another function.
      const entry = functions.lookup(at);
      const begin = entry && (functions.chain(entry).at(-1)?.entry.begin ?? entry.begin);
      if (begin !== undefined && begin <= at && found.rva < begin) return undefined;
      return { name: found.name, offset: at - found.rva };
    },
    find: (name) => byName.get(name),
    line: () => undefined,
  };
}

/** Asks several sources in turn, the best informed first. */
export function firstOf(sources: readonly SymbolSource[]): SymbolSource {
  const ask = <T>(question: (source: SymbolSource) => T | undefined): T | undefined => {
    for (const source of sources) {
      const answer = question(source);
      if (answer !== undefined) return answer;
    }
    return undefined;
  };
  return {
    nearest: (at) => ask((source) => source.nearest(at)),
    find: (name) => ask((source) => source.find(name)),
    line: (at) => ask((source) => source.line(at)),
  };
}
