/** Call sites of map services in a driver's code, found by the calls through its import table, and which of them ran. */
import type { PeImage } from '../image/pe.ts';
import { imageReader } from '../image/pe-sections.ts';
import { hex } from '../units/address.ts';

/** Services that make mappings, in whatever framework. */
const MAP_SERVICES: ReadonlySet<string> = new Set([
  'MmMapIoSpace',
  'MmMapIoSpaceEx',
  'MmMapLockedPages',
  'NdisMMapIoSpace',
  'NdisMRegisterIoPortRange',
  'MmMapLockedPagesSpecifyCache',
  'MmMapLockedPagesWithReservedMapping',
  'ZwMapViewOfSection',
]);

/** `call [rip+disp]` and `jmp [rip+disp]` (the import stubs of other linkers), `call rel32`. */
const INDIRECT = 0xff;
const CALL_INDIRECT = 0x15;
const JUMP_INDIRECT = 0x25;
const CALL = 0xe8;
const JUMP = 0xe9;

export interface MapSite {
  readonly service: string;
  /** RVA of the instruction after the call: what a stack shows. */
  readonly returnRva: number;
}

export interface MapSiteCoverage {
  readonly total: number;
  readonly reached: number;
  readonly unreached: readonly string[];
}

export function findMapSites(image: PeImage): readonly MapSite[] {
  const slots = new Map<number, string>();
  for (const { name, iatRva } of image.imports) {
    if (name !== undefined && MAP_SERVICES.has(name)) slots.set(iatRva, name);
  }
  if (slots.size === 0) return [];
  const reader = imageReader(image);
  const code = image.sections
    .filter(({ protection }) => protection.execute)
    .map(({ rva, virtualSize }) => ({ rva, bytes: reader.peek(rva, virtualSize) }));
  const sites: MapSite[] = [];
  const stubs = new Map<number, string>();
  for (const { rva, bytes } of code) {
    if (bytes === undefined) continue;
    for (const { at, opcode, target } of indirectBranches(rva, bytes)) {
      const service = slots.get(target);
      if (service === undefined) continue;
      if (opcode === CALL_INDIRECT) sites.push({ service, returnRva: at + 6 });
      else stubs.set(at, service);
    }
  }
  for (const { rva, bytes } of code) {
    if (bytes !== undefined) sites.push(...callsToStubs(rva, bytes, stubs));
  }
  return sites.sort((a, b) => a.returnRva - b.returnRva);
}

function* indirectBranches(rva: number, bytes: Uint8Array) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let i = 0; i + 6 <= bytes.length; i++) {
    const opcode = bytes[i + 1] ?? 0;
    if (bytes[i] !== INDIRECT || (opcode !== CALL_INDIRECT && opcode !== JUMP_INDIRECT)) continue;
    yield { at: rva + i, opcode, target: rva + i + 6 + view.getInt32(i + 2, true) };
  }
}

function callsToStubs(
  rva: number,
  bytes: Uint8Array,
  stubs: ReadonlyMap<number, string>,
): MapSite[] {
  if (stubs.size === 0) return [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const sites: MapSite[] = [];
  for (let i = 0; i + 5 <= bytes.length; i++) {
    if (bytes[i] !== CALL && bytes[i] !== JUMP) continue;
    const service = stubs.get(rva + i + 5 + view.getInt32(i + 1, true));
    if (service !== undefined) sites.push({ service, returnRva: rva + i + 5 });
  }
  return sites;
}

/** `reached` holds the return RVAs of the map calls that the run saw. */
export function mapSiteCoverage(
  sites: readonly MapSite[],
  module: string,
  reached: ReadonlySet<number>,
): MapSiteCoverage {
  const unreached = sites.filter((site) => !reached.has(site.returnRva));
  // A call through a register is found only when it happens.
  const known = new Set([...sites.map((site) => site.returnRva), ...reached]);
  return {
    total: known.size,
    reached: reached.size,
    unreached: unreached.map(
      ({ service, returnRva }) => `${service} at ${module}+${hex(returnRva)}`,
    ),
  };
}
