/** UNWIND_INFO and RUNTIME_FUNCTION of x64 (Microsoft, "x64 exception handling"; versions 1 and 2). */
import { type Rva, rva } from '../units/address.ts';
import { u16At, u32At } from './reader.ts';

export interface RuntimeFunction {
  readonly begin: Rva;
  readonly end: Rva;
  readonly unwindInfo: Rva;
}

/** Bytes of an image by RVA, or nothing where it has none. */
export type ReadRva = (at: number, length: number) => Uint8Array | undefined;

/** `offset` is the prologue offset behind the instruction the code undoes. */
export type UnwindCode =
  | { readonly op: 'UWOP_PUSH_NONVOL'; readonly offset: number; readonly register: number }
  | { readonly op: 'UWOP_ALLOC_LARGE'; readonly offset: number; readonly bytes: number }
  | { readonly op: 'UWOP_ALLOC_SMALL'; readonly offset: number; readonly bytes: number }
  | { readonly op: 'UWOP_SET_FPREG'; readonly offset: number }
  | SaveCode<'UWOP_SAVE_NONVOL' | 'UWOP_SAVE_NONVOL_FAR'>
  | SaveCode<'UWOP_SAVE_XMM128' | 'UWOP_SAVE_XMM128_FAR'>
  | { readonly op: 'UWOP_PUSH_MACHFRAME'; readonly offset: number; readonly errorCode: boolean };

interface SaveCode<Op extends string> {
  readonly op: Op;
  readonly offset: number;
  readonly register: number;
  /** Byte offset from the frame base. */
  readonly at: number;
}

export interface UnwindInfo {
  readonly version: 1 | 2;
  readonly exceptionHandler: boolean;
  readonly terminationHandler: boolean;
  readonly sizeOfProlog: number;
  /** 0 when the function has no frame pointer. */
  readonly frameRegister: number;
  /** In bytes. */
  readonly frameOffset: number;
  readonly codes: readonly UnwindCode[];
  /** Version 2: where epilogues start, in bytes before the end of the function, and their size. */
  readonly epilogs: { readonly size: number; readonly beforeEnd: readonly number[] };
  readonly chained: RuntimeFunction | undefined;
  readonly handler: Rva | undefined;
  /** What the language writes behind the handler, for the handler to read. */
  readonly handlerData: Rva | undefined;
}

const UNW_FLAG_EHANDLER = 1;
const UNW_FLAG_UHANDLER = 2;
const UNW_FLAG_CHAININFO = 4;

interface Decoded {
  codes: UnwindCode[];
  beforeEnd: number[];
  epilogSize: number;
  epilogSlots: number;
}

/** Slots a code takes, by operation; UWOP_ALLOC_LARGE depends on its info. */
const SLOTS: readonly number[] = [1, 2, 1, 1, 2, 3, 1, 0, 2, 3, 1];
const UWOP_EPILOG = 6;

interface RawCode {
  readonly op: number;
  readonly offset: number;
  readonly info: number;
  /** The slot behind the code's own, and the two behind it as one. */
  readonly small: number;
  readonly large: number;
}

function slotsOf({ op, info }: RawCode): number {
  return op === 1 && info === 1 ? 3 : (SLOTS[op] ?? 0);
}

function decodeCode({ op, offset, info, small, large }: RawCode): UnwindCode | undefined {
  switch (op) {
    case 0:
      return { op: 'UWOP_PUSH_NONVOL', offset, register: info };
    case 1:
      return info > 1
        ? undefined
        : { op: 'UWOP_ALLOC_LARGE', offset, bytes: info === 0 ? small * 8 : large };
    case 2:
      return { op: 'UWOP_ALLOC_SMALL', offset, bytes: info * 8 + 8 };
    case 3:
      return { op: 'UWOP_SET_FPREG', offset };
    case 4:
      return { op: 'UWOP_SAVE_NONVOL', offset, register: info, at: small * 8 };
    case 5:
      return { op: 'UWOP_SAVE_NONVOL_FAR', offset, register: info, at: large };
    case 8:
      return { op: 'UWOP_SAVE_XMM128', offset, register: info, at: small * 16 };
    case 9:
      return { op: 'UWOP_SAVE_XMM128_FAR', offset, register: info, at: large };
    case 10:
      return info > 1 ? undefined : { op: 'UWOP_PUSH_MACHFRAME', offset, errorCode: info === 1 };
    default:
      return undefined;
  }
}

