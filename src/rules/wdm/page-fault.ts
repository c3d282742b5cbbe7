/** Which one rule a page fault shows to be broken, if any. */
import type { EventOf } from '../../events/event.ts';
import type { MappingFacts } from '../../events/mapping.ts';
import { PAGE_SIZE } from '../../units/address.ts';
import { mappingBefore } from '../beyond.ts';
import { isIoSpace } from '../leftovers.ts';
import { type Device, deviceOf, type FailedMap, type KnownMapping, type World } from '../world.ts';
import { hasNothingMapped } from './unmap-fault.ts';

type PageFault = EventOf<'page-fault'>;
type PageFaultRule =
  | 'WDM-ACC-RANGE'
  | 'WDM-ACC-FAMILY'
  | 'WDM-ACC-AFTER-UNMAP'
  | 'WDM-ACC-STOPPED'
  | 'WDM-ACC-SURPRISE'
  | 'WDM-MAP-NULL'
  | 'WDM-MAPEX-RO'
  | 'WDM-UNMAP-BEFORE-START'
  | 'MDL-SAFE';

/** Drivers' small offsets from a NULL base: the first 64 KiB are never mapped. */
const NULL_AREA = 0x1_0000n;
/** No register or frame buffer lies further from its base. */
const FURTHEST_OFFSET = 0x1000_0000;

export function pageFault(event: PageFault, world: World): PageFaultRule | null {
  const { mapping, was } = event;
  if (mapping === null || was === null) return unmappedFault(event, world);
  if (mapping.framework !== 'wdm') return null;
  if (was === 'ended') return useAfterEnd(event, deviceOf(world, mapping.owner ?? event.device));
  if (!isIoSpace(mapping)) return null;
  if (was === 'guard') return 'WDM-ACC-RANGE';
  const readOnly = event.reason === 'write-protected' && !mapping.writable;
  return readOnly && event.access === 'write' ? 'WDM-MAPEX-RO' : null;
}

/** A request that was let through is one fault, a routine that was not quiesced before the unmap another. */
function useAfterEnd({ callback }: PageFault, device: Device | undefined): PageFaultRule {
  if (device?.state === 'stopped' && isRequest(callback)) return 'WDM-ACC-STOPPED';
  if (device?.state === 'surprise-removed' && callback?.startsWith('Dispatch'))
    return 'WDM-ACC-SURPRISE';
  return 'WDM-ACC-AFTER-UNMAP';
}

const isRequest = (callback: string | null): boolean =>
  callback !== null && /^(Dispatch IRP_MJ_|StartIo)/.test(callback);

function unmappedFault(event: PageFault, world: World): PageFaultRule | null {
  const device = deviceOf(world, event.device);
  const failed = failedMapAt(event, world);
  if (failed !== undefined) return failed.call.origin === 'mdl' ? 'MDL-SAFE' : 'WDM-MAP-NULL';
  if (device !== undefined && isPortOf(device, event.address)) return 'WDM-ACC-FAMILY';
  if (event.address < NULL_AREA && hasNothingMapped(device)) return 'WDM-UNMAP-BEFORE-START';
  if (missedMapping(event, world) !== null) return 'WDM-ACC-RANGE';
  if (clearedMapping(event, world) === null) return null;
  return useAfterEnd(event, deviceOf(world, world.lastEnded?.device ?? null));
}

/** The mapping that an access missed: the one told with the event, or one that it went pages beyond. */
export function missedMapping(event: PageFault, world: World): MappingFacts | null {
  const device = deviceOf(world, event.device);
  if (event.mapping !== null || device === undefined) return event.mapping;
  return mappingBefore(event.address, world.live, device.resources) ?? null;
}

/** The failed map call whose NULL was used as a base here. */
export function failedMapAt(event: PageFault, world: World): FailedMap | undefined {
  return world.failed.findLast(
    ({ call, device }) =>
      call.framework === 'wdm' &&
      (device === null || event.device === null || device === event.device) &&
      event.address < BigInt(Math.min(Math.max(call.length, PAGE_SIZE), FURTHEST_OFFSET)),
  );
}

/** The mapping whose base was cleared after the unmap and then used, when all mappings have ended. */
export function clearedMapping(event: PageFault, { live, lastEnded }: World): KnownMapping | null {
  if (event.mapping !== null || live.size > 0 || lastEnded === null) return null;
  const { facts } = lastEnded;
  return isIoSpace(facts) && event.address < BigInt(facts.length) ? lastEnded : null;
}

const isPortOf = (device: Device, address: bigint): boolean =>
  device.resources.some(
    ({ kind, start, length }) =>
      kind === 'port' && start > 0 && address >= start && address < start + length,
  );
