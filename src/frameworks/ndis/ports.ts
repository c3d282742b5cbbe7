/** NdisMRegisterIoPortRange and NdisMDeregisterIoPortRange: port ranges in the same ledger as mappings. */
import type { MapCall, Trouble, UnmapMatch } from '../../events/event.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { birth, release } from '../../kernel/mm/birth.ts';
import type { Service } from '../../kernel/service.ts';
import { ptr, u32 } from '../../layout/struct.ts';
import type { Mapping } from '../../mapping/ledger.ts';
import { NULL, pa, type Va, va } from '../../units/address.ts';
import { PASSIVE_LEVEL } from '../../units/irql.ts';
import { NDIS_STATUS } from '../../units/ndis-status.ts';
import { type Adapter, adapters } from './adapter.ts';
import { logConflict } from './error-log.ts';
import { type Placed, placeRange } from './io-space.ts';
import { ndisHandle, ndisService } from './ndis-service.ts';

const REGISTER = 'NdisMRegisterIoPortRange';
const DEREGISTER = 'NdisMDeregisterIoPortRange';

const callOf = (port: number, length: number, trouble: readonly Trouble[]): MapCall => ({
  framework: 'ndis',
  service: REGISTER,
  origin: 'port',
  physical: pa(port),
  bus: port,
  length,
  cacheType: 'MmNonCached',
  rawType: 0,
  accessMode: 'kernel',
  mdl: null,
  trouble,
});

/** x64 reaches ports by instructions only: a bus whose ports lie in memory has none for it. */
function placePorts(kernel: Kernel, adapter: Adapter | undefined, port: number, count: number) {
  const placed = placeRange(kernel, adapter, 'port', port, count);
  const inMemory = (adapter?.node.fn?.bridge.options.portsInMemory ?? null) !== null;
  if ('why' in placed || !inMemory) return placed;
  const why = 'the ports of this bus are reached through memory';
  return { status: NDIS_STATUS.FAILURE, why, trouble: placed.trouble } satisfies Placed;
}

const NdisMRegisterIoPortRange = ndisService({
  name: REGISTER,
  params: {
    PortOffset: ptr('PVOID'),
    MiniportAdapterHandle: ndisHandle,
    InitialPort: u32,
    NumberOfPorts: u32,
  },
  returns: 'ndis-status',
  maxIrql: PASSIVE_LEVEL,
  mayFail: [NDIS_STATUS.RESOURCE_CONFLICT, NDIS_STATUS.RESOURCES, NDIS_STATUS.FAILURE],
  run(kernel, { PortOffset, MiniportAdapterHandle, InitialPort, NumberOfPorts }) {
    const adapter = adapters(kernel).get(MiniportAdapterHandle);
    const placed = placePorts(kernel, adapter, InitialPort, NumberOfPorts);
    const call = callOf(InitialPort, NumberOfPorts, placed.trouble);
    if ('why' in placed) {
      kernel.mmu.write(PortOffset, 8, NULL);
      kernel.emit({ kind: 'map-failed', reason: placed.why, status: placed.status, call });
      if (placed.status === NDIS_STATUS.RESOURCE_CONFLICT) {
        logConflict(kernel, adapter, BigInt(InitialPort), NumberOfPorts);
      }
      return placed.status;
    }
    const mapping = kernel.mappings.openPortRange({
      framework: 'ndis',
      service: REGISTER,
      origin: 'port',
      physical: pa(placed.start),
      length: NumberOfPorts,
      space: 'port',
      cacheType: 'MmNonCached',
      writable: true,
      executable: false,
      unlocked: false,
      ...birth(kernel),
    });
    adapter?.ports.add(mapping);
    kernel.mmu.write(PortOffset, 8, mapping.facts.virtual);
    kernel.emit({ kind: 'map', mapping: mapping.facts, call });
    return NDIS_STATUS.SUCCESS;
  },
});

interface Deregistered {
  readonly InitialPort: number;
  readonly NumberOfPorts: number;
  readonly PortOffset: Va;
}

/** Of several ranges that cover the port the newest that lives, else the newest. */
function matchPorts(
  ranges: readonly Mapping[],
  { InitialPort, NumberOfPorts, PortOffset }: Deregistered,
): { readonly match: UnmapMatch; readonly mapping: Mapping | undefined } {
  const covering = ranges.filter(
    ({ facts }) => InitialPort >= facts.physical && InitialPort < facts.physical + facts.length,
  );
  const mapping = covering.findLast(({ live }) => live) ?? covering.at(-1);
  if (mapping === undefined) return { match: 'never-mapped', mapping };
  if (!mapping.live) return { match: 'already-ended', mapping };
  const { physical, length, virtual } = mapping.facts;
  if (InitialPort !== physical || PortOffset !== virtual) return { match: 'interior', mapping };
  return { match: NumberOfPorts === length ? 'exact' : 'wrong-length', mapping };
}

/** Anything but the whole range as it was registered leaves it registered. */
const NdisMDeregisterIoPortRange = ndisService({
  name: DEREGISTER,
  params: {
    MiniportAdapterHandle: ndisHandle,
    InitialPort: u32,
    NumberOfPorts: u32,
    PortOffset: ptr(),
  },
  returns: 'void',
  maxIrql: PASSIVE_LEVEL,
  run(kernel, args) {
    const adapter = adapters(kernel).get(args.MiniportAdapterHandle);
    const ranges = [...(adapter?.ports ?? [])];
    const { match, mapping } = matchPorts(ranges, args);
    kernel.emit({
      kind: 'unmap',
      framework: 'ndis',
      service: DEREGISTER,
      base: va(BigInt(args.InitialPort)),
      length: args.NumberOfPorts,
      match,
      mapping: mapping?.facts ?? null,
      releasedAt: mapping?.released?.at ?? null,
      ...(adapter === undefined ? { trouble: ['wrong-handle'] as const } : {}),
    });
    if (match !== 'exact' || mapping === undefined) return;
    kernel.mappings.closePortRange(mapping, release(kernel, DEREGISTER));
    kernel.emit({ kind: 'mapping-ended', mapping: mapping.facts });
  },
});

export const portServices: readonly Service[] = [
  NdisMRegisterIoPortRange,
  NdisMDeregisterIoPortRange,
];
