/** What a virtio network device remembers besides its queues. */
import * as virtioSpec from '../spec/virtio.ts';
import * as spec from '../spec/virtio-net.ts';
import type { Chain } from '../virtio/chain.ts';
import type { Virtio } from '../virtio/runtime.ts';

export interface NetState {
  mac: Uint8Array;
  linkUp: boolean;
  /** Receive modes of VIRTIO_NET_CTRL_RX (VIRTIO 1.2, 5.1.6.5.1). */
  modes: {
    promisc: boolean;
    allmulti: boolean;
    alluni: boolean;
    nomulti: boolean;
    nouni: boolean;
    nobcast: boolean;
  };
  /** Addresses of VIRTIO_NET_CTRL_MAC_TABLE_SET, both tables. */
  table: Uint8Array[];
  /** 1 for each VLAN whose frames come in. */
  vlans: Uint8Array;
  /** Frames for which no buffer was there yet. */
  waiting: Uint8Array[];
}

/** The longest packet on the link, without the header of Ethernet. */
export const MTU = 1500;
const VLANS = 4096;

export type Net = Virtio<NetState>;

/** A legacy driver's header tells of merged buffers only when these are agreed on (5.1.6.1). */
export const headerBytes = (virtio: Net): number =>
  virtio.has(virtioSpec.F_VERSION_1 | spec.F_MRG_RXBUF) ? spec.HDR_BYTES : spec.LEGACY_HDR_BYTES;

export const freshNet = (): NetState => ({
  mac: new Uint8Array(6),
  linkUp: false,
  modes: {
    promisc: false,
    allmulti: false,
    alluni: false,
    nomulti: false,
    nouni: false,
    nobcast: false,
  },
  table: [],
  vlans: new Uint8Array(VLANS),
  waiting: [],
});

/** A legacy driver has the header in a descriptor of its own unless it may lay out as it likes (5.1.6.6). */
export const isLaidOutWrongly = (
  virtio: Net,
  [first]: Chain['readable'],
  header: number,
): boolean =>
  virtio.state.legacy && !virtio.has(virtioSpec.F_ANY_LAYOUT) && first?.length !== header;
