/** WDM-ACC-FAMILY: port functions on memory, or register functions on ports. */
import type { AssignedResource, EventOf } from '../../events/event.ts';
import { hex, hexVa } from '../../units/address.ts';
import { isMemory } from '../leftovers.ts';
import { isLowHalf } from '../range.ts';
import { rule } from '../rule.ts';
import { type Device, deviceOf, type World } from '../world.ts';
import { pageFault } from './page-fault.ts';

export const wdmAccFamily = rule({
  id: 'WDM-ACC-FAMILY',
  severity: 'error',
  framework: 'wdm',
  summary:
    'Memory is accessed with READ_REGISTER and WRITE_REGISTER, ports with READ_PORT and WRITE_PORT, by the translated type.',
  message: '{device}: {deed}.',
  why: 'A port instruction keeps only 16 bits of a register address and reaches some other port; a port number used as an address is unmapped low memory.',
  fix: 'Remember the translated type beside the address, and choose the access function by it. A resource that is a port on the device may be memory after translation.',
  limits:
    "A wrong port access is recognised when the device has no ports, nobody answers the port, it is none of the platform's (below 0x1000), and its number is the low half of an address in the first page of the device's mapping or memory resource, or its raw port.",
  doc: 'kernel/mapping-bus-relative-addresses-to-virtual-addresses',
  sources: [
    'kernel/mapping-bus-relative-addresses-to-virtual-addresses',
    'wdm/nf-wdm-read_register_ulong',
    'wdm/nf-wdm-read_port_ulong',
  ],
  bad: `ext->Base = MmMapIoSpace(start, length, MmNonCached);
status = READ_PORT_UCHAR(ext->Base + STATUS);`,
  good: 'status = READ_REGISTER_UCHAR(ext->Base + STATUS);',
  on: {
    'port-access'(event, report, _state, { world }) {
      const device = deviceOf(world, event.device);
      if (device === undefined || event.claimed) return;
      const meant = meantAsPort(event, device, world);
      if (meant !== null)
        report(event, {
          device: device.name,
          deed: `port ${hex(event.port)} was accessed, meaning ${meant}`,
          port: hex(event.port),
        });
    },
    'page-fault'(event, report, _state, { world }) {
      if (pageFault(event, world) !== 'WDM-ACC-FAMILY') return;
      const deed = `port ${hex(event.address)} was accessed as memory at ${hexVa(event.address)}`;
      report(event, { device: event.device, deed, port: hex(event.address) });
    },
  },
});

/** The memory that this port number is made of, in words. */
function meantAsPort(event: EventOf<'port-access'>, device: Device, world: World): string | null {
  const { port } = event;
  const { resources } = device;
  // A driver that has ports may well know others; one that has none mistook something for a port.
  if (resources.some(({ kind }) => kind === 'port')) return null;
  for (const { facts, device: owner } of world.live.values()) {
    if (owner === device.name && isLowHalf(port, facts.virtual, facts.length))
      return `the mapping at ${hexVa(facts.virtual)}`;
  }
  const memory = resources.filter(isMemory).find((resource) => isHalfOf(port, resource));
  return memory === undefined ? null : `the memory resource at ${hex(memory.start)}`;
}

const isHalfOf = (port: number, { rawKind, rawStart, start, length }: AssignedResource): boolean =>
  isLowHalf(port, start, length) ||
  (rawKind === 'port' && port >= rawStart && port < rawStart + length);
