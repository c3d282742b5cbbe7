/** The range behind one base address register: opened in the processor's address space when decoding is on. */
import type { DeviceEventSink } from '../events/device.ts';
import type { AccessSize, PhysicalMemory, Window } from '../memory/physical.ts';
import { type HostOffset, pa } from '../units/address.ts';
import type { BarSpec } from './function-spec.ts';
import type { CpuRange, HostBridge } from './host-bridge.ts';
import type { PortSize, PortSpace } from './port-space.ts';

/** Where windows are opened, and whom they serve. */
interface WindowSite {
  readonly subject: string;
  readonly physical: PhysicalMemory;
  readonly ports: PortSpace;
  readonly bridge: HostBridge;
  readonly report: DeviceEventSink;
  read(bar: number, offset: number, size: AccessSize): bigint;
  write(bar: number, offset: number, size: AccessSize, value: bigint): void;
}

export class BarWindow {
  readonly spec: BarSpec;
  readonly #site: WindowSite;
  #host: HostOffset | undefined;
  /** The bus address last asked for, opened or refused. */
  #at: number | undefined;
  #open: CpuRange | undefined;

  constructor(spec: BarSpec, site: WindowSite) {
    this.spec = spec;
    this.#site = site;
  }

  /** The processor's side of the window while it is open. */
  get open(): CpuRange | undefined {
    return this.#open;
  }

  /** Host memory of a RAM-backed window, once it has been opened. */
  get host(): HostOffset | undefined {
    return this.#host;
  }

  /** The device's own view of the memory behind the window, open or not; not to be kept. */
  get memory(): Uint8Array {
    const { physical } = this.#site;
    this.#host ??= physical.allocateHostBytes(this.spec.size);
    return new Uint8Array(physical.view.buffer, this.#host, this.spec.size);
  }

  /** Opens at a bus address, closes when there is none; true when the address space changed. */
  place(at: number | undefined): boolean {
    if (at === this.#at) return false;
    const closed = this.#close();
    this.#at = at;
    return this.#openAt(at, this.spec.backing === 'ram') || closed;
  }

  /** A lost device answers nothing, its memory neither: the window stays and reads all ones. */
  orphan(): void {
    if (this.spec.backing !== 'ram' || this.#open === undefined) return;
    this.#site.physical.removeWindow(pa(this.#open.start));
    this.#openAt(this.#at, false);
  }

  #openAt(at: number | undefined, direct: boolean): boolean {
    if (at === undefined) return false;
    const { space, size } = this.spec;
    const range = this.#site.bridge.toCpu(space, at, size);
    if (range === undefined) {
      this.#tell('not-forwarded', { space, start: at });
      return false;
    }
    const claimed = range.space === 'port' ? this.#claim(range.start) : this.#map(range, direct);
    this.#tell(claimed ? 'opened' : 'conflict', range);
    if (claimed) this.#open = range;
    return claimed;
  }

  #close(): boolean {
    const range = this.#open;
    if (range === undefined) return false;
    if (range.space === 'port') this.#site.ports.release(range.start);
    else this.#site.physical.removeWindow(pa(range.start));
    this.#open = undefined;
    this.#tell('closed', range);
    return true;
  }

  #claim(base: number): boolean {
    const { index, size: length } = this.spec;
    return this.#site.ports.claim({
      name: this.#name,
      base,
      length,
      read: (offset, size) => Number(this.#site.read(index, offset, size)),
      write: (offset, size: PortSize, value) => {
        this.#site.write(index, offset, size, BigInt(value));
      },
    });
  }

  #map(range: CpuRange, direct: boolean): boolean {
    const { physical } = this.#site;
    const { index, size: length } = this.spec;
    const end = range.start + length;
    const taken = physical.windows.some((w) => range.start < w.base + w.length && w.base < end);
    if (range.start < physical.ramBytes || taken) return false;
    physical.addWindow(direct ? this.#direct(range.start) : this.#served(range.start, index));
    return true;
  }

  #direct(start: number): Window {
    this.#host ??= this.#site.physical.allocateHostBytes(this.spec.size);
    return {
      kind: 'ram-window',
      name: this.#name,
      base: pa(start),
      length: this.spec.size,
      host: this.#host,
    };
  }

  #served(start: number, index: number): Window {
    return {
      kind: 'device',
      name: this.#name,
      base: pa(start),
      length: this.spec.size,
      read: (offset, size) => this.#site.read(index, offset, size),
      write: (offset, size, value) => this.#site.write(index, offset, size, value),
    };
  }

  get #name(): string {
    return `${this.#site.subject} BAR ${this.spec.index}`;
  }

  #tell(what: 'opened' | 'closed' | 'conflict' | 'not-forwarded', range: CpuRange): void {
    this.#site.report({
      kind: 'device-window',
      subject: this.#site.subject,
      bar: this.spec.index,
      what,
      space: range.space,
      start: range.start,
      length: this.spec.size,
    });
  }
}
