/** WDM-MAP-CACHE-SINGLE: one page mapped twice with different caching. */
import type { MappingFacts } from '../../events/mapping.ts';
import { PAGE_SIZE, paPage } from '../../units/address.ts';
import { overlaps } from '../range.ts';
import { rule } from '../rule.ts';
import { mappingFacts, naming } from '../words.ts';

export const wdmMapCacheSingle = rule({
  id: 'WDM-MAP-CACHE-SINGLE',
  severity: 'error',
  framework: 'wdm',
  summary: 'Mappings of one physical page that live at the same time have one caching type.',
  message: '{mapping} uses {cacheType} while {other} has the same page as {otherType}.',
  why: 'Processors do not define what happens to a line that is cached through one address and written past the cache through another: stale reads, lost writes, a machine check.',
  fix: 'Map a range once and share the base, or use the same caching type for each mapping.',
  limits:
    'Compares whole pages, since caching is a property of pages, and only mappings made by the driver under test. Of an MDL of scattered pages only the first page is compared.',
  doc: 'wdm/ne-wdm-_memory_caching_type',
  sources: ['wdm/ne-wdm-_memory_caching_type', 'wdm/nf-wdm-zwmapviewofsection'],
  bad: `ext->Regs = MmMapIoSpace(bar, 0x1000, MmNonCached);
ext->Fifo = MmMapIoSpace(fifo /* same page */, 0x100, MmWriteCombined);`,
  good: `ext->Regs = MmMapIoSpace(bar, 0x1000, MmNonCached);
ext->Fifo = (PUCHAR)ext->Regs + FIFO_OFFSET;`,
  on: {
    map(event, report, _state, { world }) {
      const { mapping } = event;
      if (mapping.framework !== 'wdm' || mapping.space === 'port') return;
      for (const { facts: other } of world.live.values()) {
        if (other.id === mapping.id || other.space === 'port') continue;
        if (other.cacheType === mapping.cacheType || !overlaps(extent(other), extent(mapping)))
          continue;
        const { cacheType } = mapping;
        const facts = { cacheType, other: naming(other), otherType: other.cacheType };
        report(event, { ...mappingFacts(mapping), ...facts }, { mapping });
        return;
      }
    },
  },
});

/** The pages that are certain to be mapped. */
function extent({ origin, physical, pages }: MappingFacts) {
  const length = (origin === 'mdl' ? Math.min(pages, 1) : pages) * PAGE_SIZE;
  return { start: paPage(physical), length };
}
