/** NdisMSetMiniportAttributes: what a miniport says of its adapter while it initializes. */
import { allocateForKernel, pool } from '../../kernel/ex/pool.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import type { Service } from '../../kernel/service.ts';
import { ptr } from '../../layout/struct.ts';
import { NULL, type Va, vaAdd } from '../../units/address.ts';
import { PASSIVE_LEVEL } from '../../units/irql.ts';
import { NDIS_STATUS } from '../../units/ndis-status.ts';
import type { NtStatus } from '../../units/status.ts';
import { type Adapter, adapters, type GeneralAttributes } from './adapter.ts';
import {
  ADD_DEVICE_ATTRIBUTES,
  GENERAL_ATTRIBUTES,
  GENERAL_ATTRIBUTES_BYTES,
  REGISTRATION_ATTRIBUTES,
} from './layout.ts';
import { tellMisuse } from './misuse.ts';
import { ndisHandle, ndisService } from './ndis-service.ts';
import { HEADER, OBJECT } from './object-header.ts';
import { OFFLOAD_ATTRIBUTES } from './offload-layout.ts';
import { readOffloadAttributes, readReceiveScale, readWakeUp } from './task-offload.ts';

/** NDIS_SIZEOF_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES_REVISION_1 and _2. */
const REGISTRATION_BYTES = 28;
const ADD_DEVICE_BYTES = 20;
const MAX_OIDS = 4096;
/** NET_IF_MEDIA_CONNECT_STATE. */
const CONNECTED = 1;
/** NDIS_MINIPORT_BLOCK.MiniportAdapterContext. */
const BLOCK_CONTEXT = 0x18;

type Setter = (kernel: Kernel, adapter: Adapter, at: Va) => NtStatus;

function setRegistration(kernel: Kernel, adapter: Adapter, at: Va): NtStatus {
  if (HEADER.at(kernel.mmu, at).Size < REGISTRATION_BYTES) return NDIS_STATUS.INVALID_PARAMETER;
  const view = REGISTRATION_ATTRIBUTES.at(kernel.mmu, at);
  adapter.registration = {
    context: view.MiniportAdapterContext,
    flags: view.AttributeFlags,
    checkForHangSeconds: view.CheckForHangTimeInSeconds,
  };
  kernel.mmu.write(vaAdd(adapter.handle, BLOCK_CONTEXT), 8, view.MiniportAdapterContext);
  return NDIS_STATUS.SUCCESS;
}

function setAddDevice(kernel: Kernel, adapter: Adapter, at: Va): NtStatus {
  if (HEADER.at(kernel.mmu, at).Size < ADD_DEVICE_BYTES) return NDIS_STATUS.INVALID_PARAMETER;
  adapter.addDeviceContext = ADD_DEVICE_ATTRIBUTES.at(kernel.mmu, at).MiniportAddDeviceContext;
  return NDIS_STATUS.SUCCESS;
}

function setGeneral(kernel: Kernel, adapter: Adapter, at: Va): NtStatus {
  const { Revision, Size } = HEADER.at(kernel.mmu, at);
  const [least] = GENERAL_ATTRIBUTES_BYTES;
  if (Size < least) return NDIS_STATUS.INVALID_PARAMETER;
  if (adapter.registration === null) {
    tellMisuse(kernel, 'NdisMSetMiniportAttributes', 'general-before-registration');
    return NDIS_STATUS.FAILURE;
  }
  adapter.general = readGeneral(kernel, at, Revision >= 2 && Size >= GENERAL_ATTRIBUTES.bytes);
  adapter.linkUp = GENERAL_ATTRIBUTES.at(kernel.mmu, at).MediaConnectState === CONNECTED;
  return NDIS_STATUS.SUCCESS;
}

