/** WDM-UNMAP-TWIN: a mapping released by another service than its own. */
import { rule } from '../rule.ts';
import { mappingFacts } from '../words.ts';
import { unmapFault } from './unmap-fault.ts';

export const wdmUnmapTwin = rule({
  id: 'WDM-UNMAP-TWIN',
  severity: 'error',
  framework: 'wdm',
  fault: 'release',
  summary: 'MmUnmapIoSpace releases what MmMapIoSpace(Ex) made, and nothing else does.',
  message: '{mapping} was released with {release}.',
  why: 'MDL mappings, reserved mappings, section views and the mappings of driver frameworks carry accounts of their own, which only their own release function settles. The nearest documented bug checks are 0xDA 0x302, 0x303 and 0x400.',
  fix: "Release with the twin: MmUnmapLockedPages for MDLs, MmUnmapReservedMapping for reserved ranges, ZwUnmapViewOfSection for views, the framework's unmap for a framework's map.",
  limits:
    "That MmUnmapIoSpace also ends a mapping made by MmMapIoSpaceEx is visible only in the latter page's references; it is accepted.",
  doc: 'wdm/nf-wdm-mmunmapiospace',
  sources: [
    'wdm/nf-wdm-mmunmapiospace',
    'wdm/nf-wdm-mmmapiospaceex',
    'wdm/nf-wdm-mmunmaplockedpages',
  ],
  bad: `ext->Base = MmMapLockedPagesSpecifyCache(mdl, KernelMode, MmCached, NULL, FALSE, NormalPagePriority);
...
MmUnmapIoSpace(ext->Base, MmGetMdlByteCount(mdl));`,
  good: 'MmUnmapLockedPages(ext->Base, mdl);',
  on: {
    unmap(event, report, _state, { world }) {
      const { mapping, service } = event;
      if (unmapFault(event, world) !== 'WDM-UNMAP-TWIN' || mapping === null) return;
      report(event, { ...mappingFacts(mapping), release: service }, { mapping });
    },
  },
});
