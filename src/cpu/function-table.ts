/** Table slots of guest addresses and the modules that fill them: translated code's linker. */
import type { PhysicalMemory } from '../memory/physical.ts';
import { FIRST_REGION_SLOT, HELPER_NAMES, type HostHelper, REGION_TYPES } from './helpers.ts';
import { supportModule } from './support-module.ts';
import { ModuleWriter } from './wasm/module-writer.ts';

export interface LinkedFunction {
  readonly slot: number;
  readonly body: Uint8Array;
}

type Export = (...args: (number | bigint)[]) => number;
export type HostFunctions = Record<HostHelper, (...args: never[]) => unknown>;

let compiledSupport: WebAssembly.Module | undefined;

export class FunctionTable {
  readonly #imports: Record<string, unknown>;
  /** Enters the function in a slot; the result is a leave code. */
  readonly enter: (slot: number) => number;
  readonly stateFlags: () => number;
  readonly #grow: (count: number) => void;
  readonly #reset: (slot: number) => void;
  readonly #table: WebAssembly.Table;
  readonly #free: number[] = [];
  #used = FIRST_REGION_SLOT;
  #size = FIRST_REGION_SLOT;

  constructor(physical: PhysicalMemory, hosts: HostFunctions) {
    compiledSupport ??= new WebAssembly.Module(supportModule());
    const memory = physical.wasm;
    const support = new WebAssembly.Instance(compiledSupport, { e: { ...hosts, memory } });
    const helpers = new WebAssembly.Table({ element: 'anyfunc', initial: HELPER_NAMES.length });
    HELPER_NAMES.forEach((name, i) => {
      helpers.set(i, support.exports[name]);
    });
    this.#imports = { memory, helpers };
    this.#table = support.exports.table as WebAssembly.Table;
    const exported = (name: string): Export => support.exports[name] as Export;
    this.enter = exported('enter');
    this.stateFlags = exported('stateFlags');
    this.#grow = exported('grow');
    this.#reset = exported('reset');
  }

  /** A slot that leaves with `lookup` until a function is linked to it. */
  allocate(): number {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    if (this.#used === this.#size) {
      this.#grow(this.#size);
      this.#size *= 2;
    }
    return this.#used++;
  }

  reset(slot: number): void {
    this.#reset(slot);
  }
  free(slot: number): void {
    this.#reset(slot);
    this.#free.push(slot);
  }

  /** Compiles functions together and puts each in its slot. */
  link(functions: readonly LinkedFunction[]): void {
    const module = new ModuleWriter();
    const [type = 0] = REGION_TYPES.map((signature) => module.type(signature));
    module.importMemory('memory');
    module.importTable('helpers');
    functions.forEach(({ body }, i) => {
      module.export(String(i), module.define(type, body));
    });
    const compiled = new WebAssembly.Module(module.finish());
    const { exports } = new WebAssembly.Instance(compiled, { e: this.#imports });
    functions.forEach(({ slot }, i) => {
      this.#table.set(slot, exports[i]);
    });
  }
}
