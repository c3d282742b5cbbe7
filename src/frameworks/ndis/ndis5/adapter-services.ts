/** What a miniport of NDIS 5 says of its adapter, and asks about it, while it initializes. */
import { pool } from '../../../kernel/ex/pool.ts';
import { readConfigBytes, writeConfigBytes } from '../../../kernel/io/pnp/config-bytes.ts';
import { configList } from '../../../kernel/io/pnp/config-list.ts';
import type { Kernel } from '../../../kernel/kernel.ts';
import type { Service } from '../../../kernel/service.ts';
import { ptr, u32 } from '../../../layout/struct.ts';
import { NULL, type Va, vaAdd } from '../../../units/address.ts';
import { PASSIVE_LEVEL } from '../../../units/irql.ts';
import { NDIS_STATUS } from '../../../units/ndis-status.ts';
import type { NtStatus } from '../../../units/status.ts';
import { type Adapter, adapters } from '../adapter.ts';
import { adapterKey, openKey } from '../configuration.ts';
import { resourceListOf } from '../init-parameters.ts';
import { ATTRIBUTE } from '../layout.ts';
import { tellMisuse } from '../misuse.ts';
import { ndisHandle, ndisService } from '../ndis-service.ts';
import { ATTRIBUTE_5, BLOCK } from './layout.ts';
import { legacyOf, wrapperContexts } from './state.ts';

/** Count, InterfaceType and BusNumber come before the partial list that NDIS_RESOURCE_LIST is. */
const FULL_HEADER_BYTES = 12;

/** The attributes as NDIS 6 numbers them. */
const flagsOf = (flags: number): number =>
  ((flags & ATTRIBUTE_5.BUS_MASTER) !== 0 ? ATTRIBUTE.BUS_MASTER : 0) |
  ((flags & ATTRIBUTE_5.NO_HALT_ON_SUSPEND) !== 0 ? ATTRIBUTE.NO_HALT_ON_SUSPEND : 0) |
  ((flags & ATTRIBUTE_5.SURPRISE_REMOVE_OK) !== 0 ? ATTRIBUTE.SURPRISE_REMOVE_OK : 0);

function setAttributes(
  kernel: Kernel,
  service: string,
  handle: Va,
  attributes: { context: Va; seconds: number; flags: number; bus: number },
): void {
  const adapter = adapters(kernel).get(handle);
  if (adapter === undefined) {
    tellMisuse(kernel, service, 'wrong-handle');
    return;
  }
  const { context, seconds, flags, bus } = attributes;
  adapter.registration = { context, flags: flagsOf(flags), checkForHangSeconds: seconds };
  legacyOf(kernel, adapter).serialized = (flags & ATTRIBUTE_5.DESERIALIZE) === 0;
  kernel.mmu.write(vaAdd(handle, BLOCK.MiniportAdapterContext), 8, context);
  kernel.mmu.write(vaAdd(handle, BLOCK.AdapterType), 4, BigInt(bus));
}

const NdisMSetAttributesEx = ndisService({
  name: 'NdisMSetAttributesEx',
  params: {
    MiniportAdapterHandle: ndisHandle,
    MiniportAdapterContext: ndisHandle,
    CheckForHangTimeInSeconds: u32,
    AttributeFlags: u32,
    AdapterType: u32,
  },
  returns: 'void',
  maxIrql: PASSIVE_LEVEL,
  run(kernel, args) {
    setAttributes(kernel, 'NdisMSetAttributesEx', args.MiniportAdapterHandle, {
      context: args.MiniportAdapterContext,
      seconds: args.CheckForHangTimeInSeconds,
      flags: args.AttributeFlags,
      bus: args.AdapterType,
    });
  },
});

const writeStatus = (kernel: Kernel, at: Va, status: NtStatus): void =>
  kernel.mmu.write(at, 4, BigInt(status));

