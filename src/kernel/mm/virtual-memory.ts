/** ZwAllocateVirtualMemory, ZwFreeVirtualMemory, ZwProtectVirtualMemory, and MmSecureVirtualMemory. */
import { handle, ptr, sizeT, u32, u64 } from '../../layout/struct.ts';
import { HIGHEST_USER_ADDRESS } from '../../memory/address-map.ts';
import { NULL, PAGE_SIZE, pageOf, type Va, vaAdd } from '../../units/address.ts';
import { APC_LEVEL, PASSIVE_LEVEL } from '../../units/irql.ts';
import { isSuccess, type NtStatus, STATUS } from '../../units/status.ts';
import { notModelledHere } from '../end.ts';
import type { Kernel } from '../kernel.ts';
import { service } from '../service.ts';
import { isProtection, PAGE } from './cache-type.ts';
import { checkProcess } from './process-handle.ts';
import { type Region, type Span, userMemory } from './user-memory.ts';
import { isUserRange, MAX_WISH_PAGES, roundDown } from './wished-base.ts';

const MEM = {
  COMMIT: 0x1000,
  RESERVE: 0x2000,
  DECOMMIT: 0x4000,
  RELEASE: 0x8000,
  RESET: 0x8_0000,
  TOP_DOWN: 0x10_0000,
  WRITE_WATCH: 0x20_0000,
  PHYSICAL: 0x40_0000,
  LARGE_PAGES: 0x2000_0000,
} as const;
const ALLOCATE_KNOWN =
  MEM.COMMIT | MEM.RESERVE | MEM.RESET | MEM.TOP_DOWN | MEM.WRITE_WATCH | MEM.PHYSICAL;
const MAX_ZERO_BITS = 21n;

interface Range {
  readonly base: Va;
  readonly bytes: number;
}

/** Reads *BaseAddress and *RegionSize; sizes beyond user space are all the same. */
function readRange(kernel: Kernel, baseAt: Va, sizeAt: Va): Range {
  const size = kernel.mmu.u64(sizeAt);
  const limit = BigInt(HIGHEST_USER_ADDRESS) + 1n;
  return { base: kernel.mmu.pointer(baseAt), bytes: Number(size > limit ? limit : size) };
}

function writeRange(kernel: Kernel, baseAt: Va, sizeAt: Va, { region, first, count }: Span): void {
  kernel.mmu.write(baseAt, 8, vaAdd(region.base, first * PAGE_SIZE));
  kernel.mmu.write(sizeAt, 8, BigInt(count * PAGE_SIZE));
}

function checkAllocation(type: number, protect: number, { base, bytes }: Range): NtStatus {
  if (base > HIGHEST_USER_ADDRESS) return STATUS.INVALID_PARAMETER_2;
  if (bytes === 0 || base + BigInt(bytes) - 1n > HIGHEST_USER_ADDRESS) {
    return STATUS.INVALID_PARAMETER_4;
  }
  const kinds = type & (MEM.COMMIT | MEM.RESERVE | MEM.RESET);
  const unknown = type & ~(ALLOCATE_KNOWN | MEM.LARGE_PAGES);
  if (kinds === 0 || unknown !== 0) return STATUS.INVALID_PARAMETER_5;
  if ((type & MEM.RESET) !== 0 && type !== MEM.RESET) return STATUS.INVALID_PARAMETER_5;
  return isProtection(protect) ? STATUS.SUCCESS : STATUS.INVALID_PAGE_PROTECTION;
}

/** A new region: at the wish rounded down to 64 KiB, or wherever there is room. */
function reserve(kernel: Kernel, { base, bytes }: Range): Region | NtStatus {
  const memory = userMemory(kernel);
  if (base === NULL) {
    const pages = Math.ceil(bytes / PAGE_SIZE);
    const at = kernel.mappings.reserve(pages, 'user');
    return at === undefined ? STATUS.NO_MEMORY : memory.reserve(at, pages);
  }
  const at = roundDown(base);
  const pages = Math.ceil((Number(base - at) + bytes) / PAGE_SIZE);
  if (pages > MAX_WISH_PAGES) return STATUS.NO_MEMORY;
  if (!isUserRange(at, pages)) return STATUS.INVALID_PARAMETER_2;
  if (memory.overlaps(at, pages) || !kernel.mappings.claim(at, pages)) {
    return STATUS.CONFLICTING_ADDRESSES;
  }
  return memory.reserve(at, pages);
}

