/** The stand-ins of ntoskrnl.exe, hal.dll and their like in guest memory, with real export tables. */

import { unwindModule } from '../image/function-table.ts';
import { loadImage, placeImage } from '../image/load.ts';
import { parsePe } from '../image/pe.ts';
import { imageSymbols } from '../image/symbols.ts';
import { synthesizeImage } from '../image/synthesize.ts';
import { exportAddresses, loadedImages } from '../kernel/exports.ts';
import { type Module, modules } from '../kernel/ke/modules.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { Arena, SYSTEM_IMAGES } from '../memory/address-map.ts';
import { PAGE_SIZE, type Va, vaAdd } from '../units/address.ts';
import { assert } from '../units/errors.ts';
import { placeInMemory } from './place-image.ts';
import { type Callable, type ServiceTable, sameModule } from './service-table.ts';

/** A thunk is HLT: leaving translated code there is the machine's business, executing it never happens. */
const THUNK = Uint8Array.of(0xf4);

export class SystemImages {
  readonly #kernel: Kernel;
  readonly #table: ServiceTable;
  readonly #arena = new Arena(SYSTEM_IMAGES);
  readonly #callables = new Map<bigint, Callable>();
  readonly #variables = new Map<string, Va>();
  readonly #addHostRange: (start: Va, bytes: number) => void;

  constructor(
    kernel: Kernel,
    table: ServiceTable,
    addHostRange: (start: Va, bytes: number) => void,
  ) {
    this.#kernel = kernel;
    this.#table = table;
    this.#addHostRange = addHostRange;
  }

  /** What lies behind a thunk's address. */
  callableAt(at: Va): Callable | undefined {
    return this.#callables.get(at);
  }

  /** True at the first instruction of an exported function. */
  isThunk(at: bigint): boolean {
    return this.#callables.has(at);
  }

  /** Loads a system module that exports what the table has and, beside it, `extra` names. */
  load(dll: string, extra: readonly string[]): void {
    const variables = [...this.#table.variables.values()].filter((v) => v.dll === dll);
    const names = new Set([...this.#table.namesOf(dll), ...extra]);
    for (const { name } of this.#table.variables.values()) names.delete(name);
    const synthetic = synthesizeImage({
      name: dll,
      exports: [
        ...[...names].sort().map((name) => ({ name, kind: 'function', code: THUNK }) as const),
        ...variables.map(
          ({ name, bytes }) => ({ name, kind: 'data', bytes: new Uint8Array(bytes) }) as const,
        ),
      ],
    });
    const module = this.#place(dll, synthetic.bytes);
    for (const [name, rva] of synthetic.rvas) {
      const at = vaAdd(module.base, rva);
      exportAddresses(this.#kernel).set(name, at);
      if (names.has(name)) this.#callables.set(at, this.#table.find(dll, name));
      else this.#variables.set(name, at);
    }
  }

  /** Fills exported variables; once every module is there. */
  initialiseVariables(): void {
    for (const [name, at] of this.#variables) {
      this.#table.variables.get(name)?.initialise(this.#kernel, at);
    }
  }

  /** Address of an export; ntoskrnl.exe and hal.dll answer for each other. */
  address(dll: string, name: string): Va | undefined {
    const at = exportAddresses(this.#kernel).get(name);
    if (at === undefined) return undefined;
    const home = modules(this.#kernel).at(at)?.name;
    return home !== undefined && sameModule(home, dll) ? at : undefined;
  }

  #place(name: string, bytes: Uint8Array): Module {
    const image = parsePe(bytes);
    const base = this.#arena.reserve(Math.ceil(image.sizeOfImage / PAGE_SIZE));
    assert(base !== undefined, `${name} fits the region of system images`);
    const loaded = loadImage(image, { base, seed: 0n, resolveImport: () => 0n });
    placeImage(loaded, placeInMemory(this.#kernel));
    const module: Module = {
      ...unwindModule(loaded),
      name,
      image,
      symbols: imageSymbols(image),
      entryPoint: base,
    };
    modules(this.#kernel).add(module);
    loadedImages(this.#kernel).push({
      name,
      path: `\\SystemRoot\\system32\\${name}`,
      base,
      bytes: loaded.bytes.length,
    });
    for (const section of image.sections) {
      if (section.protection.execute)
        this.#addHostRange(vaAdd(base, section.rva), section.virtualSize);
    }
    return module;
  }
}
