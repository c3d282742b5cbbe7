/** DMA of NDIS 5: scatter/gather lists that come with each packet, or map registers that the miniport manages itself. */
import { dmaAdapters, logicalAddress } from '../../../kernel/hal/dma-adapters.ts';
import { mustReach, runsOf } from '../../../kernel/hal/scatter-gather.ts';
import type { Kernel } from '../../../kernel/kernel.ts';
import { mdlAt, mdlVirtual } from '../../../kernel/mm/mdl.ts';
import type { Service } from '../../../kernel/service.ts';
import { bool, ptr, u32 } from '../../../layout/struct.ts';
import { NULL, vaAdd } from '../../../units/address.ts';
import { DISPATCH_LEVEL, PASSIVE_LEVEL } from '../../../units/irql.ts';
import { NDIS_STATUS } from '../../../units/ndis-status.ts';
import { type Adapter, adapters } from '../adapter.ts';
import { adapterDmas, dmaOf, openDma } from '../dma.ts';
import { entryOf } from '../miniport-driver.ts';
import { tellMisuse } from '../misuse.ts';
import { ndisHandle, ndisService } from '../ndis-service.ts';
import { ADDRESS_UNIT } from './layout.ts';
import { legacyOf } from './state.ts';

/** NDIS_DMA_SIZE. */
const DMA_64_BITS = 2;
/** Map registers that NDIS gives one adapter at the most. */
const MAX_MAP_REGISTERS = 64;

function open(
  kernel: Kernel,
  adapter: Adapter,
  facts: { is64Bit: boolean; maximumBytes: number; scatterGather: boolean },
): boolean {
  const dma = openDma(kernel, adapter, facts);
  if (dma === undefined) return false;
  const handle = adapterDmas(kernel).open({
    adapter,
    dma,
    processList: NULL,
    sharedComplete: entryOf(adapter.driver.entries, 'MiniportAllocateComplete'),
    maximumBytes: facts.maximumBytes,
    lists: new Map(),
  });
  return handle !== undefined;
}

export function closeDma(kernel: Kernel, adapter: Adapter): void {
  adapter.scatterGather = false;
  legacyOf(kernel, adapter).mapRegisters = 0;
  for (const [handle, entry] of [...adapterDmas(kernel).live]) {
    if (entry.adapter !== adapter) continue;
    adapterDmas(kernel).close(handle);
    dmaAdapters(kernel).put(entry.dma.at);
  }
}

const NdisMInitializeScatterGatherDma = ndisService({
  name: 'NdisMInitializeScatterGatherDma',
  doc: 'ndis.h',
  params: {
    MiniportAdapterHandle: ndisHandle,
    Dma64BitAddresses: bool,
    MaximumPhysicalMapping: u32,
  },
  returns: 'ndis-status',
  maxIrql: PASSIVE_LEVEL,
  mayFail: [NDIS_STATUS.RESOURCES, NDIS_STATUS.FAILURE],
  run(kernel, { MiniportAdapterHandle, Dma64BitAddresses, MaximumPhysicalMapping }) {
    const adapter = adapters(kernel).get(MiniportAdapterHandle);
    if (adapter === undefined || dmaOf(kernel, adapter) !== undefined) return NDIS_STATUS.FAILURE;
    const opened = open(kernel, adapter, {
      is64Bit: Dma64BitAddresses,
      maximumBytes: MaximumPhysicalMapping,
      scatterGather: true,
    });
    if (!opened) return NDIS_STATUS.RESOURCES;
    adapter.scatterGather = true;
    return NDIS_STATUS.SUCCESS;
  },
});

