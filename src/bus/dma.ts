/** How a device reaches memory: bus master enable, the bridge's translation, and a bound on every transfer. */
import type { DeviceEventSink, DmaTrouble } from '../events/device.ts';
import type { PhysicalMemory } from '../memory/physical.ts';
import { type BusAddress, type Pa, pa } from '../units/address.ts';
import type { HostBridge } from './host-bridge.ts';

/** What a device model sees of memory. Refused reads give all ones, refused writes vanish. */
export interface DmaPort {
  read(from: BusAddress, length: number): Uint8Array;
  write(to: BusAddress, data: Uint8Array): void;
  /** Why a transfer would be refused, or nothing; asking is no event. */
  trouble(at: BusAddress, length: number): DmaTrouble | undefined;
}

/** Longest single transfer, so that no register value makes us allocate without limit. */
const MAX_DMA_BYTES = 0x100_0000;

interface DmaSite {
  readonly subject: string;
  readonly physical: PhysicalMemory;
  readonly bridge: HostBridge;
  readonly report: DeviceEventSink;
  /** Why the function may not master the bus now, or nothing. */
  refusal(): DmaTrouble | undefined;
}

export function dmaPort(site: DmaSite): DmaPort {
  const troubleAt = (bus: BusAddress, length: number): DmaTrouble | undefined =>
    site.refusal() ?? rangeTrouble(site.physical, site.bridge.physicalOf(bus) ?? null, length);
  /** The physical address when the transfer may go ahead; the event is told either way. */
  const admit = (access: 'read' | 'write', bus: BusAddress, length: number): Pa | undefined => {
    const physical = site.bridge.physicalOf(bus) ?? null;
    const trouble = troubleAt(bus, length);
    site.report({
      kind: 'device-dma',
      subject: site.subject,
      access,
      bus,
      physical,
      length,
      trouble: trouble ?? null,
    });
    return trouble === undefined && physical !== null ? physical : undefined;
  };
  return {
    read(from, length) {
      const physical = admit('read', from, length);
      return physical === undefined
        ? new Uint8Array(Math.min(Math.max(0, length), MAX_DMA_BYTES)).fill(0xff)
        : site.physical.readBytes(physical, length);
    },
    write(to, data) {
      const physical = admit('write', to, data.length);
      if (physical !== undefined) site.physical.writeBytes(physical, data);
    },
    trouble: troubleAt,
  };
}

function rangeTrouble(
  memory: PhysicalMemory,
  physical: Pa | null,
  length: number,
): DmaTrouble | undefined {
  if (length > MAX_DMA_BYTES) return 'too-long';
  if (physical === null || !Number.isSafeInteger(physical)) return 'outside-ram';
  const last = pa(physical + Math.max(0, length - 1));
  return memory.isRam(physical) && memory.isRam(last) ? undefined : 'outside-ram';
}
