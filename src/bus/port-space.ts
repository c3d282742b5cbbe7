/** The processor's 64 K ports: who answers which, and all ones where nobody does. */
import { PAGE_SIZE } from '../units/address.ts';

export type PortSize = 1 | 2 | 4;

export interface PortRange {
  readonly name: string;
  readonly base: number;
  readonly length: number;
  /** Offsets are from `base`; values unsigned. */
  read(offset: number, size: PortSize): number;
  write(offset: number, size: PortSize, value: number): void;
}

const PORT_COUNT = 16 * PAGE_SIZE;

export const allOnes = (size: number): bigint => (1n << BigInt(size * 8)) - 1n;

export class PortSpace {
  #ranges: PortRange[] = [];

  get ranges(): readonly PortRange[] {
    return this.#ranges;
  }

  /** False when another range is in the way, or the ports do not exist. */
  claim(range: PortRange): boolean {
    const end = range.base + range.length;
    if (range.base < 0 || range.length <= 0 || end > PORT_COUNT) return false;
    if (this.#ranges.some((r) => range.base < r.base + r.length && r.base < end)) return false;
    this.#ranges.push(range);
    this.#ranges.sort((a, b) => a.base - b.base);
    return true;
  }

  release(base: number): void {
    this.#ranges = this.#ranges.filter((range) => range.base !== base);
  }

  rangeAt(port: number): PortRange | undefined {
    return this.#ranges.find((range) => port >= range.base && port < range.base + range.length);
  }

  /** True when somebody answers every byte of the access. */
  isClaimed(port: number, size: PortSize): boolean {
    for (let i = 0; i < size; i++) if (this.rangeAt(port + i) === undefined) return false;
    return true;
  }

  read(port: number, size: PortSize): number {
    const range = this.#whole(port, size);
    if (range !== undefined) return trim(range.read(port - range.base, size), size);
    if (size === 1) return 0xff;
    let value = 0;
    for (let i = 0; i < size; i++) value += this.read(port + i, 1) * 2 ** (8 * i);
    return value;
  }

  write(port: number, size: PortSize, value: number): void {
    const range = this.#whole(port, size);
    if (range !== undefined) {
      range.write(port - range.base, size, trim(value, size));
      return;
    }
    if (size === 1) return;
    for (let i = 0; i < size; i++) this.write(port + i, 1, (value >>> (8 * i)) & 0xff);
  }

  #whole(port: number, size: PortSize): PortRange | undefined {
    const range = this.rangeAt(port);
    return range !== undefined && port + size <= range.base + range.length ? range : undefined;
  }
}

const trim = (value: number, size: PortSize): number =>
  size === 4 ? value >>> 0 : value & (2 ** (size * 8) - 1);
