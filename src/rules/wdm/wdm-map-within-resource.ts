/** WDM-MAP-WITHIN-RESOURCE: a device maps memory that it was not given. */

import { hex } from '../../units/address.ts';
import { isMemory } from '../leftovers.ts';
import { overlaps } from '../range.ts';
import { rule } from '../rule.ts';
import { mappingFacts } from '../words.ts';
import { deviceOf, knownMapping } from '../world.ts';
import { mapFault } from './map-fault.ts';

export const wdmMapWithinResource = rule({
  id: 'WDM-MAP-WITHIN-RESOURCE',
  severity: 'error',
  framework: 'wdm',
  summary: "Start and length of a device's mapping stay inside one resource assigned to it.",
  message: '{device}: {mapping} {relation}.',
  why: 'The neighbouring range belongs to another device or to nobody. The memory manager maps what it is asked for, so the wrong range is noticed only by what it destroys.',
  fix: 'Map the address of a descriptor with its own length; when the registers need more than that, fail START.',
  limits:
    'Concerns PnP devices. Inferred from the page that says to map each address with its own length; UMDF 2 enforces the same. Rounding to pages by the system does not count.',
  doc: 'kernel/mapping-bus-relative-addresses-to-virtual-addresses',
  sources: [
    'kernel/mapping-bus-relative-addresses-to-virtual-addresses',
    'kernel/starting-a-device-in-a-function-driver',
  ],
  bad: `ASSERT(descriptor->u.Memory.Length >= sizeof(REGISTERS));
ext->Regs = MmMapIoSpace(descriptor->u.Memory.Start, sizeof(REGISTERS), MmNonCached);`,
  good: `if (descriptor->u.Memory.Length < sizeof(REGISTERS)) return STATUS_DEVICE_CONFIGURATION_ERROR;
ext->Regs = MmMapIoSpace(descriptor->u.Memory.Start, sizeof(REGISTERS), MmNonCached);`,
  on: {
    map(event, report, _state, { world }) {
      if (mapFault(event, world) !== 'WDM-MAP-WITHIN-RESOURCE') return;
      const { mapping } = event;
      const device = deviceOf(world, knownMapping(world, mapping)?.device ?? null);
      const near = device?.resources.find((it) => isMemory(it) && overlaps(it, mapping));
      const relation =
        near === undefined
          ? 'is no resource of the device'
          : `leaves its resource of ${hex(near.length)} bytes at ${hex(near.start)}`;
      report(
        event,
        { ...mappingFacts(mapping), device: device?.name ?? '', relation },
        { mapping },
      );
    },
  },
});
