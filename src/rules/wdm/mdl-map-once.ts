/** MDL-MAP-ONCE: a second system mapping of one MDL. */
import { rule } from '../rule.ts';
import { onEveryMap } from './calls.ts';
import { mdlFacts, troubleOf } from './mdl.ts';

export const mdlMapOnce = rule({
  id: 'MDL-MAP-ONCE',
  severity: 'error',
  framework: 'wdm',
  summary: 'A locked MDL has one system mapping at a time.',
  message: '{service} was called for {mdl}, which has a system mapping already.',
  why: 'The MDL remembers one address; the other mapping is never released. Driver Verifier stops with 0xC4 0xB2.',
  fix: 'Call MmGetSystemAddressForMdlSafe, which returns the address that is there.',
  limits: 'None known.',
  doc: 'wdm/nf-wdm-mmmaplockedpagesspecifycache',
  sources: [
    'wdm/nf-wdm-mmmaplockedpagesspecifycache',
    'debugger/bug-check-0xc4--driver-verifier-detected-violation',
  ],
  bad: `a = MmMapLockedPagesSpecifyCache(mdl, KernelMode, MmCached, NULL, FALSE, NormalPagePriority);
b = MmMapLockedPagesSpecifyCache(mdl, KernelMode, MmCached, NULL, FALSE, NormalPagePriority);`,
  good: `a = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);
b = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);   /* the same address */`,
  on: onEveryMap((event) =>
    troubleOf(event, ['already-mapped']) === undefined ? null : mdlFacts(event),
  ),
});
