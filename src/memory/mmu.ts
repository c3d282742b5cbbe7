/** Virtual memory as software sees it: page walks, the TLB that translated code reads, and watched accesses. */
import { byteOffset, PAGE_SIZE, type Pa, pageOf, type Va, va, vaAdd } from '../units/address.ts';
import { notModelled } from '../units/errors.ts';
import type { AccessKind } from '../units/fault.ts';
import { type GuestFault, guestFault, isGuestFault } from './fault.ts';
import {
  TLB_EMPTY,
  TLB_ENTRIES,
  TLB_ENTRY_BYTES,
  TLB_READ_OFFSET,
  TLB_WRITE_OFFSET,
} from './host-layout.ts';
import type { PageTables } from './page-tables.ts';
import { type AccessSize, type PhysicalMemory, readHost, writeHost } from './physical.ts';

/** A load or store that did not go straight to RAM: device pages and watched pages, one by one. */
export interface WatchedAccess {
  readonly address: Va;
  readonly physical: Pa;
  readonly size: AccessSize;
  readonly access: 'read' | 'write';
  /** The value stored; loads are told after the fact with the value read. */
  readonly value: bigint;
}

/** Copies from this length on look first; none is longer than the other. */
const PROBED_FIRST = 0x1_0000;
const LONGEST_COPY = 0x4000_0000;

export class Mmu {
  readonly physical: PhysicalMemory;
  #tables: PageTables;
  /** Pages whose accesses are told one by one although RAM answers them (ends of RAM-backed mappings). */
  readonly #watched = new Set<Va>();
  /** Frames that hold translated code: stores go through `onCodeWrite`. */
  readonly #codeFrames = new Set<number>();
  userMode = false;
  /** Called for every access to a device or watched page, before a store and after a load. */
  onWatchedAccess: (access: WatchedAccess) => void = () => {};
  /** Called before a store into a frame that holds translated code. */
  onCodeWrite: (frame: number) => void = () => {};

  constructor(physical: PhysicalMemory, tables: PageTables) {
    this.physical = physical;
    this.#tables = tables;
    this.flushAll();
  }

  get tables(): PageTables {
    return this.#tables;
  }

