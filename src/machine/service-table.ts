/** Every name that drivers can import: modelled services, exported variables, and names that only bind. */
import type { DataExport, Service } from '../kernel/service.ts';
import { badArgument } from '../units/errors.ts';

/** What a thunk stands for. */
export type Callable =
  | { readonly kind: 'service'; readonly service: Service }
  /** Known or at least imported, but not modelled: calling it ends the run. */
  | { readonly kind: 'unmodelled'; readonly name: string; readonly dll: string }
  /** The user's own answer. */
  | { readonly kind: 'stub'; readonly name: string; readonly value: bigint };

export interface ExportTables {
  readonly services: readonly Service[];
  readonly variables: readonly DataExport[];
  /** By module what it exports by its documentation, modelled or not. */
  readonly documented?: ReadonlyMap<string, readonly string[]>;
}

/** ntoskrnl.exe and hal.dll import from each other freely: since Windows 10 they are one. */
const KERNEL = ['ntoskrnl.exe', 'hal.dll'];
/** Modules that answer for each other; ksecdd.sys forwards to cng.sys. */
const SAME = [KERNEL, ['cng.sys', 'ksecdd.sys']];

export const sameModule = (a: string, b: string): boolean =>
  a === b || SAME.some((modules) => modules.includes(a) && modules.includes(b));

export class ServiceTable {
  readonly #services = new Map<string, Service>();
  readonly variables = new Map<string, DataExport>();
  readonly #documented: ReadonlyMap<string, readonly string[]>;
  readonly #stubs: ReadonlyMap<string, bigint>;

  constructor(tables: ExportTables, stubs: ReadonlyMap<string, bigint>) {
    for (const service of tables.services) {
      if (this.#services.has(service.name)) {
        throw badArgument(`the service ${service.name} is declared twice`);
      }
      this.#services.set(service.name, service);
    }
    for (const variable of tables.variables) this.variables.set(variable.name, variable);
    this.#documented = tables.documented ?? new Map();
    this.#stubs = stubs;
  }

  get dlls(): ReadonlySet<string> {
    const named = [...this.#services.values(), ...this.variables.values()].map((e) => e.dll);
    return new Set([...KERNEL, ...named]);
  }

  /** Names of functions that the module exports, in order. */
  namesOf(dll: string): string[] {
    const modelled = [...this.#services.values()]
      .filter((service) => service.dll === dll)
      .map((service) => service.name);
    return [...new Set([...modelled, ...(this.#documented.get(dll) ?? [])])].sort();
  }

  find(dll: string, name: string): Callable {
    const value = this.#stubs.get(name);
    if (value !== undefined) return { kind: 'stub', name, value };
    const service = this.#services.get(name);
    if (service !== undefined && sameModule(service.dll, dll)) return { kind: 'service', service };
    return { kind: 'unmodelled', name, dll };
  }
}
