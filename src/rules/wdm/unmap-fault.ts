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
  | 'MDL-RESERVED';

export function unmapFault(event: EventOf<'unmap'>, world: World): UnmapFault | null {
  if (event.framework !== 'wdm') return null;
  if (event.match === 'foreign') return 'WDM-UNMAP-TWIN';
  if (event.service === 'MmUnmapIoSpace') return ioSpaceFault(event, world);
  if (event.match === 'exact' || event.service === 'ZwUnmapViewOfSection') return null;
  return event.service === 'MmUnmapReservedMapping' ? 'MDL-RESERVED' : 'MDL-UNMAP-PAIR';
}

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
