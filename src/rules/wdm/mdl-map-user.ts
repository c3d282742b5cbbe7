/** MDL-MAP-USER: a user mapping without the care it needs. */
import { rule } from '../rule.ts';
import { onEveryMap } from './calls.ts';
import { mdlFacts, troubleOf } from './mdl.ts';

export const mdlMapUser = rule({
  id: 'MDL-MAP-USER',
  severity: 'error',
  framework: 'wdm',
  summary: 'A mapping into user space is made inside try/except and of whole pages.',
  message: '{service} mapped {mdl} into user space {lapse}.',
  why: 'With UserMode a failure is an exception, which stops the system when nobody catches it. A mapping shows whole pages, so the rest of the first and last page, with whatever another driver keeps there, becomes readable and writable for the process.',
  fix: 'Allocate whole pages, zero them, and make the mapping inside __try.',
  limits: 'Whether the buffer was zeroed and whether the caller may choose the range is not seen.',
  doc: 'wdm/nf-wdm-mmmaplockedpagesspecifycache',
  sources: [
    'wdm/nf-wdm-mmmaplockedpagesspecifycache',
    'driversecurity/driver-security-dev-best-practices',
  ],
  bad: `pool = ExAllocatePoolWithTag(NonPagedPoolNx, 0x200, 'udE ');
mdl = IoAllocateMdl(pool, 0x200, FALSE, FALSE, NULL);`,
  good: `pool = ExAllocatePoolWithTag(NonPagedPoolNx, PAGE_SIZE, 'udE ');
RtlZeroMemory(pool, PAGE_SIZE);
mdl = IoAllocateMdl(pool, PAGE_SIZE, FALSE, FALSE, NULL);`,
  on: onEveryMap((event) => {
    const trouble = troubleOf(event, ['outside-try', 'length-not-pages']);
    if (trouble === undefined) return null;
    const lapse =
      trouble === 'outside-try'
        ? 'with no exception handler in place'
        : 'although it does not fill its first and last page';
    return { ...mdlFacts(event), lapse };
  }),
});
