/** The root bus: the PnP manager's own driver below devices that are software alone, without hardware resources. */
import { STATUS } from '../../../units/status.ts';
import { part } from '../../kernel.ts';
import { drivers } from '../drivers.ts';
import { IRP_MN_PNP as MN } from '../function-codes.ts';
import {
  type BusRequests,
  COMMON_REQUESTS,
  dispatch,
  type Handler,
  succeed,
} from './bus-requests.ts';
import { isThere } from './nodes.ts';

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

const ROOT: BusRequests = {
  pnp: new Map<number, Handler>([
    ...COMMON_REQUESTS,
    [MN.START_DEVICE, start],
    [MN.STOP_DEVICE, succeed],
    [MN.REMOVE_DEVICE, succeed],
  ]),
  setPowerState(node, state) {
    node.powerState = state;
  },
};
