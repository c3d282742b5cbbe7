/** A machine: memory, processor, buses and a Windows kernel around them, ready to load drivers. */
import { claimConfigPorts } from '../bus/config-ports.ts';
import { InterruptRouter } from '../bus/interrupts.ts';
import { PciBus } from '../bus/pci-bus.ts';
import { PortSpace } from '../bus/port-space.ts';
import { Cpu } from '../cpu/cpu.ts';
import { type AttachedDevice, type AttachOptions, attachDevice } from '../devices/attach.ts';
import type { DeviceModel } from '../devices/device.ts';
import type { Event } from '../events/event.ts';
import type { LedgerEntry } from '../events/run.ts';
import type { Blocking } from '../kernel/effects.ts';
import { attachHardware } from '../kernel/hal/hardware.ts';
import type { Module } from '../kernel/ke/modules.ts';
import {
  type InstalledValue,
  Kernel,
  type KernelHost,
  type RegistryValue,
} from '../kernel/kernel.ts';
import { processes } from '../kernel/ps/processes.ts';
import { KERNEL_EXPORTS, KERNEL_SERVICES, KERNEL_VARIABLES } from '../kernel/registry.ts';
import { checkRegistryData } from '../kernel/zw/registry-values.ts';
import { MappingCore } from '../mapping/core.ts';
import { PROCESSOR_BLOCKS } from '../memory/address-map.ts';
import { FrameAllocator } from '../memory/frames.ts';
import { Mmu } from '../memory/mmu.ts';
import { PageTables } from '../memory/page-tables.ts';
import { PhysicalMemory } from '../memory/physical.ts';
import { PAGE_SIZE, type Va, vaAdd } from '../units/address.ts';
import { ticks } from '../units/ticks.ts';
import { Budget } from './budget.ts';
import { VirtualClock } from './clock.ts';
import { cpuEnvironment } from './cpu-environment.ts';
import { DriverCode } from './driver-code.ts';
import { type DriverImage, loadDriverImage } from './driver-image.ts';
import { FunctionCoverage } from './function-coverage.ts';
import { Narrator } from './narrator.ts';
import { VirtualProcessor } from './processor.ts';
import { MachineScheduler } from './scheduler.ts';
import { schedulerOf } from './scheduler-of.ts';
import { ServiceCalls } from './service-calls.ts';
import { type ExportTables, ServiceTable } from './service-table.ts';
import { traceStack } from './stack-trace.ts';
import { StackAllocator } from './stacks.ts';
import { SystemImages } from './system-images.ts';
import { type DriverRoutine, innermostRoutine } from './thread.ts';
import { ThreadFactory } from './thread-factory.ts';

/** Frames below 1 MiB belong to firmware and legacy devices on a PC. */
const FIRST_FREE_FRAME = 0x10_0000;
/** RAM of a machine unless said otherwise; only pages that are touched cost host memory. */
const DEFAULT_RAM_BYTES = 0x800_0000;
/** Where driver code returns to when we called it: no module, no memory, just an address the CPU leaves at. */
const RETURN_THUNK = vaAdd(PROCESSOR_BLOCKS.base, 0x80 * PAGE_SIZE);

export interface MachineOptions {
  readonly ramBytes?: number;
  readonly seed?: number;
  /** KEY=VALUE pairs seeded into the registry. */
  readonly registry?: readonly RegistryValue[];
  /** What the driver's INF writes besides the keys of its devices. */
  readonly installed?: readonly InstalledValue[];
  /** Answers for services that are not modelled, at the user's own risk. */
  readonly stubs?: ReadonlyMap<string, bigint>;
  readonly maxInstructions?: number;
  /** Service base name of the driver. */
  readonly driverName?: string;
  readonly onEvent?: (event: Event) => void;
}

const DEFAULT_MAX_INSTRUCTIONS = 1_000_000_000;

/** What the frameworks of a machine export beside the kernel. */
export type FrameworkTables = Pick<ExportTables, 'services' | 'documented'>;

