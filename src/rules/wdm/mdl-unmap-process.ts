/** MDL-UNMAP-PROCESS: a user mapping released in another process. */
import { rule } from '../rule.ts';
import { mappingFacts } from '../words.ts';
import { knownMapping } from '../world.ts';
import { unmapFault } from './unmap-fault.ts';

export const mdlUnmapProcess = rule({
  id: 'MDL-UNMAP-PROCESS',
  severity: 'error',
  framework: 'wdm',
  fault: 'release',
  summary: 'A user mapping is released in the process that it was made in.',
  message: '{mapping} was made in process {born} and released in process {current}.',
  why: 'The address means something else in another process: the call releases an unrelated range there, and the mapping stays.',
  fix: 'Release in the cleanup of the file object that asked for the mapping, or attach to the process with KeStackAttachProcess.',
  limits: 'Needs a run with two processes.',
  doc: 'wdm/nf-wdm-mmunmaplockedpages',
  sources: ['wdm/nf-wdm-mmunmaplockedpages'],
  bad: `VOID Unload(PDRIVER_OBJECT Driver) {
    MmUnmapLockedPages(UserVa, Mdl);    /* in the system process */`,
  good: `case IRP_MJ_CLEANUP:                    /* in the caller's process */
    MmUnmapLockedPages(context->UserVa, context->Mdl);`,
  on: {
    unmap(event, report, _state, { world }) {
      const { mapping, process } = event;
      const known = knownMapping(world, mapping);
      if (unmapFault(event, world) !== 'MDL-UNMAP-PROCESS') return;
      if (mapping === null || known === undefined) return;
      report(
        event,
        { ...mappingFacts(mapping), born: known.process, current: process },
        { mapping },
      );
    },
  },
});
