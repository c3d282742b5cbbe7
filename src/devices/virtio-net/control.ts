/** The control virtqueue of a virtio network device: receive modes, addresses, VLANs (VIRTIO 1.2, 5.1.6.5). */
import * as ethernet from '../spec/ethernet.ts';
import * as spec from '../spec/virtio-net.ts';
import { type Chain, readChain, writeChain } from '../virtio/chain.ts';
import type { Net, NetState } from './state.ts';

const MAX_COMMAND_BYTES = 0x1_0000;
/** Of both tables together; a driver with more gets an error. */
const MAX_TABLE = 4096;

export function control(virtio: Net): void {
  virtio.forEach(spec.CONTROLQ, (chain) => answer(virtio, chain));
}

function answer(virtio: Net, chain: Chain): number | undefined {
  if (chain.readableBytes < spec.CTRL_HEADER_BYTES || chain.writableBytes < 1) {
    const detail = `${chain.readableBytes} bytes in, ${chain.writableBytes} out`;
    virtio.fail({ problem: 'control-buffer', detail }, spec.CONTROLQ);
    return undefined;
  }
  const bytes = readChain(virtio.host.dma, chain, MAX_COMMAND_BYTES);
  const [kind = 0, command = 0] = bytes;
  const done = execute(virtio, kind, command, bytes.slice(spec.CTRL_HEADER_BYTES));
  const ack = Uint8Array.of(done ? spec.ACK_OK : spec.ACK_ERR);
  return writeChain(virtio.host.dma, chain, ack);
}

/** False for what is unknown, not negotiated, or malformed. */
function execute(virtio: Net, kind: number, command: number, data: Uint8Array): boolean {
  switch (kind) {
    case spec.CTRL_RX:
      return setMode(virtio, command, data);
    case spec.CTRL_MAC:
      if (command === spec.CTRL_MAC_ADDR_SET) return setAddress(virtio, data);
      return command === spec.CTRL_MAC_TABLE_SET && setTable(virtio, data);
    case spec.CTRL_VLAN:
      return setVlan(virtio, command, data);
    default:
      return false;
  }
}

const MODES: Readonly<Record<number, keyof NetState['modes']>> = {
  [spec.CTRL_RX_PROMISC]: 'promisc',
  [spec.CTRL_RX_ALLMULTI]: 'allmulti',
  [spec.CTRL_RX_ALLUNI]: 'alluni',
  [spec.CTRL_RX_NOMULTI]: 'nomulti',
  [spec.CTRL_RX_NOUNI]: 'nouni',
  [spec.CTRL_RX_NOBCAST]: 'nobcast',
};

function setMode(virtio: Net, command: number, data: Uint8Array): boolean {
  const mode = MODES[command];
  const feature = command <= spec.CTRL_RX_ALLMULTI ? spec.F_CTRL_RX : spec.F_CTRL_RX_EXTRA;
  if (mode === undefined || data.length < 1 || !virtio.has(feature)) return false;
  virtio.own.modes[mode] = data[0] !== 0;
  return true;
}

function setAddress(virtio: Net, data: Uint8Array): boolean {
  if (data.length !== ethernet.ADDRESS_BYTES || !virtio.has(spec.F_CTRL_MAC_ADDR)) return false;
  virtio.own.mac = data;
  return true;
}

/** Two tables, each a le32 number and so many addresses: unicast, then multicast. */
function setTable(virtio: Net, data: Uint8Array): boolean {
  if (!virtio.has(spec.F_CTRL_RX)) return false;
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  const table: Uint8Array[] = [];
  let at = 0;
  for (let part = 0; part < 2; part++) {
    if (at + 4 > data.length) return false;
    const entries = view.getUint32(at, true);
    at += 4;
    const end = at + entries * ethernet.ADDRESS_BYTES;
    if (end > data.length || table.length + entries > MAX_TABLE) return false;
    for (; at < end; at += ethernet.ADDRESS_BYTES) {
      table.push(data.slice(at, at + ethernet.ADDRESS_BYTES));
    }
  }
  virtio.own.table = table;
  return true;
}

function setVlan(virtio: Net, command: number, data: Uint8Array): boolean {
  if (data.length < 2 || !virtio.has(spec.F_CTRL_VLAN)) return false;
  const id = (data[0] ?? 0) | ((data[1] ?? 0) << 8);
  const { own } = virtio;
  if (id >= own.vlans.length) return false;
  if (command !== spec.CTRL_VLAN_ADD && command !== spec.CTRL_VLAN_DEL) return false;
  own.vlans[id] = command === spec.CTRL_VLAN_ADD ? 1 : 0;
  return true;
}
