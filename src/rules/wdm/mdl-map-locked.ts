/** MDL-MAP-LOCKED: an MDL mapped whose pages are not locked, or which has an address already. */
import { rule } from '../rule.ts';
import { onEveryMap } from './calls.ts';
import { mdlFacts, troubleOf } from './mdl.ts';

export const mdlMapLocked = rule({
  id: 'MDL-MAP-LOCKED',
  severity: 'error',
  framework: 'wdm',
  summary:
    'An MDL is mapped only when its pages are locked; one built for nonpaged pool is mapped to user space only.',
  message: '{service} was called for {mdl}, {state}.',
  why: 'Pages that are not locked may be given away under the mapping. An MDL built for nonpaged pool has a system address already. Driver Verifier stops with 0xC4 0x85 or 0xB3.',
  fix: 'Lock with MmProbeAndLockPages first; for nonpaged pool take the address with MmGetSystemAddressForMdlSafe, which knows.',
  limits: 'None known.',
  doc: 'wdm/nf-wdm-mmmaplockedpagesspecifycache',
  sources: [
    'wdm/nf-wdm-mmmaplockedpagesspecifycache',
    'debugger/bug-check-0xc4--driver-verifier-detected-violation',
  ],
  bad: `mdl = IoAllocateMdl(userBuffer, length, FALSE, FALSE, NULL);
va = MmMapLockedPagesSpecifyCache(mdl, KernelMode, MmCached, NULL, FALSE, NormalPagePriority);`,
  good: `mdl = IoAllocateMdl(userBuffer, length, FALSE, FALSE, NULL);
__try { MmProbeAndLockPages(mdl, UserMode, IoReadAccess); } __except (...) { ... }
va = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);`,
  on: onEveryMap((event) => {
    const trouble = troubleOf(event, ['not-locked', 'nonpaged-to-system']);
    if (trouble === undefined) return null;
    const state =
      trouble === 'not-locked'
        ? 'whose pages are not locked'
        : 'which was built for nonpaged pool and has a system address';
    return { ...mdlFacts(event), state };
  }),
});
