/** Configuration space as bytes with masks: what may be written, and what a written one clears. */
import { CONFIG_BYTES, EXPRESS_CONFIG_BYTES } from './pci-spec.ts';

export class ConfigSpace {
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  readonly #writable: DataView;
  readonly #clears: DataView;
  readonly #resetBytes: Uint8Array;

  constructor(extended: boolean) {
    const length = extended ? EXPRESS_CONFIG_BYTES : CONFIG_BYTES;
    this.bytes = new Uint8Array(length);
    this.#view = new DataView(this.bytes.buffer);
    this.#writable = new DataView(new ArrayBuffer(length));
    this.#clears = new DataView(new ArrayBuffer(length));
    this.#resetBytes = new Uint8Array(length);
  }

  get length(): number {
    return this.bytes.length;
  }

  /** Values for building and for the bus itself: masks do not apply. */
  u16 = (at: number): number => this.#view.getUint16(at, true);
  u32 = (at: number): number => this.#view.getUint32(at, true);
  setU8 = (at: number, value: number): void => this.#view.setUint8(at, value);
  setU16 = (at: number, value: number): void => this.#view.setUint16(at, value, true);
  setU32 = (at: number, value: number): void => this.#view.setUint32(at, value, true);

  allowWrites(at: number, size: 1 | 2 | 4, mask: number): void {
    setMask(this.#writable, at, size, mask);
  }

  clearOnOnes(at: number, size: 1 | 2 | 4, mask: number): void {
    setMask(this.#clears, at, size, mask);
  }

  /** What `reset` goes back to. */
  sealReset(): void {
    this.#resetBytes.set(this.bytes);
  }

  reset(): void {
    this.bytes.set(this.#resetBytes);
  }

  /** One byte as a configuration write leaves it. */
  writeByte(at: number, value: number): void {
    if (at < 0 || at >= this.length) return;
    const writable = this.#writable.getUint8(at);
    const clears = this.#clears.getUint8(at) & value;
    const old = this.#view.getUint8(at);
    this.#view.setUint8(at, ((old & ~writable) | (value & writable)) & ~clears);
  }

  /** Beyond the end reads all ones. */
  readByte(at: number): number {
    return this.bytes[at] ?? 0xff;
  }
}

function setMask(view: DataView, at: number, size: 1 | 2 | 4, mask: number): void {
  if (size === 1) view.setUint8(at, mask);
  else if (size === 2) view.setUint16(at, mask, true);
  else view.setUint32(at, mask, true);
}
