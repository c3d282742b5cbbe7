/** WDM-UNMAP-BEFORE-START: the release path of a device that never mapped anything goes wrong. */
import { hexVa } from '../../units/address.ts';
import { rule } from '../rule.ts';
import { pageFault } from './page-fault.ts';
import { unmapFault } from './unmap-fault.ts';

export const wdmUnmapBeforeStart = rule({
  id: 'WDM-UNMAP-BEFORE-START',
  severity: 'error',
  framework: 'wdm',
  summary: 'STOP, SURPRISE_REMOVAL and REMOVE cope with a device that has nothing mapped.',
  message: '{device}: nothing was ever mapped for it, and {phase} {deed}.',
  why: 'A device may be removed before its START, after a START that failed below, or be stopped straight from its boot configuration. The release path then meets an extension in its initial state.',
  fix: 'Zero the device extension (the system does), treat NULL as "not mapped", and release only what is there.',
  limits: 'Shown by cases that remove a device before START or whose START fails early.',
  doc: 'kernel/state-transitions-for-pnp-devices',
  sources: [
    'kernel/state-transitions-for-pnp-devices',
    'kernel/irp-mn-remove-device',
    'kernel/handling-an-irp-mn-surprise-removal-request',
  ],
  bad: `case IRP_MN_REMOVE_DEVICE:
    WRITE_REGISTER_ULONG(&ext->Regs->Control, 0);
    MmUnmapIoSpace(ext->Regs, ext->Length);`,
  good: `case IRP_MN_REMOVE_DEVICE:
    if (ext->Regs != NULL) {
        WRITE_REGISTER_ULONG(&ext->Regs->Control, 0);
        MmUnmapIoSpace(ext->Regs, ext->Length);
        ext->Regs = NULL;
    }`,
  on: {
    unmap(event, report, _state, { world }) {
      if (unmapFault(event, world) !== 'WDM-UNMAP-BEFORE-START') return;
      const deed = `unmapped ${event.match === 'null' ? 'NULL' : hexVa(event.base)}`;
      report(event, { device: event.device, phase: event.phase, deed });
    },
    'page-fault'(event, report, _state, { world }) {
      if (pageFault(event, world) !== 'WDM-UNMAP-BEFORE-START') return;
      const deed = `touched ${hexVa(event.address)}`;
      report(event, { device: event.device, phase: event.phase, deed });
    },
  },
});
