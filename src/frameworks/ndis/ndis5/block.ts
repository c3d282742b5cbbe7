/** Fills the part of an NDIS_MINIPORT_BLOCK that macros of ndis.h read: completion and indication go through it. */
import { exportAddress } from '../../../kernel/exports.ts';
import type { Kernel } from '../../../kernel/kernel.ts';
import { vaAdd } from '../../../units/address.ts';
import type { Adapter } from '../adapter.ts';
import { BLOCK } from './layout.ts';

/** Which service each slot calls. */
const SLOTS: readonly (readonly [slot: keyof typeof BLOCK, service: string])[] = [
  ['PacketIndicateHandler', 'ndisMIndicatePacket'],
  ['SendCompleteHandler', 'NdisMSendComplete'],
  ['SendResourcesHandler', 'NdisMSendResourcesAvailable'],
  ['ResetCompleteHandler', 'NdisMResetComplete'],
  ['EthRxIndicateHandler', 'EthFilterDprIndicateReceive'],
  ['EthRxCompleteHandler', 'EthFilterDprIndicateReceiveComplete'],
  ['StatusHandler', 'NdisMIndicateStatus'],
  ['StatusCompleteHandler', 'NdisMIndicateStatusComplete'],
  ['TDCompleteHandler', 'NdisMTransferDataComplete'],
  ['QueryCompleteHandler', 'NdisMQueryInformationComplete'],
  ['SetCompleteHandler', 'NdisMSetInformationComplete'],
];

/** NDIS_INTERFACE_TYPE NdisInterfacePci and NdisInterfaceInternal. */
const PCI = 5n;
const INTERNAL = 0n;

export function fillBlock(kernel: Kernel, { handle, node, fdo, lower }: Adapter): void {
  const { mmu } = kernel;
  const put = (slot: keyof typeof BLOCK, bytes: 4 | 8, value: bigint): void =>
    mmu.write(vaAdd(handle, BLOCK[slot]), bytes, value);
  for (const [slot, service] of SLOTS) put(slot, 8, exportAddress(kernel, service));
  // The filter database is the library's own: what comes back through it only has to name the adapter.
  put('EthDB', 8, handle);
  put('DeviceObject', 8, fdo);
  put('PhysicalDeviceObject', 8, node.pdo);
  put('NextDeviceObject', 8, lower);
  const busType = node.fn === undefined ? INTERNAL : PCI;
  put('BusType', 4, busType);
  put('AdapterType', 4, busType);
  put('BusNumber', 4, BigInt(node.fn?.location.bus ?? 0));
}
