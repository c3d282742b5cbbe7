/** Virtual I/O devices on PCI with split virtqueues (OASIS VIRTIO 1.2, chapters 2, 4.1 and 6). */

/** 4.1.2. */
export const VENDOR_ID = 0x1af4;
export const DEVICE_ID_BASE = 0x1040;
/** A device without the legacy interface. */
export const MODERN_REVISION = 1;
export const SUBSYSTEM_VENDOR_ID = 0x1af4;
export const SUBSYSTEM_ID = 0x1100;
/** With the legacy interface; the subsystem is then the type of the device. */
export const TRANSITIONAL_REVISION = 0;

/** Device status (2.1). */
export const ACKNOWLEDGE = 1;
export const DRIVER = 2;
export const DRIVER_OK = 4;
export const FEATURES_OK = 8;
export const DEVICE_NEEDS_RESET = 64;
export const FAILED = 128;

/** Feature bits of every device (6). */
export const F_ANY_LAYOUT = 1n << 27n;
export const F_INDIRECT_DESC = 1n << 28n;
export const F_EVENT_IDX = 1n << 29n;
export const F_VERSION_1 = 1n << 32n;

/** Structures that capabilities point to (4.1.4). */
export const CAP_COMMON_CFG = 1;
export const CAP_NOTIFY_CFG = 2;
export const CAP_ISR_CFG = 3;
export const CAP_DEVICE_CFG = 4;
export const CAP_PCI_CFG = 5;
/** Fields of struct virtio_pci_cap, from the start of the capability. */
export const CAP_CFG_TYPE = 3;
export const CAP_BAR = 4;
export const CAP_OFFSET = 8;
export const CAP_LENGTH = 12;
export const CAP_BYTES = 16;
/** What follows it in struct virtio_pci_notify_cap and struct virtio_pci_cfg_cap. */
export const CAP_NOTIFY_OFF_MULTIPLIER = 16;
export const CAP_PCI_CFG_DATA = 16;

/** struct virtio_pci_common_cfg (4.1.4.3). */
export const COMMON_DEVICE_FEATURE_SELECT = 0x00;
export const COMMON_DEVICE_FEATURE = 0x04;
export const COMMON_DRIVER_FEATURE_SELECT = 0x08;
export const COMMON_DRIVER_FEATURE = 0x0c;
export const COMMON_CONFIG_MSIX_VECTOR = 0x10;
export const COMMON_NUM_QUEUES = 0x12;
export const COMMON_DEVICE_STATUS = 0x14;
export const COMMON_CONFIG_GENERATION = 0x15;
export const COMMON_QUEUE_SELECT = 0x16;
export const COMMON_QUEUE_SIZE = 0x18;
export const COMMON_QUEUE_MSIX_VECTOR = 0x1a;
export const COMMON_QUEUE_ENABLE = 0x1c;
export const COMMON_QUEUE_NOTIFY_OFF = 0x1e;
export const COMMON_QUEUE_DESC = 0x20;
export const COMMON_QUEUE_DRIVER = 0x28;
export const COMMON_QUEUE_DEVICE = 0x30;
export const COMMON_BYTES = 0x38;

/** The legacy interface: ports of BAR 0, behind which the type's configuration follows (4.1.4.10). */
export const LEGACY_HOST_FEATURES = 0x00;
export const LEGACY_GUEST_FEATURES = 0x04;
export const LEGACY_QUEUE_PFN = 0x08;
export const LEGACY_QUEUE_SIZE = 0x0c;
export const LEGACY_QUEUE_SELECT = 0x0e;
export const LEGACY_QUEUE_NOTIFY = 0x10;
export const LEGACY_DEVICE_STATUS = 0x12;
export const LEGACY_ISR = 0x13;
/** Only while MSI-X is on; otherwise the configuration starts here. */
export const LEGACY_CONFIG_MSIX_VECTOR = 0x14;
export const LEGACY_QUEUE_MSIX_VECTOR = 0x16;
export const LEGACY_CONFIG_WITHOUT_MSIX = 0x14;
export const LEGACY_CONFIG_WITH_MSIX = 0x18;
/** Of the whole queue, and of the used ring in it (2.7.2). */
export const LEGACY_QUEUE_ALIGN = 4096;

/** ISR status (4.1.4.5). */
export const ISR_QUEUE = 1;
export const ISR_CONFIGURATION = 2;
export const ISR_BYTES = 1;

/** 4.1.5.1.2. */
export const MSI_NO_VECTOR = 0xffff;

/** Split virtqueues (2.7). */
export const DESC_BYTES = 16;
export const DESC_ADDR = 0;
export const DESC_LEN = 8;
export const DESC_FLAGS = 12;
export const DESC_NEXT = 14;
export const DESC_F_NEXT = 1;
export const DESC_F_WRITE = 2;
export const DESC_F_INDIRECT = 4;
export const AVAIL_F_NO_INTERRUPT = 1;
/** Both rings begin with flags and idx; one 16-bit event index follows their elements. */
export const RING_FLAGS = 0;
export const RING_IDX = 2;
export const RING_ELEMENTS = 4;
export const AVAIL_ELEMENT_BYTES = 2;
export const USED_ELEMENT_BYTES = 8;
export const EVENT_BYTES = 2;
