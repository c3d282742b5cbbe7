/** NdisMMapIoSpace and NdisMUnmapIoSpace: device memory of an adapter, named by its bus, claimed and mapped. */
import type { RangeResource } from '../../bus/resources.ts';
import type { Trouble } from '../../events/event.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { mapIoSpace, unmapIoSpace } from '../../kernel/mm/map-io.ts';
import type { Service } from '../../kernel/service.ts';
import { ptr, u32, u64 } from '../../layout/struct.ts';
import { NULL, pa } from '../../units/address.ts';
import { PASSIVE_LEVEL } from '../../units/irql.ts';
import { NDIS_STATUS } from '../../units/ndis-status.ts';
import type { NtStatus } from '../../units/status.ts';
import { type Adapter, adapters } from './adapter.ts';
import { logConflict } from './error-log.ts';
import { ndisHandle, ndisService } from './ndis-service.ts';

/** Where a range that the bus names lies for the processor, or why it cannot be had. */
export type Placed =
  | { readonly start: number; readonly trouble: readonly Trouble[] }
  | {
      readonly status: NtStatus;
      readonly why: string;
      readonly trouble: readonly Trouble[];
    };

const contains = (start: number, length: number, at: number, bytes: number): boolean =>
  at >= start && at + bytes <= start + length;

const rangesOf = ({ node }: Adapter): readonly RangeResource[] =>
  node.resources.filter((resource) => 'bar' in resource);

/** Looks a range up in the resources of the adapter; memory and ports alike. */
export function placeRange(
  kernel: Kernel,
  adapter: Adapter | undefined,
  kind: 'memory' | 'port',
  at: number,
  length: number,
): Placed {
  const { FAILURE, RESOURCE_CONFLICT } = NDIS_STATUS;
  if (adapter === undefined) {
    const why = 'the handle is no adapter handle';
    return { status: FAILURE, why, trouble: ['wrong-handle'] };
  }
  const early: Trouble[] = adapter.registration === null ? ['before-attributes'] : [];
  if (length === 0 || !Number.isSafeInteger(at + length)) {
    return { status: FAILURE, why: 'the range is no range', trouble: early };
  }
  if (early.length > 0 && adapter.driver.model === 'ndis5') {
    const why = 'NdisMSetAttributesEx has not been called';
    return { status: FAILURE, why, trouble: early };
  }
  const own = rangesOf(adapter).filter(({ type }) => (type === 'port') === (kind === 'port'));
  const found = own.find(({ rawStart, length: bytes }) => contains(rawStart, bytes, at, length));
  if (found !== undefined) {
    return { start: found.translatedStart + at - found.rawStart, trouble: early };
  }
  const isTranslated = own.some(({ translatedStart, length: bytes }) =>
    contains(translatedStart, bytes, at, length),
  );
  const trouble: Trouble[] = [...early, isTranslated ? 'translated-address' : 'not-assigned'];
  if (kind === 'memory' && kernel.physical.isRam(pa(at))) {
    const why = 'the range is memory of the computer';
    return { status: FAILURE, why, trouble: [...trouble, 'is-ram'] };
  }
  const { fn } = adapter.node;
  if (fn === undefined) {
    return { status: FAILURE, why: 'the adapter has no hardware', trouble };
  }
  if (fn.bridge.toCpu(kind, at, length) === undefined) {
    return { status: FAILURE, why: 'the bus does not forward the range', trouble };
  }
  const why = 'the range is not assigned to the adapter';
  return { status: RESOURCE_CONFLICT, why, trouble };
}

const SERVICE = 'NdisMMapIoSpace';

const NdisMMapIoSpace = ndisService({
  name: SERVICE,
  params: {
    VirtualAddress: ptr('PVOID'),
    MiniportAdapterHandle: ndisHandle,
    PhysicalAddress: u64,
    Length: u32,
  },
  returns: 'ndis-status',
  maxIrql: PASSIVE_LEVEL,
  mayFail: [NDIS_STATUS.RESOURCE_CONFLICT, NDIS_STATUS.RESOURCES, NDIS_STATUS.FAILURE],
  run(kernel, { VirtualAddress, MiniportAdapterHandle, PhysicalAddress, Length }) {
    const adapter = adapters(kernel).get(MiniportAdapterHandle);
    const placed = placeRange(kernel, adapter, 'memory', Number(PhysicalAddress), Length);
    const mapping = mapIoSpace(kernel, {
      framework: 'ndis',
      service: SERVICE,
      physical: 'start' in placed ? BigInt(placed.start) : PhysicalAddress,
      length: BigInt(Length),
      cacheType: 'MmNonCached',
      rawType: 0,
      writable: true,
      executable: false,
      bus: Number(PhysicalAddress),
      refusedWith: 'status' in placed ? placed.status : NDIS_STATUS.FAILURE,
      trouble: placed.trouble,
      ...('why' in placed ? { refusal: placed.why } : {}),
    });
    kernel.mmu.write(VirtualAddress, 8, mapping?.facts.virtual ?? NULL);
    if (mapping !== undefined) return NDIS_STATUS.SUCCESS;
    const status = 'status' in placed ? placed.status : NDIS_STATUS.RESOURCES;
    if (status === NDIS_STATUS.RESOURCE_CONFLICT) {
      logConflict(kernel, adapter, PhysicalAddress, Length);
    }
    return status;
  },
});

/** The handle is not looked at: the range is given back whoever's it is. */
const NdisMUnmapIoSpace = ndisService({
  name: 'NdisMUnmapIoSpace',
  params: { MiniportAdapterHandle: ndisHandle, VirtualAddress: ptr(), Length: u32 },
  returns: 'void',
  maxIrql: PASSIVE_LEVEL,
  run(kernel, { MiniportAdapterHandle, VirtualAddress, Length }) {
    const known = adapters(kernel).get(MiniportAdapterHandle) !== undefined;
    const trouble: readonly Trouble[] = known ? [] : ['wrong-handle'];
    const bytes = BigInt(Length);
    unmapIoSpace(kernel, 'ndis', 'NdisMUnmapIoSpace', VirtualAddress, bytes, trouble);
  },
});

export const ioSpaceServices: readonly Service[] = [NdisMMapIoSpace, NdisMUnmapIoSpace];
