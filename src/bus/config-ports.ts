/** Configuration mechanism #1: an address at port 0xCF8, the data at 0xCFC (PCI 3.0, 3.2.2.3.2). */
import type { PciBus } from './pci-bus.ts';
import { CONFIG_ADDRESS_PORT, CONFIG_DATA_PORT } from './pci-spec.ts';
import type { PortSize, PortSpace } from './port-space.ts';

const ENABLE = 0x8000_0000;
const WRITABLE = 0x80ff_fffc;

export function claimConfigPorts(ports: PortSpace, bus: PciBus): void {
  let address = 0;
  const target = () => ({
    bus: (address >>> 16) & 0xff,
    device: (address >>> 11) & 0x1f,
    function: (address >>> 8) & 0x7,
  });
  /** Only whole doublewords reach the address register. */
  ports.claim({
    name: 'PCI configuration address',
    base: CONFIG_ADDRESS_PORT,
    length: 4,
    read: (offset, size) => (offset === 0 && size === 4 ? address : 2 ** (8 * size) - 1),
    write: (offset, size, value) => {
      if (offset === 0 && size === 4) address = (value & WRITABLE) >>> 0;
    },
  });
  const enabled = (): boolean => address >= ENABLE;
  const register = (offset: number): number => (address & 0xfc) + offset;
  ports.claim({
    name: 'PCI configuration data',
    base: CONFIG_DATA_PORT,
    length: 4,
    read: (offset, size: PortSize) =>
      enabled() ? bus.readConfig(target(), register(offset), size) : 2 ** (8 * size) - 1,
    write: (offset, size: PortSize, value) => {
      if (enabled()) bus.writeConfig(target(), register(offset), size, value);
    },
  });
}
