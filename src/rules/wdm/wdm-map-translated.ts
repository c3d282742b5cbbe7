/** WDM-MAP-TRANSLATED: a raw, bus-relative address was mapped. */
import { hex } from '../../units/address.ts';
import { isMemory } from '../leftovers.ts';
import { overlaps } from '../range.ts';
import { rule } from '../rule.ts';
import { mappingFacts } from '../words.ts';
import { deviceOf, knownMapping } from '../world.ts';
import { mapFault } from './map-fault.ts';

export const wdmMapTranslated = rule({
  id: 'WDM-MAP-TRANSLATED',
  severity: 'error',
  framework: 'wdm',
  summary: 'Addresses to map come from the translated resource list.',
  message: '{device}: {mapping} is the raw address of the resource translated to {translated}.',
  why: "Raw addresses are those of the bus. Where a bridge translates, the same number on the processor's side is somebody else's memory.",
  fix: 'Read addresses from Parameters.StartDevice.AllocatedResourcesTranslated; consult the raw list only to learn whether the device sees a port or memory.',
  limits: 'Shows only where raw and translated addresses differ: run with a bus that translates.',
  doc: 'wdm/ns-wdm-_cm_partial_resource_descriptor',
  sources: [
    'wdm/ns-wdm-_cm_partial_resource_descriptor',
    'kernel/mapping-bus-relative-addresses-to-virtual-addresses',
  ],
  bad: 'list = stack->Parameters.StartDevice.AllocatedResources;',
  good: 'list = stack->Parameters.StartDevice.AllocatedResourcesTranslated;',
  on: {
    map(event, report, _state, { world }) {
      if (mapFault(event, world) !== 'WDM-MAP-TRANSLATED') return;
      const { mapping } = event;
      const device = deviceOf(world, knownMapping(world, mapping)?.device ?? null);
      const meant = device?.resources.find(
        (it) => isMemory(it) && overlaps({ start: it.rawStart, length: it.length }, mapping),
      );
      const translated = hex(meant?.start ?? 0);
      report(
        event,
        { ...mappingFacts(mapping), device: device?.name ?? '', translated },
        { mapping },
      );
    },
  },
});
