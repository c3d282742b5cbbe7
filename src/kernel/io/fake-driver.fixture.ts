/** A machine without a processor for tests of the I/O manager: driver routines are TypeScript functions at made-up addresses. */
import { InterruptRouter } from '../../bus/interrupts.ts';
import { PciBus } from '../../bus/pci-bus.ts';
import type { PciFunction } from '../../bus/pci-function.ts';
import { PortSpace } from '../../bus/port-space.ts';
import type { EventBody } from '../../events/event.ts';
import { NULL, type Va, va, vaAdd } from '../../units/address.ts';
import { type NtStatus, STATUS } from '../../units/status.ts';
import type { Blocking, Effect } from '../effects.ts';
import { exportAddresses } from '../exports.ts';
import { attachHardware } from '../hal/hardware.ts';
import { halServices } from '../hal/services.ts';
import { trySatisfy } from '../ke/dispatcher.ts';
import type { Service } from '../service.ts';
import { allocate, caller, drive, invoke, placeString, testKernel } from '../test-kernel.ts';
import { callDriver } from './call-driver.ts';
import { completeRequest } from './complete-request.ts';
import { IO_STACK_LOCATION, IRP, SL } from './irp-layout.ts';
import { currentLocation, nextLocation } from './irps.ts';
import { DEVICE_OBJECT, DO, DRIVER_EXTENSION, DRIVER_OBJECT } from './layout.ts';
import { loadDriver } from './pnp/load.ts';
import type { DeviceNode } from './pnp/nodes.ts';
import { addDevice } from './pnp/pnp-manager.ts';
import { ioServices } from './services.ts';

const CODE = 0xffff_f800_6000_0000n;
const THUNKS = 0xffff_f800_1000_0000n;

export type Routine = (...args: Va[]) => bigint | number | undefined;

export class FakeMachine {
  readonly events: EventBody[] = [];
  readonly kernel = testKernel({ emit: (event) => this.events.push(event), ramBytes: 32 << 20 });
  readonly ports = new PortSpace();
  readonly interrupts = new InterruptRouter();
  readonly bus = new PciBus({
    physical: this.kernel.physical,
    ports: this.ports,
    interrupts: this.interrupts,
  });
  readonly #routines = new Map<bigint, Routine>();
  readonly #services: readonly Service[] = [...ioServices, ...halServices];
  #nextRoutine = CODE;

