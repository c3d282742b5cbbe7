/** Where things lie in the one WebAssembly memory: CPU state, software TLB, code map, guest RAM. */

/** CPU state (registers and run control); fields are declared in `cpu/state.ts`. */
export const CPU_STATE_OFFSET = 0x0;

/**
 * Two direct-mapped software TLBs, one for reads and one for writes. Entry i serves virtual page
 * numbers congruent to i. An entry is 16 bytes: u64 page address (low 12 bits zero; 1 when empty),
 * i32 addend so that `(i32)va + addend` is the host offset, 4 bytes unused.
 */
export const TLB_ENTRIES = 1024;
export const TLB_ENTRY_BYTES = 16;
export const TLB_READ_OFFSET = 0x10000;
export const TLB_WRITE_OFFSET = TLB_READ_OFFSET + TLB_ENTRIES * TLB_ENTRY_BYTES;
/** A tag no page address equals. */
export const TLB_EMPTY = 1n;

/** Hashed map from guest code address to WebAssembly table slot; its form is the CPU's business. */
export const CODE_MAP_OFFSET = 0x100000;
export const CODE_MAP_BYTES = 0x100000;

/** Guest physical address 0. */
export const RAM_OFFSET = 0x400000;
