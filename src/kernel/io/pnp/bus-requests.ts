/** How a bus driver answers requests to its PDOs: by tables of minor functions, which each bus has of its own. */
import { type Va, va } from '../../../units/address.ts';
import { type NtStatus, ntStatus, STATUS } from '../../../units/status.ts';
import type { Blocking } from '../../effects.ts';
import type { Kernel } from '../../kernel.ts';
import { completeRequest } from '../complete-request.ts';
import { IRP_MJ, IRP_MN_POWER, IRP_MN_PNP as MN } from '../function-codes.ts';
import { IRP } from '../irp-layout.ts';
import { currentLocation } from '../irps.ts';
import { type DeviceNode, nodes } from './nodes.ts';
import * as answers from './query-answers.ts';

/** What a minor function's handler decides; nothing leaves the status as the sender set it. */
export interface Outcome {
  readonly status: NtStatus;
  readonly information?: bigint;
}

export type Location = ReturnType<typeof currentLocation>;
export type Handler = (kernel: Kernel, node: DeviceNode, location: Location) => Outcome | undefined;

export interface BusRequests {
  readonly pnp: ReadonlyMap<number, Handler>;
  setPowerState(node: DeviceNode, state: number): void;
}

export const done: Outcome = { status: STATUS.SUCCESS };
export const succeed: Handler = () => done;

export const low = (argument: bigint): number => Number(BigInt.asUintN(32, argument));

const DEVICE_POWER_STATE = 1;
const TARGET_DEVICE_RELATION = 4;

export function* dispatch(
  kernel: Kernel,
  bus: BusRequests,
  device: Va,
  irp: Va,
): Blocking<NtStatus> {
  const location = currentLocation(kernel, irp);
  const { IoStatus } = IRP.at(kernel.mmu, irp);
  const node = nodes(kernel).byPdo(device);
  const outcome = node === undefined ? undefined : handle(kernel, bus, node, location);
  if (outcome !== undefined) {
    IoStatus.Status = outcome.status;
    if (outcome.information !== undefined) IoStatus.Information = outcome.information;
  }
  const status = ntStatus(IoStatus.Status);
  yield* completeRequest(kernel, irp);
  return status;
}

function handle(
  kernel: Kernel,
  bus: BusRequests,
  node: DeviceNode,
  location: Location,
): Outcome | undefined {
  switch (location.MajorFunction) {
    case IRP_MJ.PNP:
      return bus.pnp.get(location.MinorFunction)?.(kernel, node, location);
    case IRP_MJ.POWER:
      return power(bus, node, location);
    case IRP_MJ.SYSTEM_CONTROL:
      return undefined;
    default:
      return { status: STATUS.INVALID_DEVICE_REQUEST };
  }
}

function power(bus: BusRequests, node: DeviceNode, location: Location): Outcome | undefined {
  const { MinorFunction, Argument2, Argument3 } = location;
  if (MinorFunction === IRP_MN_POWER.QUERY_POWER) return done;
  if (MinorFunction !== IRP_MN_POWER.SET_POWER) return undefined;
  if (low(Argument2) === DEVICE_POWER_STATE) bus.setPowerState(node, low(Argument3));
  return done;
}

/** A list or string in pool; without RAM for it the request fails. */
function answer(at: Va | undefined): Outcome | undefined {
  if (at === undefined) return undefined;
  if (at === 0n) return { status: STATUS.INSUFFICIENT_RESOURCES };
  return { status: STATUS.SUCCESS, information: at };
}

/** IRP_MN_QUERY_DEVICE_RELATIONS: a PDO answers for itself alone. */
const relations: Handler = (kernel, { pdo }, { Argument1 }) =>
  low(Argument1) === TARGET_DEVICE_RELATION
    ? answer(answers.targetRelation(kernel, pdo))
    : undefined;

const queryId: Handler = (kernel, node, { Argument1 }) =>
  answer(answers.queryId(kernel, node, low(Argument1)));

const queryText: Handler = (kernel, node, { Argument1 }) =>
  answer(answers.queryText(kernel, node, low(Argument1)));

const queryBusInformation: Handler = (kernel, node) =>
  answer(answers.queryBusInformation(kernel, node));

const queryCapabilities: Handler = (kernel, node, { Argument1 }) => {
  answers.fillCapabilities(kernel, node, va(Argument1));
  return done;
};

/** What every bus answers alike. */
export const COMMON_REQUESTS: readonly (readonly [number, Handler])[] = [
  [MN.SURPRISE_REMOVAL, succeed],
  [MN.QUERY_STOP_DEVICE, succeed],
  [MN.CANCEL_STOP_DEVICE, succeed],
  [MN.QUERY_REMOVE_DEVICE, succeed],
  [MN.CANCEL_REMOVE_DEVICE, succeed],
  [MN.DEVICE_ENUMERATED, succeed],
  [MN.QUERY_CAPABILITIES, queryCapabilities],
  [MN.QUERY_DEVICE_RELATIONS, relations],
  [MN.QUERY_ID, queryId],
  [MN.QUERY_DEVICE_TEXT, queryText],
  [MN.QUERY_BUS_INFORMATION, queryBusInformation],
];
