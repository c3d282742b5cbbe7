/** Virtio network device on PCI, one pair of queues and a control queue (OASIS VIRTIO 1.2, 5.1). */
import type { DeviceModel } from './device.ts';
import type { RegisterRow } from './register.ts';
import * as spec from './spec/virtio-net.ts';
import type { VirtioState } from './virtio/runtime.ts';
import { type VirtioDeclaration, virtioDevice } from './virtio/transport.ts';
import { control } from './virtio-net/control.ts';
import { drain, receive } from './virtio-net/receive.ts';
import { freshNet, MTU, type Net, type NetState } from './virtio-net/state.ts';
import { transmit } from './virtio-net/transmit.ts';

const QUEUE_SIZE = 256;
const CONTROL_QUEUE_SIZE = 64;

const FEATURES =
  spec.F_CSUM |
  spec.F_GUEST_CSUM |
  spec.F_MTU |
  spec.F_MAC |
  spec.F_HOST_TSO4 |
  spec.F_HOST_TSO6 |
  spec.F_HOST_ECN |
  spec.F_MRG_RXBUF |
  spec.F_STATUS |
  spec.F_CTRL_VQ |
  spec.F_CTRL_RX |
  spec.F_CTRL_VLAN |
  spec.F_CTRL_RX_EXTRA |
  spec.F_CTRL_MAC_ADDR;

/** What a feature needs beside it, any one of these (5.1.3.1). */
const REQUIREMENTS = [
  [spec.F_HOST_TSO4, spec.F_CSUM],
  [spec.F_HOST_TSO6, spec.F_CSUM],
  [spec.F_HOST_ECN, spec.F_HOST_TSO4 | spec.F_HOST_TSO6],
  [spec.F_CTRL_RX, spec.F_CTRL_VQ],
  [spec.F_CTRL_VLAN, spec.F_CTRL_VQ],
  [spec.F_CTRL_RX_EXTRA, spec.F_CTRL_VQ],
  [spec.F_CTRL_MAC_ADDR, spec.F_CTRL_VQ],
] as const;

type Row = RegisterRow<VirtioState<NetState>>;

const macByte = (n: number): Row => ({
  name: `mac_${n}`,
  at: spec.CONFIG_MAC + n,
  size: 1,
  access: 'ro',
  read: ({ own }) => own.mac[n] ?? 0,
});

const CONFIGURATION: readonly Row[] = [
  ...[0, 1, 2, 3, 4, 5].map(macByte),
  {
    name: 'status',
    at: spec.CONFIG_STATUS,
    size: 2,
    access: 'ro',
    widths: [1, 2],
    summary: '1 while the link is up',
    read: ({ own }) => (own.linkUp ? spec.S_LINK_UP : 0),
  },
  {
    name: 'max_virtqueue_pairs',
    at: spec.CONFIG_MAX_VIRTQUEUE_PAIRS,
    size: 2,
    access: 'ro',
    widths: [1, 2],
    reset: 1,
  },
  { name: 'mtu', at: spec.CONFIG_MTU, size: 2, access: 'ro', widths: [1, 2], reset: MTU },
];

/** Frames wait only for buffers of a running device. */
function queueHasBuffers(virtio: Net, queue: number): void {
  if (queue === spec.RECEIVEQ) drain(virtio);
  else if (queue === spec.TRANSMITQ) transmit(virtio);
  else control(virtio);
}

const NET: VirtioDeclaration<NetState> = {
  name: 'virtio-net',
  summary: 'Virtio network device (modern PCI)',
  section: '5.1',
  deviceType: spec.DEVICE_TYPE,
  classCode: spec.CLASS_CODE,
  features: FEATURES,
  requirements: REQUIREMENTS,
  queues: [
    { name: 'receiveq', size: QUEUE_SIZE },
    { name: 'transmitq', size: QUEUE_SIZE },
    { name: 'controlq', size: CONTROL_QUEUE_SIZE },
  ],
  configuration: CONFIGURATION,
  configurationBytes: spec.CONFIG_BYTES,
  initialState: freshNet,
  onReset({ own, host }) {
    own.mac = host.network.mac.slice();
    own.linkUp = host.network.up;
  },
  onQueue: queueHasBuffers,
  network: {
    receive,
    carrier(virtio, up) {
      virtio.own.linkUp = up;
      virtio.configurationChanged();
    },
  },
};

export const virtioNet: DeviceModel = virtioDevice<NetState>(NET);

/** The same with the legacy interface, under the numbers of its time (4.1.2.3). */
export const virtioNetTransitional: DeviceModel = virtioDevice<NetState>({
  ...NET,
  name: 'virtio-net-transitional',
  summary: 'Virtio network device (transitional PCI)',
  legacy: {
    deviceId: spec.TRANSITIONAL_DEVICE_ID,
    /** Only the address can be written (5.1.4). */
    writeConfiguration({ own }, at, value) {
      if (at < own.mac.length) own.mac[at] = value;
    },
  },
});
