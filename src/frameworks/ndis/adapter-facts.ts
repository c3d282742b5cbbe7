/** What an adapter may ask about itself, and ask NDIS to do with it. */

import type { ResourceDescription } from '../../bus/resources.ts';
import { allocateForKernel } from '../../kernel/ex/pool.ts';
import { queueWork } from '../../kernel/ex/work-item.ts';
import { exportAddresses } from '../../kernel/exports.ts';
import { configList } from '../../kernel/io/pnp/config-list.ts';
import { description } from '../../kernel/io/pnp/node-ids.ts';
import { type Kernel, part } from '../../kernel/kernel.ts';
import { fillUnicodeString } from '../../kernel/ob/unicode.ts';
import type { Service } from '../../kernel/service.ts';
import { readUnicodeString } from '../../layout/nt.ts';
import { out, ptr, u32, u64 } from '../../layout/struct.ts';
import { NULL, type Va, vaAdd } from '../../units/address.ts';
import { DISPATCH_LEVEL, PASSIVE_LEVEL } from '../../units/irql.ts';
import { NDIS_STATUS } from '../../units/ndis-status.ts';
import { type Adapter, adapters } from './adapter.ts';
import { interfaceIndex } from './init-parameters.ts';
import { ETHERNET, interfaceType, netLuid } from './interface-type.ts';
import { interfaces } from './interfaces.ts';
import { models } from './models.ts';
import { ndisHandle, ndisService } from './ndis-service.ts';

/** Resource lists given to a driver stay: NDIS keeps them with the adapter. */
const resourceLists = part(() => ({
  raw: new WeakMap<readonly ResourceDescription[], Va>(),
  translated: new WeakMap<readonly ResourceDescription[], Va>(),
}));

function listOf(kernel: Kernel, { node }: Adapter, side: 'raw' | 'translated'): Va {
  const lists = resourceLists(kernel)[side];
  const known = lists.get(node.resources);
  if (known !== undefined) return known;
  const bytes = configList(node, side);
  if (bytes === undefined) return NULL;
  const at = allocateForKernel(kernel, bytes.length, 'NDrl');
  kernel.mmu.writeBytes(at, bytes);
  lists.set(node.resources, at);
  return at;
}

const NdisMGetDeviceProperty = ndisService({
  name: 'NdisMGetDeviceProperty',
  params: {
    MiniportAdapterHandle: ndisHandle,
    PhysicalDeviceObject: ptr('PDEVICE_OBJECT'),
    FunctionalDeviceObject: ptr('PDEVICE_OBJECT'),
    NextDeviceObject: ptr('PDEVICE_OBJECT'),
    AllocatedResources: ptr('PCM_RESOURCE_LIST'),
    AllocatedResourcesTranslated: ptr('PCM_RESOURCE_LIST'),
  },
  returns: 'void',
  maxIrql: PASSIVE_LEVEL,
  run(kernel, args) {
    const adapter = adapters(kernel).get(args.MiniportAdapterHandle);
    if (adapter === undefined) return;
    const give = (at: Va, value: () => Va): void => {
      if (at !== NULL) kernel.mmu.write(at, 8, value());
    };
    give(args.PhysicalDeviceObject, () => adapter.node.pdo);
    give(args.FunctionalDeviceObject, () => adapter.fdo);
    give(args.NextDeviceObject, () => adapter.lower);
    give(args.AllocatedResources, () => listOf(kernel, adapter, 'raw'));
    give(args.AllocatedResourcesTranslated, () => listOf(kernel, adapter, 'translated'));
  },
});

/** The string's buffer is the caller's to free. */
const NdisMQueryAdapterInstanceName = ndisService({
  name: 'NdisMQueryAdapterInstanceName',
  params: { pAdapterInstanceName: out('NDIS_STRING'), MiniportHandle: ndisHandle },
  returns: 'ndis-status',
  maxIrql: PASSIVE_LEVEL,
  mayFail: [NDIS_STATUS.RESOURCES],
  run(kernel, { pAdapterInstanceName, MiniportHandle }) {
    const adapter = adapters(kernel).get(MiniportHandle);
    if (adapter === undefined) return NDIS_STATUS.FAILURE;
    const name = `${description(adapter.node)} #${adapter.node.instance + 1}`;
    fillUnicodeString(kernel, pAdapterInstanceName, name, 'NDin');
    return NDIS_STATUS.SUCCESS;
  },
});

/** Has the adapter halted as failed, from a thread of the system's. */
const NdisMRemoveMiniport = ndisService({
  name: 'NdisMRemoveMiniport',
  params: { MiniportHandle: ndisHandle },
  returns: 'ndis-status',
  maxIrql: DISPATCH_LEVEL,
  run(kernel, { MiniportHandle }) {
    const adapter = adapters(kernel).get(MiniportHandle);
    if (adapter === undefined) return NDIS_STATUS.INVALID_PARAMETER;
    if (adapter.failed) return NDIS_STATUS.SUCCESS;
    adapter.failed = true;
    queueWork(kernel, function* () {
      if (adapter.state !== 'running' && adapter.state !== 'paused') return;
      const model = models(adapter);
      yield* model.pause(kernel, adapter);
      yield* model.halt(kernel, adapter, 'NdisHaltDeviceFailed');
    });
    return NDIS_STATUS.SUCCESS;
  },
});

