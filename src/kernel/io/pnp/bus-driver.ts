/** The PCI bus driver below every function driver: answers PnP, power and configuration requests in TypeScript. */
import { PM_CONTROL_STATUS, PM_POWER_STATE } from '../../../bus/pci-spec.ts';
import { type Va, va } from '../../../units/address.ts';
import { type NtStatus, ntStatus, STATUS } from '../../../units/status.ts';
import type { Blocking } from '../../effects.ts';
import { hardware } from '../../hal/hardware.ts';
import { type Kernel, part } from '../../kernel.ts';
import { completeRequest } from '../complete-request.ts';
import { drivers } from '../drivers.ts';
import { IRP_MJ, IRP_MN_POWER, IRP_MN_PNP as MN } from '../function-codes.ts';
import { IRP } from '../irp-layout.ts';
import { currentLocation } from '../irps.ts';
import { queryInterface } from './bus-interface.ts';
import { readConfigBytes, writeConfigBytes } from './config-bytes.ts';
import { readGuid } from './guids.ts';
import { type DeviceNode, nodes, PowerDeviceD0 } from './nodes.ts';
import * as answers from './query-answers.ts';
import { makeRequirementsList } from './resource-lists.ts';

/** Driver object of the bus driver. */
export const busDriver = part((kernel) => ({
  driver: drivers(kernel).createHost('pci', {
    dispatch: (device, irp) => dispatch(kernel, device, irp),
  }),
}));

/** What a minor function's handler decides; nothing leaves the status as the sender set it. */
interface Outcome {
  readonly status: NtStatus;
  readonly information?: bigint;
}

type Location = ReturnType<typeof currentLocation>;
type Handler = (kernel: Kernel, node: DeviceNode, location: Location) => Outcome | undefined;

const done: Outcome = { status: STATUS.SUCCESS };
const succeed: Handler = () => done;

/** A list or string in pool; without RAM for it the request fails. */
function answer(at: Va | undefined): Outcome | undefined {
  if (at === undefined) return undefined;
  if (at === 0n) return { status: STATUS.INSUFFICIENT_RESOURCES };
  return { status: STATUS.SUCCESS, information: at };
}

const TARGET_DEVICE_RELATION = 4;
const DEVICE_POWER_STATE = 1;
/** PCI_WHICHSPACE_CONFIG. */
const CONFIG_SPACE = 0n;

const PNP: ReadonlyMap<number, Handler> = new Map<number, Handler>([
  [MN.START_DEVICE, start],
  [MN.STOP_DEVICE, stop],
  [MN.REMOVE_DEVICE, stop],
  [MN.SURPRISE_REMOVAL, succeed],
  [MN.QUERY_STOP_DEVICE, succeed],
  [MN.CANCEL_STOP_DEVICE, succeed],
  [MN.QUERY_REMOVE_DEVICE, succeed],
  [MN.CANCEL_REMOVE_DEVICE, succeed],
  [MN.DEVICE_ENUMERATED, succeed],
  [MN.QUERY_CAPABILITIES, capabilities],
  [MN.QUERY_DEVICE_RELATIONS, relations],
  [MN.QUERY_RESOURCE_REQUIREMENTS, (kernel, { fn }) => requirements(kernel, fn)],
  [MN.QUERY_ID, (kernel, node, at) => answer(answers.queryId(kernel, node, low(at.Argument1)))],
  [
    MN.QUERY_DEVICE_TEXT,
    (kernel, node, at) => answer(answers.queryText(kernel, node, low(at.Argument1))),
  ],
  [MN.QUERY_BUS_INFORMATION, (kernel, node) => answer(answers.queryBusInformation(kernel, node))],
  [MN.QUERY_INTERFACE, interfaces],
  [MN.READ_CONFIG, config],
  [MN.WRITE_CONFIG, config],
]);

const low = (argument: bigint): number => Number(BigInt.asUintN(32, argument));

