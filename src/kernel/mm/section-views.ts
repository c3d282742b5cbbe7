/** Views of sections in user space: made at 64 KiB boundaries of the section, ended as a whole. */
import type { MapCall, Trouble } from '../../events/event.ts';
import type { CacheType } from '../../events/mapping.ts';
import type { Mapping } from '../../mapping/ledger.ts';
import { PAGE_SIZE, type Pa, pa, type Va } from '../../units/address.ts';
import { type NtStatus, STATUS } from '../../units/status.ts';
import { type Kernel, part } from '../kernel.ts';
import { birth, release } from './birth.ts';
import { isProtection, protectionOf } from './cache-type.ts';
import { frameCaching, lockedFrames } from './locked-frames.ts';
import { matchUnmap } from './match-unmap.ts';
import { toPhysical } from './physical-limit.ts';
import { type Section, type SectionHandle, sections } from './section-objects.ts';
import { userMemory } from './user-memory.ts';
import { wishedBase } from './wished-base.ts';

const SERVICE = 'ZwMapViewOfSection';
const GRANULARITY = 0x1_0000;

/** Sections behind live views, by the mapping's id. */
const viewed = part(() => new Map<number, Section>());

export interface ViewRequest {
  readonly base: Va;
  readonly offset: bigint;
  /** Zero for the rest of the section. */
  readonly size: bigint;
  readonly protect: number;
}

export interface View {
  readonly base: Va;
  readonly offset: number;
  readonly bytes: number;
}

/** What of the section is to be seen: from the 64 KiB boundary below the offset, in whole pages. */
function extentOf(section: Section, { offset, size }: ViewRequest): Omit<View, 'base'> | NtStatus {
  const wanted = toPhysical(offset);
  const start = wanted - (wanted % GRANULARITY);
  const asked = toPhysical(size);
  const end = asked === 0 ? section.bytes : wanted + asked;
  const bytes = Math.ceil((end - start) / PAGE_SIZE) * PAGE_SIZE;
  const tooLong = bytes <= 0 || start + bytes > section.bytes;
  const endless = asked === 0 && section.frames === null;
  if (tooLong || endless) return STATUS.INVALID_VIEW_SIZE;
  return { offset: start, bytes };
}

const isWritable = (protect: number): boolean => protectionOf(protect).writable;

/** A view as the mapping core is asked for it. */
interface Plan {
  readonly call: MapCall;
  readonly frames: readonly Pa[] | undefined;
  readonly unlocked: boolean;
}

function plan(
  kernel: Kernel,
  { section, isKernelHandle }: SectionHandle,
  { offset, bytes }: Omit<View, 'base'>,
  protect: number,
): Plan {
  const first = offset / PAGE_SIZE;
  const pages = bytes / PAGE_SIZE;
  const frames = section.frames?.slice(first, first + pages);
  const physical = frames?.[0] ?? pa(offset);
  const trouble: readonly Trouble[] =
    section.frames === null && !isKernelHandle ? ['handle-not-kernel'] : [];
  const wanted = protectionOf(protect).cacheType;
  const isRam = kernel.physical.isRam(physical);
  const call: MapCall = {
    framework: 'wdm',
    service: SERVICE,
    origin: 'section',
    physical,
    length: bytes,
    cacheType: isRam ? frameCaching(kernel).resolve(physical, wanted) : wanted,
    rawType: protect,
    accessMode: 'user',
    mdl: null,
    trouble,
  };
  const held = lockedFrames(kernel).covers(physical, Math.min(pages, ramPages(kernel)));
  return { call, frames, unlocked: frames === undefined && isRam && !held };
}

const ramPages = (kernel: Kernel): number => kernel.physical.ramBytes / PAGE_SIZE;

