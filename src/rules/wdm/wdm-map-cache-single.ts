/** WDM-MAP-CACHE-SINGLE: one page mapped twice with different caching. */
import type { CacheType, MappingFacts } from '../../events/mapping.ts';
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
  initialState: (): Shelf => new Map(),
  on: {
    map(event, report, shelf) {
      const { mapping } = event;
      if (mapping.space === 'port') return;
      const other = differing(shelf, mapping);
      put(shelf, mapping);
      if (mapping.framework !== 'wdm' || other === undefined) return;
      const { cacheType } = mapping;
      const facts = { cacheType, other: naming(other), otherType: other.cacheType };
      report(event, { ...mappingFacts(mapping), ...facts }, { mapping });
    },
    'mapping-ended'({ mapping }, _report, shelf) {
      take(shelf, mapping);
    },
  },
});

/** Live mappings by caching type and by the 2 MiB of memory they touch, then by id: a million cost no more than ten. */
type Shelf = Map<string, Map<number, MappingFacts>>;

const CACHE_TYPES: readonly CacheType[] = [
  'MmNonCached',
  'MmCached',
  'MmWriteCombined',
  'Reserved',
];
const BLOCK_BYTES = 0x20_0000;

/** The oldest mapping that has a page of this one under another caching type. */
function differing(shelf: Shelf, mapping: MappingFacts): MappingFacts | undefined {
  const others = CACHE_TYPES.filter((type) => type !== mapping.cacheType)
    .flatMap((type) => [...placesOf(mapping, type)])
    .flatMap((place) => firstOverlap(shelf.get(place), mapping) ?? []);
  return others.sort((a, b) => a.id - b.id)[0];
}

function firstOverlap(there: ReadonlyMap<number, MappingFacts> | undefined, mapping: MappingFacts) {
  for (const other of there?.values() ?? []) {
    if (overlaps(extent(other), extent(mapping))) return other;
  }
  return undefined;
}

function put(shelf: Shelf, mapping: MappingFacts): void {
  for (const place of placesOf(mapping, mapping.cacheType)) {
    const there = shelf.get(place) ?? new Map<number, MappingFacts>();
    shelf.set(place, there.set(mapping.id, mapping));
  }
}

function take(shelf: Shelf, mapping: MappingFacts): void {
  for (const place of placesOf(mapping, mapping.cacheType)) {
    const there = shelf.get(place);
    if (there?.delete(mapping.id) && there.size === 0) shelf.delete(place);
  }
}

function* placesOf(mapping: MappingFacts, type: CacheType): Generator<string> {
  const { start, length } = extent(mapping);
  const last = Math.floor((start + length - 1) / BLOCK_BYTES);
  for (let block = Math.floor(start / BLOCK_BYTES); block <= last; block++)
    yield `${type} ${block}`;
}

/** The pages that are certain to be mapped. */
function extent({ origin, physical, pages }: MappingFacts) {
  const length = (origin === 'mdl' ? Math.min(pages, 1) : pages) * PAGE_SIZE;
  return { start: paPage(physical), length };
}
