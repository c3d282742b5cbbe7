/** Reads data from outside strictly: every value checked, unknown keys refused, errors naming the path. */
import { badArgument, type HostError } from '../units/errors.ts';

/** A value with the way to it, such as `$.bars[0].size`. */
export class Field {
  readonly #value: unknown;
  readonly path: string;

  constructor(value: unknown, path: string) {
    this.#value = value;
    this.path = path;
  }

  get present(): boolean {
    return this.#value !== undefined;
  }

  bad(what: string): HostError {
    return badArgument(`${this.path} ${what}`);
  }

  string(pattern: RegExp, wanted: string): string {
    const value = this.#value;
    if (typeof value !== 'string' || !pattern.test(value)) throw this.bad(`is not ${wanted}`);
    return value;
  }

  oneOf<const T extends string>(names: readonly T[]): T {
    const found = names.find((name) => name === this.#value);
    if (found === undefined) throw this.bad(`is none of ${names.join(', ')}`);
    return found;
  }

  boolean(): boolean {
    const value = this.#value;
    if (typeof value !== 'boolean') throw this.bad('is not true or false');
    return value;
  }

  isNumber(): boolean {
    return typeof this.#value === 'number';
  }

  /** A whole number, or hexadecimal text such as "0x1f". */
  integer(lowest: number, highest: number): number {
    return Number(this.big(BigInt(lowest), BigInt(highest)));
  }

  big(lowest: bigint, highest: bigint): bigint {
    const number = toBig(this.#value);
    if (number === undefined) throw this.bad('is not a whole number or text like "0x1f"');
    if (number < lowest || number > highest) {
      throw this.bad(`is outside 0x${lowest.toString(16)} to 0x${highest.toString(16)}`);
    }
    return number;
  }

  /** A number that is one, not text. */
  number(lowest: number, highest: number): void {
    const value = this.#value;
    if (typeof value !== 'number' || !Number.isSafeInteger(value)) {
      throw this.bad('is not a whole number');
    }
    if (value < lowest || value > highest) {
      throw this.bad(`is outside 0x${lowest.toString(16)} to 0x${highest.toString(16)}`);
    }
  }

  numberOf(numbers: readonly number[]): void {
    if (!numbers.some((number) => number === this.#value)) {
      throw this.bad(`is none of ${numbers.join(', ')}`);
    }
  }

  /** Register bits: a whole number or a bigint. */
  bits(): void {
    if (typeof this.#value !== 'bigint' && !Number.isSafeInteger(this.#value)) {
      throw this.bad('is neither a whole number nor a bigint');
    }
  }

  callable(): void {
    if (typeof this.#value !== 'function') throw this.bad('is not a function');
  }

  /** Everything in an object of free names. */
  members(): readonly Field[] {
    const value = this.#value;
    if (typeof value !== 'object' || value === null) throw this.bad('is not an object');
    return Object.entries(value).map(([key, member]) => new Field(member, `${this.path}.${key}`));
  }

  list(most: number): readonly Field[] {
    const value = this.#value;
    if (!Array.isArray(value)) throw this.bad('is not a list');
    if (value.length > most) throw this.bad(`has more than ${most} entries`);
    return value.map((entry: unknown, i) => new Field(entry, `${this.path}[${i}]`));
  }

  /** The members of an object that may have these and no others. */
  object<const K extends string>(
    required: readonly K[],
    optional: readonly K[] = [],
  ): Readonly<Record<K, Field>> {
    const value = this.#value;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw this.bad('is not an object');
    }
    const given = new Map<string, unknown>(Object.entries(value));
    for (const key of given.keys()) {
      if (given.get(key) === undefined) continue;
      const known = [...required, ...optional].some((name) => name === key);
      if (known) continue;
      const names = [...required, ...optional].join(', ');
      throw this.bad(
        `has an unknown member ${JSON.stringify(key.slice(0, 40))}; there are ${names}`,
      );
    }
    for (const key of required) {
      if (given.get(key) === undefined) throw this.bad(`lacks ${JSON.stringify(key)}`);
    }
    const fields = [...required, ...optional].map(
      (key) => [key, new Field(given.get(key), `${this.path}.${key}`)] as const,
    );
    return Object.fromEntries(fields) as Record<K, Field>;
  }
}

function toBig(value: unknown): bigint | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : undefined;
  if (typeof value !== 'string' || !/^0x[0-9a-fA-F]{1,16}$/.test(value)) return undefined;
  return BigInt(value);
}
