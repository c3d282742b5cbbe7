/* What VIRTIO 1.2 says of devices on PCI, split virtqueues and the network device, as far as this driver uses it. */
#pragma once

#define VIRTIO_VENDOR_ID 0x1af4
#define VIRTIO_NET_DEVICE_ID 0x1041
#define VIRTIO_NET_TRANSITIONAL_ID 0x1000
#define VIRTIO_GONE 0xff /* what a device that is no longer there reads as */
#define VIRTIO_GONE_WORD 0xffff

/* 2.1 device status */
#define VIRTIO_ACKNOWLEDGE 0x01
#define VIRTIO_DRIVER 0x02
#define VIRTIO_DRIVER_OK 0x04
#define VIRTIO_FEATURES_OK 0x08
#define VIRTIO_NEEDS_RESET 0x40
#define VIRTIO_FAILED 0x80

/* 4.1.4 capabilities and what they point to */
#define VIRTIO_CAP_COMMON 1
#define VIRTIO_CAP_NOTIFY 2
#define VIRTIO_CAP_ISR 3
#define VIRTIO_CAP_DEVICE 4
#define VIRTIO_NO_VECTOR 0xffff
#define VIRTIO_ISR_QUEUE 0x1
#define VIRTIO_ISR_CONFIGURATION 0x2

struct VIRTIO_CAPABILITY {
  UCHAR Id;
  UCHAR Next;
  UCHAR Length;
  UCHAR Type;
  UCHAR Bar;
  UCHAR Padding[3];
  ULONG Offset;
  ULONG Bytes;
  ULONG NotifyMultiplier; /* of a notify capability only */
};

struct VIRTIO_COMMON {
  ULONG DeviceFeatureSelect;
  ULONG DeviceFeature;
  ULONG DriverFeatureSelect;
  ULONG DriverFeature;
  USHORT ConfigVector;
  USHORT Queues;
  UCHAR Status;
  UCHAR Generation;
  USHORT QueueSelect;
  USHORT QueueSize;
  USHORT QueueVector;
  USHORT QueueEnable;
  USHORT QueueNotifyOffset;
  ULONG QueueAreas[3][2]; /* descriptors, available ring, used ring: low and high halves */
};
C_ASSERT(sizeof(VIRTIO_COMMON) == 0x38);

/* 4.1.4.10 ports of the legacy interface, 2.7.2 its queues */
#define VIRTIO_LEGACY_HOST_FEATURES 0x00
#define VIRTIO_LEGACY_GUEST_FEATURES 0x04
#define VIRTIO_LEGACY_QUEUE_PAGE 0x08
#define VIRTIO_LEGACY_QUEUE_SIZE 0x0c
#define VIRTIO_LEGACY_QUEUE_SELECT 0x0e
#define VIRTIO_LEGACY_QUEUE_NOTIFY 0x10
#define VIRTIO_LEGACY_STATUS 0x12
#define VIRTIO_LEGACY_ISR 0x13
#define VIRTIO_LEGACY_CONFIG_VECTOR 0x14
#define VIRTIO_LEGACY_QUEUE_VECTOR 0x16
#define VIRTIO_LEGACY_CONFIG 0x14
#define VIRTIO_LEGACY_CONFIG_WITH_MSIX 0x18
#define VIRTIO_LEGACY_ALIGNMENT 4096

/* 6 features of every device */
#define VIRTIO_F_ANY_LAYOUT (1ULL << 27) /* of the legacy interface only */
#define VIRTIO_F_INDIRECT_DESC (1ULL << 28)
#define VIRTIO_F_EVENT_IDX (1ULL << 29)
#define VIRTIO_F_VERSION_1 (1ULL << 32)

/* 2.7 split virtqueues */
#define VIRTQ_NEXT 1
#define VIRTQ_WRITE 2
#define VIRTQ_INDIRECT 4
#define VIRTQ_NO_INTERRUPT 1
#define VIRTQ_NO_NOTIFY 1

struct VIRTQ_DESCRIPTOR {
  ULONG64 Address;
  ULONG Length;
  USHORT Flags;
  USHORT Next;
};

struct VIRTQ_AVAILABLE {
  USHORT Flags;
  USHORT Index;
  USHORT Ring[1]; /* and the event index behind it */
};

struct VIRTQ_USED_ELEMENT {
  ULONG Id;
  ULONG Length;
};

struct VIRTQ_USED {
  USHORT Flags;
  USHORT Index;
  VIRTQ_USED_ELEMENT Ring[1]; /* and the event index behind it */
};

/* 5.1.3 features of the network device */
#define VIRTIO_NET_F_CSUM (1ULL << 0)
#define VIRTIO_NET_F_GUEST_CSUM (1ULL << 1)
#define VIRTIO_NET_F_MTU (1ULL << 3)
#define VIRTIO_NET_F_MAC (1ULL << 5)
#define VIRTIO_NET_F_HOST_TSO4 (1ULL << 11)
#define VIRTIO_NET_F_HOST_TSO6 (1ULL << 12)
#define VIRTIO_NET_F_HOST_ECN (1ULL << 13)
#define VIRTIO_NET_F_MRG_RXBUF (1ULL << 15)
#define VIRTIO_NET_F_STATUS (1ULL << 16)
#define VIRTIO_NET_F_CTRL_VQ (1ULL << 17)
#define VIRTIO_NET_F_CTRL_RX (1ULL << 18)
#define VIRTIO_NET_F_CTRL_RX_EXTRA (1ULL << 20)
#define VIRTIO_NET_F_MQ (1ULL << 22)
#define VIRTIO_NET_F_CTRL_MAC_ADDR (1ULL << 23)

/* 5.1.4 configuration */
#define VIRTIO_NET_CONFIG_MAC 0
#define VIRTIO_NET_CONFIG_STATUS 6
#define VIRTIO_NET_CONFIG_PAIRS 8
#define VIRTIO_NET_CONFIG_MTU 10
#define VIRTIO_NET_LINK_UP 1

/* 5.1.6 header of every frame */
#define VIRTIO_NET_NEEDS_CSUM 1
#define VIRTIO_NET_DATA_VALID 2
#define VIRTIO_NET_GSO_NONE 0
#define VIRTIO_NET_GSO_TCPV4 1
#define VIRTIO_NET_GSO_TCPV6 4
#define VIRTIO_NET_GSO_ECN 0x80

struct VIRTIO_NET_HEADER {
  UCHAR Flags;
  UCHAR GsoType;
  USHORT HeaderBytes;
  USHORT GsoSize;
  USHORT ChecksumStart;
  USHORT ChecksumOffset;
  USHORT Buffers;
};
C_ASSERT(sizeof(VIRTIO_NET_HEADER) == 12);

/* 5.1.6.5 control commands */
#define VIRTIO_NET_CTRL_RX 0
#define VIRTIO_NET_CTRL_RX_PROMISC 0
#define VIRTIO_NET_CTRL_RX_ALLMULTI 1
#define VIRTIO_NET_CTRL_RX_NOMULTI 3
#define VIRTIO_NET_CTRL_RX_NOUNI 4
#define VIRTIO_NET_CTRL_RX_NOBCAST 5
#define VIRTIO_NET_CTRL_MAC 1
#define VIRTIO_NET_CTRL_MAC_TABLE 0
#define VIRTIO_NET_CTRL_MAC_ADDRESS 1
#define VIRTIO_NET_CTRL_MQ 4
#define VIRTIO_NET_CTRL_MQ_PAIRS 0
#define VIRTIO_NET_OK 0
