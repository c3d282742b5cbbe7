/** Builds what the NDIS rules know of the run, event by event, before any rule hears the event. */
import type { Event, EventOf } from '../../events/event.ts';
import { PASSIVE_LEVEL } from '../../units/irql.ts';
import { knownMapping, type World } from '../world.ts';
import { rangesOf } from './ranges.ts';
import { type Adapter, birthPlace, isHalt, isInitialize, isNdis } from './world.ts';

const KEPT_FAILURES = 16;
const KEPT_PORT_RANGES = 16;
const NDIS_DLL = 'ndis.sys';
export const HALT_AFTER_INITIALIZE = 'NdisHaltDeviceInitializationFailed';
const GONE = new Set(['NdisDevicePnPEventSurpriseRemoved', 'NdisHaltDeviceSurpriseRemoved']);

export function observeNdis(world: World, event: Event): void {
  const { ndis } = world;
  if (event.kind === 'service-enter') {
    ndis.active ||= event.dll.toLowerCase() === NDIS_DLL;
    ndis.service = event.service;
  }
  if (event.kind === 'adapter-state') ndis.active = true;
  if (!ndis.active) return;
  switch (event.kind) {
    case 'service-leave':
      ndis.service = null;
      break;
    case 'callback-enter':
      enter(world, event);
      break;
    case 'callback-leave':
      leave(world, event);
      break;
    case 'map':
      noteMap(world, event);
      break;
    case 'map-failed':
      noteFailedMap(world, event);
      break;
    case 'unmap':
      noteUnmap(world, event);
      break;
    case 'mapping-ended':
      noteEnd(world, event);
      break;
    default:
      observeAdapter(world, event);
  }
}

function observeAdapter(world: World, event: Event): void {
  switch (event.kind) {
    case 'adapter-state':
      if (event.state === 'initializing') adapterNamed(world, event.subject).isGone = false;
      break;
    case 'resources':
      adapterNamed(world, event.subject).resources = event.resources;
      break;
    case 'miniport-reason':
      adapterNamed(world, event.subject).reason = event.reason;
      if (GONE.has(event.reason)) adapterNamed(world, event.subject).isGone = true;
      break;
    case 'device-unplugged':
      adapterNamed(world, event.subject).isGone = true;
      break;
    case 'interrupt':
      if (event.subject !== null)
        adapterNamed(world, event.subject).interrupts += event.what === 'connect' ? 1 : -1;
      break;
    case 'log-entry': {
      const adapter = adapterOf(world, event.subject) ?? adapterOf(world, event.device);
      if (adapter !== undefined && event.by === 'driver') adapter.hasLogged = true;
      break;
    }
    default:
  }
}

export const adapterOf = ({ ndis }: World, name: string | null): Adapter | undefined =>
  name === null ? undefined : ndis.adapters.get(name);

function adapterNamed({ ndis }: World, name: string): Adapter {
  const known = ndis.adapters.get(name);
  if (known !== undefined) return known;
  const adapter: Adapter = {
    name,
    resources: [],
    ranges: new Map(),
    halting: false,
    reason: null,
    interrupts: 0,
    isGone: false,
    hasMapped: false,
    failed: [],
    hasLogged: false,
    released: [],
    strays: 0,
  };
  ndis.adapters.set(name, adapter);
  return adapter;
}

function enter(world: World, { routine, subject }: EventOf<'callback-enter'>): void {
  world.ndis.service = null;
  if (subject === null || !(isInitialize(routine) || isHalt(routine))) return;
  const adapter = adapterNamed(world, subject);
  adapter.released = [];
  adapter.strays = 0;
  if (isHalt(routine)) adapter.halting = true;
  if (!isInitialize(routine)) return;
  adapter.reason = null;
  adapter.failed = [];
  adapter.hasLogged = false;
}

/** A stray unmap was meant for one of the ranges that are left and has its own finding: as many are excused. */
function leave(world: World, event: EventOf<'callback-leave'>): void {
  world.ndis.service = null;
  const adapter = adapterOf(world, event.subject);
  if (adapter === undefined || !endsOwnership(event)) return;
  const left = rangesOf(world, adapter);
  const missed = left.filter(({ facts }) => !world.ndis.leaked.has(facts.id));
  for (const { facts } of missed.slice(0, adapter.strays)) world.excused.add(facts.id);
  for (const { facts } of left) {
    world.ndis.leaked.add(facts.id);
    if (isHalt(event.routine) && adapter.reason !== HALT_AFTER_INITIALIZE)
      world.ndis.leakedPlaces.add(birthPlace(facts));
  }
  if (isHalt(event.routine)) adapter.halting = false;
}

/** A failed initialization, or a halt: whatever is mapped now stays so. */
export const endsOwnership = ({ routine, status }: EventOf<'callback-leave'>): boolean =>
  isHalt(routine) || (isInitialize(routine) && status !== null && status !== 0);

function noteMap({ ndis, live }: World, { mapping, callback, device }: EventOf<'map'>): void {
  if (!isNdis(mapping)) return;
  if (!isInitialize(callback)) ndis.astray.add(mapping.id);
  const adapter = ndis.adapters.get(mapping.owner ?? device ?? '');
  const known = live.get(mapping.id);
  if (adapter === undefined || known === undefined) return;
  adapter.ranges.set(mapping.id, known);
  if (mapping.origin !== 'port') adapter.hasMapped = true;
}

function noteFailedMap(world: World, event: EventOf<'map-failed'>): void {
  const adapter = adapterOf(world, event.device);
  if (adapter === undefined || !isNdis(event.call)) return;
  const { trouble, length } = event.call;
  const wasRight = trouble.length === 0 && length > 0 && event.irql === PASSIVE_LEVEL;
  adapter.failed.push({ event, wasRight: wasRight && isInitialize(event.callback) });
  if (adapter.failed.length > KEPT_FAILURES) adapter.failed.shift();
}

function noteUnmap(world: World, event: EventOf<'unmap'>): void {
  const adapter = adapterOf(world, event.device);
  if (adapter === undefined || !isNdis(event)) return;
  const owner = knownMapping(world, event.mapping)?.device ?? null;
  const missed = ['null', 'never-mapped', 'already-ended', 'foreign'].includes(event.match);
  const isOld = event.mapping !== null && world.ndis.leaked.has(event.mapping.id);
  if (missed || isOld || (owner !== null && owner !== adapter.name)) adapter.strays++;
}

function noteEnd({ ndis }: World, { mapping, at, device }: EventOf<'mapping-ended'>): void {
  if (!isNdis(mapping)) return;
  ndis.lastEnded = mapping;
  const adapter = ndis.adapters.get(mapping.owner ?? device ?? '');
  adapter?.ranges.delete(mapping.id);
  adapter?.released.push({ facts: mapping, at });
  if (mapping.origin !== 'port') return;
  ndis.endedPorts.push(mapping);
  if (ndis.endedPorts.length > KEPT_PORT_RANGES) ndis.endedPorts.shift();
}
