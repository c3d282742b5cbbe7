/** Mapping the pages of an MDL and ending such mappings, for every service that does either. */
import type { MapCall, Trouble, UnmapMatch } from '../../events/event.ts';
import type { CacheType } from '../../events/mapping.ts';
import type { Mapping } from '../../mapping/ledger.ts';
import { HIGHEST_USER_ADDRESS } from '../../memory/address-map.ts';
import { NULL, PAGE_SIZE, type Pa, pa, paAdd, type Va } from '../../units/address.ts';
import type { Kernel } from '../kernel.ts';
import { birth, release } from './birth.ts';
import { cacheTypeOf } from './cache-type.ts';
import { handledOnStack } from './handled-on-stack.ts';
import { frameCaching, lockedFrames } from './locked-frames.ts';
import { matchUnmap } from './match-unmap.ts';
import { MDL_FLAG, type MdlView, mdlAt, mdlPages, readFrames } from './mdl.ts';
import { mdls } from './mdls.ts';

export interface MdlRequest {
  readonly service: string;
  readonly mdl: Va;
  readonly accessMode: 'kernel' | 'user';
  /** MEMORY_CACHING_TYPE */
  readonly cacheType: number;
  readonly writable: boolean;
  readonly executable: boolean;
  /** The caller wants the system stopped when the mapping cannot be had. */
  readonly bugCheckOnFailure: boolean;
  /** Page to map at: a reserved range or a user's wish. */
  readonly base?: Va;
  /** What the service found wrong before. */
  readonly trouble?: readonly Trouble[];
  /** Why the service refuses, whatever the MDL says. */
  readonly refusal?: string;
}

const LOCKED =
  MDL_FLAG.PAGES_LOCKED | MDL_FLAG.SOURCE_IS_NONPAGED_POOL | MDL_FLAG.PARTIAL | MDL_FLAG.IO_SPACE;

function* troubles(kernel: Kernel, request: MdlRequest, mdl: MdlView): Generator<Trouble> {
  const { MdlFlags, ByteCount, ByteOffset } = mdl;
  if ((MdlFlags & LOCKED) === 0) yield 'not-locked';
  if (request.accessMode === 'user') {
    if (!handledOnStack(kernel)) yield 'outside-try';
    if (ByteOffset !== 0 || ByteCount % PAGE_SIZE !== 0) yield 'length-not-pages';
    return;
  }
  const fromPool = (MdlFlags & MDL_FLAG.SOURCE_IS_NONPAGED_POOL) !== 0;
  if (fromPool) yield 'nonpaged-to-system';
  if (!fromPool && (MdlFlags & MDL_FLAG.MAPPED_TO_SYSTEM_VA) !== 0) yield 'already-mapped';
  if (request.bugCheckOnFailure) yield 'bugcheck-on-failure';
}

const callOf = (
  kernel: Kernel,
  request: MdlRequest,
  mdl: MdlView,
  frames: readonly Pa[],
): MapCall => {
  const first = frames[0] ?? pa(0);
  const wanted = cacheTypeOf(request.cacheType);
  return {
    framework: 'wdm',
    service: request.service,
    origin: 'mdl',
    physical: paAdd(first, mdl.ByteOffset % PAGE_SIZE),
    length: mdl.ByteCount,
    cacheType: cachingFor(kernel, frames, wanted),
    rawType: request.cacheType,
    accessMode: request.accessMode,
    mdl: request.mdl,
    trouble: [...(request.trouble ?? []), ...troubles(kernel, request, mdl)],
  };
};

/** Pages of RAM keep the caching they were allocated with; the argument decides for all others. */
function cachingFor(kernel: Kernel, [first]: readonly Pa[], wanted: CacheType): CacheType {
  if (first === undefined || !kernel.physical.isRam(first)) return wanted;
  return frameCaching(kernel).resolve(first, wanted);
}

/** A new mapping of the MDL's pages; nothing when it cannot be had. */
export function mapMdl(kernel: Kernel, request: MdlRequest): Mapping | undefined {
  const { mdl: at, accessMode, writable, executable } = request;
  const mdl = mdlAt(kernel, at);
  const frames = readFrames(kernel, at, mdlPages(mdl));
  const call = callOf(kernel, request, mdl, frames);
  const why = request.refusal ?? (mdl.ByteCount === 0 ? 'the MDL describes no bytes' : undefined);
  const { framework, service, origin, physical, length, cacheType } = call;
  const mapping =
    why === undefined
      ? kernel.mappings.map({
          ...{ framework, service, origin, physical, length, cacheType, writable, executable },
          space: accessMode === 'user' ? 'user' : 'system',
          unlocked: frames.some((frame) => isUnlockedRam(kernel, frame)),
          ...birth(kernel),
          frames,
          ...(request.base === undefined ? {} : { base: request.base }),
        })
      : undefined;
  if (mapping === undefined) {
    const reason = why ?? 'no address space, or no RAM for page tables';
    kernel.emit({ kind: 'map-failed', reason, call });
    return undefined;
  }
  mdls(kernel).mapped(mapping.facts, at);
  if (accessMode === 'kernel') noteSystemAddress(mdl, mapping.facts.virtual);
  kernel.emit({ kind: 'map', mapping: mapping.facts, call });
  return mapping;
}

