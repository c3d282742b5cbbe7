/** Resources of drivers without Plug and Play: what they report, and what a slot of theirs is given. */
import { bool, ptr, u32 } from '../../layout/struct.ts';
import { NULL, type Va, vaAdd } from '../../units/address.ts';
import { PASSIVE_LEVEL } from '../../units/irql.ts';
import { type NtStatus, STATUS } from '../../units/status.ts';
import { notModelledHere } from '../end.ts';
import { pool } from '../ex/pool.ts';
import { nodes } from '../io/pnp/nodes.ts';
import { rawDescriptors } from '../io/pnp/resource-descriptors.ts';
import { encodeList, PCI_BUS } from '../io/pnp/resource-lists.ts';
import type { Kernel } from '../kernel.ts';
import { HAL, type Service, service } from '../service.ts';
import { hardware } from './hardware.ts';

interface Range {
  readonly type: number;
  readonly start: bigint;
  readonly length: number;
}

/** CmResourceTypePort and CmResourceTypeMemory. */
const RANGE_TYPES: ReadonlySet<number> = new Set([1, 3]);
const DESCRIPTOR_BYTES = 20;
const FULL_HEADER = 16;
/** More than a real list has; a larger count is not believed. */
const MAX_DESCRIPTORS = 1024;

/** Port and memory ranges of the first full descriptor of a CM_RESOURCE_LIST. */
function rangesOf(kernel: Kernel, list: Va): readonly Range[] {
  const { mmu } = kernel;
  if (list === NULL || mmu.u32(list) === 0) return [];
  const count = Math.min(mmu.u32(vaAdd(list, FULL_HEADER)), MAX_DESCRIPTORS);
  return Array.from({ length: count }, (_, i) => {
    const at = vaAdd(list, FULL_HEADER + 4 + i * DESCRIPTOR_BYTES);
    return {
      type: mmu.u8(at),
      start: mmu.u64(vaAdd(at, 4)),
      length: mmu.u32(vaAdd(at, 12)),
    };
  }).filter(({ type }) => RANGE_TYPES.has(type));
}

/** True when a range belongs to a device that the PnP manager has started. */
function conflicts(kernel: Kernel, { start, length }: Range): boolean {
  const end = start + BigInt(length);
  const owned = nodes(kernel)
    .all.filter(({ state }) => state === 'started')
    .flatMap(({ resources }) => resources);
  return owned.some(
    (resource) =>
      'bar' in resource &&
      start < BigInt(resource.rawStart + resource.length) &&
      BigInt(resource.rawStart) < end,
  );
}

function report(kernel: Kernel, lists: readonly Va[], conflictAt: Va): boolean {
  const found = lists.some((list) =>
    rangesOf(kernel, list).some((range) => conflicts(kernel, range)),
  );
  kernel.mmu.write(conflictAt, 1, found ? 1n : 0n);
  return found;
}

const LISTS = {
  DriverObject: ptr('DRIVER_OBJECT'),
  DriverList: ptr('CM_RESOURCE_LIST'),
  DriverListSize: u32,
  DeviceObject: ptr('DEVICE_OBJECT'),
  DeviceList: ptr('CM_RESOURCE_LIST'),
  DeviceListSize: u32,
} as const;

const IoReportResourceUsage = service({
  name: 'IoReportResourceUsage',
  doc: 'ntddk.h',
  params: {
    DriverClassName: ptr('UNICODE_STRING'),
    ...LISTS,
    OverrideConflict: bool,
    ConflictDetected: ptr('BOOLEAN'),
  },
  returns: 'status',
  maxIrql: PASSIVE_LEVEL,
  mayFail: [STATUS.INSUFFICIENT_RESOURCES],
  run(kernel, { DriverList, DeviceList, OverrideConflict, ConflictDetected }): NtStatus {
    const found = report(kernel, [DriverList, DeviceList], ConflictDetected);
    return found && !OverrideConflict ? STATUS.CONFLICTING_ADDRESSES : STATUS.SUCCESS;
  },
});