function* dispatch(kernel: Kernel, device: Va, irp: Va): Blocking<NtStatus> {
  const location = currentLocation(kernel, irp);
  const { IoStatus } = IRP.at(kernel.mmu, irp);
  const node = nodes(kernel).byPdo(device);
  const outcome = node === undefined ? undefined : handle(kernel, node, location);
  if (outcome !== undefined) {
    IoStatus.Status = outcome.status;
    if (outcome.information !== undefined) IoStatus.Information = outcome.information;
  }
  const status = ntStatus(IoStatus.Status);
  yield* completeRequest(kernel, irp);
  return status;
}

function handle(kernel: Kernel, node: DeviceNode, location: Location): Outcome | undefined {
  switch (location.MajorFunction) {
    case IRP_MJ.PNP:
      return PNP.get(location.MinorFunction)?.(kernel, node, location);
    case IRP_MJ.POWER:
      return power(node, location);
    case IRP_MJ.SYSTEM_CONTROL:
      return undefined;
    default:
      return { status: STATUS.INVALID_DEVICE_REQUEST };
  }
}

function start(kernel: Kernel, node: DeviceNode): Outcome {
  const { bus } = hardware(kernel);
  const isThere = node.fn.plugged;
  if (isThere) {
    setPowerState(node, PowerDeviceD0);
    bus.assignResources(node.fn, { messages: node.messages });
  }
  const status = isThere ? STATUS.SUCCESS : STATUS.NO_SUCH_DEVICE;
  kernel.emit({ kind: 'lower-start', subject: node.subject, status });
  return { status };
}

/** Decoding goes off; addresses stay reserved until the PnP manager gives them back. */
function stop(kernel: Kernel, node: DeviceNode): Outcome {
  if (node.fn.plugged) hardware(kernel).bus.disable(node.fn);
  return done;
}

function capabilities(kernel: Kernel, node: DeviceNode, { Argument1 }: Location): Outcome {
  answers.fillCapabilities(kernel, node, va(Argument1));
  return done;
}

function relations(kernel: Kernel, { pdo }: DeviceNode, { Argument1 }: Location) {
  if (low(Argument1) !== TARGET_DEVICE_RELATION) return undefined;
  return answer(answers.targetRelation(kernel, pdo));
}

function requirements(kernel: Kernel, fn: DeviceNode['fn']): Outcome {
  return { status: STATUS.SUCCESS, information: makeRequirementsList(kernel, fn) };
}

function interfaces(kernel: Kernel, { pdo }: DeviceNode, location: Location): Outcome | undefined {
  const { Argument1, Argument2, Argument3 } = location;
  const status = queryInterface(kernel, pdo, {
    guid: readGuid(kernel, va(Argument1)),
    bytes: Number(Argument2 & 0xffffn),
    at: va(Argument3),
  });
  return status === undefined ? undefined : { status };
}

function config(kernel: Kernel, { fn }: DeviceNode, location: Location): Outcome {
  const { Argument1, Argument2, Argument3, Argument4, MinorFunction } = location;
  if (BigInt.asUintN(32, Argument1) !== CONFIG_SPACE) return { status: STATUS.NOT_SUPPORTED };
  const copy = MinorFunction === MN.READ_CONFIG ? readConfigBytes : writeConfigBytes;
  const bytes = copy(kernel, fn, va(Argument2), low(Argument3), low(Argument4));
  return { status: STATUS.SUCCESS, information: BigInt(bytes) };
}

function power(node: DeviceNode, { MinorFunction, Argument2, Argument3 }: Location) {
  if (MinorFunction === IRP_MN_POWER.QUERY_POWER) return done;
  if (MinorFunction !== IRP_MN_POWER.SET_POWER) return undefined;
  if (low(Argument2) === DEVICE_POWER_STATE) setPowerState(node, low(Argument3));
  return done;
}

/** Writes the power-management register; D0 is 0 there and 1 in DEVICE_POWER_STATE. */
function setPowerState(node: DeviceNode, state: number): void {
  const { fn } = node;
  node.powerState = state;
  const at = fn.capabilities.powerManagement;
  if (at === null || !fn.plugged) return;
  const others = fn.readConfig(at + PM_CONTROL_STATUS, 2) & ~PM_POWER_STATE;
  fn.writeConfig(at + PM_CONTROL_STATUS, 2, others | Math.max(0, state - PowerDeviceD0));
}
