/** The PCI bus driver below every function driver: answers PnP, power and configuration requests in TypeScript. */
import { PM_CONTROL_STATUS, PM_POWER_STATE } from '../../../bus/pci-spec.ts';
import { va } from '../../../units/address.ts';
import { STATUS } from '../../../units/status.ts';
import { hardware } from '../../hal/hardware.ts';
import { part } from '../../kernel.ts';
import { drivers } from '../drivers.ts';
import { IRP_MN_PNP as MN } from '../function-codes.ts';
import { queryInterface } from './bus-interface.ts';
import {
  type BusRequests,
  COMMON_REQUESTS,
  dispatch,
  done,
  type Handler,
  low,
} from './bus-requests.ts';
import { readConfigBytes, writeConfigBytes } from './config-bytes.ts';
import { readGuid } from './guids.ts';
import { type DeviceNode, PowerDeviceD0 } from './nodes.ts';
import { makeRequirementsList } from './resource-lists.ts';

/** Driver object of the bus driver. */
export const busDriver = part((kernel) => ({
  driver: drivers(kernel).createHost('pci', {
    dispatch: (device, irp) => dispatch(kernel, PCI, device, irp),
  }),
}));

/** PCI_WHICHSPACE_CONFIG. */
const CONFIG_SPACE = 0n;

const start: Handler = (kernel, node) => {
  const { bus } = hardware(kernel);
  const { fn } = node;
  const isPlugged = fn?.plugged === true;
  if (isPlugged) {
    setPowerState(node, PowerDeviceD0);
    bus.assignResources(fn, { messages: node.messages });
  }
  const status = isPlugged ? STATUS.SUCCESS : STATUS.NO_SUCH_DEVICE;
  kernel.emit({ kind: 'lower-start', subject: node.subject, status });
  return { status };
};

/** Decoding goes off; addresses stay reserved until the PnP manager gives them back. */
const stop: Handler = (kernel, { fn }) => {
  if (fn?.plugged === true) hardware(kernel).bus.disable(fn);
  return done;
};

const requirements: Handler = (kernel, { fn }) =>
  fn && { status: STATUS.SUCCESS, information: makeRequirementsList(kernel, fn) };

const interfaces: Handler = (kernel, { pdo }, { Argument1, Argument2, Argument3 }) => {
  const status = queryInterface(kernel, pdo, {
    guid: readGuid(kernel, va(Argument1)),
    bytes: Number(Argument2 & 0xffffn),
    at: va(Argument3),
  });
  return status === undefined ? undefined : { status };
};

const config: Handler = (kernel, { fn }, location) => {
  const { Argument1, Argument2, Argument3, Argument4, MinorFunction } = location;
  if (fn === undefined || BigInt.asUintN(32, Argument1) !== CONFIG_SPACE) {
    return { status: STATUS.NOT_SUPPORTED };
  }
  const copy = MinorFunction === MN.READ_CONFIG ? readConfigBytes : writeConfigBytes;
  const bytes = copy(kernel, fn, va(Argument2), low(Argument3), low(Argument4));
  return { status: STATUS.SUCCESS, information: BigInt(bytes) };
};

/** Writes the power-management register; D0 is 0 there and 1 in DEVICE_POWER_STATE. */
function setPowerState(node: DeviceNode, state: number): void {
  const { fn } = node;
  node.powerState = state;
  const at = fn?.capabilities.powerManagement ?? null;
  if (fn === undefined || at === null || !fn.plugged) return;
  const others = fn.readConfig(at + PM_CONTROL_STATUS, 2) & ~PM_POWER_STATE;
  fn.writeConfig(at + PM_CONTROL_STATUS, 2, others | Math.max(0, state - PowerDeviceD0));
}

const PCI: BusRequests = {
  pnp: new Map<number, Handler>([
    ...COMMON_REQUESTS,
    [MN.START_DEVICE, start],
    [MN.STOP_DEVICE, stop],
    [MN.REMOVE_DEVICE, stop],
    [MN.QUERY_RESOURCE_REQUIREMENTS, requirements],
    [MN.QUERY_INTERFACE, interfaces],
    [MN.READ_CONFIG, config],
    [MN.WRITE_CONFIG, config],
  ]),
  setPowerState,
};
