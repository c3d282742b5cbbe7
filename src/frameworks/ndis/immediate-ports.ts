/** NdisImmediateReadPortXxx and NdisImmediateWritePortXxx: a port of the bus, reached without a registration. */
import type { PortSize } from '../../bus/port-space.ts';
import { hardware } from '../../kernel/hal/hardware.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import type { Service } from '../../kernel/service.ts';
import { ptr, u8, u16, u32 } from '../../layout/struct.ts';
import { pa, type Va } from '../../units/address.ts';
import { HIGH_LEVEL } from '../../units/irql.ts';
import { adapters } from './adapter.ts';
import { tellMisuse } from './misuse.ts';
import { ndisHandle, ndisService } from './ndis-service.ts';
import { wrapperContexts } from './ndis5/state.ts';

interface PortAccess {
  readonly service: string;
  /** The wrapper's context of NDIS 5, or the adapter's handle. */
  readonly handle: Va;
  readonly port: number;
  readonly size: PortSize;
}

/** Where the processor finds the port of the adapter's bus. */
function placeOf(kernel: Kernel, { service, handle, port, size }: PortAccess) {
  const adapter = wrapperContexts(kernel).get(handle) ?? adapters(kernel).get(handle);
  const place = adapter?.node.fn?.bridge.toCpu('port', port, size);
  if (place !== undefined) return place;
  tellMisuse(kernel, service, adapter === undefined ? 'wrong-handle' : 'no-such-port');
  return undefined;
}

function read(kernel: Kernel, access: PortAccess): bigint {
  const { size } = access;
  const place = placeOf(kernel, access);
  if (place === undefined) return (1n << BigInt(8 * size)) - 1n;
  if (place.space === 'memory') return kernel.physical.read(pa(place.start), size);
  const { ports } = hardware(kernel);
  const claimed = ports.isClaimed(place.start, size);
  const value = ports.read(place.start, size);
  kernel.emit({ kind: 'port-access', port: place.start, size, access: 'read', value, claimed });
  return BigInt(value);
}

function write(kernel: Kernel, access: PortAccess, value: number): void {
  const { size } = access;
  const place = placeOf(kernel, access);
  if (place === undefined) return;
  if (place.space === 'memory') {
    kernel.physical.write(pa(place.start), size, BigInt(value));
    return;
  }
  const { ports } = hardware(kernel);
  const claimed = ports.isClaimed(place.start, size);
  kernel.emit({ kind: 'port-access', port: place.start, size, access: 'write', value, claimed });
  ports.write(place.start, size, value);
}

const reading = (service: string, size: PortSize): Service =>
  ndisService({
    name: service,
    doc: 'ndis.h',
    params: { WrapperConfigurationContext: ndisHandle, Port: u32, Data: ptr() },
    returns: 'void',
    maxIrql: HIGH_LEVEL,
    run(kernel, { WrapperConfigurationContext: handle, Port: port, Data }) {
      kernel.mmu.write(Data, size, read(kernel, { service, handle, port, size }));
    },
  });

const writing = (service: string, size: PortSize, Data: typeof u8 | typeof u16 | typeof u32) =>
  ndisService({
    name: service,
    doc: 'ndis.h',
    params: { WrapperConfigurationContext: ndisHandle, Port: u32, Data },
    returns: 'void',
    maxIrql: HIGH_LEVEL,
    run(kernel, args) {
      const { WrapperConfigurationContext: handle, Port: port } = args;
      write(kernel, { service, handle, port, size }, args.Data);
    },
  });

export const immediatePortServices: readonly Service[] = [
  reading('NdisImmediateReadPortUchar', 1),
  reading('NdisImmediateReadPortUshort', 2),
  reading('NdisImmediateReadPortUlong', 4),
  writing('NdisImmediateWritePortUchar', 1, u8),
  writing('NdisImmediateWritePortUshort', 2, u16),
  writing('NdisImmediateWritePortUlong', 4, u32),
];
