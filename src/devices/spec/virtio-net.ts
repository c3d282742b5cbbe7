/** The network device (OASIS VIRTIO 1.2, 5.1). */

export const DEVICE_TYPE = 1;
export const CLASS_CODE = 0x020000;
export const TRANSITIONAL_DEVICE_ID = 0x1000;

/** Virtqueues without VIRTIO_NET_F_MQ (5.1.2). */
export const RECEIVEQ = 0;
export const TRANSMITQ = 1;
export const CONTROLQ = 2;

/** Feature bits (5.1.3). */
export const F_CSUM = 1n << 0n;
export const F_GUEST_CSUM = 1n << 1n;
export const F_MTU = 1n << 3n;
export const F_MAC = 1n << 5n;
export const F_HOST_TSO4 = 1n << 11n;
export const F_HOST_TSO6 = 1n << 12n;
export const F_HOST_ECN = 1n << 13n;
export const F_MRG_RXBUF = 1n << 15n;
export const F_STATUS = 1n << 16n;
export const F_CTRL_VQ = 1n << 17n;
export const F_CTRL_RX = 1n << 18n;
export const F_CTRL_VLAN = 1n << 19n;
export const F_CTRL_RX_EXTRA = 1n << 20n;
export const F_CTRL_MAC_ADDR = 1n << 23n;

/** struct virtio_net_config (5.1.4). */
export const CONFIG_MAC = 0;
export const CONFIG_STATUS = 6;
export const CONFIG_MAX_VIRTQUEUE_PAIRS = 8;
export const CONFIG_MTU = 10;
export const CONFIG_BYTES = 12;
export const S_LINK_UP = 1;

/** struct virtio_net_hdr as VIRTIO_F_VERSION_1 has it (5.1.6); without it and VIRTIO_NET_F_MRG_RXBUF it is shorter. */
export const HDR_FLAGS = 0;
export const HDR_GSO_TYPE = 1;
export const HDR_HDR_LEN = 2;
export const HDR_GSO_SIZE = 4;
export const HDR_CSUM_START = 6;
export const HDR_CSUM_OFFSET = 8;
export const HDR_NUM_BUFFERS = 10;
export const HDR_BYTES = 12;
export const LEGACY_HDR_BYTES = 10;
export const HDR_F_NEEDS_CSUM = 0x1;
export const HDR_F_DATA_VALID = 0x2;
export const HDR_F_RSC_INFO = 0x4;
export const HDR_GSO_NONE = 0;
export const HDR_GSO_TCPV4 = 1;
export const HDR_GSO_TCPV6 = 4;
/** On top of a type: the frame has CWR set. */
export const HDR_GSO_ECN = 0x80;

/** Control virtqueue (5.1.6.5): class, command, data; then one byte of answer. */
export const CTRL_HEADER_BYTES = 2;
export const ACK_OK = 0;
export const ACK_ERR = 1;
export const CTRL_RX = 0;
export const CTRL_RX_PROMISC = 0;
export const CTRL_RX_ALLMULTI = 1;
export const CTRL_RX_ALLUNI = 2;
export const CTRL_RX_NOMULTI = 3;
export const CTRL_RX_NOUNI = 4;
export const CTRL_RX_NOBCAST = 5;
export const CTRL_MAC = 1;
export const CTRL_MAC_TABLE_SET = 0;
export const CTRL_MAC_ADDR_SET = 1;
export const CTRL_VLAN = 2;
export const CTRL_VLAN_ADD = 0;
export const CTRL_VLAN_DEL = 1;
