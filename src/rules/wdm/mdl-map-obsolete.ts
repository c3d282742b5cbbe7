/** MDL-MAP-OBSOLETE: MmMapLockedPages. */
import { rule } from '../rule.ts';
import { onEveryMap } from './calls.ts';
import { mdlFacts } from './mdl.ts';

export const mdlMapObsolete = rule({
  id: 'MDL-MAP-OBSOLETE',
  severity: 'error',
  framework: 'wdm',
  summary: 'MmMapLockedPages is not used.',
  message: 'MmMapLockedPages was called for {mdl}.',
  why: 'It cannot report that a kernel mapping failed: the system stops instead. Driver Verifier stops at every call with 0xC4 0x81.',
  fix: 'Call MmGetSystemAddressForMdlSafe, or MmMapLockedPagesSpecifyCache with BugCheckOnFailure FALSE.',
  limits: 'None known.',
  doc: 'wdm/nf-wdm-mmmaplockedpages',
  sources: [
    'wdm/nf-wdm-mmmaplockedpages',
    'debugger/bug-check-0xc4--driver-verifier-detected-violation',
  ],
  bad: 'va = MmMapLockedPages(mdl, KernelMode);',
  good: 'va = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority | MdlMappingNoExecute);',
  on: onEveryMap((event) => (event.call.service === 'MmMapLockedPages' ? mdlFacts(event) : null)),
});
