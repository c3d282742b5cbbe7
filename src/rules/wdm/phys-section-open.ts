/** PHYS-SECTION-OPEN: the physical-memory section opened or mapped without the care it needs. */
import { irqlName, PASSIVE_LEVEL } from '../../units/irql.ts';
import { rule } from '../rule.ts';
import { onEveryMap } from './calls.ts';
import { troubleOf } from './mdl.ts';

export const physSectionOpen = rule({
  id: 'PHYS-SECTION-OPEN',
  severity: 'error',
  framework: 'wdm',
  summary:
    'A driver opens \\Device\\PhysicalMemory with OBJ_KERNEL_HANDLE and maps views of it at PASSIVE_LEVEL.',
  message: '{service} mapped a view of \\Device\\PhysicalMemory {lapse}.',
  why: 'Without OBJ_KERNEL_HANDLE the handle lies in the table of whatever process is current, whose code can then use it to map physical memory. Section services wait and must not run above PASSIVE_LEVEL: 0xC4 0xE6.',
  fix: 'Use MmMapIoSpaceEx instead of a section. Where a section is needed, set OBJ_KERNEL_HANDLE and stay at PASSIVE_LEVEL.',
  limits: 'Judged when a view is mapped, not when the section is opened.',
  doc: 'kernel/security-issues-for-section-objects-and-views',
  sources: ['kernel/security-issues-for-section-objects-and-views', 'wdm/nf-wdm-zwopensection'],
  bad: 'InitializeObjectAttributes(&attributes, &name, OBJ_CASE_INSENSITIVE, NULL, NULL);',
  good: `InitializeObjectAttributes(&attributes, &name,
    OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE, NULL, NULL);`,
  on: onEveryMap((event) => {
    const { call, irql } = event;
    if (call.framework !== 'wdm' || call.origin !== 'section') return null;
    const { service } = call;
    if (troubleOf(event, ['handle-not-kernel']) !== undefined)
      return { service, lapse: 'through a handle opened without OBJ_KERNEL_HANDLE' };
    return irql > PASSIVE_LEVEL ? { service, lapse: `at ${irqlName(irql)}` } : null;
  }),
});
