/** The images in the machine: whose code an address is, and where exports lie. */
import type { Frame } from '../../events/frame.ts';
import type { UnwindModule } from '../../image/function-table.ts';
import type { PeImage } from '../../image/pe.ts';
import type { SymbolSource } from '../../image/symbols.ts';
import { hex, hexVa, rva, type Va } from '../../units/address.ts';
import { part } from '../kernel.ts';

export interface Module extends UnwindModule {
  /** Base file name, such as `edu.sys`. */
  readonly name: string;
  readonly image: PeImage;
  readonly symbols: SymbolSource;
  readonly entryPoint: Va;
}

class Modules {
  #loaded: Module[] = [];
  readonly #unloaded: Module[] = [];

  get loaded(): readonly Module[] {
    return this.#loaded;
  }

  add(module: Module): void {
    this.#loaded.push(module);
  }

  remove(module: Module): void {
    this.#loaded = this.#loaded.filter((m) => m !== module);
    this.#unloaded.push(module);
  }

  at(address: bigint): Module | undefined {
    return this.#loaded.find((m) => address >= m.base && address < m.end);
  }

  unloadedAt(address: bigint): Module | undefined {
    return this.#unloaded.find((m) => address >= m.base && address < m.end);
  }

  /** The address as reports show it; `code` names the nearest symbol too. */
  frame(address: bigint): Frame {
    const module = this.at(address) ?? this.unloadedAt(address);
    if (module === undefined) return { module: '?', offset: hexVa(address) };
    const offset = Number(address - module.base);
    const symbol = module.symbols.nearest(rva(offset));
    const place = { module: module.name, offset: hex(offset) };
    if (symbol === undefined) return place;
    const distance = symbol.offset === 0 ? '' : `+${hex(symbol.offset)}`;
    return { ...place, symbol: `${symbol.name}${distance}` };
  }
}

export const modules = part(() => new Modules());
