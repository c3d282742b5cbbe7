/** CM_RESOURCE_LIST and IO_RESOURCE_REQUIREMENTS_LIST in guest memory. */
import type { PciFunction } from '../../../bus/pci-function.ts';
import {
  type InterruptRequirement,
  type RangeRequirement,
  type ResourceDescription,
  requirementsOf,
} from '../../../bus/resources.ts';
import { NULL, type Va } from '../../../units/address.ts';
import { allocateForKernel, pool } from '../../ex/pool.ts';
import type { Kernel } from '../../kernel.ts';
import {
  CM_RESOURCE_TYPE,
  DESCRIPTOR_BYTES,
  type Descriptor,
  rawDescriptors,
  translatedDescriptors,
} from './resource-descriptors.ts';

/** INTERFACE_TYPE PCIBus. */
export const PCI_BUS = 5;
/** Count, InterfaceType, BusNumber, Version, Revision, Count. */
const LIST_HEADER = 20;

export interface ResourceLists {
  readonly raw: Va;
  readonly translated: Va;
}

/** Both lists of a START, or NULLs for a device without resources. */
export function makeResourceLists(
  kernel: Kernel,
  bus: number,
  resources: readonly ResourceDescription[],
): ResourceLists {
  if (resources.length === 0) return { raw: NULL, translated: NULL };
  return {
    raw: place(kernel, encodeList(bus, resources.flatMap(rawDescriptors))),
    translated: place(kernel, encodeList(bus, resources.flatMap(translatedDescriptors))),
  };
}

export function freeResourceLists(kernel: Kernel, { raw, translated }: ResourceLists): void {
  pool(kernel).free(raw);
  pool(kernel).free(translated);
}

function place(kernel: Kernel, bytes: Uint8Array): Va {
  const at = allocateForKernel(kernel, bytes.length, 'PpRL');
  kernel.mmu.writeBytes(at, bytes);
  return at;
}

/** A CM_RESOURCE_LIST of one full descriptor. */
export function encodeList(bus: number, descriptors: readonly Descriptor[]): Uint8Array {
  const bytes = new Uint8Array(LIST_HEADER + descriptors.length * DESCRIPTOR_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 1, true);
  view.setUint32(4, PCI_BUS, true);
  view.setUint32(8, bus, true);
  view.setUint16(12, 1, true);
  view.setUint16(14, 1, true);
  view.setUint32(16, descriptors.length, true);
  descriptors.forEach((descriptor, i) => {
    const at = LIST_HEADER + i * DESCRIPTOR_BYTES;
    view.setUint8(at, descriptor.type);
    view.setUint8(at + 1, descriptor.share);
    view.setUint16(at + 2, descriptor.flags, true);
    bytes.set(descriptor.data, at + 4);
  });
  return bytes;
}

const REQUIREMENTS_HEADER = 32;
const ALTERNATIVE_HEADER = 8;
const REQUIREMENT_BYTES = 32;
const MEMORY_LARGE_40 = 0x200;
/** CM_RESOURCE_INTERRUPT_MESSAGE, and with it _LATCHED. */
const MESSAGE = 0x2;
const MESSAGE_FLAGS = 0x3;

/** What the PDO answers to IRP_MN_QUERY_RESOURCE_REQUIREMENTS, in paged pool that the receiver frees. */
export function makeRequirementsList(kernel: Kernel, fn: PciFunction): Va {
  const requirements = requirementsOf(fn.spec);
  if (requirements.length === 0) return NULL;
  const bytes = encodeRequirements(fn, requirements);
  const at = pool(kernel).allocate(bytes.length, 'Pci ', 'paged');
  if (at === undefined) return NULL;
  kernel.mmu.writeBytes(at, bytes);
  return at;
}

/** Message interrupts that the first alternative of a requirements list asks for. */
export function messagesIn(list: Uint8Array): number {
  const start = REQUIREMENTS_HEADER + ALTERNATIVE_HEADER;
  const view = new DataView(list.buffer, list.byteOffset, list.length);
  if (list.length < start) return 0;
  const most = Math.floor((list.length - start) / REQUIREMENT_BYTES);
  const count = Math.min(most, view.getUint32(REQUIREMENTS_HEADER + 4, true));
  let messages = 0;
  for (let i = 0; i < count; i++) {
    const at = start + i * REQUIREMENT_BYTES;
    const isInterrupt = view.getUint8(at + 1) === CM_RESOURCE_TYPE.Interrupt;
    if (!isInterrupt || (view.getUint16(at + 4, true) & MESSAGE) === 0) continue;
    messages += view.getUint32(at + 12, true) - view.getUint32(at + 8, true) + 1;
  }
  return Math.max(0, messages);
}

function encodeRequirements(
  { location }: PciFunction,
  requirements: readonly (RangeRequirement | InterruptRequirement)[],
): Uint8Array {
  const start = REQUIREMENTS_HEADER + ALTERNATIVE_HEADER;
  const bytes = new Uint8Array(start + requirements.length * REQUIREMENT_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, bytes.length, true);
  view.setUint32(4, PCI_BUS, true);
  view.setUint32(8, location.bus, true);
  view.setUint32(12, location.device | (location.function << 5), true);
  view.setUint32(28, 1, true);
  view.setUint16(REQUIREMENTS_HEADER, 1, true);
  view.setUint16(REQUIREMENTS_HEADER + 2, 1, true);
  view.setUint32(REQUIREMENTS_HEADER + 4, requirements.length, true);
  requirements.forEach((requirement, i) => {
    encodeRequirement(new DataView(bytes.buffer, start + i * REQUIREMENT_BYTES), requirement);
  });
  return bytes;
}

function encodeRequirement(
  view: DataView,
  requirement: RangeRequirement | InterruptRequirement,
): void {
  if ('count' in requirement) {
    const isLine = requirement.type === 'interrupt';
    view.setUint8(1, CM_RESOURCE_TYPE.Interrupt);
    view.setUint8(2, isLine ? 3 : 1);
    view.setUint16(4, isLine ? 0 : MESSAGE_FLAGS, true);
    view.setUint32(8, isLine ? 0 : 0xffff_ffff - requirement.count, true);
    view.setUint32(12, isLine ? 0xff : 0xffff_fffe, true);
    return;
  }
  const { type, length, alignment, minimum, maximum } = requirement;
  const scale = type === 'memory-large' ? 256 : 1;
  const codes = { memory: CM_RESOURCE_TYPE.Memory, port: CM_RESOURCE_TYPE.Port } as const;
  view.setUint8(1, type === 'memory-large' ? CM_RESOURCE_TYPE.MemoryLarge : codes[type]);
  view.setUint8(2, 1);
  view.setUint16(4, flagsOf(requirement), true);
  view.setUint32(8, length / scale, true);
  view.setUint32(12, alignment / scale, true);
  view.setBigUint64(16, BigInt(minimum), true);
  view.setBigUint64(24, BigInt(maximum), true);
}

function flagsOf({ type, prefetchable }: RangeRequirement): number {
  if (type === 'port') return 0x131;
  return 0x80 | (prefetchable ? 0x4 : 0) | (type === 'memory-large' ? MEMORY_LARGE_40 : 0);
}
