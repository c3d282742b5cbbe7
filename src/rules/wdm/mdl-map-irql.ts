/** MDL-MAP-IRQL: an MDL mapped above the IRQL for its kind of mapping. */
import { irqlName } from '../../units/irql.ts';
import { rule } from '../rule.ts';
import { onEveryMap } from './calls.ts';
import { irqlLimit, isMdl, mdlFacts } from './mdl.ts';

export const mdlMapIrql = rule({
  id: 'MDL-MAP-IRQL',
  severity: 'error',
  framework: 'wdm',
  summary:
    'An MDL is mapped into system space at DISPATCH_LEVEL or below, into user space at APC_LEVEL or below.',
  message: '{service} was called for {mdl} at {irql}; a {mode} mapping allows {limit} at most.',
  why: 'A user mapping takes locks of the process that must not be waited for at DISPATCH_LEVEL. Driver Verifier stops with 0xC4 0x74 to 0x77.',
  fix: 'Map before raising IRQL, or from a work item.',
  limits: 'None known.',
  doc: 'wdm/nf-wdm-mmmaplockedpagesspecifycache',
  sources: [
    'wdm/nf-wdm-mmmaplockedpagesspecifycache',
    'debugger/bug-check-0xc4--driver-verifier-detected-violation',
  ],
  bad: `KeAcquireSpinLock(&ext->Lock, &irql);
user = MmMapLockedPagesSpecifyCache(mdl, UserMode, MmCached, NULL, FALSE, NormalPagePriority);`,
  good: `user = MmMapLockedPagesSpecifyCache(mdl, UserMode, MmCached, NULL, FALSE, NormalPagePriority);
KeAcquireSpinLock(&ext->Lock, &irql);`,
  on: onEveryMap((event) => {
    const { call, irql } = event;
    const mode = call.accessMode;
    const limit = irqlLimit(mode);
    if (!isMdl(call) || irql <= limit) return null;
    return { ...mdlFacts(event), irql: irqlName(irql), mode, limit: irqlName(limit) };
  }),
});