const IoReportResourceForDetection = service({
  name: 'IoReportResourceForDetection',
  doc: 'ntddk/nf-ntddk-ioreportresourcefordetection',
  params: { ...LISTS, ConflictDetected: ptr('BOOLEAN') },
  returns: 'status',
  maxIrql: PASSIVE_LEVEL,
  run(kernel, { DriverList, DeviceList, ConflictDetected }): NtStatus {
    const found = report(kernel, [DriverList, DeviceList], ConflictDetected);
    return found ? STATUS.CONFLICTING_ADDRESSES : STATUS.SUCCESS;
  },
});

interface Slot {
  readonly bus: number;
  readonly slot: number;
}

/** Gives and programs what the function in the slot needs; the list is in pool that the driver frees. */
function assignSlot(kernel: Kernel, { bus, slot }: Slot, listAt: Va): NtStatus {
  const pci = hardware(kernel).bus;
  const device = slot & 0x1f;
  const fn = pci.functionAt({ bus, device, function: (slot >> 5) & 0x7 });
  kernel.mmu.write(listAt, 8, NULL);
  if (fn === undefined) return STATUS.NO_SUCH_DEVICE;
  const resources = pci.assignResources(fn);
  if (resources === undefined) return STATUS.INSUFFICIENT_RESOURCES;
  const bytes = encodeList(bus, resources.flatMap(rawDescriptors));
  const at = pool(kernel).allocate(bytes.length, 'HalR', 'paged', true);
  if (at === undefined) return STATUS.INSUFFICIENT_RESOURCES;
  kernel.mmu.writeBytes(at, bytes);
  kernel.mmu.write(listAt, 8, at);
  return STATUS.SUCCESS;
}

const HalAssignSlotResources = service({
  name: 'HalAssignSlotResources',
  dll: HAL,
  doc: 'ntddk.h',
  params: {
    RegistryPath: ptr('UNICODE_STRING'),
    DriverClassName: ptr('UNICODE_STRING'),
    DriverObject: ptr('DRIVER_OBJECT'),
    DeviceObject: ptr('DEVICE_OBJECT'),
    BusType: u32,
    BusNumber: u32,
    SlotNumber: u32,
    AllocatedResources: ptr('PCM_RESOURCE_LIST'),
  },
  returns: 'status',
  maxIrql: PASSIVE_LEVEL,
  mayFail: [STATUS.INSUFFICIENT_RESOURCES],
  run(kernel, { BusType, BusNumber, SlotNumber, AllocatedResources }): NtStatus {
    if (BusType !== PCI_BUS) return notModelledHere('HalAssignSlotResources beyond PCI', HAL);
    return assignSlot(kernel, { bus: BusNumber, slot: SlotNumber }, AllocatedResources);
  },
});

const IoAssignResources = service({
  name: 'IoAssignResources',
  doc: 'ntddk.h',
  params: {
    RegistryPath: ptr('UNICODE_STRING'),
    DriverClassName: ptr('UNICODE_STRING'),
    DriverObject: ptr('DRIVER_OBJECT'),
    DeviceObject: ptr('DEVICE_OBJECT'),
    RequestedResources: ptr('IO_RESOURCE_REQUIREMENTS_LIST'),
    AllocatedResources: ptr('PCM_RESOURCE_LIST'),
  },
  returns: 'status',
  maxIrql: PASSIVE_LEVEL,
  mayFail: [STATUS.INSUFFICIENT_RESOURCES],
  run(kernel, { RequestedResources, AllocatedResources }): NtStatus {
    if (RequestedResources === NULL) return STATUS.SUCCESS;
    const { mmu } = kernel;
    if (mmu.u32(vaAdd(RequestedResources, 4)) !== PCI_BUS) {
      return notModelledHere('IoAssignResources beyond PCI');
    }
    const bus = mmu.u32(vaAdd(RequestedResources, 8));
    const slot = mmu.u32(vaAdd(RequestedResources, 12));
    return assignSlot(kernel, { bus, slot }, AllocatedResources);
  },
});

export const legacyResourceServices: readonly Service[] = [
  IoReportResourceUsage,
  IoReportResourceForDetection,
  HalAssignSlotResources,
  IoAssignResources,
];
