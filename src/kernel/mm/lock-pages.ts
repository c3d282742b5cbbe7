/** MmProbeAndLockPages and MmUnlockPages: an MDL's pages are looked up, tested for access, and held in place. */
import { ptr, u8, u32 } from '../../layout/struct.ts';
import { HIGHEST_USER_ADDRESS, PAGED_POOL, USER_PROBE_ADDRESS } from '../../memory/address-map.ts';
import { guestFault } from '../../memory/fault.ts';
import { NULL, PAGE_SIZE, type Pa, paPage, type Va, vaAdd } from '../../units/address.ts';
import { APC_LEVEL, DISPATCH_LEVEL, type Irql } from '../../units/irql.ts';
import { type NtStatus, STATUS } from '../../units/status.ts';
import type { Blocking } from '../effects.ts';
import { describeAddress } from '../ke/describe-address.ts';
import { raiseStatus } from '../ke/raise.ts';
import type { Kernel } from '../kernel.ts';
import { service } from '../service.ts';
import { lockedFrames } from './locked-frames.ts';
import { endSystemMapping } from './map-mdl.ts';
import { MDL_FLAG, mdlAt, mdlPages, mdlVirtual, USER_MODE, writeFrames } from './mdl.ts';
import { mdls, tellOfMdl } from './mdls.ts';

/** LOCK_OPERATION: IoModifyAccess and IoWriteAccess are one. */
const IO_READ_ACCESS = 0;

/** Why pages cannot be locked. */
interface Refusal {
  readonly status: NtStatus;
  readonly page: Va;
}

const refuse = (page: Va): Refusal => ({ status: STATUS.ACCESS_VIOLATION, page });

/** The frame behind each page of the buffer, or what locking fails with. */
function probe(kernel: Kernel, at: Va, accessMode: number, write: boolean): Pa[] | Refusal {
  const mdl = mdlAt(kernel, at);
  const pages = mdlPages(mdl);
  const end = mdlVirtual(mdl) + BigInt(mdl.ByteCount);
  if (accessMode === USER_MODE && end > USER_PROBE_ADDRESS) return refuse(mdl.StartVa);
  const frames: Pa[] = [];
  for (let i = 0; i < pages; i++) {
    const page = vaAdd(mdl.StartVa, i * PAGE_SIZE);
    const found = kernel.mmu.tables.lookup(page);
    if (found === undefined) {
      if (page > HIGHEST_USER_ADDRESS) throw guestFault(page, 'read', 'not-present');
      return refuse(page);
    }
    if ((write && !found.writable) || (accessMode === USER_MODE && !found.user)) {
      return refuse(page);
    }
    frames.push(paPage(found.physical));
  }
  return frames;
}

/**
 * Locks the MDL's pages, or gives the status that the service raises. A system address where nothing
 * is mapped faults, as the service's own touch does.
 */
export function lockMdl(kernel: Kernel, at: Va, accessMode: number, operation: number): NtStatus {
  return lockOrRefuse(kernel, at, accessMode, operation)?.status ?? STATUS.SUCCESS;
}

function lockOrRefuse(
  kernel: Kernel,
  at: Va,
  accessMode: number,
  operation: number,
): Refusal | undefined {
  const write = operation !== IO_READ_ACCESS;
  const frames = probe(kernel, at, accessMode, write);
  if (!Array.isArray(frames)) return frames;
  writeFrames(kernel, at, frames);
  const held = frames.filter((frame) => kernel.physical.isRam(frame));
  for (const frame of held) lockedFrames(kernel).lock(frame);
  mdls(kernel).hold(at, held);
  const mdl = mdlAt(kernel, at);
  const { WRITE_OPERATION, MAPPED_TO_SYSTEM_VA, IO_SPACE, PAGES_LOCKED } = MDL_FLAG;
  mdl.Process = mdl.StartVa <= HIGHEST_USER_ADDRESS ? kernel.scheduler.currentProcess : NULL;
  mdl.MdlFlags =
    (mdl.MdlFlags & ~(WRITE_OPERATION | MAPPED_TO_SYSTEM_VA | IO_SPACE)) |
    PAGES_LOCKED |
    (write ? WRITE_OPERATION : 0) |
    (held.length < frames.length ? IO_SPACE : 0);
  return undefined;
}