/** A machine with the frameworks that it is given. */
export class BareMachine {
  readonly kernel: Kernel;
  readonly cpu: Cpu;
  readonly bus: PciBus;
  readonly ports = new PortSpace();
  readonly interrupts = new InterruptRouter();
  readonly scheduler: MachineScheduler;
  readonly systemImages: SystemImages;
  readonly services: ServiceTable;
  readonly #budget: Budget;
  readonly #clock: VirtualClock;
  readonly #calls: ServiceCalls;
  readonly #narrator: Narrator;
  readonly #functions: FunctionCoverage;
  readonly #seed: number;

  constructor(options: MachineOptions, frameworks: FrameworkTables) {
    checkRegistryData(options.registry ?? []);
    const physical = new PhysicalMemory(options.ramBytes ?? DEFAULT_RAM_BYTES);
    const frames = new FrameAllocator(physical, FIRST_FREE_FRAME);
    const mmu = new Mmu(physical, new PageTables(physical, frames));
    this.#seed = options.seed ?? 1;
    this.#narrator = this.#makeNarrator(options.onEvent ?? (() => {}));
    this.cpu = this.#makeCpu(mmu);
    this.#functions = new FunctionCoverage(this.cpu.entries);
    const instructions = (): number => this.cpu.state.instructions;
    const budget = new Budget(options.maxInstructions ?? DEFAULT_MAX_INSTRUCTIONS, instructions);
    this.#budget = budget;
    this.#clock = new VirtualClock(instructions, (cost) => budget.spend(cost));
    const processor = new VirtualProcessor(this.cpu, mmu, frames);
    this.kernel = this.#makeKernel(options, { mmu, physical, frames, processor });
    this.#calls = new ServiceCalls({
      cpu: this.cpu,
      kernel: () => this.kernel,
      callableAt: (at) => this.systemImages.callableAt(at),
    });
    this.bus = new PciBus({
      physical,
      ports: this.ports,
      interrupts: this.interrupts,
      report: this.#narrator.emit,
      windowsChanged: () => mmu.flushAll(),
    });
    claimConfigPorts(this.ports, this.bus);
    attachHardware(this.kernel, { bus: this.bus, ports: this.ports, interrupts: this.interrupts });
    this.services = serviceTable(frameworks, options.stubs ?? new Map());
    this.systemImages = new SystemImages(this.kernel, this.services, (start, bytes) =>
      this.cpu.addHostRange(start, bytes),
    );
    this.scheduler = this.#makeScheduler(new StackAllocator(mmu, frames), processor.pcr);
    this.#watchMemory(mmu);
  }

  /** Life-cycle phase that events carry. */
  get phase(): string {
    return this.#narrator.phase;
  }
  set phase(name: string) {
    this.#narrator.phase = name;
    this.#budget.enter(name);
  }

  /** Every mapping so far, in order of birth. */
  get mappings(): readonly LedgerEntry[] {
    return this.kernel.mappings.ledger.entries();
  }

  /** Instructions executed so far. */
  get instructions(): number {
    return this.cpu.state.instructions;
  }

  /** Counts the functions of an image that run from now on. */
  watchFunctions(module: Module): void {
    this.#functions.watch(module);
  }

  functionCoverage(module: Module): { readonly total: number; readonly reached: number } {
    return this.#functions.of(module);
  }

  /** Services that the user's stubs answered. */
  get stubbed(): readonly string[] {
    return [...this.#calls.stubbed];
  }

  /** Puts a device into a free slot of a bridge's bus. */
  addDevice(
    model: DeviceModel,
    subject: string,
    bridge = 0,
    more: Pick<AttachOptions, 'network' | 'identity'> = {},
  ): AttachedDevice {
    return attachDevice(this.bus, model, {
      ...more,
      subject,
      seed: this.#seed,
      placement: { bridge },
      report: this.kernel.emit,
      clock: {
        now: () => ticks(this.#clock.now),
        after: (delay, callback) => ({ cancel: this.#clock.after(delay, callback) }),
      },
    });
  }

  /** Loads a driver's image and binds its imports; nothing of it runs yet. */
  loadImage(bytes: Uint8Array, fileName: string): DriverImage {
    return loadDriverImage(this, bytes, fileName, this.#seed);
  }

  /** Runs a routine on a thread of its own until it ends; `driver` says that it is a driver's, and which. */
  run<T>(name: string, body: () => Blocking<T>, driver?: DriverRoutine): T {
    return this.scheduler.run(name, body, driver);
  }

  /** What still runs in a bug check, at HIGH_LEVEL; a crash in there ends it. */
  runAfterCrash(name: string, body: () => Blocking<unknown>): void {
    this.scheduler.runAfterCrash(name, body);
  }

  #makeNarrator(listener: (event: Event) => void): Narrator {
    return new Narrator(
      {
        irql: () => this.kernel.irql,
        callback: () => innermostRoutine(this.scheduler.current)?.routine ?? null,
        device: () => this.#device(),
        process: () => Number(processes(this.kernel).idOf(this.scheduler.currentProcess)),
        stack: () => this.#stack(),
      },
      listener,
    );
  }

  #makeCpu(mmu: Mmu): Cpu {
    const environment = cpuEnvironment({
      ports: this.ports,
      emit: this.#narrator.emit,
      instructions: () => this.cpu.state.instructions,
      access: () => this.#budget.access(),
      interrupt: () => this.#interruptSoon(),
    });
    const cpu = new Cpu(mmu, environment);
    cpu.addHostRange(RETURN_THUNK, 1);
    return cpu;
  }

  #makeKernel(
    { registry = [], installed = [], driverName = 'driver' }: MachineOptions,
    made: Pick<KernelHost, 'mmu' | 'physical' | 'frames' | 'processor'>,
  ): Kernel {
    return new Kernel({
      ...made,
      mappings: new MappingCore(made.mmu),
      scheduler: schedulerOf(() => this.scheduler),
      clock: this.#clock,
      options: { seed: this.#seed, registry, installed, driverName },
      phase: () => this.#narrator.phase,
      device: () => this.#device(),
      stack: () => this.#stack(),
      emit: this.#narrator.emit,
    });
  }

  #makeScheduler(stacks: StackAllocator, pcr: Va): MachineScheduler {
    const shared = {
      cpu: this.cpu,
      clock: this.#clock,
      kernel: () => this.kernel,
      returnThunk: RETURN_THUNK,
    };
    return new MachineScheduler({
      ...shared,
      threads: new ThreadFactory({ kernel: shared.kernel, stacks, pcr }),
      driverCode: new DriverCode({ ...shared, services: this.#calls, budget: this.#budget }),
    });
  }

  #device(): string | null {
    return innermostRoutine(this.scheduler.current)?.subject ?? null;
  }

  #stack() {
    const { kernel, cpu, scheduler, systemImages } = this;
    return traceStack(kernel, cpu, scheduler.current, (rip) => {
      return systemImages.isThunk(rip);
    });
  }

  /** The CPU comes back before the next instruction, so that a pending interrupt is delivered. */
  #interruptSoon(): void {
    this.cpu.state.limit = this.cpu.state.instructions;
  }

  #watchMemory(mmu: Mmu): void {
    mmu.onWatchedAccess = (access) => {
      this.#budget.access();
      const { mapping, inside } = this.kernel.mappings.noteAccess(access);
      const { address, physical, size, value } = access;
      this.kernel.emit({
        kind: 'access',
        address,
        physical,
        size,
        access: access.access,
        value,
        mapping: mapping?.facts ?? null,
        inside,
      });
      this.#interruptSoon();
    };
  }
}

const serviceTable = (
  { services, documented = new Map() }: FrameworkTables,
  stubs: ReadonlyMap<string, bigint>,
): ServiceTable =>
  new ServiceTable(
    {
      services: [...KERNEL_SERVICES, ...services],
      variables: KERNEL_VARIABLES,
      documented: new Map([...KERNEL_EXPORTS, ...documented]),
    },
    stubs,
  );