/** Reserves, commits, or both; the pages that it was about. */
function allocate(kernel: Kernel, range: Range, type: number, protect: number): Span | NtStatus {
  const memory = userMemory(kernel);
  const fresh = (type & MEM.RESERVE) !== 0 || range.base === NULL;
  const region = fresh ? reserve(kernel, range) : undefined;
  if (typeof region === 'number') return region;
  const span =
    region === undefined
      ? memory.spanOf(range.base, range.bytes)
      : { region, first: 0, count: region.pages };
  if (span === undefined) return STATUS.CONFLICTING_ADDRESSES;
  if ((type & MEM.COMMIT) !== 0 && !memory.commit(span, protect)) {
    if (region !== undefined) memory.release(region);
    return STATUS.NO_MEMORY;
  }
  return span;
}

const ZwAllocateVirtualMemory = service({
  name: 'ZwAllocateVirtualMemory',
  doc: 'ntifs/nf-ntifs-zwallocatevirtualmemory',
  params: {
    ProcessHandle: handle,
    BaseAddress: ptr('PVOID'),
    ZeroBits: u64,
    RegionSize: ptr('SIZE_T'),
    AllocationType: u32,
    Protect: u32,
  },
  returns: 'status',
  maxIrql: PASSIVE_LEVEL,
  mayFail: [STATUS.NO_MEMORY],
  run(kernel, args) {
    const { BaseAddress, RegionSize, AllocationType, Protect } = args;
    const process = checkProcess(kernel, args.ProcessHandle);
    if (!isSuccess(process)) return process;
    if (args.ZeroBits > MAX_ZERO_BITS) return STATUS.INVALID_PARAMETER_3;
    const range = readRange(kernel, BaseAddress, RegionSize);
    const status = checkAllocation(AllocationType, Protect, range);
    if (!isSuccess(status)) return status;
    if ((AllocationType & (MEM.PHYSICAL | MEM.LARGE_PAGES)) !== 0) {
      notModelledHere('ZwAllocateVirtualMemory with MEM_PHYSICAL or MEM_LARGE_PAGES');
    }
    const span = allocate(kernel, range, AllocationType, Protect);
    if (typeof span === 'number') return span;
    writeRange(kernel, BaseAddress, RegionSize, span);
    return STATUS.SUCCESS;
  },
});

function free(kernel: Kernel, { base, bytes }: Range, type: number): Span | NtStatus {
  const memory = userMemory(kernel);
  const inner = memory.spanOf(base, Math.max(1, bytes));
  if (inner === undefined) {
    return memory.spanOf(base, 1) === undefined
      ? STATUS.MEMORY_NOT_ALLOCATED
      : STATUS.UNABLE_TO_FREE_VM;
  }
  const { region } = inner;
  const atBase = pageOf(base) === region.base;
  if (bytes === 0 && !atBase) return STATUS.FREE_VM_NOT_AT_BASE;
  const whole = { region, first: 0, count: region.pages };
  const span = bytes === 0 ? whole : inner;
  if (type === MEM.RELEASE && span.count !== whole.count) return STATUS.UNABLE_TO_FREE_VM;
  const secured = memory.checkSecured(span, PAGE.NOACCESS);
  if (!isSuccess(secured)) return secured;
  if (type === MEM.RELEASE) memory.release(region);
  else memory.decommit(span);
  return span;
}