  constructor() {
    const { bus, ports, interrupts } = this;
    attachHardware(this.kernel, { bus, ports, interrupts });
    this.#services.forEach(({ name }, i) => {
      exportAddresses(this.kernel).set(name, va(THUNKS + BigInt(i) * 16n));
    });
  }

  /** Gives a routine an address that the kernel can call. */
  routine(run: Routine): Va {
    const at = va(this.#nextRoutine);
    this.#nextRoutine += 16n;
    this.#routines.set(at, run);
    return at;
  }

  /** Calls an exported service by name. */
  call(name: string, ...args: readonly (bigint | number)[]): bigint {
    return caller(this.kernel, this.#services, this.#answer)(name, ...args);
  }

  run<T>(body: Blocking<T>): T {
    return drive(body, this.#answer);
  }

  /** Runs work items and other threads that were started. */
  runThreads(): void {
    const { threads } = this.kernel.scheduler;
    for (let next = threads.shift(); next !== undefined; next = threads.shift()) {
      drive(next.body(), this.#answer);
    }
  }

  /** Runs interruptions above the current IRQL, most urgent first. */
  runInterruptions(): void {
    for (let i = 0; i < 1000; i++) {
      const offered = this.kernel.interruptSources
        .map((source) => source(this.kernel.irql))
        .filter((found) => found !== null)
        .toSorted((a, b) => b.irql - a.irql)[0];
      if (offered === undefined) return;
      const before = this.kernel.irql;
      this.kernel.setIrql(offered.irql);
      drive(offered.run(), this.#answer);
      this.kernel.setIrql(before);
    }
  }

  /** Names of the IRPs of the events, with what happened to them. */
  get irpTrace(): readonly string[] {
    return this.events.flatMap((event) =>
      event.kind === 'irp' ? [`${event.what} ${event.name} ${event.from}`] : [],
    );
  }

  readonly #answer = (effect: Effect): bigint => {
    if (effect.kind === 'call-guest') return this.#callGuest(effect.entry, effect.args);
    if (effect.kind === 'yield') return 0n;
    if (effect.kind !== 'wait') throw new TypeError(`unexpected ${effect.kind}`);
    for (let i = 0; i < 2; i++) {
      const thread = this.kernel.scheduler.currentThread;
      const index = trySatisfy(this.kernel, effect.objects, effect.all, thread);
      if (index >= 0) return BigInt(index);
      this.runInterruptions();
      this.runThreads();
    }
    if (effect.timeout === null) throw new TypeError('a wait that nothing ends');
    return BigInt(STATUS.TIMEOUT);
  };

  /** A routine of ours that was given out as an address. */
  #exported(entry: Va): Routine | undefined {
    const own = this.#services[Number((entry - THUNKS) / 16n)];
    if (own === undefined || entry < THUNKS) return undefined;
    return (...args) => invoke(this.kernel, own, args, this.#answer);
  }

  #callGuest(entry: Va, args: readonly bigint[]): bigint {
    const routine = this.#routines.get(entry) ?? this.#exported(entry);
    if (routine === undefined) throw new TypeError(`no routine at ${entry.toString(16)}`);
    const result = routine(...args.map((value) => va(value)));
    return BigInt.asUintN(64, BigInt(result ?? 0));
  }
}

/** Dispatch routines of a PnP driver, as far as a test wants them to differ from passing on. */
export interface FakeDriverOptions {
  readonly dispatch?: ReadonlyMap<number, Routine>;
  readonly flags?: number;
  readonly unload?: Routine;
  readonly addDevice?: (device: Va, pdo: Va) => void;
}

/** A function driver that passes every request on unless told otherwise. */
export class FakeDriver {
  readonly machine: FakeMachine;
  readonly driver: Va;
  fdo: Va = NULL;
  lower: Va = NULL;

  constructor(machine: FakeMachine, options: FakeDriverOptions = {}) {
    this.machine = machine;
    const entryPoint = machine.routine((driver) => this.#entry(driver, options));
    const loaded = machine.run(loadDriver(machine.kernel, { name: 'edu', entryPoint }));
    this.driver = loaded.driver;
  }

  add(fn: PciFunction, subject = 'edu#1', messages = 0): DeviceNode {
    const { kernel } = this.machine;
    return this.machine.run(addDevice(kernel, this.driver, fn, { subject, messages })).node;
  }

  /** IoSkipCurrentIrpStackLocation and IoCallDriver. */
  passOn(irp: Va): NtStatus {
    const { kernel } = this.machine;
    const view = IRP.at(kernel.mmu, irp);
    view.CurrentLocation += 1;
    view.CurrentStackLocation = vaAdd(view.CurrentStackLocation, IO_STACK_LOCATION.bytes);
    return this.machine.run(callDriver(kernel, this.lower, irp));
  }

  /** Forwards with a completion routine of the test's and gives what IoCallDriver returned. */
  forward(irp: Va, completion: Routine, context: Va = NULL): NtStatus {
    const { kernel } = this.machine;
    const { mmu } = kernel;
    const next = nextLocation(kernel, irp);
    const current = currentLocation(kernel, irp);
    const copied = IO_STACK_LOCATION.offsetOf('CompletionRoutine');
    mmu.writeBytes(next.$address, mmu.readBytes(current.$address, copied));
    next.Control = SL.INVOKE_ON_SUCCESS | SL.INVOKE_ON_ERROR | SL.INVOKE_ON_CANCEL;
    next.CompletionRoutine = this.machine.routine(completion);
    next.Context = context;
    return this.machine.run(callDriver(kernel, this.lower, irp));
  }

  complete(irp: Va, status: NtStatus, information = 0n): NtStatus {
    const { IoStatus } = IRP.at(this.machine.kernel.mmu, irp);
    IoStatus.Status = status;
    IoStatus.Information = information;
    this.machine.run(completeRequest(this.machine.kernel, irp));
    return status;
  }

  remove(irp: Va): NtStatus {
    IRP.at(this.machine.kernel.mmu, irp).IoStatus.Status = STATUS.SUCCESS;
    const status = this.passOn(irp);
    this.machine.call('IoDetachDevice', this.lower);
    this.machine.call('IoDeleteDevice', this.fdo);
    return status;
  }

  #entry(driver: Va, options: FakeDriverOptions): NtStatus {
    const { kernel } = this.machine;
    const view = DRIVER_OBJECT.at(kernel.mmu, driver);
    const pass = this.machine.routine((_device, irp) => this.passOn(irp));
    for (let major = 0; major < view.MajorFunction.length; major++) {
      const own = options.dispatch?.get(major);
      view.MajorFunction.set(major, own === undefined ? pass : this.machine.routine(own));
    }
    view.DriverUnload = this.machine.routine(options.unload ?? (() => 0));
    const extension = DRIVER_EXTENSION.at(kernel.mmu, view.DriverExtension);
    extension.AddDevice = this.machine.routine((at, pdo) => this.#add(at, pdo, options));
    return STATUS.SUCCESS;
  }

  #add(driver: Va, pdo: Va, { flags = DO.BUFFERED_IO, addDevice: more }: FakeDriverOptions) {
    const { kernel } = this.machine;
    const out = allocate(kernel, 8);
    const name = placeString(kernel, '\\Device\\Edu0');
    this.machine.call('IoCreateDevice', driver, 64, name, 0x22, 0, 0, out);
    this.fdo = kernel.mmu.pointer(out);
    this.lower = va(this.machine.call('IoAttachDeviceToDeviceStack', this.fdo, pdo));
    const view = DEVICE_OBJECT.at(kernel.mmu, this.fdo);
    view.Flags = (view.Flags & ~DO.DEVICE_INITIALIZING) | flags;
    more?.(this.fdo, pdo);
    return STATUS.SUCCESS;
  }
}

/** A function with a memory range, a port range and a line interrupt. */
export function addFunction(machine: FakeMachine, name = 'edu#1', bridge = 0): PciFunction {
  const fn = machine.bus.add(
    {
      name,
      identity: {
        vendorId: 0x1234,
        deviceId: 0x11e8,
        classCode: 0xff0000,
        revision: 0x10,
        subsystemVendorId: 0x1af4,
        subsystemId: 0x1100,
      },
      bars: [
        {
          index: 0,
          space: 'memory',
          size: 0x10_0000,
          bits: 32,
          prefetchable: false,
          backing: 'device',
        },
        { index: 1, space: 'port', size: 0x20, bits: 32, prefetchable: false, backing: 'device' },
      ],
      lineInterrupt: 'A',
      msi: { messages: 4, maskable: false },
      msix: null,
      powerManagement: true,
      express: false,
    },
    { bridge },
  );
  fn.connect({ read: () => 0n, write: () => {}, reset: () => {} });
  return fn;
}
