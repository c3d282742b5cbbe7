/** PHYS-SECTION-USER: a view of physical memory in a user process. */
import { rule } from '../rule.ts';
import { mappingFacts } from '../words.ts';

/** Views of a driver for itself lie in the user half of this process. */
const SYSTEM_PROCESS = 4;

export const physSectionUser = rule({
  id: 'PHYS-SECTION-USER',
  severity: 'error',
  framework: 'wdm',
  summary:
    'No view of \\Device\\PhysicalMemory is mapped into a user process, unless the driver allocated that memory itself.',
  message: '{mapping} mapped physical memory into process {process}.',
  why: 'The process then reads and writes memory past every check of the system, and may give the range a caching type that conflicts with that of its owner.',
  fix: 'Allocate with MmAllocatePagesForMdl and map the MDL to the process, or answer requests in the driver.',
  limits: 'Memory held by a lock or a contiguous allocation of the driver counts as its own.',
  doc: 'wdm/nf-wdm-zwmapviewofsection',
  sources: [
    'wdm/nf-wdm-zwmapviewofsection',
    'kernel/security-issues-for-section-objects-and-views',
  ],
  bad: `ZwOpenSection(&section, SECTION_ALL_ACCESS, &physicalMemory);
ZwMapViewOfSection(section, NtCurrentProcess(), &base, ...);`,
  good: `mdl = MmAllocatePagesForMdlEx(low, high, skip, size, MmCached, 0);
base = MmMapLockedPagesSpecifyCache(mdl, UserMode, MmCached, NULL, FALSE, NormalPagePriority);`,
  on: {
    map(event, report) {
      const { mapping, process } = event;
      if (mapping.origin !== 'section' || mapping.space !== 'user') return;
      if (process === SYSTEM_PROCESS) return;
      if (mapping.backing === 'ram' && !mapping.unlocked) return;
      report(event, { ...mappingFacts(mapping), process }, { mapping });
    },
  },
});
