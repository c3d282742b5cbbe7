/** What a virtio network device remembers besides its queues. */
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
