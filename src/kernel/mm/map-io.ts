/**
 * Mapping and unmapping of I/O space with WDM's own arithmetic: the byte offset of the physical
 * address is kept, the span is whole pages, and an unmap clears exactly the pages its arguments span.
 */
import type { MapCall, Trouble } from '../../events/event.ts';
import type { Framework, MappingFacts } from '../../events/mapping.ts';
import type { Mapping } from '../../mapping/ledger.ts';
import {
  byteOffset,
  NULL,
  PAGE_SIZE,
  type Pa,
  pa,
  spanPages,
  type Va,
} from '../../units/address.ts';
import { type NtStatus, STATUS } from '../../units/status.ts';
import type { Kernel } from '../kernel.ts';
import { birth, release } from './birth.ts';
import { lockedFrames } from './locked-frames.ts';
import { matchUnmap } from './match-unmap.ts';
import { MAX_PHYSICAL, toPhysical } from './physical-limit.ts';

/** Lengths beyond this never fit the system's address space. */
const MAX_LENGTH = 2 ** 47;

export interface IoSpaceRequest {
  readonly framework: Framework;
  readonly service: string;
  readonly physical: bigint;
  readonly length: bigint;
  readonly cacheType: MappingFacts['cacheType'];
  readonly rawType: number;
  readonly writable: boolean;
  readonly executable: boolean;
  readonly space?: 'system' | 'user';
  /** Why the service refuses, whatever the range is. */
  readonly refusal?: string;
  /** Address that the caller gave, where a bus names the range otherwise than the processor. */
  readonly bus?: number;
  /** What the service answers when it refuses, for those that answer with a status. */
  readonly refusedWith?: NtStatus;
  /** What the service found special about the call. */
  readonly trouble?: readonly Trouble[];
}

const clamp = (value: bigint, limit: number): number =>
  value > BigInt(limit) ? limit : Number(value);

const callOf = (request: IoSpaceRequest, physical: Pa, length: number): MapCall => ({
  framework: request.framework,
  service: request.service,
  origin: 'io-space',
  physical,
  ...(request.bus === undefined ? {} : { bus: request.bus }),
  length,
  cacheType: request.cacheType,
  rawType: request.rawType,
  accessMode: request.space === 'user' ? 'user' : 'kernel',
  mdl: null,
  trouble: request.trouble ?? [],
});

/** The one way to a new I/O-space mapping, for every framework; nothing when it cannot be had. */
export function mapIoSpace(kernel: Kernel, request: IoSpaceRequest): Mapping | undefined {
  const physical = pa(toPhysical(request.physical));
  const length = clamp(request.length, MAX_LENGTH);
  const call = callOf(request, physical, length);
  const unlocked = isUnlockedRam(kernel, physical, length);
  const why = request.refusal ?? refusal(physical, length);
  const mapping =
    why === undefined
      ? kernel.mappings.map({
          framework: request.framework,
          service: request.service,
          origin: 'io-space',
          physical,
          length,
          space: request.space ?? 'system',
          cacheType: request.cacheType,
          writable: request.writable,
          executable: request.executable,
          unlocked,
          ...birth(kernel),
        })
      : undefined;
  if (mapping === undefined) {
    kernel.emit({
      kind: 'map-failed',
      ...(request.refusedWith === undefined ? {} : { status: statusOf(request, why) }),
      reason: why ?? 'no system PTEs, or no RAM for page tables',
      call: unlocked ? { ...call, trouble: [...call.trouble, 'unlocked-ram'] } : call,
    });
    return undefined;
  }
  kernel.emit({ kind: 'map', mapping: mapping.facts, call });
  return mapping;
}

/** Nothing refuses: address space or RAM is used up. */
const statusOf = ({ refusedWith }: IoSpaceRequest, why: string | undefined): NtStatus =>
  why === undefined || refusedWith === undefined ? STATUS.INSUFFICIENT_RESOURCES : refusedWith;

function refusal(physical: Pa, length: number): string | undefined {
  if (length === 0) return 'the length is zero';
  if (physical >= MAX_PHYSICAL) return 'the physical address has more than 52 bits';
  if (physical + length > MAX_PHYSICAL) return 'the range passes the last physical address';
  return undefined;
}

/** Of a range that begins in RAM and passes its end, the pages of RAM count. */
function isUnlockedRam(kernel: Kernel, physical: Pa, length: number): boolean {
  const { ramBytes } = kernel.physical;
  if (length === 0 || !kernel.physical.isRam(physical)) return false;
  const pages = spanPages(physical % PAGE_SIZE, Math.min(length, ramBytes - physical));
  return !lockedFrames(kernel).covers(physical, pages);
}

/** Ends what the arguments span, after telling how they relate to what was mapped. */
export function unmapIoSpace(
  kernel: Kernel,
  framework: Framework,
  service: string,
  base: Va,
  length: bigint,
  trouble: readonly Trouble[] = [],
): void {
  const bytes = clamp(length, MAX_LENGTH);
  const twins = { framework, origin: 'io-space' } as const;
  const { match, mapping } = matchUnmap(kernel.mappings.ledger, base, bytes, twins);
  kernel.emit({
    kind: 'unmap',
    framework,
    service,
    base,
    length: bytes,
    match,
    mapping: mapping?.facts ?? null,
    releasedAt: mapping?.released?.at ?? null,
    ...(trouble.length === 0 ? {} : { trouble }),
  });
  if (base === NULL || mapping === undefined || match === 'foreign') return;
  const wanted = Math.max(1, spanPages(byteOffset(base), bytes));
  const pages = Math.min(wanted, mapping.facts.pages + kernel.mappings.livePages);
  for (const ended of kernel.mappings.unmapPages(base, pages, release(kernel, service))) {
    kernel.emit({ kind: 'mapping-ended', mapping: ended.facts });
  }
}
