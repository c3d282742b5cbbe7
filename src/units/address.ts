/** Addresses as distinct types: virtual, physical, bus, and offsets into images and host memory. */

declare const unit: unique symbol;
export type Unit<Raw, Name extends string> = Raw & { readonly [unit]: Name };

/** Guest virtual, unsigned 64-bit; an x86 guest's addresses are zero-extended. */
export type Va = Unit<bigint, 'Va'>;
/** Guest physical. Kept below 2^53 so that a plain number is exact. */
export type Pa = Unit<number, 'Pa'>;
/** What a device masters on its bus. Equal to a `Pa` only while no bridge says otherwise. */
export type BusAddress = Unit<number, 'BusAddress'>;
/** Offset from the base of a loaded image. */
export type Rva = Unit<number, 'Rva'>;
/** Index into the one WebAssembly memory that holds CPU state and guest RAM. */
export type HostOffset = Unit<number, 'HostOffset'>;

export const PAGE_SIZE = 0x1000;
const PAGE_MASK = 0xfffn;

/** wasm hands i64 to JavaScript signed, so every `Va` is born here. */
export const va = (raw: bigint): Va => BigInt.asUintN(64, raw) as Va;
export const vaAdd = (at: Va, bytes: number | bigint): Va => va(at + BigInt(bytes));
export const pageOf = (at: Va): Va => (at & ~PAGE_MASK) as Va;
export const byteOffset = (at: Va): number => Number(at & PAGE_MASK);
export const NULL: Va = 0n as Va;

export const pa = (raw: number): Pa => raw as Pa;
export const paAdd = (at: Pa, bytes: number): Pa => (at + bytes) as Pa;
export const paPage = (at: Pa): Pa => (at - (at % PAGE_SIZE)) as Pa;
/** A register of 8 bytes gives a bigint. */
export const busAddress = (raw: number | bigint): BusAddress => Number(raw) as BusAddress;
export const rva = (raw: number): Rva => raw as Rva;
export const hostOffset = (raw: number): HostOffset => raw as HostOffset;

/** Pages that `length` bytes from byte offset `offset` of a page touch (ADDRESS_AND_SIZE_TO_SPAN_PAGES). */
export const spanPages = (offset: number, length: number): number =>
  Math.ceil(((offset % PAGE_SIZE) + length) / PAGE_SIZE);

export const hex = (value: bigint | number): `0x${string}` => `0x${value.toString(16)}`;
/** A virtual address as reports print it: sixteen digits. */
export const hexVa = (at: bigint): `0x${string}` => `0x${at.toString(16).padStart(16, '0')}`;
