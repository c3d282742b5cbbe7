/** The table of translated functions and the modules that fill it: translated code's linker. */
import type { PhysicalMemory } from '../memory/physical.ts';
import { HELPER_NAMES, type HostHelper } from './helpers.ts';
import { supportModule } from './support-module.ts';

type Export = (...args: (number | bigint)[]) => number;
export type HostFunctions = Record<HostHelper, (...args: never[]) => unknown>;

let compiledSupport: WebAssembly.Module | undefined;

export class FunctionTable {
  readonly #imports: Record<string, unknown>;
  /** Enters the function in a slot; the result is a leave code. */
  readonly enter: (slot: number) => number;
  /** The status flags of the spilled thunk. */
  readonly stateFlags: () => number;
  readonly #table: WebAssembly.Table;
  readonly #free: number[] = [];
  #used = 0;

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
    this.enter = support.exports.enter as Export;
    this.stateFlags = support.exports.stateFlags as Export;
  }

  /** Instantiates a module of regions; the slots of its functions, in order. */
  link(module: WebAssembly.Module, count: number): number[] {
    const { exports } = new WebAssembly.Instance(module, { e: this.#imports });
    return Array.from({ length: count }, (_, i) => {
      const slot = this.#free.pop() ?? this.#take();
      this.#table.set(slot, exports[String(i)]);
      return slot;
    });
  }

  free(slot: number): void {
    this.#table.set(slot, null);
    this.#free.push(slot);
  }

  #take(): number {
    if (this.#used === this.#table.length) this.#table.grow(Math.max(64, this.#used));
    return this.#used++;
  }
}
