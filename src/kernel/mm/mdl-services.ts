/** IoAllocateMdl, IoFreeMdl, IoBuildPartialMdl, and what else describes buffers without locking or mapping them. */
import { bool, ptr, sizeT, u32 } from '../../layout/struct.ts';
import { guestFault } from '../../memory/fault.ts';
import {
  byteOffset,
  NULL,
  PAGE_SIZE,
  type Pa,
  pageOf,
  paPage,
  type Va,
  va,
  vaAdd,
} from '../../units/address.ts';
import { DISPATCH_LEVEL, HIGH_LEVEL } from '../../units/irql.ts';
import { STATUS } from '../../units/status.ts';
import { bugCheck, outOfBudget } from '../end.ts';
import { pool } from '../ex/pool.ts';
import { freePool } from '../ex/pool-services.ts';
import type { Kernel } from '../kernel.ts';
import { service } from '../service.ts';
import { BASE_PROTECTIONS, protectionOf } from './cache-type.ts';
import { lockedFrames } from './locked-frames.ts';
import { endSystemMapping } from './map-mdl.ts';
import {
  initializeMdl,
  MDL,
  MDL_FLAG,
  mdlAt,
  mdlBytes,
  mdlPages,
  mdlVirtual,
  readFrames,
  writeFrames,
} from './mdl.ts';
import { mdls, tellOfMdl } from './mdls.ts';

const TARGET_MDL_TOO_SMALL = 0x40;
/** Buffers of up to 23 pages get MDLs of one size (MDL_ALLOCATED_FIXED_SIZE). */
const FIXED_SIZE_PAGES = 23;
/** 4 GiB less a page, the most that one MDL describes since Windows 7. */
const MAX_LENGTH = 0xffff_f000;
const IRP_MDL_ADDRESS = 8;
/** Longer chains of MDLs are circular. */
const MAX_CHAIN = 0x1_0000;

/** An MDL for the buffer, nothing described yet; nothing at all when pool is used up. */
export function allocateMdl(
  kernel: Kernel,
  base: Va,
  length: number,
  byDriver = true,
): Va | undefined {
  if (length > MAX_LENGTH) return undefined;
  const bytes = mdlBytes(base, length);
  const fixed = MDL.bytes + FIXED_SIZE_PAGES * 8;
  const at = pool(kernel).allocate(Math.max(bytes, fixed), 'Mdl ', 'nonpaged', byDriver);
  if (at === undefined) return undefined;
  const mdl = initializeMdl(kernel, at, base, length);
  if (bytes <= fixed) mdl.MdlFlags |= MDL_FLAG.ALLOCATED_FIXED_SIZE;
  mdls(kernel).made(at, 'io');
  return at;
}

/** Gives the MDL's memory back, and ends the mapping of its own that a partial one may have. */
export function freeMdl(kernel: Kernel, at: Va): void {
  if ((mdlAt(kernel, at).MdlFlags & MDL_FLAG.PARTIAL_HAS_BEEN_MAPPED) !== 0) {
    endSystemMapping(kernel, at, 'IoFreeMdl');
  }
  mdls(kernel).forget(at);
  freePool(kernel, at);
}

/** Puts the MDL at the head of the IRP's chain, or at its end. */
function attach(kernel: Kernel, irp: Va, mdl: Va, secondary: boolean): void {
  let link = vaAdd(irp, IRP_MDL_ADDRESS);
  if (secondary) {
    link = kernel.mmu.pointer(link);
    for (let length = 0; ; length++) {
      const next = mdlAt(kernel, link).Next;
      if (next === NULL) break;
      if (length > MAX_CHAIN) outOfBudget('the chain of MDLs of an IRP is circular');
      link = next;
    }
  }
  kernel.mmu.write(link, 8, mdl);
}

const IoAllocateMdl = service({
  name: 'IoAllocateMdl',
  doc: 'wdm/nf-wdm-ioallocatemdl',
  params: {
    VirtualAddress: ptr(),
    Length: u32,
    SecondaryBuffer: bool,
    ChargeQuota: bool,
    Irp: ptr('IRP'),
  },
  returns: 'pointer',
  maxIrql: DISPATCH_LEVEL,
  mayFail: ['null'],
  run(kernel, { VirtualAddress, Length, SecondaryBuffer, Irp }) {
    const at = allocateMdl(kernel, VirtualAddress, Length);
    if (at === undefined) return NULL;
    if (Irp !== NULL) attach(kernel, Irp, at, SecondaryBuffer);
    tellOfMdl(kernel, 'allocate', at);
    return at;
  },
});

