/** The memory descriptor list: its header, its page frame numbers, and the sums over them (wdm.h of WDK 10.0.22621). */
import { ptr, struct, u16, u32 } from '../../layout/struct.ts';
import {
  byteOffset,
  NULL,
  PAGE_SIZE,
  type Pa,
  pa,
  pageOf,
  spanPages,
  type Va,
  vaAdd,
} from '../../units/address.ts';
import type { Kernel } from '../kernel.ts';

export const MDL = struct({
  name: 'MDL',
  size: { x64: 48, x86: 28 },
  fields: {
    Next: ptr('MDL'),
    Size: u16,
    MdlFlags: u16,
    Process: ptr('EPROCESS'),
    MappedSystemVa: ptr(),
    StartVa: ptr(),
    ByteCount: u32,
    ByteOffset: u32,
  },
});

export const MDL_FLAG = {
  MAPPED_TO_SYSTEM_VA: 0x1,
  PAGES_LOCKED: 0x2,
  SOURCE_IS_NONPAGED_POOL: 0x4,
  ALLOCATED_FIXED_SIZE: 0x8,
  PARTIAL: 0x10,
  PARTIAL_HAS_BEEN_MAPPED: 0x20,
  IO_PAGE_READ: 0x40,
  WRITE_OPERATION: 0x80,
  PARENT_MAPPED_SYSTEM_VA: 0x100,
  IO_SPACE: 0x800,
  ALLOCATED_MUST_SUCCEED: 0x4000,
} as const;

/** KPROCESSOR_MODE */
export const USER_MODE = 1;

const PFN_BYTES = 8;
/** Frame numbers of 52-bit physical addresses. */
const PFN_MASK = 0xff_ffff_ffffn;

export type MdlView = ReturnType<typeof MDL.at>;

export const mdlAt = (kernel: Kernel, at: Va): MdlView => MDL.at(kernel.mmu, at);

/** Pages that the described bytes touch. */
export const mdlPages = ({ ByteOffset, ByteCount }: MdlView): number =>
  spanPages(ByteOffset, ByteCount);

/** MmGetMdlVirtualAddress */
export const mdlVirtual = ({ StartVa, ByteOffset }: MdlView): Va => vaAdd(StartVa, ByteOffset);

/** Bytes of an MDL for a buffer of `length` bytes at `base` (MmSizeOfMdl). */
export const mdlBytes = (base: Va, length: number): number =>
  MDL.bytes + spanPages(byteOffset(base), length) * PFN_BYTES;

const pfnAt = (at: Va, index: number): Va => vaAdd(at, MDL.bytes + index * PFN_BYTES);

/** Physical addresses of the first `pages` frame numbers behind the header. */
export function readFrames(kernel: Kernel, at: Va, pages: number): Pa[] {
  return Array.from({ length: pages }, (_, i) =>
    pa(Number(kernel.mmu.u64(pfnAt(at, i)) & PFN_MASK) * PAGE_SIZE),
  );
}

export function writeFrames(kernel: Kernel, at: Va, frames: readonly Pa[]): void {
  frames.forEach((frame, i) => {
    kernel.mmu.write(pfnAt(at, i), PFN_BYTES, BigInt(Math.floor(frame / PAGE_SIZE)));
  });
}

/** MmInitializeMdl; Size is a 16-bit field and wraps for buffers of 16 MiB and more, as in Windows. */
export function initializeMdl(kernel: Kernel, at: Va, base: Va, length: number): MdlView {
  const mdl = mdlAt(kernel, at);
  mdl.Next = NULL;
  mdl.Size = mdlBytes(base, length);
  mdl.MdlFlags = 0;
  mdl.StartVa = pageOf(base);
  mdl.ByteOffset = byteOffset(base);
  mdl.ByteCount = length;
  return mdl;
}