/** Tells the length that is needed when the buffer holds less. */
const NdisMQueryAdapterResources = ndisService({
  name: 'NdisMQueryAdapterResources',
  doc: 'ndis.h',
  params: {
    Status: ptr('NDIS_STATUS'),
    WrapperConfigurationContext: ndisHandle,
    ResourceList: ptr('NDIS_RESOURCE_LIST'),
    BufferSize: ptr('UINT'),
  },
  returns: 'void',
  maxIrql: PASSIVE_LEVEL,
  run(kernel, { Status, WrapperConfigurationContext, ResourceList, BufferSize }) {
    const adapter = wrapperContexts(kernel).get(WrapperConfigurationContext);
    if (adapter === undefined) {
      tellMisuse(kernel, 'NdisMQueryAdapterResources', 'wrong-handle');
    }
    const bytes = adapter && configList(adapter.node, 'raw')?.slice(FULL_HEADER_BYTES);
    if (bytes === undefined) {
      writeStatus(kernel, Status, NDIS_STATUS.FAILURE);
      return;
    }
    const room = kernel.mmu.u32(BufferSize);
    kernel.mmu.write(BufferSize, 4, BigInt(bytes.length));
    const fits = room >= bytes.length;
    if (fits) kernel.mmu.writeBytes(ResourceList, bytes);
    writeStatus(kernel, Status, fits ? NDIS_STATUS.SUCCESS : NDIS_STATUS.RESOURCES);
  },
});

/** Gives the same list in memory of NDIS's own, which stays with the adapter. */
const NdisMPciAssignResources = ndisService({
  name: 'NdisMPciAssignResources',
  doc: 'ndis.h',
  params: {
    MiniportHandle: ndisHandle,
    SlotNumber: u32,
    AssignedResources: ptr('PNDIS_RESOURCE_LIST'),
  },
  returns: 'ndis-status',
  maxIrql: PASSIVE_LEVEL,
  mayFail: [NDIS_STATUS.FAILURE],
  run(kernel, { MiniportHandle, AssignedResources }) {
    const adapter = adapters(kernel).get(MiniportHandle);
    const list = adapter === undefined ? undefined : resourceListOf(kernel, adapter);
    kernel.mmu.write(AssignedResources, 8, list ?? NULL);
    if (adapter === undefined || list === undefined) return NDIS_STATUS.FAILURE;
    legacyOf(kernel, adapter).lists.push(list);
    return NDIS_STATUS.SUCCESS;
  },
});

const NdisOpenConfiguration = ndisService({
  name: 'NdisOpenConfiguration',
  doc: 'ndis.h',
  params: {
    Status: ptr('NDIS_STATUS'),
    ConfigurationHandle: ptr('NDIS_HANDLE'),
    WrapperConfigurationContext: ndisHandle,
  },
  returns: 'void',
  maxIrql: PASSIVE_LEVEL,
  run(kernel, { Status, ConfigurationHandle, WrapperConfigurationContext }) {
    const adapter = wrapperContexts(kernel).get(WrapperConfigurationContext);
    if (adapter === undefined) tellMisuse(kernel, 'NdisOpenConfiguration', 'wrong-handle');
    const handle = adapter === undefined ? undefined : openKey(kernel, adapterKey(kernel, adapter));
    kernel.mmu.write(ConfigurationHandle, 8, handle ?? NULL);
    writeStatus(kernel, Status, handle === undefined ? NDIS_STATUS.FAILURE : NDIS_STATUS.SUCCESS);
  },
});

/** Before NdisMSetAttributesEx, configuration space is reached through the wrapper's context. */
const immediateSlot = (name: string, how: typeof readConfigBytes): Service =>
  ndisService({
    name,
    doc: 'ndis.h',
    params: {
      WrapperConfigurationContext: ndisHandle,
      SlotNumber: u32,
      Offset: u32,
      Buffer: ptr(),
      Length: u32,
    },
    returns: 'u32',
    maxIrql: PASSIVE_LEVEL,
    run(kernel, { WrapperConfigurationContext, Offset, Buffer, Length }) {
      const fn = wrapperContexts(kernel).get(WrapperConfigurationContext)?.node.fn;
      return fn === undefined ? 0 : how(kernel, fn, Buffer, Offset, Length);
    },
  });

/** Lists that NDIS had lent go with the adapter's initialization. */
export function freeLists(kernel: Kernel, adapter: Adapter): void {
  for (const list of legacyOf(kernel, adapter).lists.splice(0)) pool(kernel).free(list);
}

export const adapterServices5: readonly Service[] = [
  NdisMSetAttributesEx,
  NdisMQueryAdapterResources,
  NdisMPciAssignResources,
  NdisOpenConfiguration,
  immediateSlot('NdisImmediateReadPciSlotInformation', readConfigBytes),
  immediateSlot('NdisImmediateWritePciSlotInformation', writeConfigBytes),
];
