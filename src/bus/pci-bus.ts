/** The PCI buses of a machine: host bridges, functions in slots, configuration access, and who gets which addresses. */
import type { DeviceEventSink } from '../events/device.ts';
import type { PhysicalMemory } from '../memory/physical.ts';
import { badArgument } from '../units/errors.ts';
import {
  type Assignment,
  type AssignmentChoice,
  assign,
  program,
  switchOff,
  unassign,
  withMessages,
} from './assignment.ts';
import type { PciFunctionSpec } from './function-spec.ts';
import {
  HostBridge,
  type HostBridgeOptions,
  PLAIN_BRIDGE,
  TRANSLATING_BRIDGE,
} from './host-bridge.ts';
import type { InterruptRouter } from './interrupts.ts';
import { PciFunction, type PciLocation } from './pci-function.ts';
import type { PortSpace } from './port-space.ts';
import type { ResourceDescription } from './resources.ts';

export interface PciBusOptions {
  readonly physical: PhysicalMemory;
  readonly ports: PortSpace;
  readonly interrupts: InterruptRouter;
  readonly bridges?: readonly HostBridgeOptions[];
  readonly report?: DeviceEventSink;
  /** Called after windows opened or closed, so that cached translations can be dropped. */
  readonly windowsChanged?: () => void;
}

export interface Placement {
  /** 0 unless said otherwise. */
  readonly bridge?: number;
  /** The lowest free slot from 2 unless said otherwise; slots 0 and 1 belong to the chipset of a PC. */
  readonly device?: number;
  readonly function?: number;
}

const FIRST_SLOT = 2;
const SLOTS = 32;
const FUNCTIONS = 8;
/** Without message interrupts, as Windows does unless an INF asks for them. */
const LINE_ONLY: AssignmentChoice = { messages: 0 };

export class PciBus {
  readonly bridges: readonly HostBridge[];
  readonly #options: PciBusOptions;
  readonly #functions = new Map<number, PciFunction>();
  readonly #assignments = new Map<PciFunction, Assignment>();

  constructor(options: PciBusOptions) {
    this.#options = options;
    const bridges = options.bridges ?? [PLAIN_BRIDGE, TRANSLATING_BRIDGE];
    this.bridges = bridges.map((bridge) => new HostBridge(bridge));
  }

  /** Functions in order of bus, device, function. */
  get functions(): readonly PciFunction[] {
    return [...this.#functions.entries()].sort(([a], [b]) => a - b).map(([, fn]) => fn);
  }

  /** Puts a function into a slot; it decodes nothing until resources are assigned. */
  add(spec: PciFunctionSpec, placement: Placement = {}): PciFunction {
    const bridge = this.bridges[placement.bridge ?? 0];
    if (bridge === undefined) throw badArgument(`there is no bridge ${placement.bridge}`);
    const location = this.#locationFor(bridge, placement);
    const { physical, ports, interrupts, report, windowsChanged } = this.#options;
    const fn = new PciFunction(spec, {
      location,
      bridge,
      physical,
      ports,
      interrupts,
      report: report ?? (() => {}),
      windowsChanged: windowsChanged ?? (() => {}),
    });
    this.#functions.set(keyOf(location), fn);
    return fn;
  }

  /** Takes a function out of its slot: its windows close and its addresses are free again. */
  remove(fn: PciFunction): void {
    fn.unplug();
    this.release(fn);
    fn.closeWindows();
    this.#functions.delete(keyOf(fn.location));
  }

  functionAt(location: PciLocation): PciFunction | undefined {
    return this.#functions.get(keyOf(location));
  }

  hasBus(bus: number): boolean {
    return this.bridgeOf(bus) !== undefined;
  }

  /** The bridge above a bus: translates its raw addresses with `toCpu`. */
  bridgeOf(bus: number): HostBridge | undefined {
    return this.bridges.find((bridge) => bridge.owns(bus));
  }

  /** All ones where nothing answers. */
  readConfig(location: PciLocation, offset: number, size: 1 | 2 | 4): number {
    return this.functionAt(location)?.readConfig(offset, size) ?? 2 ** (8 * size) - 1;
  }

  writeConfig(location: PciLocation, offset: number, size: 1 | 2 | 4, value: number): void {
    this.functionAt(location)?.writeConfig(offset, size, value);
  }

  /** What the function has been given, whether decoding is on or not. */
  assignmentOf(fn: PciFunction): readonly ResourceDescription[] {
    return this.#assignments.get(fn)?.resources ?? [];
  }

  /** Gives and programs resources, or switches those it has on again; nothing when addresses are used up. */
  assignResources(
    fn: PciFunction,
    choice: AssignmentChoice = LINE_ONLY,
  ): readonly ResourceDescription[] | undefined {
    const { interrupts } = this.#options;
    const known = this.#assignments.get(fn);
    const assignment =
      known === undefined
        ? assign(fn, interrupts, choice)
        : withMessages(fn, interrupts, known, choice);
    if (assignment === undefined) return undefined;
    this.#assignments.set(fn, assignment);
    program(fn, assignment);
    return assignment.resources;
  }

  /** Other addresses than before, for a rebalance; the old ones are free only afterwards. */
  reassign(
    fn: PciFunction,
    choice: AssignmentChoice = LINE_ONLY,
  ): readonly ResourceDescription[] | undefined {
    const old = this.#assignments.get(fn);
    this.#assignments.delete(fn);
    const resources = this.assignResources(fn, choice);
    if (old === undefined) return resources;
    if (resources === undefined) this.#assignments.set(fn, old);
    else unassign(fn, this.#options.interrupts, old);
    return resources;
  }

  /** Decoding, bus mastering and messages off; the addresses remain reserved. */
  disable(fn: PciFunction): void {
    switchOff(fn);
  }

  /** Switches off and gives the addresses back. */
  release(fn: PciFunction): void {
    switchOff(fn);
    const assignment = this.#assignments.get(fn);
    if (assignment === undefined) return;
    this.#assignments.delete(fn);
    unassign(fn, this.#options.interrupts, assignment);
  }

  #locationFor(bridge: HostBridge, placement: Placement): PciLocation {
    const bus = bridge.options.firstBus;
    const fn = placement.function ?? 0;
    const device = placement.device ?? this.#freeSlot(bus);
    const exists = device >= 0 && device < SLOTS && fn >= 0 && fn < FUNCTIONS;
    const location = { bus, device, function: fn };
    if (!exists || this.#functions.has(keyOf(location))) {
      throw badArgument(`PCI slot ${bus}:${device}.${fn} is not free`);
    }
    return location;
  }

  #freeSlot(bus: number): number {
    for (let device = FIRST_SLOT; device < SLOTS; device++) {
      const used = this.functions.some(
        ({ location }) => location.bus === bus && location.device === device,
      );
      if (!used) return device;
    }
    throw badArgument(`no free slot on PCI bus ${bus}`);
  }
}

const keyOf = ({ bus, device, function: fn }: PciLocation): number =>
  (bus * SLOTS + device) * FUNCTIONS + fn;
