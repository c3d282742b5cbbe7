/** Network interfaces that a driver provides beside its adapters, as drivers that team adapters do ("NDIS Network Interfaces"). */
import { type Kernel, part } from '../../kernel/kernel.ts';
import type { Service } from '../../kernel/service.ts';
import { ptr, struct, u16, u32, u64 } from '../../layout/struct.ts';
import { NULL, type Va } from '../../units/address.ts';
import { PASSIVE_LEVEL } from '../../units/irql.ts';
import { NDIS_STATUS } from '../../units/ndis-status.ts';
import { type NtStatus, ntStatus } from '../../units/status.ts';
import { adapters } from './adapter.ts';
import { Handles } from './handles.ts';
import { interfaceIndex } from './init-parameters.ts';
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
/** Indexes of interfaces of this kind, and of NET_LUIDs, start behind those of adapters. */
const FIRST_INDEX = 0x100;
const LAST_INDEX = 0xff_ffff;

interface Provided {
  readonly luid: bigint;
  readonly index: number;
  readonly provider: Va;
}

class Interfaces {
  readonly #kernel: Kernel;
  readonly providers: Handles<{ readonly context: Va }>;
  readonly #provided = new Map<number, Provided>();
  /** NET_LUID indexes given out, by interface type. */
  readonly #luidIndexes = new Map<number, Set<number>>();
  readonly #stack = new Set<string>();

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
    this.providers = new Handles(kernel, 'NDip');
  }

  byIndex(index: number): Provided | undefined {
    return this.#provided.get(index);
  }

  byLuid(luid: bigint): Provided | undefined {
    return [...this.#provided.values()].find((one) => one.luid === luid);
  }

  isKnown(index: number): boolean {
    const own = adapters(this.#kernel).all.map((adapter) => interfaceIndex(adapter));
    return this.#provided.has(index) || own.includes(index);
  }

  add(provider: Va, luid: bigint): number {
    const index = firstFree(this.#provided);
    this.#provided.set(index, { luid, index, provider });
    return index;
  }

  /** False when there is none. */
  remove(index: number): boolean {
    for (const entry of this.#stack) {
      if (entry.split(' ').includes(String(index))) this.#stack.delete(entry);
    }
    return this.#provided.delete(index);
  }

  of(provider: Va): readonly Provided[] {
    return [...this.#provided.values()].filter((one) => one.provider === provider);
  }

  allocateLuidIndex(type: number): number {
    const taken = this.#luidIndexes.get(type) ?? new Set<number>();
    const index = firstFree(taken);
    this.#luidIndexes.set(type, taken.add(index));
    return index;
  }

  freeLuidIndex(type: number, index: number): boolean {
    return this.#luidIndexes.get(type)?.delete(index) === true;
  }

  putOver(higher: number, lower: number): void {
    this.#stack.add(`${higher} ${lower}`);
  }

  takeOff(higher: number, lower: number): boolean {
    return this.#stack.delete(`${higher} ${lower}`);
  }
}

function firstFree(taken: { has(index: number): boolean }): number {
  for (let index = FIRST_INDEX; index < LAST_INDEX; index++) if (!taken.has(index)) return index;
  return LAST_INDEX;
}

export const interfaces = part((kernel) => new Interfaces(kernel));

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
  run(kernel, { ProviderCharacteristics, IfProviderContext, pNdisIfProviderHandle }): NtStatus {
    const view = PROVIDER_CHARACTERISTICS.at(kernel.mmu, ProviderCharacteristics);
    const { Type, Revision, Size } = view.Header;
    if (Revision < 1) return NDIS_STATUS.NOT_SUPPORTED;
    const isKnown = Type === OBJECT.DEFAULT && Size >= PROVIDER_CHARACTERISTICS.bytes;
    if (!isKnown || view.QueryObjectHandler === NULL) return NDIS_STATUS.INVALID_PARAMETER;
    const handle = interfaces(kernel).providers.open({ context: IfProviderContext });
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
    kernel.mmu.write(pfIndex, 4, BigInt(known.add(NdisProviderHandle, NetLuid)));
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
    kernel.mmu.write(pNetLuidIndex, 4, BigInt(interfaces(kernel).allocateLuidIndex(ifType)));
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
    known.putOver(HigherLayerIfIndex, LowerLayerIfIndex);
    return NDIS_STATUS.SUCCESS;
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
