/** Hands out aligned ranges of one address window, each allocation after the last, so that addresses come back late. */

interface Taken {
  readonly start: number;
  readonly length: number;
}

export class AddressRanges {
  readonly base: number;
  readonly length: number;
  #taken: Taken[] = [];
  #cursor: number;

  constructor(base: number, length: number) {
    this.base = base;
    this.length = length;
    this.#cursor = base;
  }

  contains(start: number, length: number): boolean {
    return start >= this.base && start + length <= this.base + this.length;
  }

  allocate(length: number, alignment: number): number | undefined {
    const start = this.#search(this.#cursor, length, alignment);
    const found = start ?? this.#search(this.base, length, alignment);
    if (found === undefined) return undefined;
    this.#taken.push({ start: found, length });
    this.#taken.sort((a, b) => a.start - b.start);
    this.#cursor = found + length;
    return found;
  }

  release(start: number): void {
    this.#taken = this.#taken.filter((taken) => taken.start !== start);
  }

  #search(from: number, length: number, alignment: number): number | undefined {
    let start = alignUp(from, alignment);
    for (const taken of this.#taken) {
      if (taken.start + taken.length <= start) continue;
      if (taken.start >= start + length) break;
      start = alignUp(taken.start + taken.length, alignment);
    }
    return this.contains(start, length) ? start : undefined;
  }
}

const alignUp = (value: number, alignment: number): number =>
  Math.ceil(value / alignment) * alignment;
