/** WDM-UNMAP-STOP: a mapping made at START outlives STOP. */
import { rule } from '../rule.ts';
import { leakFacts, leftoversAt } from './leaks.ts';

export const wdmUnmapStop = rule({
  id: 'WDM-UNMAP-STOP',
  severity: 'error',
  framework: 'wdm',
  fault: 'leak',
  summary: 'A mapping made while starting a device is released while handling IRP_MN_STOP_DEVICE.',
  message: '{device}: {mapping} was still mapped when IRP_MN_STOP_DEVICE was done.',
  why: 'STOP comes when the PnP manager moves resources between devices. The range may belong to another device before the next START, and every rebalance that leaves a mapping behind costs system page-table entries until 0x3F NO_MORE_SYSTEM_PTES.',
  fix: 'In the STOP handler disconnect the interrupt, wait for work in progress, then call MmUnmapIoSpace once for each mapping with the base and length saved at START, and clear the saved base.',
  limits:
    'Judged when the driver has completed STOP. A mapping of memory that is not a resource of the device, made outside START, is judged at unload.',
  doc: 'wdm/nf-wdm-mmunmapiospace',
  sources: [
    'wdm/nf-wdm-mmunmapiospace',
    'kernel/starting-a-device-in-a-function-driver',
    'kernel/handling-an-irp-mn-stop-device-request--windows-2000-and-later-',
  ],
  bad: `case IRP_MN_STOP_DEVICE:
    IoDisconnectInterrupt(ext->Interrupt);
    return PassDown(ext, Irp);`,
  good: `case IRP_MN_STOP_DEVICE:
    IoDisconnectInterrupt(ext->Interrupt);
    if (ext->Base != NULL) {
        MmUnmapIoSpace(ext->Base, ext->Length);
        ext->Base = NULL;
    }
    return PassDown(ext, Irp);`,
  on: {
    'phase-end'(event, report, _state, { world }) {
      const found = leftoversAt(event, world, 'stop');
      if (found === null || found.device.released > 0) return;
      for (const known of found.left)
        report(event, leakFacts(known, found.device), { mapping: known.facts });
    },
  },
});