const isUnlockedRam = (kernel: Kernel, frame: Pa): boolean =>
  kernel.physical.isRam(frame) && !lockedFrames(kernel).has(frame);

function noteSystemAddress(mdl: MdlView, at: Va): void {
  const { MAPPED_TO_SYSTEM_VA, PARTIAL, PARTIAL_HAS_BEEN_MAPPED } = MDL_FLAG;
  const partial = (mdl.MdlFlags & PARTIAL) !== 0 ? PARTIAL_HAS_BEEN_MAPPED : 0;
  mdl.MappedSystemVa = at;
  mdl.MdlFlags |= MAPPED_TO_SYSTEM_VA | partial;
}

const forgetSystemAddress = (mdl: MdlView): void => {
  mdl.MdlFlags &= ~(MDL_FLAG.MAPPED_TO_SYSTEM_VA | MDL_FLAG.PARTIAL_HAS_BEEN_MAPPED);
};

/** Clears the pages that the service's arguments span, and tells of the mappings that ended so. */
function clear(kernel: Kernel, base: Va, pages: number, service: string): void {
  for (const ended of kernel.mappings.unmapPages(base, pages, release(kernel, service))) {
    mdls(kernel).unmapped(ended.facts);
    kernel.emit({ kind: 'mapping-ended', mapping: ended.facts });
  }
}

/** Ends the system mapping that the MDL's own fields name, as services do that release more than a mapping. */
export function endSystemMapping(kernel: Kernel, at: Va, service: string): void {
  const mdl = mdlAt(kernel, at);
  if ((mdl.MdlFlags & MDL_FLAG.MAPPED_TO_SYSTEM_VA) === 0) return;
  const mapping = kernel.mappings.ledger.ownerOf(mdl.MappedSystemVa);
  forgetSystemAddress(mdl);
  if (mapping?.live === true && mdls(kernel).mdlOf(mapping.facts) === at) {
    endMapping(kernel, mapping, service);
  }
}

/** Ends one mapping as a whole. */
export const endMapping = (kernel: Kernel, { firstPage, facts }: Mapping, service: string): void =>
  clear(kernel, firstPage, facts.pages, service);

export interface MdlRelease {
  readonly service: string;
  readonly base: Va;
  readonly mdl: Va;
  /** Map services whose mappings the service releases. */
  readonly twins: readonly string[];
  readonly trouble?: readonly Trouble[];
}

function releaseTrouble(
  kernel: Kernel,
  { base, mdl: at }: MdlRelease,
  match: UnmapMatch,
  mapping: Mapping | undefined,
): Trouble[] {
  const { MdlFlags } = mdlAt(kernel, at);
  const { PARTIAL, PARTIAL_HAS_BEEN_MAPPED, MAPPED_TO_SYSTEM_VA } = MDL_FLAG;
  const owner = mapping === undefined ? undefined : mdls(kernel).mdlOf(mapping.facts);
  if ((MdlFlags & (PARTIAL | PARTIAL_HAS_BEEN_MAPPED)) === PARTIAL && owner !== at) {
    return ['partial-mdl'];
  }
  if (match === 'exact' && owner !== at) return ['wrong-mdl'];
  const mapped =
    base <= HIGHEST_USER_ADDRESS
      ? mdls(kernel).hasMapping(at)
      : (MdlFlags & MAPPED_TO_SYSTEM_VA) !== 0;
  return mapped ? [] : ['not-mapped'];
}

/** MmUnmapLockedPages and its like: as many pages as the MDL describes, from the page of `base`. */
export function unmapMdl(kernel: Kernel, request: MdlRelease): void {
  const { service, base, mdl: at, twins } = request;
  const { ledger } = kernel.mappings;
  const { match, mapping } = matchUnmap(ledger, base, null, {
    framework: 'wdm',
    origin: 'mdl',
    services: twins,
  });
  const mdl = mdlAt(kernel, at);
  const pages = mdlPages(mdl);
  const trouble = [...(request.trouble ?? []), ...releaseTrouble(kernel, request, match, mapping)];
  kernel.emit({
    kind: 'unmap',
    framework: 'wdm',
    service,
    base,
    length: null,
    match,
    mapping: mapping?.facts ?? null,
    releasedAt: mapping?.released?.at ?? null,
    trouble,
  });
  if (base === NULL || mapping === undefined || match === 'foreign') return;
  if (base > HIGHEST_USER_ADDRESS) forgetSystemAddress(mdl);
  const limit = mapping.facts.pages + kernel.mappings.livePages;
  clear(kernel, base, Math.min(Math.max(1, pages), limit), service);
}
