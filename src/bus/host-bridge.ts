/** A host bridge: the address windows it forwards to its buses, and how raw bus addresses differ from the processor's. */
import { type BusAddress, busAddress, PAGE_SIZE, type Pa, pa } from '../units/address.ts';
import { AddressRanges } from './address-ranges.ts';

interface Span {
  readonly base: number;
  readonly length: number;
}

export interface HostBridgeOptions {
  readonly firstBus: number;
  readonly lastBus: number;
  /** Bus addresses of memory that 32-bit registers can hold. */
  readonly memory: Span;
  /** Bus addresses above 4 GB, for 64-bit registers of size. */
  readonly largeMemory: Span;
  readonly ports: Span;
  /** CPU physical address minus bus address, for memory. */
  readonly memoryOffset: number;
  /** CPU physical address of port 0 when ports are reached through memory; null when the processor's ports are the bus's. */
  readonly portsInMemory: Pa | null;
  /** Bus address at which devices see RAM. */
  readonly ramAt: BusAddress;
  /** First of the four interrupt lines its slots share. */
  readonly firstLine: number;
}

/** Bridge 0 is a PC's: addresses pass through. */
export const PLAIN_BRIDGE: HostBridgeOptions = {
  firstBus: 0,
  lastBus: 0,
  memory: { base: 0xc000_0000, length: 0x3ec0_0000 },
  largeMemory: { base: 0x80_0000_0000, length: 0x40_0000_0000 },
  ports: { base: 0x1000, length: 0xb000 },
  memoryOffset: 0,
  portsInMemory: null,
  ramAt: busAddress(0),
  firstLine: 16,
};

/** Bridge 1 translates: raw addresses mean nothing to the processor, ports are reached through memory, RAM is seen elsewhere. */
export const TRANSLATING_BRIDGE: HostBridgeOptions = {
  firstBus: 0x40,
  lastBus: 0x40,
  memory: { base: 0x8000_0000, length: 0x4000_0000 },
  largeMemory: { base: 0x100_0000_0000, length: 0x40_0000_0000 },
  ports: { base: 0x1000, length: 0xb000 },
  memoryOffset: 0x10_0000_0000,
  portsInMemory: pa(0x10_f000_0000),
  ramAt: busAddress(0x0800_0000),
  firstLine: 20,
};

export type BusSpace = 'memory' | 'port';

/** The processor's side of a bus range. */
export interface CpuRange {
  readonly space: BusSpace;
  readonly start: number;
}

export class HostBridge {
  readonly options: HostBridgeOptions;
  readonly #memory: AddressRanges;
  readonly #large: AddressRanges;
  readonly #ports: AddressRanges;

  constructor(options: HostBridgeOptions) {
    this.options = options;
    this.#memory = new AddressRanges(options.memory.base, options.memory.length);
    this.#large = new AddressRanges(options.largeMemory.base, options.largeMemory.length);
    this.#ports = new AddressRanges(options.ports.base, options.ports.length);
  }

  owns(bus: number): boolean {
    return bus >= this.options.firstBus && bus <= this.options.lastBus;
  }

  /** Where the processor finds a bus range, or nothing when the bridge does not forward it. */
  toCpu(space: BusSpace, start: number, length: number): CpuRange | undefined {
    if (space === 'port') {
      if (!this.#ports.contains(start, length)) return undefined;
      const { portsInMemory } = this.options;
      return portsInMemory === null
        ? { space, start }
        : { space: 'memory', start: portsInMemory + start };
    }
    if (!this.#memory.contains(start, length) && !this.#large.contains(start, length)) {
      return undefined;
    }
    return { space, start: start + this.options.memoryOffset };
  }

  /** Where a device's memory transaction arrives; may lie outside RAM. */
  physicalOf(address: BusAddress): Pa | undefined {
    const physical = address - this.options.ramAt;
    return physical >= 0 ? pa(physical) : undefined;
  }

  /** How a device has to name a physical address (the logical address of the HAL). */
  busAddressOf(physical: Pa): BusAddress {
    return busAddress(physical + this.options.ramAt);
  }

  /**
   * A bus address for a range: above 4 GB where the register can hold it. What is smaller than a
   * page lies in a page of its own, off its start.
   */
  allocate(space: BusSpace, length: number, bits: 32 | 64): BusAddress | undefined {
    if (space === 'port') return branded(this.#ports.allocate(length, length));
    const ranges = bits === 64 ? this.#large : this.#memory;
    if (length >= PAGE_SIZE) return branded(ranges.allocate(length, length));
    const page = ranges.allocate(PAGE_SIZE, PAGE_SIZE);
    return page === undefined ? undefined : busAddress(page + length);
  }

  release(space: BusSpace, start: BusAddress, length: number): void {
    if (space === 'port') {
      this.#ports.release(start);
      return;
    }
    const page = length < PAGE_SIZE ? start - length : start;
    this.#memory.release(page);
    this.#large.release(page);
  }
}

const branded = (start: number | undefined): BusAddress | undefined =>
  start === undefined ? undefined : busAddress(start);
