/** WDM-UNMAP-SYMMETRY: the release loop ends fewer mappings than the map loop made. */
import { rule } from '../rule.ts';
import { isRelease } from '../world.ts';
import { leakFacts, leftoversAt } from './leaks.ts';

const IRP = {
  stop: 'IRP_MN_STOP_DEVICE',
  'surprise-removal': 'IRP_MN_SURPRISE_REMOVAL',
  remove: 'IRP_MN_REMOVE_DEVICE',
} as const;

export const wdmUnmapSymmetry = rule({
  id: 'WDM-UNMAP-SYMMETRY',
  severity: 'error',
  framework: 'wdm',
  fault: 'leak',
  summary: 'The release of a device mirrors its start: one unmap for each mapped resource.',
  message: '{device}: {irp} released another mapping, but {mapping} was still mapped afterwards.',
  why: 'A mapping that the release routine does not know of is never released: typically two resources stored in one pointer, or a loop that ends early.',
  fix: 'Keep base and length of every mapping in an array and let the release walk the same array as the start.',
  limits:
    'Reported instead of the rule of the step (STOP, SURPRISE_REMOVAL, REMOVE) when the step released at least one other mapping of the device.',
  doc: 'kernel/mapping-bus-relative-addresses-to-virtual-addresses',
  sources: [
    'kernel/mapping-bus-relative-addresses-to-virtual-addresses',
    'kernel/starting-a-device-in-a-function-driver',
  ],
  bad: `for (i = 0; i < list->Count; i++)
    if (list->PartialDescriptors[i].Type == CmResourceTypeMemory)
        ext->Base = MmMapIoSpace(...);      /* the first one is lost */`,
  good: `for (i = 0; i < list->Count; i++)
    if (list->PartialDescriptors[i].Type == CmResourceTypeMemory)
        ext->Bar[ext->Bars++] = Map(&list->PartialDescriptors[i]);`,
  on: {
    'phase-end'(event, report, _state, { world }) {
      const { name } = event;
      if (!isRelease(name)) return;
      const found = leftoversAt(event, world, name);
      if (found === null || found.device.released === 0) return;
      const facts = { irp: IRP[name], released: found.device.released };
      for (const known of found.left)
        report(event, { ...leakFacts(known, found.device), ...facts }, { mapping: known.facts });
    },
  },
});
