/** WDM-UNMAP-SURPRISE: a mapping outlives SURPRISE_REMOVAL. */
import { rule } from '../rule.ts';
import { leakFacts, leftoversAt } from './leaks.ts';

export const wdmUnmapSurprise = rule({
  id: 'WDM-UNMAP-SURPRISE',
  severity: 'error',
  framework: 'wdm',
  fault: 'leak',
  summary:
    'Device memory is released while handling IRP_MN_SURPRISE_REMOVAL, not at the REMOVE that follows.',
  message: '{device}: {mapping} was still mapped when IRP_MN_SURPRISE_REMOVAL was done.',
  why: 'REMOVE comes only after the last handle is closed, which may be never, while the PnP manager may give the range to another device at once: two drivers then work on one range.',
  fix: 'Release hardware resources in the SURPRISE_REMOVAL handler and remember that it happened, so that REMOVE does not release them again.',
  limits:
    'The page of MmUnmapIoSpace names stop and remove only; the two pages on starting a function driver and on surprise removal oblige. This rule follows the latter in every profile.',
  doc: 'kernel/handling-an-irp-mn-surprise-removal-request',
  sources: [
    'kernel/handling-an-irp-mn-surprise-removal-request',
    'kernel/starting-a-device-in-a-function-driver',
    'wdm/nf-wdm-mmunmapiospace',
  ],
  bad: `case IRP_MN_SURPRISE_REMOVAL:
    ext->Removed = TRUE;            /* REMOVE will unmap */
    return PassDown(ext, Irp);`,
  good: `case IRP_MN_SURPRISE_REMOVAL:
    ext->Removed = TRUE;
    ReleaseHardware(ext);           /* disconnects, unmaps, clears */
    return PassDown(ext, Irp);`,
  on: {
    'phase-end'(event, report, _state, { world }) {
      const found = leftoversAt(event, world, 'surprise-removal');
      if (found === null || found.device.released > 0) return;
      for (const known of found.left)
        report(event, leakFacts(known, found.device), { mapping: known.facts });
    },
  },
});