/** The first epilog code gives the size, and by its low bit one at the end; the others their place. */
function addEpilog(into: Decoded, { offset, info }: RawCode): void {
  const first = into.epilogSize < 0;
  if (first) into.epilogSize = offset;
  into.epilogSlots += 1;
  const beforeEnd = first ? (info & 1) * offset : offset | (info << 8);
  if (beforeEnd !== 0) into.beforeEnd.push(beforeEnd);
}

function decodeCodes(bytes: Uint8Array, version: number): Decoded | undefined {
  const found: Decoded = { codes: [], beforeEnd: [], epilogSize: -1, epilogSlots: 0 };
  for (let at = 0; at < bytes.length; ) {
    const second = bytes[at + 1] ?? 0;
    // Epilog codes come in pairs; an odd one is followed by an empty slot.
    if (found.epilogSlots % 2 === 1 && u16At(bytes, at) === 0) {
      found.epilogSlots += 1;
      at += 2;
      continue;
    }
    const raw: RawCode = {
      offset: bytes[at] ?? 0,
      op: second & 0xf,
      info: second >>> 4,
      small: u16At(bytes, at + 2),
      large: u32At(bytes, at + 2),
    };
    const slots = slotsOf(raw);
    if (slots === 0 || at + slots * 2 > bytes.length) return undefined;
    at += slots * 2;
    if (raw.op === UWOP_EPILOG) {
      if (version < 2) return undefined;
      addEpilog(found, raw);
      continue;
    }
    const code = decodeCode(raw);
    if (!code) return undefined;
    found.codes.push(code);
  }
  return found;
}

const runtimeFunction = (row: Uint8Array): RuntimeFunction => ({
  begin: rva(u32At(row, 0)),
  end: rva(u32At(row, 4)),
  unwindInfo: rva(u32At(row, 8)),
});

interface Tail {
  readonly chained: RuntimeFunction | undefined;
  readonly handler: Rva | undefined;
  readonly handlerData: Rva | undefined;
}
const NO_TAIL: Tail = { chained: undefined, handler: undefined, handlerData: undefined };

function decodeTail(read: ReadRva, at: number, flags: number): Tail | undefined {
  if ((flags & UNW_FLAG_CHAININFO) !== 0) {
    // A chained function has its handler in the function it is chained to.
    if (flags !== UNW_FLAG_CHAININFO) return undefined;
    const row = read(at, 12);
    return row && { ...NO_TAIL, chained: runtimeFunction(row) };
  }
  if (flags === 0) return NO_TAIL;
  const handler = read(at, 4);
  return handler && { ...NO_TAIL, handler: rva(u32At(handler, 0)), handlerData: rva(at + 4) };
}

/** Nothing when the data is damaged or of another version. */
export function decodeUnwindInfo(read: ReadRva, at: Rva): UnwindInfo | undefined {
  const header = read(at, 4);
  if (!header) return undefined;
  const [first = 0, sizeOfProlog = 0, count = 0, frame = 0] = header;
  const [version, flags] = [first & 7, first >>> 3];
  if ((version !== 1 && version !== 2) || flags > 7) return undefined;
  const codeBytes = read(at + 4, count * 2);
  const decoded = codeBytes && decodeCodes(codeBytes, version);
  const tail = decodeTail(read, at + 4 + (count + (count & 1)) * 2, flags);
  if (!decoded || !tail) return undefined;
  return {
    version,
    exceptionHandler: (flags & UNW_FLAG_EHANDLER) !== 0,
    terminationHandler: (flags & UNW_FLAG_UHANDLER) !== 0,
    sizeOfProlog,
    frameRegister: frame & 0xf,
    frameOffset: (frame >>> 4) * 16,
    codes: decoded.codes,
    epilogs: { size: Math.max(decoded.epilogSize, 0), beforeEnd: decoded.beforeEnd },
    ...tail,
  };
}