function readGeneral(kernel: Kernel, at: Va, isSecond: boolean): GeneralAttributes {
  const { mmu } = kernel;
  const view = GENERAL_ATTRIBUTES.at(mmu, at);
  const addressBytes = Math.min(view.MacAddressLength, 32);
  const count = Math.min(MAX_OIDS, Math.floor(view.SupportedOidListLength / 4));
  const list = view.SupportedOidList;
  const bytes = new Uint8Array(GENERAL_ATTRIBUTES.bytes);
  bytes.set(mmu.readBytes(at, GENERAL_ATTRIBUTES_BYTES[isSecond ? 1 : 0]));
  return {
    mediaType: view.MediaType,
    mtu: view.MtuSize,
    lookahead: view.LookaheadSize,
    macOptions: view.MacOptions,
    packetFilters: view.SupportedPacketFilters,
    multicastEntries: view.MaxMulticastListSize,
    permanentAddress: mmu.readBytes(view.PermanentMacAddress.address, addressBytes),
    currentAddress: mmu.readBytes(view.CurrentMacAddress.address, addressBytes),
    supportedOids:
      list === NULL ? [] : Array.from({ length: count }, (_, i) => mmu.u32(vaAdd(list, i * 4))),
    hasPowerManagement:
      view.PowerManagementCapabilities !== NULL ||
      (isSecond && view.PowerManagementCapabilitiesEx !== NULL),
    selectiveSuspend: isSecond && saysSelectiveSuspend(kernel, view.PowerManagementCapabilitiesEx),
    receiveScale: readReceiveScale(kernel, view.RecvScaleCapabilities),
    wakeUp: isSecond ? readWakeUp(kernel, view.PowerManagementCapabilitiesEx) : null,
    pauseFunctions: view.SupportedPauseFunctions,
    maxLinkSpeed: view.MaxXmitLinkSpeed,
    bytes,
  };
}

/** Flags of NDIS_PM_CAPABILITIES, and the one for selective suspend. */
const PM_FLAGS = 4;
const SELECTIVE_SUSPEND_SUPPORTED = 0x2;

const saysSelectiveSuspend = (kernel: Kernel, at: Va): boolean =>
  at !== NULL && (kernel.mmu.u32(vaAdd(at, PM_FLAGS)) & SELECTIVE_SUSPEND_SUPPORTED) !== 0;

/** A copy of the general attributes in guest memory, for who passes them on. */
export function generalAttributesView(kernel: Kernel, { general }: Adapter) {
  if (general === null) return undefined;
  const at = allocateForKernel(kernel, general.bytes.length, 'NDga');
  kernel.mmu.writeBytes(at, general.bytes);
  return {
    view: GENERAL_ATTRIBUTES.at(kernel.mmu, at),
    free: () => pool(kernel).free(at),
  };
}

function setOffload(kernel: Kernel, adapter: Adapter, at: Va): NtStatus {
  if (HEADER.at(kernel.mmu, at).Size < OFFLOAD_ATTRIBUTES.bytes) {
    return NDIS_STATUS.INVALID_PARAMETER;
  }
  adapter.offloads = readOffloadAttributes(kernel, at);
  return NDIS_STATUS.SUCCESS;
}

/** Attributes that nothing here uses are accepted: they promise what the hardware could do. */
const accepted: Setter = () => NDIS_STATUS.SUCCESS;

const SETTERS: ReadonlyMap<number, Setter> = new Map<number, Setter>([
  [OBJECT.MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES, setRegistration],
  [OBJECT.MINIPORT_ADD_DEVICE_REGISTRATION_ATTRIBUTES, setAddDevice],
  [OBJECT.MINIPORT_ADAPTER_GENERAL_ATTRIBUTES, setGeneral],
  [OBJECT.MINIPORT_ADAPTER_OFFLOAD_ATTRIBUTES, setOffload],
  [OBJECT.MINIPORT_ADAPTER_HARDWARE_ASSIST_ATTRIBUTES, accepted],
  [OBJECT.MINIPORT_ADAPTER_NATIVE_802_11_ATTRIBUTES, accepted],
  [OBJECT.MINIPORT_ADAPTER_NDK_ATTRIBUTES, accepted],
  [OBJECT.MINIPORT_ADAPTER_PACKET_DIRECT_ATTRIBUTES, accepted],
]);

const NdisMSetMiniportAttributes = ndisService({
  name: 'NdisMSetMiniportAttributes',
  params: {
    NdisMiniportHandle: ndisHandle,
    MiniportAttributes: ptr('NDIS_MINIPORT_ADAPTER_ATTRIBUTES'),
  },
  returns: 'ndis-status',
  maxIrql: PASSIVE_LEVEL,
  mayFail: [NDIS_STATUS.RESOURCES],
  run(kernel, { NdisMiniportHandle, MiniportAttributes }) {
    const adapter = adapters(kernel).get(NdisMiniportHandle);
    if (adapter === undefined) {
      tellMisuse(kernel, 'NdisMSetMiniportAttributes', 'wrong-handle');
      return NDIS_STATUS.INVALID_PARAMETER;
    }
    const { Type } = HEADER.at(kernel.mmu, MiniportAttributes);
    const set = SETTERS.get(Type);
    return set?.(kernel, adapter, MiniportAttributes) ?? NDIS_STATUS.NOT_SUPPORTED;
  },
});

export const attributeServices: readonly Service[] = [NdisMSetMiniportAttributes];
