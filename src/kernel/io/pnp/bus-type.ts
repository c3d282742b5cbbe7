/** What a bus driver says of its bus (PNP_BUS_INFORMATION): PCI, or the root bus that is no hardware. */
import { GUID_TEXT } from './guids.ts';
import type { DeviceNode } from './nodes.ts';
import { PCI_BUS } from './resource-lists.ts';

/** INTERFACE_TYPE PNPBus. */
const PNP_BUS = 15;

export const busOf = ({ fn }: DeviceNode) =>
  fn === undefined
    ? { guid: GUID_TEXT.BUS_TYPE_INTERNAL, type: PNP_BUS, number: 0 }
    : { guid: GUID_TEXT.BUS_TYPE_PCI, type: PCI_BUS, number: fn.location.bus };
