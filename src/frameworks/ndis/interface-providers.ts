/** Network interfaces that a driver provides beside its adapters, as drivers that team adapters do ("NDIS Network Interfaces"). */
import type { Service } from '../../kernel/service.ts';
import { ptr, struct, u16, u32, u64 } from '../../layout/struct.ts';
import { NULL } from '../../units/address.ts';
import { PASSIVE_LEVEL } from '../../units/irql.ts';
import { NDIS_STATUS } from '../../units/ndis-status.ts';
import { type NtStatus, ntStatus } from '../../units/status.ts';
import { interfaces } from './interfaces.ts';
import { tellMisuse } from './misuse.ts';
import { ndisHandle, ndisService } from './ndis-service.ts';
import { HEADER, OBJECT } from './object-header.ts';

const PROVIDER_CHARACTERISTICS = struct({
  name: 'NDIS_IF_PROVIDER_CHARACTERISTICS',
  size: { x64: 40, x86: 20 },
  fields: {
    Header: HEADER,
    QueryObjectHandler: ptr(),
    SetObjectHandler: ptr(),
    Reserved1: ptr(),
    Reserved2: ptr(),
  },
});

/** NDIS_STATUS_DUPLICATE_OBJECTID. */
const DUPLICATE = ntStatus(0xc000_022a);

const NdisIfRegisterProvider = ndisService({
  name: 'NdisIfRegisterProvider',
  params: {
    ProviderCharacteristics: ptr('NDIS_IF_PROVIDER_CHARACTERISTICS'),
    IfProviderContext: ndisHandle,
    pNdisIfProviderHandle: ptr('NDIS_HANDLE'),
  },
  returns: 'ndis-status',
  maxIrql: PASSIVE_LEVEL,
  mayFail: [NDIS_STATUS.RESOURCES],
  run(kernel, { ProviderCharacteristics, pNdisIfProviderHandle }): NtStatus {
    const view = PROVIDER_CHARACTERISTICS.at(kernel.mmu, ProviderCharacteristics);
    const { Type, Revision, Size } = view.Header;
    if (Revision < 1) return NDIS_STATUS.NOT_SUPPORTED;
    const isKnown = Type === OBJECT.DEFAULT && Size >= PROVIDER_CHARACTERISTICS.bytes;
    if (!isKnown || view.QueryObjectHandler === NULL) return NDIS_STATUS.INVALID_PARAMETER;
    const handle = interfaces(kernel).providers.open('provider');
    if (handle === undefined) return NDIS_STATUS.RESOURCES;
    kernel.mmu.write(pNdisIfProviderHandle, 8, handle);
    return NDIS_STATUS.SUCCESS;
  },
});

const NdisIfDeregisterProvider = ndisService({
  name: 'NdisIfDeregisterProvider',
  params: { NdisProviderHandle: ndisHandle },
  returns: 'void',
  maxIrql: PASSIVE_LEVEL,
  run(kernel, { NdisProviderHandle }) {
    const name = 'NdisIfDeregisterProvider';
    const left = interfaces(kernel).of(NdisProviderHandle).length;
    if (left > 0) tellMisuse(kernel, name, 'interfaces-left', String(left));
    if (interfaces(kernel).providers.close(NdisProviderHandle) === undefined) {
      tellMisuse(kernel, name, 'wrong-handle');
    }
  },
});

const NdisIfRegisterInterface = ndisService({
  name: 'NdisIfRegisterInterface',
  params: {
    NdisProviderHandle: ndisHandle,
    NetLuid: u64,
    ProviderIfContext: ndisHandle,
    pIfInfo: ptr('NET_IF_INFORMATION'),
    pfIndex: ptr('NET_IFINDEX'),
  },
  returns: 'ndis-status',
  maxIrql: PASSIVE_LEVEL,
  mayFail: [NDIS_STATUS.RESOURCES],
  run(kernel, { NdisProviderHandle, NetLuid, pIfInfo, pfIndex }): NtStatus {
    const known = interfaces(kernel);
    const isProvider = known.providers.get(NdisProviderHandle) !== undefined;
    if (!isProvider || pIfInfo === NULL) return NDIS_STATUS.INVALID_PARAMETER;
    if (known.byLuid(NetLuid) !== undefined) return DUPLICATE;
    const index = known.add(NdisProviderHandle, NetLuid);
    if (index === undefined) return NDIS_STATUS.RESOURCES;
    kernel.mmu.write(pfIndex, 4, BigInt(index));
    return NDIS_STATUS.SUCCESS;
  },
});

