/** WDM-UNMAP-NOT-NULL: MmUnmapIoSpace of NULL. */
import { hex } from '../../units/address.ts';
import { rule } from '../rule.ts';
import { placeName } from '../words.ts';
import { unmapFault } from './unmap-fault.ts';

export const wdmUnmapNotNull = rule({
  id: 'WDM-UNMAP-NOT-NULL',
  severity: 'error',
  framework: 'wdm',
  summary: 'Nothing is unmapped when the map failed or the mapping is gone.',
  message: 'MmUnmapIoSpace was given NULL{cause}.',
  why: 'NULL is what a failed map returns; it is no range that was mapped. A flag such as "mapped" that is set whatever came back leads here on the first failure.',
  fix: 'Test the saved base for NULL before the unmap, or set the flag only when the map returned an address.',
  limits:
    'That NULL may not be passed is inferred: the page says that the address has to be one that a map call returned as mapped.',
  doc: 'wdm/nf-wdm-mmunmapiospace',
  sources: ['wdm/nf-wdm-mmunmapiospace', 'kernel/starting-a-device-in-a-function-driver'],
  bad: `ext->Base = MmMapIoSpace(start, length, MmNonCached);
ext->Mapped = TRUE;
...
if (ext->Mapped) MmUnmapIoSpace(ext->Base, length);`,
  good: `ext->Base = MmMapIoSpace(start, length, MmNonCached);
if (ext->Base == NULL) return STATUS_INSUFFICIENT_RESOURCES;
...
if (ext->Base != NULL) MmUnmapIoSpace(ext->Base, length);`,
  on: {
    unmap(event, report, _state, { world }) {
      if (unmapFault(event, world) !== 'WDM-UNMAP-NOT-NULL') return;
      const failed = world.failed.findLast(({ device }) => device === event.device);
      const cause =
        failed === undefined
          ? ''
          : ` after ${failed.call.service} of ${hex(failed.call.physical)} had failed at ${placeName(failed.at)}`;
      report(event, { base: '0x0', cause }, { bornAt: failed?.at ?? null });
    },
  },
});