const ZwFreeVirtualMemory = service({
  name: 'ZwFreeVirtualMemory',
  doc: 'ntifs/nf-ntifs-zwfreevirtualmemory',
  params: {
    ProcessHandle: handle,
    BaseAddress: ptr('PVOID'),
    RegionSize: ptr('SIZE_T'),
    FreeType: u32,
  },
  returns: 'status',
  maxIrql: PASSIVE_LEVEL,
  run(kernel, { ProcessHandle, BaseAddress, RegionSize, FreeType }) {
    const process = checkProcess(kernel, ProcessHandle);
    if (!isSuccess(process)) return process;
    if (FreeType !== MEM.DECOMMIT && FreeType !== MEM.RELEASE) return STATUS.INVALID_PARAMETER_4;
    const range = readRange(kernel, BaseAddress, RegionSize);
    const span = free(kernel, range, FreeType);
    if (typeof span === 'number') return span;
    writeRange(kernel, BaseAddress, RegionSize, span);
    return STATUS.SUCCESS;
  },
});

const ZwProtectVirtualMemory = service({
  name: 'ZwProtectVirtualMemory',
  doc: 'ntifs.h',
  params: {
    ProcessHandle: handle,
    BaseAddress: ptr('PVOID'),
    RegionSize: ptr('SIZE_T'),
    NewProtect: u32,
    OldProtect: ptr('ULONG'),
  },
  returns: 'status',
  maxIrql: PASSIVE_LEVEL,
  run(kernel, { ProcessHandle, BaseAddress, RegionSize, NewProtect, OldProtect }) {
    const memory = userMemory(kernel);
    const process = checkProcess(kernel, ProcessHandle);
    if (!isSuccess(process)) return process;
    if (!isProtection(NewProtect)) return STATUS.INVALID_PAGE_PROTECTION;
    const { base, bytes } = readRange(kernel, BaseAddress, RegionSize);
    if (bytes === 0) return STATUS.INVALID_PARAMETER_3;
    const span = memory.spanOf(base, bytes);
    if (span === undefined) return STATUS.CONFLICTING_ADDRESSES;
    const secured = memory.checkSecured(span, NewProtect);
    if (!isSuccess(secured)) return secured;
    const old = memory.protect(span, NewProtect);
    if (old === undefined) return STATUS.NOT_COMMITTED;
    kernel.mmu.write(OldProtect, 4, BigInt(old));
    writeRange(kernel, BaseAddress, RegionSize, span);
    return STATUS.SUCCESS;
  },
});

/** Every page is there and user mode may use it so. */
function isAccessible(kernel: Kernel, at: Va, bytes: number, writable: boolean): boolean {
  for (let page = pageOf(at); page < vaAdd(at, bytes); page = vaAdd(page, PAGE_SIZE)) {
    const found = kernel.mmu.tables.lookup(page);
    if (found === undefined || !found.user || (writable && !found.writable)) return false;
  }
  return true;
}

const MmSecureVirtualMemory = service({
  name: 'MmSecureVirtualMemory',
  doc: 'ntddk/nf-ntddk-mmsecurevirtualmemory',
  params: { Address: ptr(), Size: sizeT, ProbeMode: u32 },
  returns: 'pointer',
  maxIrql: APC_LEVEL,
  mayFail: ['null'],
  run(kernel, { Address, Size, ProbeMode }) {
    const writable = ProbeMode === PAGE.READWRITE;
    const end = Address + Size;
    if (Size === 0n || end - 1n > HIGHEST_USER_ADDRESS) return NULL;
    if (!isAccessible(kernel, Address, Number(Size), writable)) return NULL;
    return userMemory(kernel).secure(Address, Number(Size), writable);
  },
});

const MmUnsecureVirtualMemory = service({
  name: 'MmUnsecureVirtualMemory',
  doc: 'ntddk/nf-ntddk-mmunsecurevirtualmemory',
  params: { SecureHandle: handle },
  returns: 'void',
  maxIrql: APC_LEVEL,
  run: (kernel, { SecureHandle }) => userMemory(kernel).unsecure(SecureHandle),
});

export const virtualMemoryServices = [
  ZwAllocateVirtualMemory,
  ZwFreeVirtualMemory,
  ZwProtectVirtualMemory,
  MmSecureVirtualMemory,
  MmUnsecureVirtualMemory,
];
