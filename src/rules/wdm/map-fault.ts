/** Which one rule a map call breaks by the range it asked for, if any. */
import type { AssignedResource, EventOf } from '../../events/event.ts';
import type { MappingFacts } from '../../events/mapping.ts';
import { isIoSpace, isMemory } from '../leftovers.ts';
import { contains, overlaps } from '../range.ts';
import { type Device, deviceOf, isStart, knownMapping, type World } from '../world.ts';

type MapFault =
  | 'WDM-MAP-AT-START'
  | 'WDM-MAP-TRANSLATED'
  | 'WDM-MAP-TYPE'
  | 'WDM-MAP-LARGE'
  | 'WDM-MAP-WITHIN-RESOURCE'
  | 'WDM-MAP-LOCKED'
  | 'WDM-MAP-USER-ADDR';

/** Physical addresses below this are too common as plain numbers in a request to mean an address. */
const TELLING_ADDRESS = 0x1000;

export function mapFault(event: EventOf<'map'>, world: World): MapFault | null {
  const { mapping } = event;
  if (!isIoSpace(mapping) || mapping.length === 0) return null;
  const device = deviceOf(world, knownMapping(world, mapping)?.device ?? null);
  const memory = device?.resources.filter(isMemory) ?? [];
  const own = memory.find((resource) => contains(resource, mapping));
  if (isFromUser(mapping.physical, world)) return 'WDM-MAP-USER-ADDR';
  const ram = mapping.backing === 'ram';
  if (device === undefined) return ram && mapping.unlocked ? 'WDM-MAP-LOCKED' : null;
  if (own !== undefined) {
    if (isUndecoded(own, event, device)) return 'WDM-MAP-LARGE';
    return isStart(event.phase) ? null : 'WDM-MAP-AT-START';
  }
  if (device.resources.some((resource) => isPortAsMemory(resource, mapping))) return 'WDM-MAP-TYPE';
  if (memory.some((resource) => isRaw(resource, mapping))) return 'WDM-MAP-TRANSLATED';
  if (ram) return mapping.unlocked ? 'WDM-MAP-LOCKED' : null;
  if (event.phase === 'add-device') return 'WDM-MAP-AT-START';
  const touches = memory.some((resource) => overlaps(resource, mapping));
  if (touches && !isStart(event.phase)) return 'WDM-MAP-AT-START';
  return device.starts > 0 ? 'WDM-MAP-WITHIN-RESOURCE' : null;
}

const isPortAsMemory = (resource: AssignedResource, mapping: { readonly physical: number }) =>
  resource.kind === 'port' &&
  mapping.physical >= resource.start &&
  mapping.physical < resource.start + resource.length;

/** The bus-relative range of a memory resource whose translated range is elsewhere. */
const isRaw = (
  { rawStart, start, length }: AssignedResource,
  mapping: Pick<MappingFacts, 'physical' | 'length' | 'backing'>,
): boolean =>
  rawStart !== start &&
  (mapping.backing === 'ram'
    ? mapping.physical === rawStart
    : overlaps({ start: rawStart, length }, mapping));

/** A large descriptor stores its length shifted right by 8, 16 or 32 bits, as much as it needs. */
const SCALES = [
  { most: 0xff_ffff_ff00, unit: 0x100 },
  { most: 0xffff_ffff_0000, unit: 0x1_0000 },
  { most: Number.MAX_SAFE_INTEGER, unit: 0x1_0000_0000 },
];

const storedLength = ({ length }: AssignedResource): number =>
  length / (SCALES.find(({ most }) => length <= most)?.unit ?? 1);

function isUndecoded(own: AssignedResource, { mapping }: EventOf<'map'>, device: Device): boolean {
  return (
    own.kind === 'memory-large' &&
    !device.decoded &&
    mapping.physical === own.start &&
    mapping.length === storedLength(own)
  );
}

/** The address stands, as 4 or 8 little-endian bytes, in the input of the user's request. */
function isFromUser(physical: number, { userInput }: World): boolean {
  if (userInput === null || physical < TELLING_ADDRESS) return false;
  const input = userInput.toLowerCase();
  const digits = physical.toString(16).padStart(16, '0');
  const bytes = (digits.match(/../g) ?? []).toReversed();
  const needle = (physical < 0x1_0000_0000 ? bytes.slice(0, 4) : bytes).join('');
  for (let i = input.indexOf(needle); i >= 0; i = input.indexOf(needle, i + 1))
    if (i % 2 === 0) return true;
  return false;
}
