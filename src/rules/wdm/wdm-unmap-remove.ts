/** WDM-UNMAP-REMOVE: a mapping outlives REMOVE, or is released too late in it. */

import { isIoSpace } from '../leftovers.ts';
import { rule } from '../rule.ts';
import { deviceOf, knownMapping } from '../world.ts';
import { leakFacts, leftoversAt, reliesOnStop } from './leaks.ts';

export const wdmUnmapRemove = rule({
  id: 'WDM-UNMAP-REMOVE',
  severity: 'error',
  framework: 'wdm',
  fault: 'leak',
  summary:
    'Mappings are released while handling IRP_MN_REMOVE_DEVICE, before the IRP goes down and before IoDeleteDevice.',
  message: '{device}: {mapping} was still mapped when {boundary}.',
  why: 'After REMOVE nothing of the device is left: the bus may switch the device off as soon as the IRP passes, the extension that holds the pointer is gone after IoDeleteDevice, and the page-table entries stay used until the next boot.',
  fix: 'In the REMOVE handler release hardware resources first (unless SURPRISE_REMOVAL or STOP did), then pass the IRP down, detach and delete the device object.',
  limits:
    'A driver that was seen to release at STOP alone, neither at SURPRISE_REMOVAL nor at REMOVE, is reported as WDM-REMOVE-NO-STOP-DEPENDENCE.',
  doc: 'wdm/nf-wdm-mmunmapiospace',
  sources: [
    'wdm/nf-wdm-mmunmapiospace',
    'kernel/removing-a-device-in-a-function-driver',
    'kernel/handling-an-irp-mn-remove-device-request',
  ],
  bad: `case IRP_MN_REMOVE_DEVICE:
    status = PassDown(ext, Irp);
    IoDetachDevice(ext->Lower);
    IoDeleteDevice(DeviceObject);
    return status;`,
  good: `case IRP_MN_REMOVE_DEVICE:
    ReleaseHardware(ext);           /* disconnects, unmaps, clears */
    status = PassDown(ext, Irp);
    IoDetachDevice(ext->Lower);
    IoDeleteDevice(DeviceObject);
    return status;`,
  on: {
    unmap(event, report, _state, { world }) {
      const device = deviceOf(world, event.device);
      const known = knownMapping(world, event.mapping);
      if (device?.phase !== 'remove' || known === undefined || !isIoSpace(known.facts)) return;
      if (event.match !== 'exact' || known.device !== device.name) return;
      const boundary = tooLate(device);
      if (boundary !== null)
        report(event, { ...leakFacts(known, device), boundary }, { mapping: known.facts });
    },
    'phase-end'(event, report, _state, { world }) {
      const found = leftoversAt(event, world, 'remove');
      if (found === null || found.device.released > 0 || reliesOnStop(world)) return;
      const boundary = 'IRP_MN_REMOVE_DEVICE was done';
      for (const known of found.left)
        report(event, { ...leakFacts(known, found.device), boundary }, { mapping: known.facts });
    },
  },
});

const tooLate = ({ deleted, passedDown }: { deleted: boolean; passedDown: boolean }) => {
  if (deleted) return 'its device object was deleted';
  return passedDown ? 'IRP_MN_REMOVE_DEVICE was passed down' : null;
};
