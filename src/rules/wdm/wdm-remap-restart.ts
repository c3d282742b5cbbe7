/** WDM-REMAP-RESTART: a START while mappings exist loses them. */
import type { MappingFacts } from '../../events/mapping.ts';
import { isSuccess } from '../../units/status.ts';
import { isIoSpace, isMemory } from '../leftovers.ts';
import { contains, overlaps } from '../range.ts';
import { rule } from '../rule.ts';
import { mappingFacts } from '../words.ts';
import { deviceOf, isStart } from '../world.ts';

export const wdmRemapRestart = rule({
  id: 'WDM-REMAP-RESTART',
  severity: 'error',
  framework: 'wdm',
  fault: 'leak',
  summary: 'A START that comes while mappings exist releases them before it maps anew.',
  message:
    '{device}: {mapping}, made by an earlier START, was still mapped after IRP_MN_START_DEVICE {deed}.',
  why: 'The PnP manager may send START again with other resources and no STOP between. A handler that stores the new base over the old one can never release the old mapping, and the old range may belong to another device.',
  fix: 'Begin START with the release routine that STOP uses; it does nothing when nothing is mapped.',
  limits:
    'Inferred: no page says who releases the old mapping, and nothing else can. Not reported when the START released other mappings of the device; what it missed is reported at the removal.',
  doc: 'kernel/irp-mn-start-device',
  sources: ['kernel/irp-mn-start-device'],
  bad: `case IRP_MN_START_DEVICE:
    ext->Base = MmMapIoSpace(start, length, MmNonCached);`,
  good: `case IRP_MN_START_DEVICE:
    ReleaseHardware(ext);
    ext->Base = MmMapIoSpace(start, length, MmNonCached);`,
  on: {
    'phase-end'(event, report, _state, { world }) {
      const device = deviceOf(world, event.subject);
      if (!isStart(event.name) || device === undefined || device.starts < 2) return;
      if (event.status !== null && !isSuccess(event.status)) return;
      // A handler that released some of them knows of the duty: what it missed is WDM-UNMAP-SYMMETRY's.
      if (device.released > 0) return;
      const mine = [...world.live.values()].filter(
        ({ device: owner, facts }) =>
          owner === device.name && isIoSpace(facts) && !world.excused.has(facts.id),
      );
      const fresh = mine.filter(({ start }) => start === device.starts).map(({ facts }) => facts);
      for (const { facts, start } of mine) {
        if (start === 0 || start === device.starts || !isStart(facts.bornIn)) continue;
        const stale = !device.resources.some((it) => isMemory(it) && contains(it, facts));
        if (!stale && !fresh.some((other) => replaces(other, facts))) continue;
        const deed = stale ? 'gave the device other resources' : 'had mapped anew';
        report(event, { ...mappingFacts(facts), device: device.name, deed }, { mapping: facts });
      }
    },
  },
});

/** The same range, or the same call: the one that stores into the same pointer. */
function replaces(fresh: MappingFacts, old: MappingFacts): boolean {
  const [a, b] = [fresh.bornAt[0], old.bornAt[0]];
  const sameCall = a !== undefined && a.module === b?.module && a.offset === b.offset;
  return sameCall || overlaps(fresh, old);
}