const IoFreeMdl = service({
  name: 'IoFreeMdl',
  doc: 'wdm/nf-wdm-iofreemdl',
  params: { Mdl: ptr('MDL') },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run(kernel, { Mdl }) {
    if (pool(kernel).wasFreed(Mdl)) freePool(kernel, Mdl);
    tellOfMdl(kernel, 'free', Mdl);
    freeMdl(kernel, Mdl);
  },
});

const INHERITED =
  MDL_FLAG.SOURCE_IS_NONPAGED_POOL |
  MDL_FLAG.MAPPED_TO_SYSTEM_VA |
  MDL_FLAG.IO_PAGE_READ |
  MDL_FLAG.IO_SPACE;
const KEPT = MDL_FLAG.ALLOCATED_FIXED_SIZE | MDL_FLAG.ALLOCATED_MUST_SUCCEED;

interface Part {
  readonly SourceMdl: Va;
  readonly TargetMdl: Va;
  readonly VirtualAddress: Va;
  readonly Length: number;
}

function buildPartial(kernel: Kernel, { SourceMdl, TargetMdl, VirtualAddress, Length }: Part) {
  const source = mdlAt(kernel, SourceMdl);
  const target = mdlAt(kernel, TargetMdl);
  const offset = Number(BigInt.asUintN(32, VirtualAddress - mdlVirtual(source)));
  target.Process = source.Process;
  target.StartVa = pageOf(VirtualAddress);
  target.ByteOffset = byteOffset(VirtualAddress);
  target.ByteCount = (Length === 0 ? source.ByteCount - offset : Length) >>> 0;
  const pages = mdlPages(target);
  if ((target.Size - MDL.bytes) / 8 < pages) bugCheck(TARGET_MDL_TOO_SMALL, []);
  const inherited = source.MdlFlags & INHERITED;
  const parentMapped = (inherited & MDL_FLAG.MAPPED_TO_SYSTEM_VA) !== 0;
  target.MdlFlags =
    (target.MdlFlags & KEPT) |
    inherited |
    MDL_FLAG.PARTIAL |
    (parentMapped ? MDL_FLAG.PARENT_MAPPED_SYSTEM_VA : 0);
  target.MappedSystemVa = vaAdd(source.MappedSystemVa, offset);
  const skipped = (target.StartVa - source.StartVa) / BigInt(PAGE_SIZE);
  const frames = readFrames(kernel, va(SourceMdl + skipped * 8n), pages);
  writeFrames(kernel, TargetMdl, frames);
}

const IoBuildPartialMdl = service({
  name: 'IoBuildPartialMdl',
  doc: 'wdm/nf-wdm-iobuildpartialmdl',
  params: {
    SourceMdl: ptr('MDL'),
    TargetMdl: ptr('MDL'),
    VirtualAddress: ptr(),
    Length: u32,
  },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run: (kernel, args) => buildPartial(kernel, args),
});

/** Describes a buffer that is resident anyway; a page that is not there faults. */
export function buildForNonPagedPool(kernel: Kernel, at: Va): void {
  const mdl = mdlAt(kernel, at);
  const frames = Array.from({ length: mdlPages(mdl) }, (_, i): Pa => {
    const page = vaAdd(mdl.StartVa, i * PAGE_SIZE);
    const found = kernel.mmu.tables.lookup(page);
    if (found === undefined) throw guestFault(page, 'read', 'not-present');
    return paPage(found.physical);
  });
  writeFrames(kernel, at, frames);
  mdl.Process = NULL;
  mdl.MappedSystemVa = mdlVirtual(mdl);
  const foreign = frames.some((frame) => !kernel.physical.isRam(frame));
  mdl.MdlFlags |= MDL_FLAG.SOURCE_IS_NONPAGED_POOL | (foreign ? MDL_FLAG.IO_SPACE : 0);
}

const MmBuildMdlForNonPagedPool = service({
  name: 'MmBuildMdlForNonPagedPool',
  doc: 'wdm/nf-wdm-mmbuildmdlfornonpagedpool',
  params: { MemoryDescriptorList: ptr('MDL') },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run(kernel, { MemoryDescriptorList: at }) {
    buildForNonPagedPool(kernel, at);
    const foreign = (mdlAt(kernel, at).MdlFlags & MDL_FLAG.IO_SPACE) !== 0;
    tellOfMdl(kernel, 'build', at, foreign ? ['pages-not-memory'] : []);
  },
});

const MmSizeOfMdl = service({
  name: 'MmSizeOfMdl',
  doc: 'wdm/nf-wdm-mmsizeofmdl',
  params: { Base: ptr(), Length: sizeT },
  returns: 'u64',
  maxIrql: HIGH_LEVEL,
  run(_kernel, { Base, Length }) {
    const pages = (BigInt(byteOffset(Base)) + Length + 0xfffn) / BigInt(PAGE_SIZE);
    return BigInt(MDL.bytes) + pages * 8n;
  },
});

