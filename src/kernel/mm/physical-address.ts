/** Questions about addresses: physical from virtual and back, validity, and where RAM is. */
import { i64, ptr, u64 } from '../../layout/struct.ts';
import { NONPAGED_POOL, SYSTEM_RANGE_START } from '../../memory/address-map.ts';
import { NULL, PAGE_SIZE, type Va, vaAdd } from '../../units/address.ts';
import { DISPATCH_LEVEL, HIGH_LEVEL, PASSIVE_LEVEL } from '../../units/irql.ts';
import { pool } from '../ex/pool.ts';
import type { Kernel } from '../kernel.ts';
import { type Service, service } from '../service.ts';
import { toPhysical } from './physical-limit.ts';
import { virtualFor } from './virtual-for.ts';

const MmGetPhysicalAddress = service({
  name: 'MmGetPhysicalAddress',
  doc: 'ntddk/nf-ntddk-mmgetphysicaladdress',
  params: { BaseAddress: ptr() },
  returns: 'u64',
  maxIrql: HIGH_LEVEL,
  run: (kernel, { BaseAddress }) => kernel.mmu.tables.lookup(BaseAddress)?.physical ?? 0,
});

const MmGetVirtualForPhysical = service({
  name: 'MmGetVirtualForPhysical',
  doc: 'ntddk.h',
  params: { PhysicalAddress: i64 },
  returns: 'pointer',
  maxIrql: HIGH_LEVEL,
  run: (kernel, { PhysicalAddress }) => virtualFor(kernel, toPhysical(PhysicalAddress)) ?? NULL,
});

const MmIsAddressValid = service({
  name: 'MmIsAddressValid',
  doc: 'ntddk/nf-ntddk-mmisaddressvalid',
  params: { VirtualAddress: ptr() },
  returns: 'bool',
  maxIrql: DISPATCH_LEVEL,
  run: (kernel, { VirtualAddress }) => kernel.mmu.tables.lookup(VirtualAddress) !== undefined,
});

const isNonPagedPool = (at: Va): boolean =>
  at >= NONPAGED_POOL.base && at < vaAdd(NONPAGED_POOL.base, NONPAGED_POOL.pages * PAGE_SIZE);

const MmIsNonPagedSystemAddressValid = service({
  name: 'MmIsNonPagedSystemAddressValid',
  doc: 'ntddk.h',
  params: { VirtualAddress: ptr() },
  returns: 'bool',
  maxIrql: DISPATCH_LEVEL,
  run: (kernel, { VirtualAddress: at }) =>
    at >= SYSTEM_RANGE_START && isNonPagedPool(at) && kernel.mmu.tables.lookup(at) !== undefined,
});

/** Page 0 belongs to the firmware. */
const FIRST_RAM_BYTE = PAGE_SIZE;
/** PHYSICAL_MEMORY_RANGE: BaseAddress, NumberOfBytes. */
const RANGE_BYTES = 16;

/** An array in nonpaged pool for the caller to free: one range of RAM, then an entry of zeros. */
function physicalRanges(kernel: Kernel): Va {
  const at = pool(kernel).allocate(2 * RANGE_BYTES, 'hPmM', 'nonpaged', true);
  if (at === undefined) return NULL;
  kernel.mmu.write(at, 8, BigInt(FIRST_RAM_BYTE));
  kernel.mmu.write(vaAdd(at, 8), 8, BigInt(kernel.physical.ramBytes - FIRST_RAM_BYTE));
  return at;
}

const ranges = (name: string, doc: string, params: Record<string, typeof u64>): Service =>
  service({
    name,
    doc,
    params,
    returns: 'pointer',
    maxIrql: PASSIVE_LEVEL,
    mayFail: ['null'],
    run: physicalRanges,
  });

export const physicalAddressServices = [
  MmGetPhysicalAddress,
  MmGetVirtualForPhysical,
  MmIsAddressValid,
  MmIsNonPagedSystemAddressValid,
  ranges('MmGetPhysicalMemoryRanges', 'ntddk.h', {}),
  ranges('MmGetPhysicalMemoryRangesEx', 'ntddk.h', { PartitionObject: u64 }),
  ranges('MmGetPhysicalMemoryRangesEx2', 'ntddk/nf-ntddk-mmgetphysicalmemoryrangesex2', {
    PartitionObject: u64,
    Flags: u64,
  }),
];
