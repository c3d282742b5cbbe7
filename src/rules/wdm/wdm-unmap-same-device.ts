/** WDM-UNMAP-SAME-DEVICE: one device's release ends another device's mapping. */
import { rule } from '../rule.ts';
import { mappingFacts } from '../words.ts';
import { knownMapping } from '../world.ts';
import { unmapFault } from './unmap-fault.ts';

export const wdmUnmapSameDevice = rule({
  id: 'WDM-UNMAP-SAME-DEVICE',
  severity: 'error',
  framework: 'wdm',
  fault: 'release',
  summary: 'A mapping is released while stopping or removing the device whose START made it.',
  message: '{mapping} was made for {owner} and unmapped while handling {device}.',
  why: 'The other device still runs and loses its registers under its interrupt routine, while the mapping of this one stays behind. The usual cause is a base kept in a global variable.',
  fix: 'Keep base and length in the device extension, one for each device object.',
  limits: 'Needs a run with two devices of the driver.',
  doc: 'wdm/nf-wdm-mmunmapiospace',
  sources: ['wdm/nf-wdm-mmunmapiospace'],
  bad: 'static PVOID Base;                   /* shared by all devices */',
  good: `typedef struct _DEVICE_EXTENSION {
    PVOID Base;
    SIZE_T Length;
} DEVICE_EXTENSION;`,
  on: {
    unmap(event, report, _state, { world }) {
      const { mapping, device } = event;
      if (unmapFault(event, world) !== 'WDM-UNMAP-SAME-DEVICE' || mapping === null) return;
      const owner = knownMapping(world, mapping)?.device ?? mapping.owner;
      report(event, { ...mappingFacts(mapping), owner, device }, { mapping });
    },
  },
});
