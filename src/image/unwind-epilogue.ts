/** Whether an address is in an epilogue, told from its instructions ("x64 prolog and epilog"). */
import { type Rva, rva } from '../units/address.ts';
import type { FunctionTable } from './function-table.ts';
import { i32At } from './reader.ts';
import type { RuntimeFunction, UnwindInfo } from './unwind-info.ts';

/** What is left of an epilogue. */
export interface Epilogue {
  /** `lea rsp, [register + displacement]`, when still to come. */
  readonly frame: { readonly register: number; readonly displacement: number } | undefined;
  /** `add rsp, imm`, when still to come. */
  readonly add: number;
  /** Registers still to be popped, in order. */
  readonly pops: readonly number[];
}

/** lea, eight two-byte pops, and the longest jump. */
const WINDOW = 48;

/** The longest stretch at hand up to WINDOW; code may end with its section. */
function fetchCode(functions: FunctionTable, at: number): Uint8Array {
  for (let length = WINDOW; length > 0; length -= 1) {
    const code = functions.read(at, length);
    if (code) return code;
  }
  return new Uint8Array(0);
}

interface Release extends Pick<Epilogue, 'frame' | 'add'> {
  readonly length: number;
}

const i8 = (byte: number): number => (byte << 24) >> 24;

/** `add rsp, imm8/imm32` or `lea rsp, disp8/disp32[frame register]`. */
function decodeRelease(code: Uint8Array, frameRegister: number): Release {
  const [b0 = 0, b1 = 0, b2 = 0, b3 = 0] = code;
  if (b0 === 0x48 && b1 === 0x83 && b2 === 0xc4)
    return { frame: undefined, add: i8(b3), length: 4 };
  if (b0 === 0x48 && b1 === 0x81 && b2 === 0xc4) {
    return { frame: undefined, add: i32At(code, 3), length: 7 };
  }
  if ((b0 & 0xfe) === 0x48 && b1 === 0x8d) {
    const register = ((b0 & 1) << 3) | (b2 & 7);
    if (register !== 0 && register === frameRegister) {
      const mode = b2 & 0xf8;
      if (mode === 0x60) return { frame: { register, displacement: i8(b3) }, add: 0, length: 4 };
      if (mode === 0xa0) {
        return { frame: { register, displacement: i32At(code, 3) }, add: 0, length: 7 };
      }
    }
  }
  return { frame: undefined, add: 0, length: 0 };
}

function decodePops(code: Uint8Array, start: number): { pops: number[]; at: number } {
  const pops: number[] = [];
  let at = start;
  while (at < code.length) {
    const byte = code[at] ?? 0;
    const next = code[at + 1] ?? 0;
    if ((byte & 0xf8) === 0x58) {
      pops.push(byte & 7);
      at += 1;
    } else if ((byte & 0xf0) === 0x40 && (next & 0xf8) === 0x58) {
      pops.push(((byte & 1) << 3) | (next & 7));
      at += 2;
    } else break;
  }
  return { pops, at };
}

interface Home {
  readonly functions: FunctionTable;
  readonly entry: RuntimeFunction;
  readonly info: UnwindInfo;
}

/** A jump out of the function leaves it; one to its own start is a call of itself in tail position. */
function leaves({ functions, entry, info }: Home, target: Rva): boolean {
  if (target === entry.begin) return info.chained === undefined;
  if (target > entry.begin && target < entry.end) return false;
  const other = functions.lookup(target);
  if (!other) return true;
  const own = functions.chain(entry).at(-1)?.entry.begin;
  return own === undefined || functions.chain(other).at(-1)?.entry.begin !== own;
}

/** `ret`, `ret imm16`, `rep ret`, a jump out of the function, or an indirect jump as tail calls use it. */
function endsFunction(code: Uint8Array, start: number, pc: number, home: Home): boolean {
  const at = code[start] === 0xf2 ? start + 1 : start;
  const [b0 = 0, b1 = 0, b2 = 0] = code.subarray(at, at + 3);
  if (at >= code.length) return false;
  if (b0 === 0xc3 || b0 === 0xc2 || (b0 === 0xf3 && b1 === 0xc3)) return true;
  if (b0 === 0xeb) return leaves(home, rva(pc + at + 2 + i8(b1)));
  if (b0 === 0xe9) return leaves(home, rva(pc + at + 5 + i32At(code, at + 1)));
  if (b0 === 0xff && b1 === 0x25) return true;
  return (b0 & 0xf8) === 0x48 && b1 === 0xff && (b2 & 0x38) === 0x20;
}

export function decodeEpilogue(home: Home, pc: Rva): Epilogue | undefined {
  const code = fetchCode(home.functions, pc);
  const release = decodeRelease(code, home.info.frameRegister);
  const { pops, at } = decodePops(code, release.length);
  if (!endsFunction(code, at, pc, home)) return undefined;
  return { frame: release.frame, add: release.add, pops };
}

/**
 * Version 2 says where epilogues are. They hold only the pops, whose lengths are known, so what is left
 * follows from the distance; a push of a volatile register was recorded as an allocation of 8.
 */
export function knownEpilogue(
  links: readonly { readonly entry: RuntimeFunction; readonly info: UnwindInfo }[],
  pc: Rva,
): Epilogue | undefined {
  const [own] = links;
  if (!own) return undefined;
  const { size, beforeEnd } = own.info.epilogs;
  const start = beforeEnd
    .map((distance) => own.entry.end - distance)
    .find((begin) => pc >= begin && pc < begin + size);
  if (start === undefined) return undefined;
  const codes = links.flatMap(({ info }) => info.codes);
  const firstPush = codes.findIndex(({ op }) => op === 'UWOP_PUSH_NONVOL');
  const pops: number[] = [];
  let add = 0;
  let at = start;
  for (const code of firstPush < 0 ? [] : codes.slice(firstPush)) {
    if (code.op === 'UWOP_PUSH_NONVOL') {
      if (at >= pc) pops.push(code.register);
      at += code.register < 8 ? 1 : 2;
    } else if (code.op === 'UWOP_ALLOC_SMALL' && code.bytes === 8) {
      if (at >= pc) add += 8;
      at += 1;
    } else break;
  }
  return { frame: undefined, add, pops };
}
