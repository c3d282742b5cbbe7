/** DMA adapters: what a device can address, and the table of routines that its driver calls. */
import type { PciFunction } from '../../bus/pci-function.ts';
import { PAGE_SIZE, type Pa, type Va, vaAdd } from '../../units/address.ts';
import { pool } from '../ex/pool.ts';
import { exportAddress } from '../exports.ts';
import { nodes } from '../io/pnp/nodes.ts';
import { type Kernel, part } from '../kernel.ts';
import {
  DEVICE_DESCRIPTION,
  DMA_ADAPTER,
  DMA_OPERATION_SLOTS,
  operationName,
  operationsBytes,
  VERSION_2_SLOTS,
} from './dma-layout.ts';

/** A driver's request for the adapter that waits for its turn. */
export interface ChannelWaiter {
  readonly device: Va;
  readonly routine: Va;
  readonly context: Va;
}

export interface DmaAdapter {
  readonly at: Va;
  readonly fn: PciFunction | undefined;
  /** Address bits that the device drives. */
  readonly bits: number;
  readonly mapRegisters: number;
  readonly scatterGather: boolean;
  busy: boolean;
  readonly waiting: ChannelWaiter[];
}

/** Versions of DEVICE_DESCRIPTION (wdm.h). */
const VERSION_2 = 2;
const VERSION_3 = 3;
const MAX_MAP_REGISTERS = 0x1_0000;

class DmaAdapters {
  readonly #kernel: Kernel;
  readonly #adapters = new Map<Va, DmaAdapter>();

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  create(fn: PciFunction | undefined, descriptionAt: Va): DmaAdapter | undefined {
    const { mmu } = this.#kernel;
    const description = DEVICE_DESCRIPTION.at(mmu, descriptionAt);
    const isNewest = description.Version >= VERSION_3;
    const slots = isNewest ? DMA_OPERATION_SLOTS.length : VERSION_2_SLOTS;
    const bytes = DMA_ADAPTER.bytes + operationsBytes(slots);
    const at = pool(this.#kernel).allocate(bytes, 'DmaA');
    if (at === undefined) return undefined;
    const view = DMA_ADAPTER.at(mmu, at);
    view.Version = isNewest ? VERSION_3 : Math.max(1, Math.min(description.Version, VERSION_2));
    view.Size = DMA_ADAPTER.bytes;
    view.DmaOperations = vaAdd(at, DMA_ADAPTER.bytes);
    mmu.write(view.DmaOperations, 4, BigInt(operationsBytes(slots)));
    DMA_OPERATION_SLOTS.slice(0, slots).forEach((slot, i) => {
      const routine = exportAddress(this.#kernel, operationName(slot));
      mmu.write(vaAdd(view.DmaOperations, operationsBytes(i)), 8, routine);
    });
    const adapter: DmaAdapter = {
      at,
      fn,
      bits: addressBits(description),
      mapRegisters: Math.min(
        MAX_MAP_REGISTERS,
        Math.ceil(description.MaximumLength / PAGE_SIZE) + 1,
      ),
      scatterGather: description.ScatterGather,
      busy: false,
      waiting: [],
    };
    this.#adapters.set(at, adapter);
    return adapter;
  }

  get(at: Va): DmaAdapter | undefined {
    return this.#adapters.get(at);
  }

  put(at: Va): void {
    if (this.#adapters.delete(at)) pool(this.#kernel).free(at);
  }

  get liveCount(): number {
    return this.#adapters.size;
  }
}

function addressBits(description: {
  readonly Version: number;
  readonly DmaAddressWidth: number;
  readonly Dma64BitAddresses: boolean;
  readonly Dma32BitAddresses: boolean;
}): number {
  const { Version, DmaAddressWidth, Dma64BitAddresses, Dma32BitAddresses } = description;
  if (Version >= VERSION_3 && DmaAddressWidth > 0) return Math.min(DmaAddressWidth, 64);
  if (Dma64BitAddresses) return 64;
  return Dma32BitAddresses ? 32 : 24;
}

export const dmaAdapters = part((kernel) => new DmaAdapters(kernel));

/** IoGetDmaAdapter: the adapter of the PDO's function, and how many map registers a transfer may use. */
export function getDmaAdapter(
  kernel: Kernel,
  pdo: Va,
  description: Va,
  mapRegistersAt: Va,
): Va | undefined {
  const fn = nodes(kernel).byPdo(pdo)?.fn;
  const adapter = dmaAdapters(kernel).create(fn, description);
  if (adapter === undefined) return undefined;
  kernel.mmu.write(mapRegistersAt, 4, BigInt(adapter.mapRegisters));
  return adapter.at;
}

/** The address by which the device names a physical one. */
export const logicalAddress = ({ fn }: DmaAdapter, physical: Pa): number =>
  fn === undefined ? physical : fn.bridge.busAddressOf(physical);

/** The last physical address within the device's reach. */
export function highestPhysical({ fn, bits }: DmaAdapter): number {
  const last = bits >= 53 ? Number.MAX_SAFE_INTEGER : 2 ** bits - 1;
  return last - (fn?.bridge.options.ramAt ?? 0);
}