const NdisIfDeregisterInterface = ndisService({
  name: 'NdisIfDeregisterInterface',
  params: { ifIndex: u32 },
  returns: 'void',
  maxIrql: PASSIVE_LEVEL,
  run(kernel, { ifIndex }) {
    if (interfaces(kernel).remove(ifIndex)) return;
    tellMisuse(kernel, 'NdisIfDeregisterInterface', 'not-registered');
  },
});

const NdisIfAllocateNetLuidIndex = ndisService({
  name: 'NdisIfAllocateNetLuidIndex',
  params: { ifType: u16, pNetLuidIndex: ptr('UINT32') },
  returns: 'ndis-status',
  maxIrql: PASSIVE_LEVEL,
  mayFail: [NDIS_STATUS.RESOURCES],
  run(kernel, { ifType, pNetLuidIndex }) {
    const index = interfaces(kernel).allocateLuidIndex(ifType);
    if (index === undefined) return NDIS_STATUS.RESOURCES;
    kernel.mmu.write(pNetLuidIndex, 4, BigInt(index));
    return NDIS_STATUS.SUCCESS;
  },
});

const NdisIfFreeNetLuidIndex = ndisService({
  name: 'NdisIfFreeNetLuidIndex',
  params: { ifType: u16, NetLuidIndex: u32 },
  returns: 'ndis-status',
  maxIrql: PASSIVE_LEVEL,
  run: (kernel, { ifType, NetLuidIndex }) =>
    interfaces(kernel).freeLuidIndex(ifType, NetLuidIndex)
      ? NDIS_STATUS.SUCCESS
      : NDIS_STATUS.INVALID_PARAMETER,
});

const STACK_ENTRY = { HigherLayerIfIndex: u32, LowerLayerIfIndex: u32 } as const;

const NdisIfAddIfStackEntry = ndisService({
  name: 'NdisIfAddIfStackEntry',
  params: STACK_ENTRY,
  returns: 'ndis-status',
  maxIrql: PASSIVE_LEVEL,
  mayFail: [NDIS_STATUS.RESOURCES],
  run(kernel, { HigherLayerIfIndex, LowerLayerIfIndex }): NtStatus {
    const known = interfaces(kernel);
    if (!known.isKnown(HigherLayerIfIndex) || !known.isKnown(LowerLayerIfIndex)) {
      return NDIS_STATUS.INTERFACE_NOT_FOUND;
    }
    return known.putOver(HigherLayerIfIndex, LowerLayerIfIndex)
      ? NDIS_STATUS.SUCCESS
      : NDIS_STATUS.RESOURCES;
  },
});

const NdisIfDeleteIfStackEntry = ndisService({
  name: 'NdisIfDeleteIfStackEntry',
  params: STACK_ENTRY,
  returns: 'void',
  maxIrql: PASSIVE_LEVEL,
  run(kernel, { HigherLayerIfIndex, LowerLayerIfIndex }) {
    if (interfaces(kernel).takeOff(HigherLayerIfIndex, LowerLayerIfIndex)) return;
    tellMisuse(kernel, 'NdisIfDeleteIfStackEntry', 'no-such-entry');
  },
});

export const interfaceProviderServices: readonly Service[] = [
  NdisIfRegisterProvider,
  NdisIfDeregisterProvider,
  NdisIfRegisterInterface,
  NdisIfDeregisterInterface,
  NdisIfAllocateNetLuidIndex,
  NdisIfFreeNetLuidIndex,
  NdisIfAddIfStackEntry,
  NdisIfDeleteIfStackEntry,
];
