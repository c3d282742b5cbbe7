/** MDLs of requests: the requester's buffer, locked, for direct I/O, and what becomes of them when the request completes. */
import { HIGHEST_USER_ADDRESS } from '../../memory/address-map.ts';
import { NULL, type Va } from '../../units/address.ts';
import { isSuccess } from '../../units/status.ts';
import { pool } from '../ex/pool.ts';
import type { Kernel } from '../kernel.ts';
import { lockMdl, unlockMdl } from '../mm/lock-pages.ts';
import { mdlAt, USER_MODE } from '../mm/mdl.ts';
import { allocateMdl, freeMdl } from '../mm/mdl-services.ts';
import { tellOfMdl } from '../mm/mdls.ts';
import { IRP } from './irp-layout.ts';

/** LOCK_OPERATION IoReadAccess and IoWriteAccess: what the device does to the buffer. */
const READ_ACCESS = 0;
const WRITE_ACCESS = 1;
/** A longer chain has been corrupted into a loop. */
const MAX_CHAIN = 0x1000;

/** A locked MDL over the buffer; nothing when it cannot be had. */
export function lockBuffer(
  kernel: Kernel,
  buffer: Va,
  bytes: number,
  forWrite: boolean,
): Va | undefined {
  const at = allocateMdl(kernel, buffer, bytes, false);
  if (at === undefined) return undefined;
  const mode = buffer <= HIGHEST_USER_ADDRESS ? USER_MODE : 0;
  const status = lockMdl(kernel, at, mode, forWrite ? WRITE_ACCESS : READ_ACCESS);
  if (isSuccess(status)) return at;
  freeMdl(kernel, at);
  return undefined;
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
