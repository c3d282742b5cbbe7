/** WDM-REMOVE-NO-STOP-DEPENDENCE: only STOP releases, and REMOVE came without one. */
import { rule } from '../rule.ts';
import { leakFacts, leftoversAt, reliesOnStop } from './leaks.ts';

export const wdmRemoveNoStopDependence = rule({
  id: 'WDM-REMOVE-NO-STOP-DEPENDENCE',
  severity: 'error',
  framework: 'wdm',
  fault: 'leak',
  summary: 'REMOVE releases by itself what is mapped: no STOP precedes it.',
  message:
    '{device}: {mapping} was still mapped when IRP_MN_REMOVE_DEVICE was done; the driver releases at IRP_MN_STOP_DEVICE, which does not precede it.',
  why: 'Since Windows 2000 STOP only pauses a device for rebalancing. A device is removed straight from the started state, so a driver that releases in STOP alone leaks at every removal.',
  fix: 'Put the release in one routine and call it from STOP, SURPRISE_REMOVAL and REMOVE; let it do nothing when nothing is mapped.',
  limits:
    'Needs a run in which earlier a STOP released and a SURPRISE_REMOVAL did not; without these the same driver is reported as WDM-UNMAP-REMOVE.',
  doc: 'kernel/irp-mn-stop-device',
  sources: ['kernel/irp-mn-stop-device', 'kernel/understanding-when-remove-irps-are-issued'],
  bad: `case IRP_MN_STOP_DEVICE:
    ReleaseHardware(ext);
    break;
case IRP_MN_REMOVE_DEVICE:          /* STOP has released everything */
    IoDeleteDevice(DeviceObject);`,
  good: `case IRP_MN_STOP_DEVICE:
    ReleaseHardware(ext);
    break;
case IRP_MN_REMOVE_DEVICE:
    ReleaseHardware(ext);           /* does nothing when nothing is mapped */
    IoDeleteDevice(DeviceObject);`,
  on: {
    'phase-end'(event, report, _state, { world }) {
      const found = leftoversAt(event, world, 'remove');
      if (found === null || found.device.released > 0 || !reliesOnStop(world)) return;
      for (const known of found.left)
        report(event, leakFacts(known, found.device), { mapping: known.facts });
    },
  },
});
