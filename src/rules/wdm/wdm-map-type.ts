/** WDM-MAP-TYPE: a port resource was mapped as memory. */
import { isIoSpace } from '../leftovers.ts';
import { contains } from '../range.ts';
import { rule } from '../rule.ts';
import { mappingFacts } from '../words.ts';
import { deviceOf, knownMapping } from '../world.ts';
import { callFacts } from './calls.ts';
import { mapFault } from './map-fault.ts';

export const wdmMapType = rule({
  id: 'WDM-MAP-TYPE',
  severity: 'error',
  framework: 'wdm',
  summary: 'Only resources whose translated type is memory are mapped; ports need no mapping.',
  message: '{device}: {mapping} is a port range, not memory.',
  why: 'A port number read as a physical address is some byte of low memory. The device sees none of the accesses, and the owner of that memory sees all writes.',
  fix: 'Switch on the Type of each translated descriptor: map CmResourceTypeMemory and CmResourceTypeMemoryLarge, keep CmResourceTypePort for READ_PORT and WRITE_PORT.',
  limits: 'None known.',
  doc: 'kernel/mapping-bus-relative-addresses-to-virtual-addresses',
  sources: [
    'kernel/mapping-bus-relative-addresses-to-virtual-addresses',
    'wdf/introduction-to-hardware-resources',
  ],
  bad: `descriptor = &list->PartialDescriptors[0];
ext->Base = MmMapIoSpace(descriptor->u.Memory.Start, descriptor->u.Memory.Length, MmNonCached);`,
  good: `if (descriptor->Type == CmResourceTypeMemory)
    ext->Base = MmMapIoSpace(descriptor->u.Memory.Start, descriptor->u.Memory.Length, MmNonCached);
else if (descriptor->Type == CmResourceTypePort)
    ext->Port = (PUCHAR)(ULONG_PTR)descriptor->u.Port.Start.QuadPart;`,
  on: {
    map(event, report, _state, { world }) {
      if (mapFault(event, world) !== 'WDM-MAP-TYPE') return;
      const { mapping } = event;
      const device = knownMapping(world, mapping)?.device ?? event.device;
      report(event, { ...mappingFacts(mapping), device }, { mapping });
    },
    'map-failed'(event, report, _state, { world }) {
      const device = deviceOf(world, event.device);
      const { call } = event;
      if (device === undefined || !isIoSpace(call) || call.length === 0) return;
      if (!device.resources.some((it) => it.kind === 'port' && contains(it, call))) return;
      const facts = callFacts(call);
      const mapping = `${facts.service} of ${facts.physical}, ${facts.length} bytes`;
      report(event, { ...facts, mapping, device: device.name });
    },
  },
});
