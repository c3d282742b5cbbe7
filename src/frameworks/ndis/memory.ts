/** Nonpaged memory: NdisAllocateMemoryWithTagPriority and its older and generic kin. */

import { pool } from '../../kernel/ex/pool.ts';
import { freePool } from '../../kernel/ex/pool-services.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import type { Service } from '../../kernel/service.ts';
import { poolTag } from '../../layout/named.ts';
import { ptr, struct, u16, u32, u64 } from '../../layout/struct.ts';
import { NULL, type Va } from '../../units/address.ts';
import { DISPATCH_LEVEL } from '../../units/irql.ts';
import { NDIS_STATUS } from '../../units/ndis-status.ts';
import type { NtStatus } from '../../units/status.ts';
import { ndisHandle, ndisService } from './ndis-service.ts';
import { HEADER, setHeader } from './object-header.ts';

const tagText = (tag: number): string =>
  String.fromCharCode(...[0, 8, 16, 24].map((shift) => (tag >>> shift) & 0x7f));

const NDIS_TAG = 'NDna';

function allocate(kernel: Kernel, bytes: number, tag: string): Va | undefined {
  return pool(kernel).allocate(bytes, tag, 'nonpaged', true);
}

/** The address goes through a pointer, NULL after a failure. */
function allocateInto(kernel: Kernel, at: Va, bytes: number, tag: string): NtStatus {
  const block = allocate(kernel, bytes, tag);
  kernel.mmu.write(at, 8, block ?? NULL);
  return block === undefined ? NDIS_STATUS.FAILURE : NDIS_STATUS.SUCCESS;
}

const NdisAllocateMemoryWithTagPriority = ndisService({
  name: 'NdisAllocateMemoryWithTagPriority',
  params: { NdisHandle: ndisHandle, Length: u32, Tag: poolTag, Priority: u32 },
  returns: 'pointer',
  maxIrql: DISPATCH_LEVEL,
  mayFail: ['null'],
  run: (kernel, { Length, Tag }) => allocate(kernel, Length, tagText(Tag)) ?? NULL,
});

const NdisAllocateMemoryWithTag = ndisService({
  name: 'NdisAllocateMemoryWithTag',
  doc: 'ndis.h',
  params: { VirtualAddress: ptr('PVOID'), Length: u32, Tag: poolTag },
  returns: 'ndis-status',
  maxIrql: DISPATCH_LEVEL,
  mayFail: [NDIS_STATUS.FAILURE],
  run: (kernel, { VirtualAddress, Length, Tag }) =>
    allocateInto(kernel, VirtualAddress, Length, tagText(Tag)),
});

const NdisAllocateMemory = ndisService({
  name: 'NdisAllocateMemory',
  doc: 'ndis.h',
  params: {
    VirtualAddress: ptr('PVOID'),
    Length: u32,
    MemoryFlags: u32,
    HighestAcceptableAddress: u64,
  },
  returns: 'ndis-status',
  maxIrql: DISPATCH_LEVEL,
  mayFail: [NDIS_STATUS.FAILURE],
  run: (kernel, { VirtualAddress, Length }) =>
    allocateInto(kernel, VirtualAddress, Length, NDIS_TAG),
});

const NdisFreeMemory = ndisService({
  name: 'NdisFreeMemory',
  params: { VirtualAddress: ptr(), Length: u32, MemoryFlags: u32 },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run: (kernel, { VirtualAddress }) => freePool(kernel, VirtualAddress),
});

const NdisFreeMemoryWithTag = ndisService({
  name: 'NdisFreeMemoryWithTag',
  params: { VirtualAddress: ptr(), Tag: poolTag },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run: (kernel, { VirtualAddress }) => freePool(kernel, VirtualAddress),
});

const NdisFreeMemoryWithTagPriority = ndisService({
  name: 'NdisFreeMemoryWithTagPriority',
  params: { NdisHandle: ndisHandle, VirtualAddress: ptr(), Tag: poolTag },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run: (kernel, { VirtualAddress }) => freePool(kernel, VirtualAddress),
});

const GENERIC_OBJECT = struct({
  name: 'NDIS_GENERIC_OBJECT',
  size: { x64: 32, x86: 16 },
  fields: {
    Header: HEADER,
    Caller: ptr(),
    CallersCaller: ptr(),
    DriverObject: ptr('DRIVER_OBJECT'),
  },
});
/** NDIS_OBJECT_TYPE_GENERIC_OBJECT. */
const GENERIC_OBJECT_TYPE = 0x02;

const NdisAllocateGenericObject = ndisService({
  name: 'NdisAllocateGenericObject',
  params: { DriverObject: ptr('DRIVER_OBJECT'), Tag: poolTag, Size: u16 },
  returns: 'pointer',
  maxIrql: DISPATCH_LEVEL,
  mayFail: ['null'],
  run(kernel, { DriverObject, Tag, Size }, call) {
    const at = allocate(kernel, Math.max(GENERIC_OBJECT.bytes, Size), tagText(Tag));
    if (at === undefined) return NULL;
    setHeader(kernel, at, GENERIC_OBJECT_TYPE, 1, GENERIC_OBJECT.bytes);
    const view = GENERIC_OBJECT.at(kernel.mmu, at);
    view.Caller = call.returnAddress;
    view.DriverObject = DriverObject;
    return at;
  },
});

const NdisFreeGenericObject = ndisService({
  name: 'NdisFreeGenericObject',
  params: { NdisObject: ptr('NDIS_GENERIC_OBJECT') },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run: (kernel, { NdisObject }) => freePool(kernel, NdisObject),
});

export const memoryServices: readonly Service[] = [
  NdisAllocateMemoryWithTagPriority,
  NdisAllocateMemoryWithTag,
  NdisAllocateMemory,
  NdisFreeMemory,
  NdisFreeMemoryWithTag,
  NdisFreeMemoryWithTagPriority,
  NdisAllocateGenericObject,
  NdisFreeGenericObject,
];
