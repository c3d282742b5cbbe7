/** What the bus driver answers to the queries of the PnP manager, in pool that the asker frees. */
import { utf16Bytes } from '../../../layout/nt.ts';
import { array, ptr, struct, u16, u32 } from '../../../layout/struct.ts';
import { NULL, type Va, vaAdd } from '../../../units/address.ts';
import { pool } from '../../ex/pool.ts';
import type { Kernel } from '../../kernel.ts';
import { objects } from '../../ob/objects.ts';
import { busOf } from './bus-type.ts';
import { guidBytes } from './guids.ts';
import * as ids from './node-ids.ts';
import { type DeviceNode, PowerDeviceD0, PowerDeviceD3 } from './nodes.ts';

export const DEVICE_CAPABILITIES = struct({
  name: 'DEVICE_CAPABILITIES',
  size: { x64: 64, x86: 64 },
  fields: {
    Size: u16,
    Version: u16,
    /** DeviceD1, DeviceD2, LockSupported and further one-bit answers. */
    Bits: u32,
    Address: u32,
    UINumber: u32,
    DeviceState: array(u32, 7),
    SystemWake: u32,
    DeviceWake: u32,
    D1Latency: u32,
    D2Latency: u32,
    D3Latency: u32,
  },
});

const DEVICE_RELATIONS = struct({
  name: 'DEVICE_RELATIONS',
  size: { x64: 16, x86: 8 },
  fields: { Count: u32, Objects: array(ptr('DEVICE_OBJECT'), 1) },
});

/** SYSTEM_POWER_STATE PowerSystemWorking. */
const WORKING = 1;

export function fillCapabilities(kernel: Kernel, node: DeviceNode, at: Va): void {
  const view = DEVICE_CAPABILITIES.at(kernel.mmu, at);
  const address = ids.addressOf(node);
  if (address !== undefined) view.Address = address;
  for (let state = 1; state < 7; state++) {
    view.DeviceState.set(state, state === WORKING ? PowerDeviceD0 : PowerDeviceD3);
  }
  view.SystemWake = 0;
  view.DeviceWake = 0;
}

function placePaged(kernel: Kernel, bytes: Uint8Array): Va {
  const at = pool(kernel).allocate(bytes.length, 'Pci ', 'paged');
  if (at === undefined) return NULL;
  kernel.mmu.writeBytes(at, bytes);
  return at;
}

const text = (kernel: Kernel, ...lines: readonly string[]): Va =>
  placePaged(kernel, utf16Bytes(lines.map((line) => `${line}\0`).join('')));

/** Several strings end with an empty one. */
const texts = (kernel: Kernel, lines: readonly string[]): Va => text(kernel, ...lines, '');

/** BUS_QUERY_ID_TYPE; undefined for ids that a PCI function does not have. */
export function queryId(kernel: Kernel, node: DeviceNode, type: number): Va | undefined {
  switch (type) {
    case 0:
      return text(kernel, ids.deviceId(node));
    case 1:
      return texts(kernel, ids.nodeHardwareIds(node));
    case 2:
      return texts(kernel, ids.nodeCompatibleIds(node));
    case 3:
      return text(kernel, ids.instanceId(node));
    default:
      return undefined;
  }
}

/** DEVICE_TEXT_TYPE. */
export function queryText(kernel: Kernel, node: DeviceNode, type: number): Va | undefined {
  if (type === 0) return text(kernel, ids.description(node));
  const location = type === 1 ? ids.locationText(node) : undefined;
  return location === undefined ? undefined : text(kernel, location);
}

/** PNP_BUS_INFORMATION. */
export function queryBusInformation(kernel: Kernel, node: DeviceNode): Va {
  const bytes = new Uint8Array(24);
  const { guid, type, number } = busOf(node);
  bytes.set(guidBytes(guid));
  const view = new DataView(bytes.buffer);
  view.setUint32(16, type, true);
  view.setUint32(20, number, true);
  return placePaged(kernel, bytes);
}

/** The PDO itself, referenced for the asker. */
export function targetRelation(kernel: Kernel, pdo: Va): Va {
  const at = placePaged(kernel, new Uint8Array(DEVICE_RELATIONS.bytes));
  if (at === NULL) return NULL;
  const view = DEVICE_RELATIONS.at(kernel.mmu, at);
  view.Count = 1;
  kernel.mmu.write(vaAdd(at, DEVICE_RELATIONS.offsetOf('Objects')), 8, pdo);
  objects(kernel).reference(pdo);
  return at;
}