/** The predecessor of IoAllocateMdl, still exported: takes memory of the caller's or allocates. */
const MmCreateMdl = service({
  name: 'MmCreateMdl',
  doc: 'ntddk.h',
  params: { MemoryDescriptorList: ptr('MDL'), Base: ptr(), Length: sizeT },
  returns: 'pointer',
  maxIrql: DISPATCH_LEVEL,
  mayFail: ['null'],
  run(kernel, { MemoryDescriptorList, Base, Length }) {
    if (Length > MAX_LENGTH) return NULL;
    if (MemoryDescriptorList === NULL) return allocateMdl(kernel, Base, Number(Length)) ?? NULL;
    initializeMdl(kernel, MemoryDescriptorList, Base, Number(Length));
    return MemoryDescriptorList;
  },
});

/** Frames that the MDL no longer describes are let go at once. */
function dropFrames(kernel: Kernel, at: Va, frames: readonly Pa[]): void {
  const held = mdls(kernel).held(at);
  if (held === undefined) return;
  const left = [...held];
  for (const frame of frames) {
    const index = left.indexOf(frame);
    if (index < 0) continue;
    left.splice(index, 1);
    lockedFrames(kernel).unlock(frame);
  }
  mdls(kernel).hold(at, left);
}

const MmAdvanceMdl = service({
  name: 'MmAdvanceMdl',
  doc: 'wdm/nf-wdm-mmadvancemdl',
  params: { Mdl: ptr('MDL'), NumberOfBytes: u32 },
  returns: 'status',
  maxIrql: DISPATCH_LEVEL,
  mayFail: [STATUS.INVALID_PARAMETER_2],
  run(kernel, { Mdl, NumberOfBytes }) {
    const mdl = mdlAt(kernel, Mdl);
    if (NumberOfBytes > mdl.ByteCount) return STATUS.INVALID_PARAMETER_2;
    const start = vaAdd(mdlVirtual(mdl), NumberOfBytes);
    const frames = readFrames(kernel, Mdl, mdlPages(mdl));
    const passed = Number((pageOf(start) - mdl.StartVa) / BigInt(PAGE_SIZE));
    dropFrames(kernel, Mdl, frames.slice(0, passed));
    writeFrames(kernel, Mdl, frames.slice(passed));
    mdl.StartVa = pageOf(start);
    mdl.ByteOffset = byteOffset(start);
    mdl.ByteCount -= NumberOfBytes;
    const { MAPPED_TO_SYSTEM_VA, SOURCE_IS_NONPAGED_POOL } = MDL_FLAG;
    if ((mdl.MdlFlags & (MAPPED_TO_SYSTEM_VA | SOURCE_IS_NONPAGED_POOL)) !== 0) {
      mdl.MappedSystemVa = vaAdd(mdl.MappedSystemVa, NumberOfBytes);
    }
    return STATUS.SUCCESS;
  },
});

/** The page tables know no page that can be executed or written but not read; PAGE_NOACCESS is read-only here. */
const MmProtectMdlSystemAddress = service({
  name: 'MmProtectMdlSystemAddress',
  doc: 'wdm/nf-wdm-mmprotectmdlsystemaddress',
  params: { MemoryDescriptorList: ptr('MDL'), NewProtect: u32 },
  returns: 'status',
  maxIrql: DISPATCH_LEVEL,
  mayFail: [STATUS.INVALID_PAGE_PROTECTION, STATUS.NOT_MAPPED_VIEW],
  run(kernel, { MemoryDescriptorList, NewProtect }) {
    const mdl = mdlAt(kernel, MemoryDescriptorList);
    if (!BASE_PROTECTIONS.includes(NewProtect)) return STATUS.INVALID_PAGE_PROTECTION;
    if ((mdl.MdlFlags & MDL_FLAG.MAPPED_TO_SYSTEM_VA) === 0) return STATUS.NOT_MAPPED_VIEW;
    const { writable, executable } = protectionOf(NewProtect);
    const first = pageOf(mdl.MappedSystemVa);
    kernel.mmu.tables.protect(first, mdlPages(mdl), { writable, executable });
    kernel.mmu.flushAll();
    return STATUS.SUCCESS;
  },
});

export const mdlServices = [
  IoAllocateMdl,
  IoFreeMdl,
  IoBuildPartialMdl,
  MmBuildMdlForNonPagedPool,
  MmSizeOfMdl,
  MmCreateMdl,
  MmAdvanceMdl,
  MmProtectMdlSystemAddress,
];
