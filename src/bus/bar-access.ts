/** Capabilities that open a BAR to configuration accesses (VIRTIO 1.2, 4.1.4.9). */
import type { AccessSize } from '../memory/physical.ts';
import type { ConfigLayout } from './config-layout.ts';
import type { BarAccessFields, BarSpec, PciFunctionSpec } from './function-spec.ts';

interface BarTarget {
  read(bar: number, offset: number, size: AccessSize): bigint;
  write(bar: number, offset: number, size: AccessSize, value: bigint): void;
}

interface Opening {
  readonly at: number;
  readonly fields: BarAccessFields;
}

const DATA_BYTES = 4;

export class BarAccess {
  readonly #openings: readonly Opening[];
  readonly #bars: readonly BarSpec[];
  readonly #layout: ConfigLayout;
  readonly #target: BarTarget;

  constructor(spec: PciFunctionSpec, layout: ConfigLayout, target: BarTarget) {
    this.#layout = layout;
    this.#target = target;
    this.#bars = spec.bars;
    this.#openings = (spec.vendor ?? []).flatMap(({ barAccess }, i) => {
      const at = layout.capabilities.vendor[i];
      return barAccess === undefined || at === undefined ? [] : [{ at, fields: barAccess }];
    });
  }

  /** Fetches what a configuration read is about to return. */
  beforeRead(offset: number, length: number): void {
    for (const opening of this.#reached(offset, length)) {
      const access = this.#accessOf(opening);
      if (access === undefined) continue;
      const value = Number(this.#target.read(access.bar, access.offset, access.size));
      for (let i = 0; i < access.size; i++) {
        this.#config.setU8(opening.at + opening.fields.data + i, (value >>> (8 * i)) & 0xff);
      }
    }
  }

  /** Passes on what a configuration write left. */
  afterWrite(offset: number, length: number): void {
    for (const opening of this.#reached(offset, length)) {
      const access = this.#accessOf(opening);
      if (access === undefined) continue;
      const data = BigInt(this.#config.u32(opening.at + opening.fields.data));
      const value = BigInt.asUintN(8 * access.size, data);
      this.#target.write(access.bar, access.offset, access.size, value);
    }
  }

  get #config() {
    return this.#layout.config;
  }

  #reached(offset: number, length: number): readonly Opening[] {
    return this.#openings.filter(({ at, fields }) => {
      const data = at + fields.data;
      return offset < data + DATA_BYTES && data < offset + length;
    });
  }

  /** Nothing while the fields name no aligned access within a BAR of the device. */
  #accessOf({ at, fields }: Opening) {
    const size = this.#config.u32(at + fields.length);
    const offset = this.#config.u32(at + fields.offset);
    const bar = this.#config.readByte(at + fields.bar);
    if (size !== 1 && size !== 2 && size !== 4) return undefined;
    const spec = this.#bars.find(({ index, backing }) => index === bar && backing === 'device');
    if (spec === undefined || offset % size !== 0 || offset + size > spec.size) return undefined;
    return { bar, offset, size } as const;
  }
}
