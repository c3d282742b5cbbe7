/** WDM-UNLOAD: mappings of a driver that outlive it, or are released in the wrong order at Unload. */
import { isSuccess, statusName } from '../../units/status.ts';
import { isInUse, isIoSpace } from '../leftovers.ts';
import { rule } from '../rule.ts';
import { mappingFacts } from '../words.ts';
import { deviceOf } from '../world.ts';

export const wdmUnload = rule({
  id: 'WDM-UNLOAD',
  severity: 'error',
  framework: 'wdm',
  fault: 'leak',
  summary:
    'Mappings made in DriverEntry or later by a driver without PnP are undone in Unload, after interrupts are disconnected and before IoDeleteDevice.',
  message: '{mapping} {deed}.',
  why: 'Nothing else releases them: the page-table entries stay used until the next boot. An interrupt that comes between the unmap and IoDisconnectInterrupt touches registers that are gone, and the pointer is gone with the device extension.',
  fix: 'In Unload (and where DriverEntry fails) first disconnect interrupts and wait for DPCs and timers, then unmap, then delete the symbolic link and the device object.',
  limits:
    'A driver without an Unload routine is never unloaded, so its mappings are not judged here.',
  doc: 'kernel/releasing-driver-allocated-resources',
  sources: ['kernel/releasing-driver-allocated-resources'],
  bad: `VOID Unload(PDRIVER_OBJECT Driver) {
    IoDeleteDevice(Driver->DeviceObject);
}`,
  good: `VOID Unload(PDRIVER_OBJECT Driver) {
    EXTENSION *ext = Driver->DeviceObject->DeviceExtension;
    IoDisconnectInterrupt(ext->Interrupt);
    if (ext->Base != NULL) MmUnmapIoSpace(ext->Base, ext->Length);
    IoDeleteDevice(Driver->DeviceObject);
}`,
  on: {
    unmap(event, report, _state, { world }) {
      const { mapping, phase } = event;
      if (phase !== 'unload' || mapping === null || event.match !== 'exact') return;
      if (!isIoSpace(mapping) || deviceOf(world, mapping.owner) !== undefined) return;
      const { created, deleted } = world.deviceObjects;
      const interrupts = world.connectedInterrupts > 0;
      if (!interrupts && (created === 0 || deleted < created)) return;
      const deed = interrupts
        ? 'was unmapped in Unload while an interrupt was still connected'
        : 'was unmapped in Unload after the device object was deleted';
      report(event, { ...mappingFacts(mapping), deed }, { mapping });
    },
    'phase-end'(event, report, _state, { world }) {
      const { name, status } = event;
      const failedLoad = name === 'load' && status !== null && !isSuccess(status);
      if (name !== 'unload' && !failedLoad) return;
      const deed = failedLoad
        ? `was left mapped by DriverEntry, which failed with ${statusName(status)}`
        : 'was still mapped when the driver was unloaded';
      for (const known of world.live.values()) {
        const { facts } = known;
        if (!isIoSpace(facts) || world.excused.has(facts.id) || isInUse(world, known)) continue;
        report(event, { ...mappingFacts(facts), deed }, { mapping: facts });
      }
    },
  },
});