/** Ends the MDL's system mapping and lets its pages go; false when it holds none. */
export function unlockMdl(kernel: Kernel, at: Va): boolean {
  const held = mdls(kernel).held(at);
  if (held === undefined) return false;
  endSystemMapping(kernel, at, 'MmUnlockPages');
  for (const frame of held) lockedFrames(kernel).unlock(frame);
  mdls(kernel).letGo(at);
  const mdl = mdlAt(kernel, at);
  mdl.MdlFlags &= ~(MDL_FLAG.PAGES_LOCKED | MDL_FLAG.IO_SPACE);
  return true;
}

interface LockArgs {
  readonly MemoryDescriptorList: Va;
  readonly AccessMode: number;
  readonly Operation: number;
}

/** Raises after `process` has been left again: handlers run where the caller was. */
function* lock(kernel: Kernel, args: LockArgs, process: Va): Blocking<void> {
  const { MemoryDescriptorList: at, AccessMode, Operation } = args;
  const { scheduler } = kernel;
  const caller = scheduler.currentProcess;
  if (process !== caller) scheduler.attach(process);
  const refusal = lockOrRefuse(kernel, at, AccessMode, Operation);
  if (process !== caller) scheduler.attach(caller);
  if (refusal !== undefined) {
    const access = Operation === IO_READ_ACCESS ? 'reading' : 'writing';
    const what = describeAddress(kernel, refusal.page).description;
    tellOfMdl(kernel, 'failed', at, [], `pages that cannot be locked for ${access}, ${what}`);
    yield* raiseStatus(kernel, refusal.status);
  }
  const foreign = (mdlAt(kernel, at).MdlFlags & MDL_FLAG.IO_SPACE) !== 0;
  tellOfMdl(kernel, 'lock', at, foreign ? ['pages-not-memory'] : []);
}

const isPageable = (at: Va): boolean =>
  at <= HIGHEST_USER_ADDRESS ||
  (at >= PAGED_POOL.base && at < vaAdd(PAGED_POOL.base, PAGED_POOL.pages * PAGE_SIZE));

/** APC_LEVEL where the buffer may be paged out. */
const lockIrql = (kernel: Kernel, { MemoryDescriptorList }: LockArgs): Irql => {
  const start = kernel.mmu.isReadable(MemoryDescriptorList, 48)
    ? mdlAt(kernel, MemoryDescriptorList).StartVa
    : NULL;
  return isPageable(start) ? APC_LEVEL : DISPATCH_LEVEL;
};

const MmProbeAndLockPages = service({
  name: 'MmProbeAndLockPages',
  doc: 'wdm/nf-wdm-mmprobeandlockpages',
  params: { MemoryDescriptorList: ptr('MDL'), AccessMode: u8, Operation: u32 },
  returns: 'void',
  maxIrql: lockIrql,
  mayFail: [STATUS.ACCESS_VIOLATION],
  run: (kernel, args) => lock(kernel, args, kernel.scheduler.currentProcess),
});

const MmProbeAndLockProcessPages = service({
  name: 'MmProbeAndLockProcessPages',
  doc: 'ntddk.h',
  params: {
    MemoryDescriptorList: ptr('MDL'),
    Process: ptr('EPROCESS'),
    AccessMode: u8,
    Operation: u32,
  },
  returns: 'void',
  maxIrql: lockIrql,
  mayFail: [STATUS.ACCESS_VIOLATION],
  run: (kernel, args) => lock(kernel, args, args.Process),
});

const MmUnlockPages = service({
  name: 'MmUnlockPages',
  doc: 'wdm/nf-wdm-mmunlockpages',
  params: { MemoryDescriptorList: ptr('MDL') },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run(kernel, { MemoryDescriptorList: at }) {
    const partial = (mdlAt(kernel, at).MdlFlags & MDL_FLAG.PARTIAL) !== 0;
    if (unlockMdl(kernel, at)) tellOfMdl(kernel, 'unlock', at);
    else tellOfMdl(kernel, 'unlock', at, [partial ? 'partial-mdl' : 'not-mapped']);
  },
});

export const lockServices = [MmProbeAndLockPages, MmProbeAndLockProcessPages, MmUnlockPages];
