/** WDM-MAP-LARGE: the scaled length of a large memory resource was taken for bytes. */
import { hex } from '../../units/address.ts';
import { contains } from '../range.ts';
import { rule } from '../rule.ts';
import { mappingFacts } from '../words.ts';
import { deviceOf, knownMapping } from '../world.ts';
import { mapFault } from './map-fault.ts';

export const wdmMapLarge = rule({
  id: 'WDM-MAP-LARGE',
  severity: 'error',
  framework: 'wdm',
  summary: 'The length of a CmResourceTypeMemoryLarge descriptor is decoded before it is used.',
  message:
    '{device}: {mapping} took the stored length for bytes; the resource has {decoded} bytes.',
  why: 'Large descriptors store their length divided by 256, 65536 or 4 GiB. Read as bytes, most of the range stays unmapped and the first access beyond faults.',
  fix: 'Call RtlCmDecodeMemIoResource for the length and the start.',
  limits:
    'Recognised by the exact scaled length, from the start of the resource, in a driver that did not call RtlCmDecodeMemIoResource. A driver that maps part of a large resource on purpose is not reported unless it hits that length.',
  doc: 'wdm/nf-wdm-rtlcmdecodememioresource',
  sources: ['wdm/ns-wdm-_cm_partial_resource_descriptor', 'wdm/nf-wdm-rtlcmdecodememioresource'],
  bad: `case CmResourceTypeMemoryLarge:
    length = descriptor->u.Memory.Length;`,
  good: `case CmResourceTypeMemoryLarge:
    length = RtlCmDecodeMemIoResource(descriptor, &start);`,
  on: {
    map(event, report, _state, { world }) {
      if (mapFault(event, world) !== 'WDM-MAP-LARGE') return;
      const { mapping } = event;
      const device = deviceOf(world, knownMapping(world, mapping)?.device ?? null);
      const decoded = hex(device?.resources.find((it) => contains(it, mapping))?.length ?? 0);
      report(event, { ...mappingFacts(mapping), device: device?.name ?? '', decoded }, { mapping });
    },
  },
});
