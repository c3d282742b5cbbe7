/** What miniports of NDIS 5 ask of buses and processors that are not here: ISA and PCMCIA cards, caches that do not snoop. */
import type { Service } from '../../../kernel/service.ts';
import { bool, ptr, u32, u64 } from '../../../layout/struct.ts';
import { DISPATCH_LEVEL, PASSIVE_LEVEL } from '../../../units/irql.ts';
import { NDIS_STATUS } from '../../../units/ndis-status.ts';
import { ndisHandle, ndisService } from '../ndis-service.ts';

/** Every cache is coherent. */
const NdisUpdateSharedMemory = ndisService({
  name: 'NdisUpdateSharedMemory',
  doc: 'ndis.h',
  params: {
    NdisAdapterHandle: ndisHandle,
    Length: u32,
    VirtualAddress: ptr(),
    PhysicalAddress: u64,
  },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run: () => undefined,
});

/** A card on PCI has no attribute memory: no byte is read or written. */
const attributeMemory = (name: string): Service =>
  ndisService({
    name,
    doc: 'ndis.h',
    params: { NdisAdapterHandle: ndisHandle, Offset: u32, Buffer: ptr(), Length: u32 },
    returns: 'u32',
    maxIrql: DISPATCH_LEVEL,
    run: () => 0,
  });

/** No adapter here is on a bus with a system DMA controller. */
const NdisMRegisterDmaChannel = ndisService({
  name: 'NdisMRegisterDmaChannel',
  params: {
    MiniportDmaHandle: ptr('NDIS_HANDLE'),
    MiniportAdapterHandle: ndisHandle,
    DmaChannel: u32,
    Dma32BitAddresses: bool,
    DmaDescription: ptr('NDIS_DMA_DESCRIPTION'),
    MaximumLength: u32,
  },
  returns: 'ndis-status',
  maxIrql: PASSIVE_LEVEL,
  run(kernel, { MiniportDmaHandle }) {
    kernel.mmu.write(MiniportDmaHandle, 8, 0n);
    return NDIS_STATUS.FAILURE;
  },
});

export const legacyServices: readonly Service[] = [
  NdisUpdateSharedMemory,
  attributeMemory('NdisReadPcmciaAttributeMemory'),
  attributeMemory('NdisWritePcmciaAttributeMemory'),
  NdisMRegisterDmaChannel,
];
