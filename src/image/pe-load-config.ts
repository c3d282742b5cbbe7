/** IMAGE_LOAD_CONFIG_DIRECTORY64: the security cookie and the control-flow-guard pointers. */
import { hex, type Rva, rva } from '../units/address.ts';
import { badImage } from '../units/errors.ts';
import type { DataDirectory } from './pe-headers.ts';
import { IMAGE_GUARD_CF_FUNCTION_TABLE_SIZE_SHIFT, LIMITS } from './pe-spec.ts';
import { type Reader, u32At, u64At } from './reader.ts';

export interface GuardTable {
  readonly rva: Rva;
  readonly count: number;
  /** 4 bytes of RVA and as many flag bytes as GuardFlags say. */
  readonly entryBytes: number;
}

/** Pointers are given as the RVA of the place pointed to: for the guard pointers, of the slot itself. */
export interface PeLoadConfig {
  readonly securityCookie: Rva | undefined;
  readonly guardFlags: number;
  readonly guardCFCheckFunctionPointer: Rva | undefined;
  readonly guardCFDispatchFunctionPointer: Rva | undefined;
  readonly guardXFGCheckFunctionPointer: Rva | undefined;
  readonly guardXFGDispatchFunctionPointer: Rva | undefined;
  readonly guardXFGTableDispatchFunctionPointer: Rva | undefined;
  readonly guardCFFunctionTable: GuardTable | undefined;
  /** SafeSEH; empty in x64 images. */
  readonly seHandlerTable: Rva | undefined;
  readonly seHandlerCount: number;
}

const SIZEOF_LOAD_CONFIG = 0x140;
const MAX_GUARD_FUNCTIONS = BigInt(LIMITS.imageBytes / 4);

class Fields {
  readonly #image: Reader;
  readonly #bytes: Uint8Array;
  readonly #imageBase: bigint;

  constructor(image: Reader, at: number, imageBase: bigint) {
    this.#image = image;
    this.#imageBase = imageBase;
    const size = image.u32(at, 'load configuration');
    this.#bytes = image.bytes(at, Math.min(size, SIZEOF_LOAD_CONFIG), 'load configuration');
  }

  /** Fields beyond the structure's own Size are absent, which reads as 0. */
  u32(at: number): number {
    return at + 4 <= this.#bytes.length ? u32At(this.#bytes, at) : 0;
  }

  u64(at: number): bigint {
    return at + 8 <= this.#bytes.length ? u64At(this.#bytes, at) : 0n;
  }

  pointer(at: number, name: string, length = 8): Rva | undefined {
    const value = this.u64(at);
    if (value === 0n) return undefined;
    const offset = value - this.#imageBase;
    if (offset < 0n || offset > BigInt(LIMITS.imageBytes)) {
      throw badImage(`${name} ${hex(value)} of the load configuration lies outside the image`);
    }
    this.#image.check(Number(offset), length, `${name} of the load configuration`);
    return rva(Number(offset));
  }
}

function guardTable(fields: Fields, guardFlags: number): GuardTable | undefined {
  const count = fields.u64(0x88);
  if (count === 0n) return undefined;
  if (count > MAX_GUARD_FUNCTIONS) throw badImage(`GuardCFFunctionCount is ${hex(count)}`);
  const entryBytes = 4 + (guardFlags >>> IMAGE_GUARD_CF_FUNCTION_TABLE_SIZE_SHIFT);
  const at = fields.pointer(0x80, 'GuardCFFunctionTable', Number(count) * entryBytes);
  return at === undefined ? undefined : { rva: at, count: Number(count), entryBytes };
}

export function parseLoadConfig(
  image: Reader,
  directory: DataDirectory | undefined,
  imageBase: bigint,
): PeLoadConfig | undefined {
  if (!directory) return undefined;
  const fields = new Fields(image, directory.rva, imageBase);
  const guardFlags = fields.u32(0x90);
  return {
    securityCookie: fields.pointer(0x58, 'SecurityCookie'),
    guardFlags,
    guardCFCheckFunctionPointer: fields.pointer(0x70, 'GuardCFCheckFunctionPointer'),
    guardCFDispatchFunctionPointer: fields.pointer(0x78, 'GuardCFDispatchFunctionPointer'),
    guardXFGCheckFunctionPointer: fields.pointer(0x118, 'GuardXFGCheckFunctionPointer'),
    guardXFGDispatchFunctionPointer: fields.pointer(0x120, 'GuardXFGDispatchFunctionPointer'),
    guardXFGTableDispatchFunctionPointer: fields.pointer(
      0x128,
      'GuardXFGTableDispatchFunctionPointer',
    ),
    guardCFFunctionTable: guardTable(fields, guardFlags),
    seHandlerTable: fields.pointer(0x60, 'SEHandlerTable'),
    seHandlerCount: Number(BigInt.asUintN(32, fields.u64(0x68))),
  };
}
