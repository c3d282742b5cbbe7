/** Which one rule an access breaks, if any: a register, a port, or an address where nothing is mapped. */
import type { AssignedResource, EventOf } from '../../events/event.ts';
import type { MappingFacts } from '../../events/mapping.ts';
import { PAGE_SIZE } from '../../units/address.ts';
import { mappingBefore } from '../beyond.ts';
import { isMemory } from '../leftovers.ts';
import { isLowHalf } from '../range.ts';
import type { World } from '../world.ts';
import { adapterOf } from './observe.ts';
import { findRange, isPort } from './ranges.ts';
import { type Adapter, type FailedCall, isNdis, isShutdown } from './world.ts';

export type AccessEvent = EventOf<'access'> | EventOf<'page-fault'>;
type AccessFault =
  | 'NDIS-ACC-RANGE'
  | 'NDIS-ACC-MEMFN'
  | 'NDIS-ACC-FAMILY'
  | 'NDIS-ACC-ISR-ORDER'
  | 'NDIS-MAP-STATUS'
  | 'NDIS-SHUTDOWN-NESTED';

/** What runs on its own, while something else unmaps. */
const ASYNCHRONOUS =
  /^(Miniport(Interrupt|MessageInterrupt|ISR|HandleInterrupt|SynchronizeInterrupt)|NdisTimer|MiniportTimer|NdisWorkItem|ISR$|DPC$|Timer DPC$|Work item$|Thread$)/;
const isAsynchronous = (routine: string | null): boolean =>
  routine !== null && ASYNCHRONOUS.test(routine);

/** NdisZeroMappedMemory, NdisMoveMappedMemory and their likes are these on x64. */
const MEMORY_SERVICES = new Set([
  'memcpy',
  'memmove',
  'memset',
  'RtlCopyMemory',
  'RtlMoveMemory',
  'RtlFillMemory',
  'RtlZeroMemory',
]);
/** No register or frame buffer lies further from its base. */
const FURTHEST_OFFSET = 0x1000_0000;

/** MiniportShutdownEx runs because MiniportHaltEx crashed. */
export function isNested(
  { callback, device }: { readonly callback: string | null; readonly device: string | null },
  world: World,
): boolean {
  return isShutdown(callback) && adapterOf(world, device)?.halting === true;
}

export function accessFault(event: AccessEvent, world: World): AccessFault | null {
  if (!world.ndis.active) return null;
  const { mapping } = event;
  if (mapping !== null && !isNdis(mapping)) return null;
  if (isNested(event, world)) return 'NDIS-SHUTDOWN-NESTED';
  if (event.kind === 'access') return mapping === null || event.inside ? null : beside(world);
  if (mapping === null || event.was === null) return unmappedFault(event, world);
  if (event.was === 'guard') return beside(world);
  if (event.was !== 'ended') return null;
  return isAsynchronous(event.callback) ? 'NDIS-ACC-ISR-ORDER' : 'NDIS-ACC-RANGE';
}

/** The mapping that an access missed: the one told with the event, or one that it went pages beyond. */
export function missedMapping(event: AccessEvent, world: World): MappingFacts | null {
  const adapter = adapterOf(world, event.device);
  if (event.mapping !== null || adapter === undefined) return event.mapping;
  return mappingBefore(event.address, adapter.ranges, adapter.resources) ?? null;
}

const beside = ({ ndis: { service } }: World): AccessFault =>
  service !== null && MEMORY_SERVICES.has(service) ? 'NDIS-ACC-MEMFN' : 'NDIS-ACC-RANGE';

function unmappedFault(event: EventOf<'page-fault'>, world: World): AccessFault | null {
  const adapter = adapterOf(world, event.device);
  if (adapter === undefined) return null;
  if (failedMapAt(event, world) !== undefined) return 'NDIS-MAP-STATUS';
  if (unmappedResource(event.address, adapter) !== undefined) return 'NDIS-ACC-FAMILY';
  if (mappingBefore(event.address, adapter.ranges, adapter.resources) !== undefined)
    return beside(world);
  return isAsynchronous(event.callback) && clearedMapping(event, world) !== null
    ? 'NDIS-ACC-ISR-ORDER'
    : null;
}

