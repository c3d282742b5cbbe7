/** Names and numbers of PCI configuration space (PCI Local Bus Specification 3.0, chapter 6; PCI-PM 1.2; PCIe Base 3.0, 7.8). */

/** Type 0 header (PCI 3.0, figure 6-1). */
export const VENDOR_ID = 0x00;
export const DEVICE_ID = 0x02;
export const COMMAND = 0x04;
export const STATUS_REGISTER = 0x06;
export const REVISION_ID = 0x08;
export const CACHE_LINE_SIZE = 0x0c;
export const LATENCY_TIMER = 0x0d;
export const BASE_ADDRESS_0 = 0x10;
export const SUBSYSTEM_VENDOR_ID = 0x2c;
export const SUBSYSTEM_ID = 0x2e;
export const CAPABILITIES_POINTER = 0x34;
export const INTERRUPT_LINE = 0x3c;
export const INTERRUPT_PIN = 0x3d;

/** Command register (6.2.2). */
export const COMMAND_IO_SPACE = 0x0001;
export const COMMAND_MEMORY_SPACE = 0x0002;
export const COMMAND_BUS_MASTER = 0x0004;
export const COMMAND_INTERRUPT_DISABLE = 0x0400;
/** Bits a function may implement: space enables, master, special cycles, MWI, VGA snoop, parity, SERR#, fast back-to-back, interrupt disable. */
export const COMMAND_WRITABLE = 0x077f;

/** Status register (6.2.3). */
export const STATUS_INTERRUPT = 0x0008;
export const STATUS_CAPABILITIES_LIST = 0x0010;
/** Error bits, cleared by writing one. */
export const STATUS_WRITE_ONE_TO_CLEAR = 0xf900;

/** Base address registers (6.2.5.1). */
export const BAR_COUNT = 6;
export const BAR_IO = 0x1;
export const BAR_TYPE_64 = 0x4;
export const BAR_PREFETCHABLE = 0x8;

/** Capability identifiers (PCI 3.0, appendix H). */
export const CAPABILITY_POWER_MANAGEMENT = 0x01;
export const CAPABILITY_MSI = 0x05;
export const CAPABILITY_VENDOR_SPECIFIC = 0x09;
export const CAPABILITY_EXPRESS = 0x10;
export const CAPABILITY_MSI_X = 0x11;

/** Length of a vendor-specific capability, at +2 (appendix H). */
export const VENDOR_LENGTH = 0x02;
export const VENDOR_BODY = 0x03;

/** MSI message control, at +2 (6.8.1.3). */
export const MSI_CONTROL = 0x02;
export const MSI_ENABLE = 0x0001;
export const MSI_MULTIPLE_CAPABLE_SHIFT = 1;
export const MSI_MULTIPLE_ENABLE_SHIFT = 4;
export const MSI_64_BIT = 0x0080;
export const MSI_PER_VECTOR_MASKING = 0x0100;

/** MSI-X (6.8.2). */
export const MSI_X_CONTROL = 0x02;
export const MSI_X_TABLE = 0x04;
export const MSI_X_PENDING = 0x08;
export const MSI_X_ENABLE = 0x8000;
export const MSI_X_FUNCTION_MASK = 0x4000;
export const MSI_X_ENTRY_BYTES = 16;
export const MSI_X_ENTRY_MASKED = 0x1;

/** Power management (PCI-PM 1.2, 3.2). */
export const PM_CONTROL_STATUS = 0x04;
export const PM_POWER_STATE = 0x0003;
export const PM_NO_SOFT_RESET = 0x0008;

/** PCI Express (PCIe 3.0, 7.8). */
export const EXPRESS_DEVICE_CAPABILITIES = 0x04;
export const EXPRESS_DEVICE_CONTROL = 0x08;
export const EXPRESS_FUNCTION_LEVEL_RESET_CAPABLE = 0x1000_0000;
export const EXPRESS_INITIATE_FUNCTION_LEVEL_RESET = 0x8000;

/** Configuration mechanism #1 (3.2.2.3.2). */
export const CONFIG_ADDRESS_PORT = 0xcf8;
export const CONFIG_DATA_PORT = 0xcfc;

/** Where a PC takes message signalled interrupts (Intel SDM vol. 3, 10.11). */
export const MESSAGE_ADDRESS = 0xfee0_0000;
export const MESSAGE_ADDRESS_END = 0xfef0_0000;

export const CONFIG_BYTES = 0x100;
export const EXPRESS_CONFIG_BYTES = 0x1000;