const NdisMAllocateMapRegisters = ndisService({
  name: 'NdisMAllocateMapRegisters',
  doc: 'ndis.h',
  params: {
    MiniportAdapterHandle: ndisHandle,
    DmaChannel: u32,
    DmaSize: u32,
    BaseMapRegistersNeeded: u32,
    MaximumPhysicalMapping: u32,
  },
  returns: 'ndis-status',
  maxIrql: PASSIVE_LEVEL,
  mayFail: [NDIS_STATUS.RESOURCES],
  run(kernel, args) {
    const adapter = adapters(kernel).get(args.MiniportAdapterHandle);
    if (adapter === undefined || dmaOf(kernel, adapter) !== undefined) return NDIS_STATUS.FAILURE;
    if (args.BaseMapRegistersNeeded > MAX_MAP_REGISTERS) return NDIS_STATUS.RESOURCES;
    const opened = open(kernel, adapter, {
      is64Bit: args.DmaSize === DMA_64_BITS,
      maximumBytes: args.MaximumPhysicalMapping,
      scatterGather: false,
    });
    if (!opened) return NDIS_STATUS.RESOURCES;
    legacyOf(kernel, adapter).mapRegisters = args.BaseMapRegistersNeeded;
    return NDIS_STATUS.SUCCESS;
  },
});

const NdisMFreeMapRegisters = ndisService({
  name: 'NdisMFreeMapRegisters',
  doc: 'ndis.h',
  params: { MiniportAdapterHandle: ndisHandle },
  returns: 'void',
  maxIrql: PASSIVE_LEVEL,
  run(kernel, { MiniportAdapterHandle }) {
    const adapter = adapters(kernel).get(MiniportAdapterHandle);
    if (adapter === undefined || legacyOf(kernel, adapter).mapRegisters === 0) {
      tellMisuse(kernel, 'NdisMFreeMapRegisters', 'not-allocated');
      return;
    }
    closeDma(kernel, adapter);
  },
});

/** The device reaches memory as it is: one unit for each contiguous run. */
const NdisMStartBufferPhysicalMapping = ndisService({
  name: 'NdisMStartBufferPhysicalMapping',
  doc: 'ndis.h',
  params: {
    MiniportAdapterHandle: ndisHandle,
    Buffer: ptr('NDIS_BUFFER'),
    PhysicalMapRegister: u32,
    WriteToDevice: bool,
    PhysicalAddressArray: ptr(ADDRESS_UNIT.name),
    ArraySize: ptr('UINT'),
  },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run(kernel, args) {
    const adapter = adapters(kernel).get(args.MiniportAdapterHandle);
    const dma = dmaOf(kernel, adapter)?.dma;
    kernel.mmu.write(args.ArraySize, 4, 0n);
    const registers = adapter === undefined ? 0 : legacyOf(kernel, adapter).mapRegisters;
    if (dma === undefined || args.PhysicalMapRegister >= registers) {
      tellMisuse(kernel, 'NdisMStartBufferPhysicalMapping', 'no-map-register');
      return;
    }
    const mdl = mdlAt(kernel, args.Buffer);
    const runs = runsOf(kernel, args.Buffer, mdlVirtual(mdl), mdl.ByteCount);
    mustReach(dma, runs);
    runs.forEach(({ physical, length }, i) => {
      const at = vaAdd(args.PhysicalAddressArray, i * ADDRESS_UNIT.bytes);
      const unit = ADDRESS_UNIT.at(kernel.mmu, at);
      unit.PhysicalAddress = BigInt(logicalAddress(dma, physical));
      unit.Length = length;
    });
    kernel.mmu.write(args.ArraySize, 4, BigInt(runs.length));
  },
});

const NdisMCompleteBufferPhysicalMapping = ndisService({
  name: 'NdisMCompleteBufferPhysicalMapping',
  doc: 'ndis.h',
  params: {
    MiniportAdapterHandle: ndisHandle,
    Buffer: ptr('NDIS_BUFFER'),
    PhysicalMapRegister: u32,
  },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run: () => {},
});

export const dmaServices5: readonly Service[] = [
  NdisMInitializeScatterGatherDma,
  NdisMAllocateMapRegisters,
  NdisMFreeMapRegisters,
  NdisMStartBufferPhysicalMapping,
  NdisMCompleteBufferPhysicalMapping,
];
