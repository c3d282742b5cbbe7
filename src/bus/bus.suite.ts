/** A bus with one bare function on it, for tests of the bus itself. */
import type { DeviceEvent } from '../events/device.ts';
import { PhysicalMemory } from '../memory/physical.ts';
import type { BarSpec, PciFunctionSpec } from './function-spec.ts';
import { type DeliveredInterrupt, InterruptRouter } from './interrupts.ts';
import { PciBus, type PciBusOptions } from './pci-bus.ts';
import { PortSpace } from './port-space.ts';

export const memoryBar = (index: number, size: number, more: Partial<BarSpec> = {}): BarSpec => ({
  index,
  space: 'memory',
  size,
  bits: 32,
  prefetchable: false,
  backing: 'device',
  ...more,
});

export const functionSpec = (more: Partial<PciFunctionSpec> = {}): PciFunctionSpec => ({
  name: 'tried#1',
  identity: {
    vendorId: 0x1234,
    deviceId: 0x5678,
    classCode: 0x020000,
    revision: 3,
    subsystemVendorId: 0xaaaa,
    subsystemId: 0xbbbb,
  },
  bars: [memoryBar(0, 0x1000)],
  lineInterrupt: 'A',
  msi: null,
  msix: null,
  powerManagement: true,
  express: false,
  ...more,
});

export function busRig(options: Partial<PciBusOptions> = {}) {
  const physical = new PhysicalMemory(0x10_0000);
  const ports = new PortSpace();
  const interrupts = new InterruptRouter();
  const events: DeviceEvent[] = [];
  const delivered: DeliveredInterrupt[] = [];
  interrupts.onInterrupt = (interrupt) => delivered.push(interrupt);
  const bus = new PciBus({
    physical,
    ports,
    interrupts,
    report: (event) => events.push(event),
    ...options,
  });
  return { physical, ports, interrupts, events, delivered, bus };
}