const NdisMResetMiniport = ndisService({
  name: 'NdisMResetMiniport',
  params: { MiniportAdapterHandle: ndisHandle },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run(kernel, { MiniportAdapterHandle }) {
    const adapter = adapters(kernel).get(MiniportAdapterHandle);
    if (adapter === undefined) return;
    queueWork(kernel, () => models(adapter).reset(kernel, adapter));
  },
});

/** Ports beside the default one: NDIS numbers them, nothing is bound to them. */
const ports = part(() => ({ next: 1, live: new Set<number>() }));
const MAX_PORTS = 0xff_fff1;

const NdisMAllocatePort = ndisService({
  name: 'NdisMAllocatePort',
  params: { NdisMiniportHandle: ndisHandle, PortCharacteristics: ptr('NDIS_PORT_CHARACTERISTICS') },
  returns: 'ndis-status',
  maxIrql: DISPATCH_LEVEL,
  mayFail: [NDIS_STATUS.RESOURCES],
  run(kernel, { NdisMiniportHandle, PortCharacteristics }) {
    const known = ports(kernel);
    if (adapters(kernel).get(NdisMiniportHandle) === undefined) return NDIS_STATUS.FAILURE;
    if (known.next > MAX_PORTS) return NDIS_STATUS.RESOURCES;
    const port = known.next++;
    known.live.add(port);
    kernel.mmu.write(vaAdd(PortCharacteristics, 4), 4, BigInt(port));
    return NDIS_STATUS.SUCCESS;
  },
});

const NdisMFreePort = ndisService({
  name: 'NdisMFreePort',
  params: { NdisMiniportHandle: ndisHandle, PortNumber: u32 },
  returns: 'ndis-status',
  maxIrql: DISPATCH_LEVEL,
  run: (kernel, { PortNumber }) =>
    ports(kernel).live.delete(PortNumber) ? NDIS_STATUS.SUCCESS : NDIS_STATUS.INVALID_PORT,
});

/** Nobody above listens: activating ports and the like always succeeds. */
const NdisMNetPnPEvent = ndisService({
  name: 'NdisMNetPnPEvent',
  params: {
    MiniportAdapterHandle: ndisHandle,
    NetPnPEventNotification: ptr('NET_PNP_EVENT_NOTIFICATION'),
  },
  returns: 'ndis-status',
  maxIrql: PASSIVE_LEVEL,
  run: (kernel, { MiniportAdapterHandle }) =>
    adapters(kernel).get(MiniportAdapterHandle) === undefined
      ? NDIS_STATUS.FAILURE
      : NDIS_STATUS.SUCCESS,
});

/** The index lies in the NET_LUID where NDIS put it at initialization. */
const INDEX_SHIFT = 24n;
const INDEX_MASK = 0xff_ffffn;

const NdisIfGetInterfaceIndexFromNetLuid = ndisService({
  name: 'NdisIfGetInterfaceIndexFromNetLuid',
  params: { NetLuid: u64, pIfIndex: ptr('NET_IFINDEX') },
  returns: 'ndis-status',
  maxIrql: PASSIVE_LEVEL,
  run(kernel, { NetLuid, pIfIndex }) {
    const provided = interfaces(kernel).byLuid(NetLuid)?.index;
    const index = provided ?? Number((NetLuid >> INDEX_SHIFT) & INDEX_MASK);
    kernel.mmu.write(pIfIndex, 4, BigInt(index));
    return NDIS_STATUS.SUCCESS;
  },
});

const NdisIfGetNetLuidFromInterfaceIndex = ndisService({
  name: 'NdisIfGetNetLuidFromInterfaceIndex',
  params: { ifIndex: u32, pNetLuid: ptr('NET_LUID') },
  returns: 'ndis-status',
  maxIrql: PASSIVE_LEVEL,
  run(kernel, { ifIndex, pNetLuid }) {
    const provided = interfaces(kernel).byIndex(ifIndex)?.luid;
    const own = adapters(kernel).all.find((adapter) => interfaceIndex(adapter) === ifIndex);
    const type = own === undefined ? ETHERNET : interfaceType(kernel, own);
    kernel.mmu.write(pNetLuid, 8, provided ?? netLuid(type, ifIndex));
    return NDIS_STATUS.SUCCESS;
  },
});

/** NULL for a name that ndis.sys does not export. */
const NdisGetRoutineAddress = ndisService({
  name: 'NdisGetRoutineAddress',
  params: { NdisRoutineName: ptr('NDIS_STRING') },
  returns: 'pointer',
  maxIrql: PASSIVE_LEVEL,
  run(kernel, { NdisRoutineName }) {
    const name = readUnicodeString(kernel.mmu, NdisRoutineName);
    return exportAddresses(kernel).get(name) ?? NULL;
  },
});

export const adapterServices: readonly Service[] = [
  NdisMGetDeviceProperty,
  NdisMQueryAdapterInstanceName,
  NdisMRemoveMiniport,
  NdisMResetMiniport,
  NdisMAllocatePort,
  NdisMFreePort,
  NdisMNetPnPEvent,
  NdisIfGetInterfaceIndexFromNetLuid,
  NdisIfGetNetLuidFromInterfaceIndex,
  NdisGetRoutineAddress,
];
