/** WDM-MAP-AT-START: a PnP device's memory mapped outside START. */
import { isIoSpace, isMemory } from '../leftovers.ts';
import { overlaps } from '../range.ts';
import { rule } from '../rule.ts';
import { mappingFacts } from '../words.ts';
import { knownMapping } from '../world.ts';
import { mapFault } from './map-fault.ts';

export const wdmMapAtStart = rule({
  id: 'WDM-MAP-AT-START',
  severity: 'error',
  framework: 'wdm',
  summary:
    "A device's memory is mapped while handling IRP_MN_START_DEVICE, not in DriverEntry, AddDevice or at first use.",
  message:
    '{device}: {mapping} was called in phase {bornIn} ({routine}), not while starting the device.',
  why: "Only START brings the translated resources. Before it no range is the device's; after it a failure to map can no longer refuse the device, and a range saved for later may have been moved by a rebalance.",
  fix: 'Map every translated memory resource in the START handler and keep the base until STOP, SURPRISE_REMOVAL or REMOVE.',
  limits:
    'Concerns devices of PnP drivers: those that get AddDevice and START. A mapping of RAM, or of memory that is no resource of the device, is judged by other rules.',
  doc: 'wdm/nf-wdm-mmmapiospace',
  sources: [
    'wdm/nf-wdm-mmmapiospace',
    'wdm/nf-wdm-mmmapiospaceex',
    'kernel/mapping-bus-relative-addresses-to-virtual-addresses',
  ],
  bad: `case IOCTL_READ_STATUS:
    regs = MmMapIoSpace(ext->Start, ext->Length, MmNonCached);`,
  good: `case IRP_MN_START_DEVICE:
    ext->Regs = MmMapIoSpace(translated->u.Memory.Start,
                             translated->u.Memory.Length, MmNonCached);`,
  on: {
    map(event, report, _state, { world }) {
      if (mapFault(event, world) !== 'WDM-MAP-AT-START') return;
      const { mapping, callback: routine } = event;
      const device = knownMapping(world, mapping)?.device ?? event.device;
      const facts = { ...mappingFacts(mapping), device, bornIn: event.phase };
      report(event, { ...facts, routine: routine ?? 'no routine' }, { mapping });
    },
    /** What DriverEntry mapped turns out to be a PnP device's. */
    resources(event, report, _state, { world }) {
      const memory = event.resources.filter(isMemory);
      for (const { facts: mapping } of world.live.values()) {
        if (mapping.bornIn !== 'load' || !isIoSpace(mapping)) continue;
        if (!memory.some((resource) => overlaps(resource, mapping))) continue;
        const facts = { ...mappingFacts(mapping), device: event.subject, bornIn: 'load' };
        report(event, { ...facts, routine: 'DriverEntry' }, { mapping, at: mapping.bornAt });
      }
    },
  },
});
