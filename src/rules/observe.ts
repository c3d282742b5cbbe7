/** Builds what rules know of the run, event by event. */
import type { Circumstances, Event, MapCall } from '../events/event.ts';
import type { MappingFacts } from '../events/mapping.ts';
import { isSuccess } from '../units/status.ts';
import { dueMappings, excuse, isMemory } from './leftovers.ts';
import { observeNdis } from './ndis/observe.ts';
import { overlaps } from './range.ts';
import { type Device, deviceOf, isRelease, isStart, knownMapping, type World } from './world.ts';

/** Failed map calls kept for naming where a NULL came from. */
const KEPT_FAILURES = 16;
const REMOVE_IRP = 'IRP_MN_REMOVE_DEVICE';
const STOP_IRP = 'IRP_MN_STOP_DEVICE';

/** Takes in one event, before any rule hears it. */
export function observe(world: World, event: Event): void {
  observeMappings(world, event);
  if (!world.ndis.active) observeDevice(world, event);
  observeDriver(world, event);
  observeNdis(world, event);
}

function observeMappings(world: World, event: Event): void {
  switch (event.kind) {
    case 'phase-end':
      excuse(world, event.name, event.subject);
      endPhase(world, event);
      break;
    case 'map':
      noteMap(world, event, event.mapping, event.call);
      break;
    case 'map-failed':
      noteFailedMap(world, event, event.call);
      break;
    case 'unmap':
      noteUnmap(world, event);
      break;
    case 'mapping-ended':
      noteEnd(world, event, event.mapping);
      break;
    default:
  }
}

/** Devices that the driver itself serves as PnP devices. */
function observeDevice(world: World, event: Event): void {
  switch (event.kind) {
    case 'phase-begin':
      if (event.subject !== null && isDevicePhase(event.name))
        beginPhase(deviceNamed(world, event.subject), event.name);
      break;
    case 'resources':
      deviceNamed(world, event.subject).resources = event.resources;
      break;
    case 'lower-start':
      deviceNamed(world, event.subject).lower = isSuccess(event.status) ? 'started' : 'failed';
      break;
    default:
  }
}

function observeDriver(world: World, event: Event): void {
  switch (event.kind) {
    case 'service-enter': {
      const device = deviceOf(world, event.device);
      if (device !== undefined && event.service === 'RtlCmDecodeMemIoResource')
        device.decoded = true;
      break;
    }
    case 'irp':
      noteIrp(world, event);
      break;
    case 'mdl':
      if (event.what === 'lock') world.lockedMdls.add(event.mdl);
      if (event.what === 'unlock') world.lockedMdls.delete(event.mdl);
      break;
    case 'interrupt':
      world.connectedInterrupts += event.what === 'connect' ? 1 : -1;
      break;
    case 'device-object': {
      const device = deviceOf(world, event.subject);
      if (event.what === 'create') world.deviceObjects.created++;
      if (event.what === 'delete') world.deviceObjects.deleted++;
      if (event.what === 'delete' && device !== undefined) device.deleted = true;
      break;
    }
    default:
  }
}

const DEVICE_PHASES = [
  'add-device',
  'start',
  'restart',
  'query-stop',
  'stop',
  'query-remove',
  'surprise-removal',
  'remove',
];
const isDevicePhase = (phase: string): boolean => DEVICE_PHASES.includes(phase);

function deviceNamed(world: World, name: string): Device {
  const known = world.devices.get(name);
  if (known !== undefined) return known;
  const device: Device = {
    name,
    state: 'added',
    phase: null,
    resources: [],
    lower: 'waiting',
    starts: 0,
    mapCalls: 0,
    failedMaps: 0,
    released: 0,
    strays: 0,
    passedDown: false,
    deleted: false,
    decoded: false,
  };
  world.devices.set(name, device);
  return device;
}

function beginPhase(device: Device, phase: string): void {
  if (phase === 'add-device') forget(device);
  device.phase = phase;
  device.released = 0;
  device.strays = 0;
  device.passedDown = false;
  if (phase === 'surprise-removal') device.state = 'surprise-removed';
  if (!isStart(phase)) return;
  device.state = 'starting';
  device.lower = 'waiting';
  device.starts++;
  device.failedMaps = 0;
}

/** The device has come back, or another in its place: nothing has happened to it yet. */
function forget(device: Device): void {
  device.state = 'added';
  device.resources = [];
  device.lower = 'waiting';
  device.mapCalls = 0;
  device.decoded = false;
  device.deleted = false;
}

function endPhase(world: World, { name, subject, status }: Extract<Event, { kind: 'phase-end' }>) {
  const device = deviceOf(world, subject);
  if (device === undefined) return;
  const succeeded = status === null || isSuccess(status);
  device.phase = null;
  if (isStart(name)) device.state = succeeded ? 'started' : 'start-failed';
  if (device.released > 0) world.releasesAt.add(name);
  if (isRelease(name) && dueMappings(world, device, name).length > 0) world.leavesAt.add(name);
  if (name === 'stop' && succeeded) device.state = 'stopped';
  if (name === 'remove') device.state = 'removed';
}

function noteMap(world: World, event: Circumstances, facts: MappingFacts, call: MapCall): void {
  const name = ownerOf(world, facts.owner ?? event.device, facts);
  const device = deviceOf(world, name);
  if (device !== undefined) device.mapCalls++;
  world.live.set(facts.id, {
    facts,
    call,
    device: name,
    process: event.process,
    start: device?.starts ?? 0,
  });
}

/** The PnP device it was made for; else the one whose memory it is. */
function ownerOf(world: World, owner: string | null, facts: MappingFacts): string | null {
  if (owner !== null && (world.devices.has(owner) || world.ndis.adapters.has(owner))) return owner;
  for (const device of world.devices.values()) {
    if (device.resources.some((resource) => isMemory(resource) && overlaps(resource, facts)))
      return device.name;
  }
  return null;
}

function noteFailedMap(world: World, event: Circumstances, call: MapCall): void {
  const device = deviceOf(world, event.device);
  if (device !== undefined) {
    device.mapCalls++;
    device.failedMaps++;
  }
  world.failed.push({ call, device: event.device, at: event.at });
  if (world.failed.length > KEPT_FAILURES) world.failed.shift();
}

function noteUnmap(world: World, event: Extract<Event, { kind: 'unmap' }>): void {
  if (event.framework === 'ndis') return;
  const device = deviceOf(world, event.device);
  const stray = ['null', 'never-mapped', 'already-ended'].includes(event.match);
  if (device === undefined) {
    if (stray) world.strays++;
    return;
  }
  const owner = knownMapping(world, event.mapping)?.device ?? null;
  if (stray || (owner !== null && owner !== device.name)) device.strays++;
}

function noteEnd(world: World, { at }: Circumstances, mapping: MappingFacts): void {
  const known = world.live.get(mapping.id);
  if (known === undefined) return;
  world.live.delete(mapping.id);
  world.lastEnded = known;
  world.lastRelease = at;
  const device = deviceOf(world, known.device);
  if (device !== undefined) device.released++;
}

function noteIrp(world: World, event: Extract<Event, { kind: 'irp' }>): void {
  if (event.from === 'user')
    world.userInput = event.what === 'completed' ? null : (event.input ?? world.userInput);
  const device = deviceOf(world, event.subject);
  if (device === undefined) return;
  if (event.what === 'passed-down' && event.name === REMOVE_IRP) device.passedDown = true;
  if (event.what === 'completed' && event.name === STOP_IRP) device.state = 'stopped';
}
