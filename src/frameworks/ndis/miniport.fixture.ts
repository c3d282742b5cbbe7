/** A miniport for unit tests whose routines are TypeScript functions: loaded, its device added and its adapter initialized as in a run. */
import type { PciFunction } from '../../bus/pci-function.ts';
import type { EventBody } from '../../events/event.ts';
import { isBlocking } from '../../kernel/effects.ts';
import { exportAddresses } from '../../kernel/exports.ts';
import { addFunction, FakeMachine, type Routine } from '../../kernel/io/fake-driver.fixture.ts';
import { loadDriver } from '../../kernel/io/pnp/load.ts';
import type { Installation } from '../../kernel/io/pnp/nodes.ts';
import { addDevice, startDevice } from '../../kernel/io/pnp/pnp-manager.ts';
import { type ServiceCall, toRegister } from '../../kernel/service.ts';
import { allocate, serviceNamed } from '../../kernel/test-kernel.ts';
import { NULL, type Va, va, vaAdd } from '../../units/address.ts';
import { NDIS_STATUS } from '../../units/ndis-status.ts';
import { type Adapter, adapters } from './adapter.ts';
import { REGISTRATION_ATTRIBUTES } from './layout.ts';
import { type MiniportDriver, miniportDrivers } from './miniport-driver.ts';
import { OBJECT, setHeader } from './object-header.ts';
import { serve } from './registration.ts';
import { ndisServices } from './services.ts';

/** MiniportAdapterContext. */
const CONTEXT = va(0xc0de_0000n);

const UNLOAD = va(0xffff_f800_6100_0000n);

type Args = readonly (bigint | number)[];

export class FakeMiniport {
  readonly machine = new FakeMachine();
  readonly adapter: Adapter;
  readonly fn: PciFunction;

  /** Routines by their documented names; those left out answer success. */
  constructor(
    routines: Readonly<Record<string, Routine>> = {},
    options: {
      readonly messages?: number;
      readonly installation?: Installation | null;
      readonly add?: (machine: FakeMachine) => PciFunction;
    } = {},
  ) {
    const { machine } = this;
    const { kernel } = machine;
    exportAddresses(kernel).set('ndisMUnloadDriver', UNLOAD);
    const all = { MiniportInitializeEx: (handle: Va) => this.#initialize(handle), ...routines };
    const entryPoint = machine.routine((driverObject) => this.#register(driverObject, all));
    const { driver } = machine.run(loadDriver(kernel, { name: 'nic', entryPoint }));
    this.fn = options.add?.(machine) ?? addFunction(machine);
    const { messages = 0, installation = null } = options;
    const how = { subject: 'nic#1', messages, installation };
    const { node } = machine.run(addDevice(kernel, driver, this.fn, how));
    machine.run(startDevice(kernel, node));
    const adapter = adapters(kernel).byNode(node);
    if (adapter === undefined) throw new TypeError('the adapter was not added');
    this.adapter = adapter;
  }

  get kernel(): FakeMachine['kernel'] {
    return this.machine.kernel;
  }

  /** `service problem` of each misuse told so far. */
  get problems(): readonly string[] {
    return this.machine.events.flatMap((event: EventBody) =>
      event.kind === 'framework-misuse' ? [`${event.service} ${event.problem}`] : [],
    );
  }

  /** Calls a service of ndis.sys, whose calls back are answered. */
  call(name: string, ...args: Args): bigint {
    const service = serviceNamed(ndisServices, name);
    const call: ServiceCall = {
      returnAddress: va(0xffff_f800_6000_1000n),
      slot: (index) => BigInt.asUintN(64, BigInt(args[index] ?? 0)),
    };
    const result = service.run(this.kernel, service.decode(call), call);
    return toRegister(isBlocking(result) ? this.machine.run(result) : result);
  }

  /** What the service wrote to its last argument's 8 bytes. */
  open(name: string, ...args: Args): Va {
    const out = allocate(this.kernel, 8);
    const status = Number(this.call(name, ...args, out));
    if (status !== NDIS_STATUS.SUCCESS) throw new TypeError(`${name}: 0x${status.toString(16)}`);
    return this.kernel.mmu.pointer(out);
  }

  #register(driverObject: Va, routines: Readonly<Record<string, Routine>>): number {
    const { kernel, machine } = this;
    const entries = Object.entries(routines).map(([name, run]) => [name, machine.routine(run)]);
    const driver: MiniportDriver = {
      handle: miniportDrivers(kernel).openHandle(driverObject) ?? NULL,
      driverObject,
      context: NULL,
      model: 'ndis6',
      version: { major: 6, minor: 84 },
      entries: Object.fromEntries(entries),
      pnp: {},
      settingOptions: false,
      unloadHandler: NULL,
    };
    miniportDrivers(kernel).register(driver);
    serve(kernel, driver);
    return NDIS_STATUS.SUCCESS;
  }

  #initialize(handle: Va): bigint {
    const at = allocate(this.kernel, REGISTRATION_ATTRIBUTES.bytes);
    const { MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES: type } = OBJECT;
    setHeader(this.kernel, at, type, 1, REGISTRATION_ATTRIBUTES.bytes);
    const context = vaAdd(at, REGISTRATION_ATTRIBUTES.offsetOf('MiniportAdapterContext'));
    this.kernel.mmu.write(context, 8, CONTEXT);
    return this.call('NdisMSetMiniportAttributes', handle, at);
  }
}
