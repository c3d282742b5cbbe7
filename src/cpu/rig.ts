/** A bare processor with mapped memory, for tests and benchmarks. */
import { FrameAllocator } from '../memory/frames.ts';
import { Mmu } from '../memory/mmu.ts';
import { PageTables } from '../memory/page-tables.ts';
import { PhysicalMemory } from '../memory/physical.ts';
import { PAGE_SIZE, type Va, va, vaAdd } from '../units/address.ts';
import { assert } from '../units/errors.ts';
import { Cpu } from './cpu.ts';
import type { CpuEnvironment } from './environment.ts';
import type { ModuleCache } from './module-cache.ts';

const bareEnvironment: CpuEnvironment = {
  portRead: () => 0,
  portWrite() {},
  readMsr: () => undefined,
  writeMsr: () => false,
  cpuid: () => ({ eax: 0, ebx: 0, ecx: 0, edx: 0 }),
  timestamp: () => 0n,
};

export const CODE = va(0xfffff800_10000000n);
export const DATA = va(0xfffff800_20000000n);
export const STACK_TOP = va(0xfffff800_30010000n);
/** A host range: returning here ends a call. */
export const RETURN = va(0xfffff800_40000000n);
const STACK_PAGES = 16;

export interface MapOptions {
  readonly writable?: boolean;
  readonly executable?: boolean;
}

export interface RigOptions {
  readonly ramBytes?: number;
  readonly modules?: ModuleCache;
}

export class Rig {
  readonly mmu: Mmu;
  readonly cpu: Cpu;
  readonly tables: PageTables;
  readonly frames: FrameAllocator;

  constructor(environment: Partial<CpuEnvironment> = {}, options: RigOptions = {}) {
    const physical = new PhysicalMemory(options.ramBytes ?? 16 << 20);
    this.frames = new FrameAllocator(physical, PAGE_SIZE);
    this.tables = new PageTables(physical, this.frames);
    this.mmu = new Mmu(physical, this.tables);
    this.cpu = new Cpu(this.mmu, { ...bareEnvironment, ...environment }, options.modules);
    this.cpu.addHostRange(RETURN, PAGE_SIZE);
    this.map(vaAdd(STACK_TOP, -STACK_PAGES * PAGE_SIZE), STACK_PAGES, { executable: false });
    this.cpu.state.rsp = vaAdd(STACK_TOP, -0x100);
  }

  /** Maps fresh pages. */
  map(at: Va, pages: number, { writable = true, executable = true }: MapOptions = {}): void {
    for (let i = 0; i < pages; i++) {
      const frame = this.frames.allocate();
      assert(frame !== undefined, 'the rig has RAM enough');
      const attributes = { writable, executable, user: false, cache: 'write-back' } as const;
      this.tables.map(vaAdd(at, i * PAGE_SIZE), frame, attributes);
    }
  }

  /** Maps code pages, puts bytes there and points RIP at them. */
  load(code: Uint8Array, at: Va = CODE): void {
    const pages = Math.ceil((Number(at & 0xfffn) + code.length) / PAGE_SIZE);
    this.map(va(at & ~0xfffn), pages);
    this.mmu.writeBytes(at, code);
    this.cpu.state.rip = at;
  }

  /** Makes the next `run` a call with integer arguments in the Microsoft convention. */
  prepareCall(entry: Va, ...args: bigint[]): void {
    const { state } = this.cpu;
    const order = [1, 2, 8, 9];
    args.forEach((value, i) => {
      state.setGpr(order[i] ?? 0, value);
    });
    const top = vaAdd(STACK_TOP, -0x208);
    this.mmu.write(top, 8, RETURN);
    state.rsp = top;
    state.rip = entry;
  }

  /** Calls guest code; returns RAX. */
  call(entry: Va, ...args: bigint[]): bigint {
    this.prepareCall(entry, ...args);
    const exit = this.cpu.run();
    assert(exit.kind === 'host-call', `the call returns; it ended with ${exit.kind}`);
    return this.cpu.state.gpr(0);
  }
}

export const bytesOf = (hex: string): Uint8Array =>
  Uint8Array.from(hex.replace(/\s/g, '').match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
