/** The root bus: the PnP manager's own driver below devices that are software alone, without hardware resources. */
import { va } from '../../../units/address.ts';
import { STATUS } from '../../../units/status.ts';
import { part } from '../../kernel.ts';
import { drivers } from '../drivers.ts';
import { IRP_MN_PNP as MN } from '../function-codes.ts';
import {
  type BusRequests,
  dispatch,
  done,
  type Handler,
  queryBusInformation,
  queryId,
  queryText,
  relations,
  succeed,
} from './bus-requests.ts';
import { isThere } from './nodes.ts';
import * as answers from './query-answers.ts';

/** Driver object of the root bus. */
export const rootBus = part((kernel) => ({
  driver: drivers(kernel).createHost('PnpManager', {
    dispatch: (device, irp) => dispatch(kernel, ROOT, device, irp),
  }),
}));

const start: Handler = (kernel, node) => {
  const status = isThere(node) ? STATUS.SUCCESS : STATUS.NO_SUCH_DEVICE;
  kernel.emit({ kind: 'lower-start', subject: node.subject, status });
  return { status };
};

const capabilities: Handler = (kernel, node, { Argument1 }) => {
  answers.fillCapabilities(kernel, node, va(Argument1));
  return done;
};

const ROOT: BusRequests = {
  pnp: new Map<number, Handler>([
    [MN.START_DEVICE, start],
    [MN.STOP_DEVICE, succeed],
    [MN.REMOVE_DEVICE, succeed],
    [MN.SURPRISE_REMOVAL, succeed],
    [MN.QUERY_STOP_DEVICE, succeed],
    [MN.CANCEL_STOP_DEVICE, succeed],
    [MN.QUERY_REMOVE_DEVICE, succeed],
    [MN.CANCEL_REMOVE_DEVICE, succeed],
    [MN.DEVICE_ENUMERATED, succeed],
    [MN.QUERY_CAPABILITIES, capabilities],
    [MN.QUERY_DEVICE_RELATIONS, relations],
    [MN.QUERY_ID, queryId],
    [MN.QUERY_DEVICE_TEXT, queryText],
    [MN.QUERY_BUS_INFORMATION, queryBusInformation],
  ]),
  setPowerState(node, state) {
    node.powerState = state;
  },
};
