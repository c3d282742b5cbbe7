/** MDL-IO: an ordinary MDL over pages that are not RAM. */
import { hexVa } from '../../units/address.ts';
import { rule } from '../rule.ts';
import { troubleOf } from './mdl.ts';

export const mdlIo = rule({
  id: 'MDL-IO',
  severity: 'error',
  framework: 'wdm',
  summary: 'An MDL that is not marked as I/O space describes RAM only.',
  message: 'The MDL at {mdl} describes pages outside RAM{detail}.',
  why: 'The memory manager keeps accounts of RAM pages only. Locking or mapping device pages through an ordinary MDL reads accounts that do not exist; Driver Verifier stops with 0xC4 0x6F or 0x89.',
  fix: 'Make MDLs of device memory with MmAllocateMdlForIoSpace.',
  limits: 'None known.',
  doc: 'debugger/bug-check-0xc4--driver-verifier-detected-violation',
  sources: ['debugger/bug-check-0xc4--driver-verifier-detected-violation'],
  bad: `mdl = IoAllocateMdl(ext->Registers, length, FALSE, FALSE, NULL);
MmBuildMdlForNonPagedPool(mdl);         /* registers are no pool */`,
  good: 'status = MmAllocateMdlForIoSpace(&range, 1, &mdl);',
  on: {
    mdl(event, report) {
      if (troubleOf(event, ['pages-not-memory']) === undefined) return;
      const detail = event.detail === '' ? '' : ` (${event.detail})`;
      report(event, { mdl: hexVa(event.mdl), detail });
    },
  },
});
