/** Compiled modules by the guest code they came from, for every processor of this program. */

/** Far more than one driver needs; the oldest go first. */
const CAPACITY = 4096;

/** Translated code names no slot and no host address, so any processor can instantiate it. */
export class ModuleCache {
  readonly #modules = new Map<string, WebAssembly.Module>();

  get size(): number {
    return this.#modules.size;
  }

  /** The module for a key, compiled on first use. */
  module(key: string, bytes: () => Uint8Array): WebAssembly.Module {
    let module = this.#modules.get(key);
    if (module === undefined) {
      module = new WebAssembly.Module(bytes());
      this.#modules.set(key, module);
      this.#trim();
    }
    return module;
  }

  #trim(): void {
    if (this.#modules.size <= CAPACITY) return;
    const [oldest] = this.#modules.keys();
    if (oldest !== undefined) this.#modules.delete(oldest);
  }
}

/** V8 keeps its optimised code with the module: a second run of a driver starts fast. */
export const sharedModules = new ModuleCache();
