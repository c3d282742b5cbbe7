/** Address ranges that a driver reserves, and MDLs mapped there: a mapping that cannot fail for want of resources. */
import type { Trouble } from '../../events/event.ts';
import { memoryCachingType, poolTag } from '../../layout/named.ts';
import { ptr, sizeT } from '../../layout/struct.ts';
import type { Mapping } from '../../mapping/ledger.ts';
import { NULL, PAGE_SIZE, pageOf, type Va, vaAdd } from '../../units/address.ts';
import { APC_LEVEL, DISPATCH_LEVEL } from '../../units/irql.ts';
import { type Kernel, part } from '../kernel.ts';
import { service } from '../service.ts';
import { endMapping, mapMdl, unmapMdl } from './map-mdl.ts';
import { mdlAt, mdlPages } from './mdl.ts';

/** Longer than any MDL, and well below the region. */
const MAX_BYTES = 2n ** 40n;

interface Reservation {
  readonly pages: number;
  readonly tag: number;
}

/** By first page. */
const reservations = part(() => new Map<Va, Reservation>());

/** The live mappings within the reservation. */
function mappingsIn(kernel: Kernel, at: Va, { pages }: Reservation): Set<Mapping> {
  const found = new Set<Mapping>();
  for (let i = 0; i < pages; i++) {
    const owner = kernel.mappings.ledger.ownerOf(vaAdd(at, i * PAGE_SIZE));
    if (owner?.live === true) found.add(owner);
  }
  return found;
}

const MmAllocateMappingAddress = service({
  name: 'MmAllocateMappingAddress',
  doc: 'wdm/nf-wdm-mmallocatemappingaddress',
  params: { NumberOfBytes: sizeT, PoolTag: poolTag },
  returns: 'pointer',
  maxIrql: APC_LEVEL,
  mayFail: ['null'],
  run(kernel, { NumberOfBytes, PoolTag }) {
    if (NumberOfBytes === 0n || NumberOfBytes > MAX_BYTES) return NULL;
    const pages = Math.ceil(Number(NumberOfBytes) / PAGE_SIZE);
    const at = kernel.mappings.reserve(pages);
    if (at === undefined) return NULL;
    reservations(kernel).set(at, { pages, tag: PoolTag });
    return at;
  },
});

/** A wrong tag stops Windows (0xDA); here it is told of, and the mapping is made. */
const MmMapLockedPagesWithReservedMapping = service({
  name: 'MmMapLockedPagesWithReservedMapping',
  doc: 'wdm/nf-wdm-mmmaplockedpageswithreservedmapping',
  params: {
    MappingAddress: ptr(),
    PoolTag: poolTag,
    MemoryDescriptorList: ptr('MDL'),
    CacheType: memoryCachingType,
  },
  returns: 'pointer',
  maxIrql: DISPATCH_LEVEL,
  mayFail: ['null'],
  run(kernel, { MappingAddress, PoolTag, MemoryDescriptorList, CacheType }) {
    const reservation = reservations(kernel).get(MappingAddress);
    const mdl = mdlAt(kernel, MemoryDescriptorList);
    const inUse =
      reservation !== undefined && mappingsIn(kernel, MappingAddress, reservation).size > 0;
    const trouble: Trouble[] = [];
    if (reservation !== undefined && reservation.tag !== PoolTag) trouble.push('wrong-tag');
    if (inUse) trouble.push('reserved-in-use');
    const mapping = mapMdl(kernel, {
      service: 'MmMapLockedPagesWithReservedMapping',
      mdl: MemoryDescriptorList,
      accessMode: 'kernel',
      cacheType: CacheType,
      writable: true,
      executable: true,
      bugCheckOnFailure: false,
      base: MappingAddress,
      trouble,
      ...refusal(reservation, mdlPages(mdl), inUse),
    });
    if (mapping === undefined) return NULL;
    mdl.MappedSystemVa = pageOf(mapping.facts.virtual);
    return mapping.facts.virtual;
  },
});

function refusal(reservation: Reservation | undefined, pages: number, inUse: boolean) {
  if (reservation === undefined) return { refusal: 'nothing is reserved at that address' };
  if (inUse) return { refusal: 'the reserved range is mapped' };
  return pages > reservation.pages ? { refusal: 'the reserved range is shorter than the MDL' } : {};
}

/** The page speaks of the range's beginning and of the address that the map gave: either will do. */
const MmUnmapReservedMapping = service({
  name: 'MmUnmapReservedMapping',
  doc: 'wdm/nf-wdm-mmunmapreservedmapping',
  params: { BaseAddress: ptr(), PoolTag: poolTag, MemoryDescriptorList: ptr('MDL') },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run(kernel, { BaseAddress, PoolTag, MemoryDescriptorList }) {
    const reservation = reservations(kernel).get(pageOf(BaseAddress));
    const owner = kernel.mappings.ledger.ownerOf(BaseAddress);
    const base = owner?.firstPage === BaseAddress ? owner.facts.virtual : BaseAddress;
    const wrongTag = reservation !== undefined && reservation.tag !== PoolTag;
    unmapMdl(kernel, {
      service: 'MmUnmapReservedMapping',
      base,
      mdl: MemoryDescriptorList,
      twins: ['MmMapLockedPagesWithReservedMapping'],
      trouble: wrongTag ? ['wrong-tag'] : [],
    });
  },
});

/** What is still mapped goes with the range; Windows stops there (0xDA). */
function giveBack(kernel: Kernel, base: Va, tag: number): void {
  const reservation = reservations(kernel).get(base);
  const used = reservation === undefined ? [] : [...mappingsIn(kernel, base, reservation)];
  const trouble: Trouble[] = [];
  if (reservation !== undefined && reservation.tag !== tag) trouble.push('wrong-tag');
  if (used.length > 0) trouble.push('reserved-in-use');
  if (reservation === undefined || trouble.length > 0) {
    kernel.emit({
      kind: 'unmap',
      framework: 'wdm',
      service: 'MmFreeMappingAddress',
      base,
      length: null,
      match: reservation === undefined ? 'never-mapped' : 'exact',
      mapping: used[0]?.facts ?? null,
      releasedAt: null,
      trouble,
    });
  }
  reservations(kernel).delete(base);
  for (const mapping of used) endMapping(kernel, mapping, 'MmFreeMappingAddress');
}

const MmFreeMappingAddress = service({
  name: 'MmFreeMappingAddress',
  doc: 'wdm/nf-wdm-mmfreemappingaddress',
  params: { BaseAddress: ptr(), PoolTag: poolTag },
  returns: 'void',
  maxIrql: APC_LEVEL,
  run: (kernel, { BaseAddress, PoolTag }) => giveBack(kernel, BaseAddress, PoolTag),
});

export const reservedMappingServices = [
  MmAllocateMappingAddress,
  MmMapLockedPagesWithReservedMapping,
  MmUnmapReservedMapping,
  MmFreeMappingAddress,
];
