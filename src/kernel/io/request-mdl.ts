/** MDLs of requests: the requester's buffer, locked, for direct I/O, and what becomes of them when the request completes. */
import { NULL, type Va } from '../../units/address.ts';
import { outOfBudget } from '../end.ts';
import { pool } from '../ex/pool.ts';
import type { Kernel } from '../kernel.ts';
import { lockMdl, unlockMdl } from '../mm/lock-pages.ts';
import { mdlAt } from '../mm/mdl.ts';
import { allocateMdl, freeMdl } from '../mm/mdl-services.ts';
import { tellOfMdl } from '../mm/mdls.ts';
import { IRP } from './irp-layout.ts';

/** A longer chain has been corrupted into a loop. */
const MAX_CHAIN = 0x1000;
const KERNEL_MODE = 0;
/** LOCK_OPERATION */
const IoReadAccess = 0;
const IoWriteAccess = 1;

/** A locked MDL over `buffer`; may throw the `GuestFault` of a page that is not there. */
export function lockBuffer(kernel: Kernel, buffer: Va, bytes: number, forWrite: boolean): Va {
  kernel.mmu.probe(buffer, Math.max(1, bytes), forWrite ? 'write' : 'read');
  const at = allocateMdl(kernel, buffer, bytes, false);
  if (at === undefined) return outOfBudget(`RAM holds no MDL for a buffer of ${bytes} bytes`);
  lockMdl(kernel, at, KERNEL_MODE, forWrite ? IoWriteAccess : IoReadAccess);
  return at;
}

/** Unlocks and frees the MDLs of a completed request; a system mapping that is left goes with the lock. */
export function releaseMdls(kernel: Kernel, irp: Va): void {
  const view = IRP.at(kernel.mmu, irp);
  let at = view.MdlAddress;
  view.MdlAddress = NULL;
  for (let i = 0; at !== NULL && i < MAX_CHAIN; i++) {
    const { Next } = mdlAt(kernel, at);
    release(kernel, at);
    at = Next;
  }
}

/** What is done to an MDL that the driver made counts as done for the driver. */
function release(kernel: Kernel, at: Va): void {
  const isDrivers = pool(kernel).block(at)?.byDriver === true;
  const wasLocked = unlockMdl(kernel, at);
  if (isDrivers && wasLocked) tellOfMdl(kernel, 'unlock', at);
  if (isDrivers) tellOfMdl(kernel, 'free', at);
  freeMdl(kernel, at);
}
