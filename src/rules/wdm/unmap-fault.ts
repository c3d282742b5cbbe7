/** Which one rule an unmap call breaks by what it was given, if any. */
import type { EventOf } from '../../events/event.ts';
import { type Device, deviceOf, isRelease, knownMapping, type World } from '../world.ts';

type UnmapFault =
  | 'WDM-UNMAP-BASE'
  | 'WDM-UNMAP-LENGTH'
  | 'WDM-UNMAP-ONCE'
  | 'WDM-UNMAP-NOT-NULL'
  | 'WDM-UNMAP-TWIN'
  | 'WDM-UNMAP-SAME-DEVICE'
  | 'WDM-UNMAP-BEFORE-START'
  | 'MDL-UNMAP-PAIR'
  | 'MDL-UNMAP-PROCESS'
  | 'PHYS-SECTION-UNMAP'
  | 'MDL-RESERVED';

export function unmapFault(event: EventOf<'unmap'>, world: World): UnmapFault | null {
  if (event.framework !== 'wdm') return null;
  const { match, service, mapping } = event;
  if (service === 'MmUnmapIoSpace')
    return match === 'foreign' ? 'WDM-UNMAP-TWIN' : ioSpaceFault(event, world);
  if (mapping?.space === 'user' && mapping.origin === 'mdl') {
    const known = knownMapping(world, mapping);
    if (known !== undefined && known.process !== event.process) return 'MDL-UNMAP-PROCESS';
  }
  const troubled = (event.trouble ?? []).length > 0;
  if (service === 'MmUnmapReservedMapping' || service === 'MmFreeMappingAddress')
    return match === 'exact' && !troubled ? null : 'MDL-RESERVED';
  if (match === 'foreign') return 'WDM-UNMAP-TWIN';
  if (service === 'ZwUnmapViewOfSection')
    return match === 'exact' || match === 'interior' ? null : 'PHYS-SECTION-UNMAP';
  return match === 'exact' && !isMdlTrouble(event) ? null : 'MDL-UNMAP-PAIR';
}

/** An exact match has something to release, whatever the flags of the MDL say. */
const isMdlTrouble = ({ trouble = [] }: EventOf<'unmap'>): boolean =>
  trouble.includes('wrong-mdl') || trouble.includes('partial-mdl');

function ioSpaceFault(event: EventOf<'unmap'>, world: World): UnmapFault | null {
  const device = deviceOf(world, event.device);
  switch (event.match) {
    case 'wrong-length':
      return 'WDM-UNMAP-LENGTH';
    case 'interior':
      return 'WDM-UNMAP-BASE';
    case 'already-ended':
      return 'WDM-UNMAP-ONCE';
    case 'never-mapped':
      return hasNothingMapped(device) ? 'WDM-UNMAP-BEFORE-START' : 'WDM-UNMAP-BASE';
    case 'null':
      return hasNothingMapped(device) ? 'WDM-UNMAP-BEFORE-START' : 'WDM-UNMAP-NOT-NULL';
    default: {
      const owner = knownMapping(world, event.mapping)?.device ?? null;
      const another = device !== undefined && owner !== null && owner !== device.name;
      return another ? 'WDM-UNMAP-SAME-DEVICE' : null;
    }
  }
}

/** A release step of a device whose START never came, or failed before it mapped anything. */
export const hasNothingMapped = (device: Device | undefined): boolean =>
  device?.phase !== undefined &&
  device.phase !== null &&
  isRelease(device.phase) &&
  device.mapCalls === 0;
