/** Which one rule a call of a map or unmap service of NDIS breaks by where and how it was made, if any. */
import type { EventOf, Trouble } from '../../events/event.ts';
import { PASSIVE_LEVEL } from '../../units/irql.ts';
import type { Profile } from '../profiles.ts';
import { knownMapping, type World } from '../world.ts';
import { adapterOf } from './observe.ts';
import { findRange, isPort } from './ranges.ts';
import { type Adapter, isHalt, isInitialize, isNdis, isShutdown } from './world.ts';

export type MapEvent = EventOf<'map'> | EventOf<'map-failed'>;

type MapFault =
  | 'NDIS-MAP-INIT-ONLY'
  | 'NDIS-PORT-REGISTER-PLACE'
  | 'NDIS-MAP-HANDLE'
  | 'NDIS-MAP-IRQL'
  | 'NDIS-MAP-AFTER-ATTR'
  | 'NDIS-MAP-NOT-RAM'
  | 'NDIS-MAP-BUSREL';

type UnmapFault =
  | 'NDIS-SHUTDOWN-NOFREE'
  | 'NDIS-SHUTDOWN-NESTED'
  | 'NDIS-UNMAP-PLACE'
  | 'NDIS-MAP-HANDLE'
  | 'NDIS-MAP-IRQL'
  | 'NDIS-UNMAP-LENGTH'
  | 'NDIS-UNMAP-BASE'
  | 'NDIS-UNMAP-ONCE'
  | 'NDIS-ACC-ISR-ORDER'
  | 'NDIS-PORT-DEREG-PLACE'
  | 'NDIS-PORT-DEREG-EXACT';

const RAM: readonly Trouble[] = ['is-ram', 'unlocked-ram'];
const NOT_OWN: readonly Trouble[] = ['not-assigned', 'translated-address'];

const has = (troubles: readonly Trouble[], some: readonly Trouble[]): boolean =>
  some.some((trouble) => troubles.includes(trouble));

/** A call at a wrong place is that fault alone, whatever follows from it. */
export function mapFault(event: MapEvent, profile: Profile): MapFault | null {
  const { call, callback, irql } = event;
  if (!isNdis(call)) return null;
  const isPorts = call.origin === 'port';
  if (!mayMap(callback, isPorts, profile))
    return isPorts ? 'NDIS-PORT-REGISTER-PLACE' : 'NDIS-MAP-INIT-ONLY';
  if (call.trouble.includes('wrong-handle')) return 'NDIS-MAP-HANDLE';
  if (irql > PASSIVE_LEVEL) return 'NDIS-MAP-IRQL';
  if (call.trouble.includes('before-attributes')) return 'NDIS-MAP-AFTER-ATTR';
  if (event.kind === 'map') return null;
  if (!isPorts && has(call.trouble, RAM) && !call.trouble.includes('translated-address'))
    return 'NDIS-MAP-NOT-RAM';
  return has(call.trouble, NOT_OWN) || call.length === 0 ? 'NDIS-MAP-BUSREL' : null;
}

/** The rule set of Static Driver Verifier also lets MiniportAddDevice register ports. */
const mayMap = (callback: string | null, isPorts: boolean, profile: Profile): boolean =>
  isInitialize(callback) || (isPorts && profile === 'verifier' && callback === 'MiniportAddDevice');

export function unmapFault(event: EventOf<'unmap'>, world: World): UnmapFault | null {
  if (!isNdis(event)) return null;
  const { callback, irql, mapping } = event;
  const adapter = adapterOf(world, event.device);
  const isPorts = event.service === 'NdisMDeregisterIoPortRange';
  if (isShutdown(callback))
    return adapter?.halting === true ? 'NDIS-SHUTDOWN-NESTED' : 'NDIS-SHUTDOWN-NOFREE';
  if (!isInitialize(callback) && !isHalt(callback)) {
    if (mapping !== null && isKnownFault(mapping.id, world)) return null;
    return isPorts ? 'NDIS-PORT-DEREG-PLACE' : 'NDIS-UNMAP-PLACE';
  }
  if (event.trouble?.includes('wrong-handle') === true) return 'NDIS-MAP-HANDLE';
  if (irql > PASSIVE_LEVEL) return 'NDIS-MAP-IRQL';
  return isPorts ? portFault(event, world, adapter) : memoryFault(event, world, adapter);
}

/** It was made outside initialization or not released in time: what undoes it stands elsewhere as well. */
const isKnownFault = (mapping: number, { ndis }: World): boolean =>
  ndis.astray.has(mapping) || ndis.leaked.has(mapping);

function memoryFault(
  event: EventOf<'unmap'>,
  world: World,
  adapter: Adapter | undefined,
): UnmapFault | null {
  switch (event.match) {
    case 'wrong-length':
      return 'NDIS-UNMAP-LENGTH';
    case 'interior':
    case 'foreign':
      return 'NDIS-UNMAP-BASE';
    case 'already-ended':
    case 'null':
      return 'NDIS-UNMAP-ONCE';
    case 'never-mapped':
      return adapter?.hasMapped === false ? 'NDIS-UNMAP-ONCE' : 'NDIS-UNMAP-BASE';
    default:
      return isAnothers(event, world) ? 'NDIS-UNMAP-BASE' : orderFault(adapter);
  }
}

function portFault(
  event: EventOf<'unmap'>,
  world: World,
  adapter: Adapter | undefined,
): UnmapFault | null {
  switch (event.match) {
    case 'wrong-length':
    case 'interior':
    case 'foreign':
      return 'NDIS-PORT-DEREG-EXACT';
    case 'already-ended':
    case 'null':
      return 'NDIS-PORT-DEREG-PLACE';
    case 'never-mapped':
      return adapter !== undefined && findRange(adapter, isPort) !== undefined
        ? 'NDIS-PORT-DEREG-EXACT'
        : 'NDIS-PORT-DEREG-PLACE';
    default:
      return isAnothers(event, world) ? 'NDIS-PORT-DEREG-EXACT' : orderFault(adapter);
  }
}

const orderFault = (adapter: Adapter | undefined): UnmapFault | null =>
  (adapter?.interrupts ?? 0) > 0 ? 'NDIS-ACC-ISR-ORDER' : null;

function isAnothers({ device, mapping }: EventOf<'unmap'>, world: World): boolean {
  const owner = knownMapping(world, mapping)?.device ?? null;
  return device !== null && owner !== null && owner !== device;
}
