/** MDLs that the I/O manager makes for a request: the requester's buffer, locked, for direct I/O. */
import { i16, ptr, struct, u16, u32 } from '../../layout/struct.ts';
import {
  byteOffset,
  NULL,
  PAGE_SIZE,
  type Pa,
  pa,
  pageOf,
  paPage,
  spanPages,
  type Va,
  va,
  vaAdd,
} from '../../units/address.ts';
import { allocateForKernel, pool } from '../ex/pool.ts';
import type { Kernel } from '../kernel.ts';
import { lockedFrames } from '../mm/locked-frames.ts';
import { IRP } from './irp-layout.ts';

/** MDL (wdm.h); page frame numbers follow. */
export const REQUEST_MDL = struct({
  name: 'MDL',
  size: { x64: 48 },
  fields: {
    Next: ptr('MDL'),
    Size: i16,
    MdlFlags: i16,
    AllocationProcessorNumber: u16,
    Reserved: u16,
    Process: ptr('EPROCESS'),
    MappedSystemVa: ptr(),
    StartVa: ptr(),
    ByteCount: u32,
    ByteOffset: u32,
  },
});

/** A longer chain has been corrupted into a loop. */
const MAX_CHAIN = 0x1000;
const MDL = { MAPPED_TO_SYSTEM_VA: 0x1, PAGES_LOCKED: 0x2, WRITE_OPERATION: 0x80 } as const;

/** A locked MDL over `buffer`; may throw the `GuestFault` of a page that is not there. */
export function lockBuffer(kernel: Kernel, buffer: Va, bytes: number, forWrite: boolean): Va {
  const { mmu } = kernel;
  mmu.probe(buffer, Math.max(1, bytes), forWrite ? 'write' : 'read');
  const pages = spanPages(byteOffset(buffer), bytes);
  const at = allocateForKernel(kernel, REQUEST_MDL.bytes + pages * 8, 'Mdl ');
  const mdl = REQUEST_MDL.at(mmu, at);
  mdl.Size = REQUEST_MDL.bytes + pages * 8;
  mdl.MdlFlags = MDL.PAGES_LOCKED | (forWrite ? MDL.WRITE_OPERATION : 0);
  mdl.Process = kernel.scheduler.currentProcess;
  mdl.StartVa = pageOf(buffer);
  mdl.ByteCount = bytes;
  mdl.ByteOffset = byteOffset(buffer);
  for (let i = 0; i < pages; i++) {
    const frame = paPage(mmu.translate(vaAdd(pageOf(buffer), i * PAGE_SIZE), 'read'));
    mmu.write(vaAdd(at, REQUEST_MDL.bytes + i * 8), 8, BigInt(frame / PAGE_SIZE));
    lockedFrames(kernel).lock(frame);
  }
  return at;
}

/** Unlocks and frees the MDLs of a completed request; a system mapping that is left goes with the lock. */
export function releaseMdls(kernel: Kernel, irp: Va): void {
  const view = IRP.at(kernel.mmu, irp);
  let at = view.MdlAddress;
  view.MdlAddress = NULL;
  for (let i = 0; at !== NULL && i < MAX_CHAIN; i++) {
    const { Next } = REQUEST_MDL.at(kernel.mmu, at);
    releaseMdl(kernel, at);
    at = Next;
  }
}

function releaseMdl(kernel: Kernel, at: Va): void {
  const mdl = REQUEST_MDL.at(kernel.mmu, at);
  if ((mdl.MdlFlags & MDL.PAGES_LOCKED) !== 0) {
    unmap(kernel, at);
    for (const frame of framesOf(kernel, at)) lockedFrames(kernel).unlock(frame);
  }
  pool(kernel).free(at);
}

function unmap(kernel: Kernel, at: Va): void {
  const mdl = REQUEST_MDL.at(kernel.mmu, at);
  if ((mdl.MdlFlags & MDL.MAPPED_TO_SYSTEM_VA) === 0) return;
  const mapping = kernel.mappings.ledger.ownerOf(mdl.MappedSystemVa);
  if (mapping?.live !== true) return;
  const release = { phase: kernel.phase(), service: 'MmUnlockPages', at: kernel.stack() };
  kernel.mappings.unmap(mapping, release);
  kernel.emit({ kind: 'mapping-ended', mapping: mapping.facts });
}

function framesOf(kernel: Kernel, at: Va): readonly Pa[] {
  const { ByteCount, ByteOffset } = REQUEST_MDL.at(kernel.mmu, at);
  return Array.from({ length: spanPages(ByteOffset, ByteCount) }, (_, i) =>
    pa(Number(kernel.mmu.u64(va(at + BigInt(REQUEST_MDL.bytes + i * 8)))) * PAGE_SIZE),
  );
}