/** The failed call whose NULL was used as a base here. */
export function failedMapAt(event: EventOf<'page-fault'>, world: World): FailedCall | undefined {
  return adapterOf(world, event.device)?.failed.findLast(
    ({ event: { call } }) =>
      call.origin === 'io-space' &&
      event.address < BigInt(Math.min(Math.max(call.length, PAGE_SIZE), FURTHEST_OFFSET)),
  );
}

/** The resource whose own address or port number was used as a pointer. */
export const unmappedResource = (
  address: bigint,
  { resources }: Adapter,
): AssignedResource | undefined =>
  resources.find(
    (resource) =>
      (resource.kind === 'port' || isMemory(resource)) &&
      [resource.start, resource.rawStart].some(
        (start) => start > 0 && liesIn(address, start, resource.length),
      ),
  );

/** The mapping whose base was cleared after the unmap and then used, when all of the adapter's have ended. */
export function clearedMapping(event: EventOf<'page-fault'>, world: World) {
  const { lastEnded } = world.ndis;
  const adapter = adapterOf(world, event.device);
  if (event.mapping !== null || lastEnded === null || adapter === undefined) return null;
  if (lastEnded.origin === 'port' || lastEnded.owner !== adapter.name) return null;
  if (adapter.ranges.size > 0) return null;
  return event.address < BigInt(lastEnded.length) ? lastEnded : null;
}

const liesIn = (at: bigint | number, start: number, length: number): boolean =>
  at >= start && at < start + length;

type PortFault = 'NDIS-PORT-AFTER-DEREG' | 'NDIS-ACC-FAMILY' | 'NDIS-SHUTDOWN-NESTED';

/** What was meant by the port, or how it came not to be the adapter's. */
export interface PortUse {
  readonly rule: PortFault;
  readonly meant: string;
}

export function portFault(event: EventOf<'port-access'>, world: World): PortUse | null {
  const adapter = adapterOf(world, event.device);
  if (adapter === undefined) return null;
  if (isNested(event, world)) return { rule: 'NDIS-SHUTDOWN-NESTED', meant: '' };
  const isImmediate = world.ndis.service?.startsWith('NdisImmediate') === true;
  const registered = findRange(
    adapter,
    (range) => isPort(range) && covers(range.facts, event.port),
  );
  if (registered !== undefined) return null;
  if (!isImmediate && world.ndis.endedPorts.some((range) => covers(range, event.port)))
    return { rule: 'NDIS-PORT-AFTER-DEREG', meant: '' };
  const ports = adapter.resources.filter(({ kind }) => kind === 'port');
  if (ports.some(({ start, length }) => liesIn(event.port, start, length))) {
    const excused =
      isImmediate || adapter.failed.some(({ event: { call } }) => call.origin === 'port');
    const meant = 'a port of the adapter that was not registered';
    return excused ? null : { rule: 'NDIS-ACC-FAMILY', meant };
  }
  const meant = event.claimed ? null : meantAsPort(event.port, adapter);
  return meant === null ? null : { rule: 'NDIS-ACC-FAMILY', meant };
}

const covers = (range: { readonly physical: number; readonly length: number }, port: number) =>
  liesIn(port, range.physical, range.length);

/** The memory that this port number is the low half of, in words. */
function meantAsPort(port: number, adapter: Adapter): string | null {
  const mapped = findRange(
    adapter,
    (range) => !isPort(range) && isLowHalf(port, range.facts.virtual, range.facts.length),
  );
  if (mapped !== undefined) return 'a mapped register';
  return adapter.resources
    .filter(isMemory)
    .some(({ start, length }) => isLowHalf(port, start, length))
    ? 'a register of device memory'
    : null;
}
