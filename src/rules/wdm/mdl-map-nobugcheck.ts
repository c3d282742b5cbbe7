/** MDL-MAP-NOBUGCHECK: a kernel mapping that may stop the system when it fails. */
import { rule } from '../rule.ts';
import { onEveryMap } from './calls.ts';
import { mdlFacts, troubleOf } from './mdl.ts';

export const mdlMapNobugcheck = rule({
  id: 'MDL-MAP-NOBUGCHECK',
  severity: 'error',
  framework: 'wdm',
  summary: 'MmMapLockedPagesSpecifyCache is called with BugCheckOnFailure FALSE.',
  message: '{service} was called for {mdl} with BugCheckOnFailure TRUE.',
  why: 'A shortage of page-table entries then stops the system instead of failing one request. Driver Verifier stops with 0xC4 0x82.',
  fix: 'Pass FALSE and test the result for NULL.',
  limits: 'None known.',
  doc: 'wdm/nf-wdm-mmmaplockedpagesspecifycache',
  sources: [
    'wdm/nf-wdm-mmmaplockedpagesspecifycache',
    'debugger/bug-check-0xc4--driver-verifier-detected-violation',
  ],
  bad: 'MmMapLockedPagesSpecifyCache(mdl, KernelMode, MmCached, NULL, TRUE, NormalPagePriority);',
  good: 'MmMapLockedPagesSpecifyCache(mdl, KernelMode, MmCached, NULL, FALSE, NormalPagePriority);',
  on: onEveryMap((event) =>
    troubleOf(event, ['bugcheck-on-failure']) === undefined ? null : mdlFacts(event),
  ),
});