/** A live mapping of the same device pages has another caching type. */
function conflicts(kernel: Kernel, start: Pa, bytes: number, cacheType: CacheType): boolean {
  if (kernel.physical.isRam(start)) return false;
  for (const { facts } of kernel.mappings.ledger.live()) {
    if (facts.space === 'port' || facts.cacheType === cacheType) continue;
    const first = facts.physical - (facts.physical % PAGE_SIZE);
    if (first < start + bytes && start < first + facts.pages * PAGE_SIZE) return true;
  }
  return false;
}

/** Maps a view, or gives the status that the service fails with. */
export function mapView(
  kernel: Kernel,
  object: SectionHandle,
  request: ViewRequest,
): View | NtStatus {
  const { section } = object;
  if (!isProtection(request.protect)) return STATUS.INVALID_PAGE_PROTECTION;
  if (isWritable(request.protect) && !isWritable(section.protect)) {
    return STATUS.SECTION_PROTECTION;
  }
  const extent = extentOf(section, request);
  if (typeof extent === 'number') return extent;
  const planned = plan(kernel, object, extent, request.protect);
  const made = enter(kernel, planned, request);
  if (typeof made === 'number') return made;
  section.references++;
  viewed(kernel).set(made.facts.id, section);
  return { ...extent, base: made.facts.virtual };
}

function fail(kernel: Kernel, call: MapCall, reason: string, status: NtStatus): NtStatus {
  kernel.emit({ kind: 'map-failed', reason, call });
  return status;
}

function enter(kernel: Kernel, { call, frames, unlocked }: Plan, request: ViewRequest) {
  const { physical, length, cacheType, framework, service, origin } = call;
  if (conflicts(kernel, physical, length, cacheType)) {
    const reason = 'the pages are mapped with another caching type';
    return fail(kernel, call, reason, STATUS.CONFLICTING_ADDRESSES);
  }
  const pages = length / PAGE_SIZE;
  const wish = wishedBase(kernel, request.base, pages);
  const taken = wish.base !== undefined && userMemory(kernel).overlaps(wish.base, pages);
  if (wish.refusal !== undefined || taken) {
    const reason = wish.refusal ?? 'the requested range is reserved';
    return fail(kernel, call, reason, STATUS.CONFLICTING_ADDRESSES);
  }
  const { writable, executable } = protectionOf(request.protect);
  const mapping = kernel.mappings.map({
    ...{ framework, service, origin, physical, length, cacheType, writable, executable, unlocked },
    space: 'user',
    ...birth(kernel),
    ...(frames === undefined ? {} : { frames }),
    ...wish,
  });
  if (mapping === undefined) {
    return fail(kernel, call, 'no address space, or no RAM for page tables', STATUS.NO_MEMORY);
  }
  kernel.emit({ kind: 'map', mapping: mapping.facts, call });
  return mapping;
}

/** Ends the view that the address lies in, wherever in it. */
export function unmapView(kernel: Kernel, base: Va): NtStatus {
  const twins = { framework: 'wdm', origin: 'section' } as const;
  const { match, mapping } = matchUnmap(kernel.mappings.ledger, base, null, twins);
  kernel.emit({
    kind: 'unmap',
    framework: 'wdm',
    service: 'ZwUnmapViewOfSection',
    base,
    length: null,
    match,
    mapping: mapping?.facts ?? null,
    releasedAt: mapping?.released?.at ?? null,
  });
  if (mapping === undefined || (match !== 'exact' && match !== 'interior')) {
    return STATUS.NOT_MAPPED_VIEW;
  }
  end(kernel, mapping);
  return STATUS.SUCCESS;
}

function end(kernel: Kernel, mapping: Mapping): void {
  const ended = kernel.mappings.unmap(mapping, release(kernel, 'ZwUnmapViewOfSection'));
  if (ended) kernel.emit({ kind: 'mapping-ended', mapping: mapping.facts });
  const section = viewed(kernel).get(mapping.facts.id);
  viewed(kernel).delete(mapping.facts.id);
  if (section !== undefined) sections(kernel).letGo(section);
}
