/** Wire facts of the educational PCI device (QEMU documentation, docs/specs/edu.rst). */

export const VENDOR_ID = 0x1234;
export const DEVICE_ID = 0x11e8;
export const CLASS_CODE = 0x00ff00;
export const REVISION = 0x10;
export const BAR_BYTES = 0x10_0000;

/** Registers of BAR 0. Below 0x80 only 4-byte accesses; from there 4 or 8 bytes. */
export const IDENTIFICATION = 0x00;
export const LIVENESS = 0x04;
export const FACTORIAL = 0x08;
export const STATUS = 0x20;
export const INTERRUPT_STATUS = 0x24;
export const INTERRUPT_RAISE = 0x60;
export const INTERRUPT_ACKNOWLEDGE = 0x64;
export const DMA_SOURCE = 0x80;
export const DMA_DESTINATION = 0x88;
export const DMA_COUNT = 0x90;
export const DMA_COMMAND = 0x98;

/** 0xRRrr00ed: major and minor version. */
export const IDENTIFICATION_VALUE = 0x0100_00ed;

export const STATUS_COMPUTING = 0x01;
export const STATUS_INTERRUPT_FACTORIAL = 0x80;

export const INTERRUPT_FACTORIAL = 0x0000_0001;
export const INTERRUPT_DMA = 0x0000_0100;

export const DMA_COMMAND_RUN = 0x1;
export const DMA_COMMAND_TO_RAM = 0x2;
export const DMA_COMMAND_INTERRUPT = 0x4;

/** The device's own memory, as DMA addresses name it. */
export const DMA_BUFFER = 0x4_0000;
export const DMA_BUFFER_BYTES = 4096;
export const DMA_MASK_BITS = 28;