  switchTables(tables: PageTables): void {
    if (tables === this.#tables) return;
    this.#tables = tables;
    this.flushAll();
  }

  watch(page: Va): void {
    this.#watched.add(page);
    this.flushPage(page);
  }

  unwatch(page: Va): void {
    this.#watched.delete(page);
  }

  markCode(frame: number): void {
    if (this.#codeFrames.has(frame)) return;
    this.#codeFrames.add(frame);
    this.#flush(TLB_WRITE_OFFSET);
  }

  unmarkCode(frame: number): void {
    this.#codeFrames.delete(frame);
  }

  flushAll(): void {
    this.#flush(TLB_READ_OFFSET);
    this.#flush(TLB_WRITE_OFFSET);
  }

  flushPage(page: Va): void {
    const entry = entryOffset(page);
    const view = this.physical.view;
    for (const table of [TLB_READ_OFFSET, TLB_WRITE_OFFSET]) {
      if (view.getBigUint64(table + entry, true) === pageOf(page)) {
        view.setBigUint64(table + entry, TLB_EMPTY, true);
      }
    }
  }

  /** Physical address for an access, or a thrown `GuestFault`. */
  translate(at: Va, access: AccessKind): Pa {
    const found = this.#tables.walk(at, access, this.userMode);
    if ('reason' in found) throw guestFault(at, access, found.reason);
    return found.physical;
  }

  /** A load as an instruction makes it; may cross a page. Throws `GuestFault`. */
  read(at: Va, size: AccessSize): bigint {
    if (byteOffset(at) + size > PAGE_SIZE) return this.#readSplit(at, size);
    const host = this.#hostFor(at, 'read');
    if (host !== undefined) return readHost(this.physical.view, host, size);
    const physical = this.translate(at, 'read');
    const value = this.physical.read(physical, size);
    this.onWatchedAccess({ address: at, physical, size, access: 'read', value });
    return value;
  }

  write(at: Va, size: AccessSize, value: bigint): void {
    if (byteOffset(at) + size > PAGE_SIZE) {
      this.#writeSplit(at, size, value);
      return;
    }
    const host = this.#hostFor(at, 'write');
    if (host !== undefined) {
      writeHost(this.physical.view, host, size, value);
      return;
    }
    const physical = this.translate(at, 'write');
    const frame = Math.floor(physical / PAGE_SIZE);
    if (this.#codeFrames.has(frame)) this.onCodeWrite(frame);
    if (this.#isWatched(at, physical)) {
      this.onWatchedAccess({ address: at, physical, size, access: 'write', value });
    }
    this.physical.write(physical, size, value);
  }

  /** Host offset of bytes that lie in one page and that RAM answers directly; fills the TLB. */
  directHost(at: Va, bytes: number, access: 'read' | 'write'): number | undefined {
    if (byteOffset(at) + bytes > PAGE_SIZE) return undefined;
    try {
      return this.#hostFor(at, access);
    } catch (thrown) {
      if (isGuestFault(thrown)) return undefined;
      throw thrown;
    }
  }

  /** Throws `GuestFault` unless the whole range may be accessed so. */
  probe(at: Va, length: number, access: AccessKind): void {
    if (length === 0) return;
    const last = pageOf(vaAdd(at, length - 1));
    for (let page = pageOf(at); ; page = vaAdd(page, PAGE_SIZE)) {
      this.translate(page === pageOf(at) ? at : page, access);
      if (page === last) break;
    }
  }

  /** A range of which not all is there faults before any memory is set aside for it. */
  readBytes(at: Va, length: number): Uint8Array {
    if (length > PROBED_FIRST) {
      this.probe(at, length, 'read');
      if (length > LONGEST_COPY) throw notModelled(`one copy of ${length} bytes`);
    }
    const out = new Uint8Array(length);
    this.#eachRun(at, length, (address, done, run) => {
      const host = this.#hostFor(address, 'read');
      if (host !== undefined) out.set(this.physical.bytes.subarray(host, host + run), done);
      else for (let i = 0; i < run; i++) out[done + i] = Number(this.read(vaAdd(address, i), 1));
    });
    return out;
  }

  writeBytes(at: Va, data: Uint8Array): void {
    this.#eachRun(at, data.length, (address, done, run) => {
      const host = this.#hostFor(address, 'write');
      if (host !== undefined) this.physical.bytes.set(data.subarray(done, done + run), host);
      else
        for (let i = 0; i < run; i++) this.write(vaAdd(address, i), 1, BigInt(data[done + i] ?? 0));
    });
  }

  fill(at: Va, length: number, byte: number): void {
    this.#eachRun(at, length, (address, _done, run) => {
      const host = this.#hostFor(address, 'write');
      if (host !== undefined) this.physical.bytes.fill(byte, host, host + run);
      else for (let i = 0; i < run; i++) this.write(vaAdd(address, i), 1, BigInt(byte));
    });
  }

  /** True when every byte may be read without a fault; nothing is accessed. */
  isReadable(at: Va, length: number): boolean {
    try {
      this.probe(at, length, 'read');
      return true;
    } catch (thrown) {
      if (isGuestFault(thrown)) return false;
      throw thrown;
    }
  }

  /** What RAM holds from `at` on, up to `length` bytes or the first page that is absent or a device's; tells nobody. */
  peek(at: Va, length: number): Uint8Array {
    const out = new Uint8Array(length);
    let known = 0;
    while (known < length) {
      const address = vaAdd(at, known);
      const found = this.#tables.walk(address, 'read', false);
      const host = 'reason' in found ? undefined : this.physical.hostOf(found.physical);
      if (host === undefined) break;
      const run = Math.min(PAGE_SIZE - byteOffset(address), length - known);
      out.set(this.physical.bytes.subarray(host, host + run), known);
      known += run;
    }
    return out.subarray(0, known);
  }

  u8 = (at: Va): number => Number(this.read(at, 1));
  u16 = (at: Va): number => Number(this.read(at, 2));
  u32 = (at: Va): number => Number(this.read(at, 4));
  u64 = (at: Va): bigint => this.read(at, 8);
  pointer = (at: Va): Va => va(this.read(at, 8));

  /** Host offset when RAM answers directly; fills the TLB so that translated code hits next time. */
  #hostFor(at: Va, access: 'read' | 'write'): number | undefined {
    const table = access === 'read' ? TLB_READ_OFFSET : TLB_WRITE_OFFSET;
    const page = pageOf(at);
    const entry = table + entryOffset(page);
    const view = this.physical.view;
    if (view.getBigUint64(entry, true) === page) {
      return (Number(at & 0xffff_ffffn) + view.getInt32(entry + 8, true)) >>> 0;
    }
    const physical = this.translate(at, access);
    const host = this.physical.hostOf(physical);
    if (host === undefined || this.#watched.has(page)) return undefined;
    if (access === 'write' && this.#codeFrames.has(Math.floor(physical / PAGE_SIZE)))
      return undefined;
    view.setBigUint64(entry, page, true);
    view.setInt32(entry + 8, (host - Number(at & 0xffff_ffffn)) | 0, true);
    return host;
  }

  #isWatched(at: Va, physical: Pa): boolean {
    return this.#watched.has(pageOf(at)) || this.physical.hostOf(physical) === undefined;
  }

  #readSplit(at: Va, size: AccessSize): bigint {
    this.probe(at, size, 'read');
    let value = 0n;
    for (let i = 0; i < size; i++) value |= this.read(vaAdd(at, i), 1) << BigInt(i * 8);
    return value;
  }

  #writeSplit(at: Va, size: AccessSize, value: bigint): void {
    this.probe(at, size, 'write');
    for (let i = 0; i < size; i++) this.write(vaAdd(at, i), 1, (value >> BigInt(i * 8)) & 0xffn);
  }

  #eachRun(at: Va, length: number, visit: (at: Va, done: number, run: number) => void): void {
    for (let done = 0; done < length; ) {
      const address = vaAdd(at, done);
      const run = Math.min(PAGE_SIZE - byteOffset(address), length - done);
      visit(address, done, run);
      done += run;
    }
  }

  #flush(table: number): void {
    const view = this.physical.view;
    for (let i = 0; i < TLB_ENTRIES; i++) {
      view.setBigUint64(table + i * TLB_ENTRY_BYTES, TLB_EMPTY, true);
    }
  }
}

const entryOffset = (page: Va): number =>
  Number((page >> 12n) & BigInt(TLB_ENTRIES - 1)) * TLB_ENTRY_BYTES;

/** The fault a load or store at `at` would raise, if any. */
export function faultOf(mmu: Mmu, at: Va, access: AccessKind): GuestFault | undefined {
  try {
    mmu.translate(at, access);
    return undefined;
  } catch (thrown) {
    if (isGuestFault(thrown)) return thrown;
    throw thrown;
  }
}
