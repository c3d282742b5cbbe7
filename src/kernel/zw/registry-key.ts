/** Keys and values of the registry: names without regard to case, subkeys in order of name, values in order of creation. */

/** REG_ types (winnt.h). */
export const REG = {
  NONE: 0,
  SZ: 1,
  EXPAND_SZ: 2,
  BINARY: 3,
  DWORD: 4,
  LINK: 6,
  MULTI_SZ: 7,
  RESOURCE_LIST: 8,
  FULL_RESOURCE_DESCRIPTOR: 9,
  RESOURCE_REQUIREMENTS_LIST: 10,
  QWORD: 11,
} as const;

export interface Value {
  readonly name: string;
  readonly type: number;
  readonly data: Uint8Array;
}

const fold = (name: string): string => name.toUpperCase();

export class RegistryKey {
  readonly name: string;
  readonly parent: RegistryKey | null;
  /** Made to last until the next boot only; its subkeys must be too. */
  readonly volatile: boolean;
  lastWriteTime: bigint;
  /** Class given at creation, UTF-16 as it came. */
  className: Uint8Array = new Uint8Array(0);
  #deleted = false;
  readonly #subkeys = new Map<string, RegistryKey>();
  readonly #links = new Map<string, RegistryKey>();
  readonly #values = new Map<string, Value>();

  constructor(name: string, parent: RegistryKey | null, time: bigint, isVolatile = false) {
    this.name = name;
    this.parent = parent;
    this.lastWriteTime = time;
    this.volatile = isVolatile;
  }

  get deleted(): boolean {
    return this.#deleted;
  }

  get path(): string {
    return `${this.parent?.path ?? ''}\\${this.name}`;
  }

  get subkeys(): readonly RegistryKey[] {
    return [...this.#subkeys]
      .toSorted(([a], [b]) => (a < b ? -1 : Number(a > b)))
      .map(([, key]) => key);
  }

  get values(): readonly Value[] {
    return [...this.#values.values()];
  }

  child(name: string): RegistryKey | undefined {
    return this.#subkeys.get(fold(name)) ?? this.#links.get(fold(name));
  }

  /** The subkey of that name, made when it is not there. */
  ensure(name: string, time: bigint, isVolatile = false): RegistryKey {
    const found = this.child(name);
    if (found !== undefined) return found;
    const key = new RegistryKey(name, this, time, isVolatile);
    this.#subkeys.set(fold(name), key);
    this.lastWriteTime = time;
    return key;
  }

  /** Makes `name` another way to a key (CurrentControlSet). */
  link(name: string, target: RegistryKey): void {
    this.#links.set(fold(name), target);
  }

  value(name: string): Value | undefined {
    return this.#values.get(fold(name));
  }

  set(value: Value, time: bigint): void {
    const known = this.#values.get(fold(value.name));
    this.#values.set(fold(value.name), { ...value, name: known?.name ?? value.name });
    this.lastWriteTime = time;
  }

  /** False when there is no such value. */
  deleteValue(name: string, time: bigint): boolean {
    this.lastWriteTime = time;
    return this.#values.delete(fold(name));
  }

  /** Takes the key from its parent; open handles to it answer STATUS_KEY_DELETED. */
  delete(): void {
    this.#deleted = true;
    this.parent?.forget(this);
  }

  forget(key: RegistryKey): void {
    this.#subkeys.delete(fold(key.name));
  }
}

export const componentsOf = (path: string): string[] =>
  path.split('\\').filter((component) => component !== '');
