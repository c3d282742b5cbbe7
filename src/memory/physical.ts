/** Guest physical address space: RAM in the shared WebAssembly memory, and windows that devices answer. */
import { type HostOffset, hostOffset, PAGE_SIZE, type Pa, paAdd } from '../units/address.ts';
import { assert, badArgument } from '../units/errors.ts';
import { RAM_OFFSET } from './host-layout.ts';

export type AccessSize = 1 | 2 | 4 | 8;

/** A range whose loads and stores a device answers. Offsets are from `base`; values are unsigned. */
export interface DeviceWindow {
  readonly kind: 'device';
  readonly name: string;
  readonly base: Pa;
  readonly length: number;
  read(offset: number, size: AccessSize): bigint;
  write(offset: number, size: AccessSize, value: bigint): void;
}

/** Device memory that behaves as RAM (a frame buffer): backed by host memory, loads and stores are direct. */
export interface RamWindow {
  readonly kind: 'ram-window';
  readonly name: string;
  readonly base: Pa;
  readonly length: number;
  readonly host: HostOffset;
}

export type Window = DeviceWindow | RamWindow;

const WASM_PAGE = 0x10000;
const MAX_WASM_PAGES = 0x10000;

/** Writes to RAM beyond this do not exist: reads give all ones, writes vanish, as on a PC bus. */
export class PhysicalMemory {
  readonly ramBytes: number;
  readonly wasm: WebAssembly.Memory;
  #windows: Window[] = [];
  #view: DataView;
  #bytes: Uint8Array;

  constructor(ramBytes: number) {
    assert(ramBytes % WASM_PAGE === 0, 'RAM is a whole number of 64 KiB');
    this.ramBytes = ramBytes;
    this.wasm = new WebAssembly.Memory({
      initial: (RAM_OFFSET + ramBytes) / WASM_PAGE,
      maximum: MAX_WASM_PAGES,
    });
    this.#view = new DataView(this.wasm.buffer);
    this.#bytes = new Uint8Array(this.wasm.buffer);
  }

  /** Views over the whole host memory; fetch them anew after anything that may have grown it. */
  get view(): DataView {
    return this.#view;
  }
  get bytes(): Uint8Array {
    return this.#bytes;
  }
  get windows(): readonly Window[] {
    return this.#windows;
  }

  isRam(address: Pa): boolean {
    return address < this.ramBytes;
  }

  /** Adds a window. Overlap with RAM or another window is a defect of the caller (the bus assigns). */
  addWindow(window: Window): void {
    const end = window.base + window.length;
    assert(window.base >= this.ramBytes, `window ${window.name} overlaps RAM`);
    const clash = this.#windows.find((w) => window.base < w.base + w.length && w.base < end);
    assert(clash === undefined, `window ${window.name} overlaps ${clash?.name}`);
    this.#windows.push(window);
    this.#windows.sort((a, b) => a.base - b.base);
  }

  removeWindow(base: Pa): void {
    this.#windows = this.#windows.filter((w) => w.base !== base);
  }

  /** Host memory for a RAM window, zeroed, a whole number of 64 KiB. Grows the one wasm memory. */
  allocateHostBytes(bytes: number): HostOffset {
    const pages = Math.ceil(bytes / WASM_PAGE);
    const at = this.wasm.buffer.byteLength;
    if (at / WASM_PAGE + pages > MAX_WASM_PAGES) {
      throw badArgument(`${bytes} bytes of device memory do not fit beside guest RAM`);
    }
    this.wasm.grow(pages);
    this.#view = new DataView(this.wasm.buffer);
    this.#bytes = new Uint8Array(this.wasm.buffer);
    return hostOffset(at);
  }

  windowAt(address: Pa): Window | undefined {
    let low = 0;
    let high = this.#windows.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const window = this.#windows[middle];
      if (window === undefined) return undefined;
      if (address < window.base) high = middle - 1;
      else if (address >= window.base + window.length) low = middle + 1;
      else return window;
    }
    return undefined;
  }

  /** Where the byte lies in host memory, when it is RAM or a RAM window. */
  hostOf(address: Pa): HostOffset | undefined {
    if (address < this.ramBytes) return hostOffset(RAM_OFFSET + address);
    const window = this.windowAt(address);
    if (window?.kind !== 'ram-window') return undefined;
    return hostOffset(window.host + (address - window.base));
  }

  /** A load that does not leave its page. */
  read(address: Pa, size: AccessSize): bigint {
    const host = this.hostOf(address);
    if (host !== undefined) return readHost(this.#view, host, size);
    const window = this.windowAt(address);
    if (window?.kind !== 'device') return (1n << BigInt(size * 8)) - 1n;
    return BigInt.asUintN(size * 8, window.read(address - window.base, size));
  }

  write(address: Pa, size: AccessSize, value: bigint): void {
    const host = this.hostOf(address);
    if (host !== undefined) {
      writeHost(this.#view, host, size, value);
      return;
    }
    const window = this.windowAt(address);
    if (window?.kind === 'device') {
      window.write(address - window.base, size, BigInt.asUintN(size * 8, value));
    }
  }

  /** A copy of physical bytes; what is not RAM reads through its window byte by byte. */
  readBytes(address: Pa, length: number): Uint8Array {
    const host = this.hostOf(address);
    const last = length === 0 ? host : this.hostOf(paAdd(address, length - 1));
    if (host !== undefined && last === host + Math.max(0, length - 1)) {
      return this.#bytes.slice(host, host + length);
    }
    return Uint8Array.from({ length }, (_, i) => Number(this.read(paAdd(address, i), 1)));
  }

  writeBytes(address: Pa, data: Uint8Array): void {
    const host = this.hostOf(address);
    const last = data.length === 0 ? host : this.hostOf(paAdd(address, data.length - 1));
    if (host !== undefined && last === host + Math.max(0, data.length - 1)) {
      this.#bytes.set(data, host);
      return;
    }
    data.forEach((byte, i) => {
      this.write(paAdd(address, i), 1, BigInt(byte));
    });
  }

  zeroPage(address: Pa): void {
    const host = this.hostOf(address);
    if (host !== undefined) this.#bytes.fill(0, host, host + PAGE_SIZE);
  }
}

export function readHost(view: DataView, at: number, size: AccessSize): bigint {
  switch (size) {
    case 1:
      return BigInt(view.getUint8(at));
    case 2:
      return BigInt(view.getUint16(at, true));
    case 4:
      return BigInt(view.getUint32(at, true));
    case 8:
      return view.getBigUint64(at, true);
  }
}

export function writeHost(view: DataView, at: number, size: AccessSize, value: bigint): void {
  switch (size) {
    case 1:
      view.setUint8(at, Number(BigInt.asUintN(8, value)));
      break;
    case 2:
      view.setUint16(at, Number(BigInt.asUintN(16, value)), true);
      break;
    case 4:
      view.setUint32(at, Number(BigInt.asUintN(32, value)), true);
      break;
    case 8:
      view.setBigUint64(at, BigInt.asUintN(64, value), true);
      break;
  }
}
