/** What miniports of NDIS 5 ask of buses and processors that are not here: ISA and PCMCIA cards, caches that do not snoop. */
import type { Kernel } from '../../../kernel/kernel.ts';
import type { Service } from '../../../kernel/service.ts';
import { bool, ptr, u32, u64 } from '../../../layout/struct.ts';
import { DISPATCH_LEVEL, PASSIVE_LEVEL } from '../../../units/irql.ts';
import { NDIS_STATUS } from '../../../units/ndis-status.ts';
import { tellMisuse } from '../misuse.ts';
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

/** There is no DMA channel, so no handle is one. */
const notAChannel = (kernel: Kernel, name: string): void =>
  tellMisuse(kernel, name, 'wrong-handle');

const NdisMDeregisterDmaChannel = ndisService({
  name: 'NdisMDeregisterDmaChannel',
  params: { MiniportDmaHandle: ndisHandle },
  returns: 'void',
  maxIrql: PASSIVE_LEVEL,
  run: (kernel) => notAChannel(kernel, 'NdisMDeregisterDmaChannel'),
});

const NdisMReadDmaCounter = ndisService({
  name: 'NdisMReadDmaCounter',
  params: { MiniportDmaHandle: ndisHandle },
  returns: 'u32',
  maxIrql: DISPATCH_LEVEL,
  run(kernel) {
    notAChannel(kernel, 'NdisMReadDmaCounter');
    return 0;
  },
});

const transfer = (name: string): Service =>
  ndisService({
    name,
    doc: 'ndis.h',
    params: {
      Status: ptr('NDIS_STATUS'),
      NdisDmaHandle: ndisHandle,
      Buffer: ptr('NDIS_BUFFER'),
      Offset: u32,
      Length: u32,
      WriteToDevice: bool,
    },
    returns: 'void',
    maxIrql: DISPATCH_LEVEL,
    run(kernel, { Status }) {
      notAChannel(kernel, name);
      kernel.mmu.write(Status, 4, BigInt(NDIS_STATUS.RESOURCES));
    },
  });

/** A bundle of adapters where one takes over for the other is not made here: each is and stays a primary one. */
const NdisMSetMiniportSecondary = ndisService({
  name: 'NdisMSetMiniportSecondary',
  doc: 'ndis.h',
  params: { MiniportHandle: ndisHandle, PrimaryMiniportHandle: ndisHandle },
  returns: 'ndis-status',
  maxIrql: DISPATCH_LEVEL,
  run: () => NDIS_STATUS.FAILURE,
});

const NdisMPromoteMiniport = ndisService({
  name: 'NdisMPromoteMiniport',
  doc: 'ndis.h',
  params: { MiniportHandle: ndisHandle },
  returns: 'ndis-status',
  maxIrql: DISPATCH_LEVEL,
  run: () => NDIS_STATUS.FAILURE,
});

export const legacyServices: readonly Service[] = [
  NdisUpdateSharedMemory,
  attributeMemory('NdisReadPcmciaAttributeMemory'),
  attributeMemory('NdisWritePcmciaAttributeMemory'),
  NdisMRegisterDmaChannel,
  NdisMDeregisterDmaChannel,
  NdisMReadDmaCounter,
  transfer('NdisSetupDmaTransfer'),
  transfer('NdisCompleteDmaTransfer'),
  NdisMSetMiniportSecondary,
  NdisMPromoteMiniport,
];
