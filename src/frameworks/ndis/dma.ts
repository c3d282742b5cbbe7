/** What an adapter reaches by DMA: the registration that its lists and shared memory go through. */
import { allocateForKernel, pool } from '../../kernel/ex/pool.ts';
import { type DmaAdapter, dmaAdapters } from '../../kernel/hal/dma-adapters.ts';
import { DEVICE_DESCRIPTION } from '../../kernel/hal/dma-layout.ts';
import { type Kernel, part } from '../../kernel/kernel.ts';
import type { Va } from '../../units/address.ts';
import type { Adapter } from './adapter.ts';
import { Handles } from './handles.ts';

export interface AdapterDma {
  readonly adapter: Adapter;
  readonly dma: DmaAdapter;
  /** MiniportProcessSGList and MiniportAllocateSharedMemComplete. */
  readonly processList: Va;
  readonly sharedComplete: Va;
  readonly maximumBytes: number;
  /** Lists in use: whether their memory is NDIS's own. */
  readonly lists: Map<Va, boolean>;
}

export const adapterDmas = part((kernel) => new Handles<AdapterDma>(kernel, 'NDdm'));

/** DEVICE_DESCRIPTION_VERSION2 and PCIBus. */
const VERSION = 2;
const PCI_BUS = 5;

export interface DmaFacts {
  readonly is64Bit: boolean;
  readonly maximumBytes: number;
  readonly scatterGather: boolean;
}

/** A bus master's DMA adapter; nothing when RAM is used up. */
export function openDma(
  kernel: Kernel,
  { node }: Adapter,
  { is64Bit, maximumBytes, scatterGather }: DmaFacts,
): DmaAdapter | undefined {
  const at = allocateForKernel(kernel, DEVICE_DESCRIPTION.bytes, 'NDdd');
  const view = DEVICE_DESCRIPTION.at(kernel.mmu, at);
  view.Version = VERSION;
  view.Master = true;
  view.ScatterGather = scatterGather;
  view.Dma32BitAddresses = true;
  view.Dma64BitAddresses = is64Bit;
  view.InterfaceType = PCI_BUS;
  view.MaximumLength = maximumBytes;
  const dma = dmaAdapters(kernel).create(node.fn, at);
  pool(kernel).free(at);
  return dma;
}

/** The registration through which an adapter's shared memory is allocated. */
export function dmaOf(kernel: Kernel, adapter: Adapter | undefined): AdapterDma | undefined {
  if (adapter === undefined) return undefined;
  for (const entry of adapterDmas(kernel).live.values()) {
    if (entry.adapter === adapter) return entry;
  }
  return undefined;
}
