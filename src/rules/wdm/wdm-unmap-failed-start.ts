/** WDM-UNMAP-FAILED-START: START fails and leaves its mappings behind. */

import { isSuccess, statusName } from '../../units/status.ts';
import { dueMappings } from '../leftovers.ts';
import { rule } from '../rule.ts';
import { deviceOf, isStart } from '../world.ts';
import { leakFacts } from './leaks.ts';

export const wdmUnmapFailedStart = rule({
  id: 'WDM-UNMAP-FAILED-START',
  severity: 'error',
  framework: 'wdm',
  fault: 'leak',
  summary:
    'A driver that fails IRP_MN_START_DEVICE undoes every mapping it made before it completes the IRP.',
  message: '{device}: IRP_MN_START_DEVICE failed with {status} and left {mapping} mapped.',
  why: 'The REMOVE that follows a failed START asks a driver to undo its start only if its start succeeded, so nothing else releases what a failed start mapped. Failures are rare, and such leaks are found last.',
  fix: 'Give START one error exit that unmaps what was mapped so far, each mapping once, and clears the saved bases.',
  limits:
    'Judged by what the driver under test answers. When another driver of the stack fails the START, this driver has succeeded, and REMOVE is where it has to undo.',
  doc: 'kernel/mapping-bus-relative-addresses-to-virtual-addresses',
  sources: [
    'kernel/mapping-bus-relative-addresses-to-virtual-addresses',
    'kernel/starting-a-device-in-a-function-driver',
    'kernel/understanding-when-remove-irps-are-issued',
  ],
  bad: `ext->Regs = MmMapIoSpace(regs, 0x1000, MmNonCached);
ext->Ring = MmMapIoSpace(ring, 0x4000, MmNonCached);
if (ext->Ring == NULL) return STATUS_INSUFFICIENT_RESOURCES;`,
  good: `if (ext->Ring == NULL) {
    MmUnmapIoSpace(ext->Regs, 0x1000);
    ext->Regs = NULL;
    return STATUS_INSUFFICIENT_RESOURCES;
}`,
  on: {
    'phase-end'(event, report, _state, { world }) {
      const { status } = event;
      const device = deviceOf(world, event.subject);
      if (!isStart(event.name) || device === undefined || status === null || isSuccess(status))
        return;
      for (const known of dueMappings(world, device, event.name))
        report(
          event,
          { ...leakFacts(known, device), status: statusName(status) },
          { mapping: known.facts },
        );
    },
  },
});
