/** Virtual unwinding: the caller's registers from a function's own ("x64 exception handling"). */
import { type Rva, rva, type Va, va, vaAdd } from '../units/address.ts';
import type { UnwindModule } from './function-table.ts';
import { u64At } from './reader.ts';
import { decodeEpilogue, type Epilogue, knownEpilogue } from './unwind-epilogue.ts';
import type { RuntimeFunction, UnwindCode, UnwindInfo } from './unwind-info.ts';

/** Registers by their number in instructions: rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi, r8 to r15. */
export interface UnwindContext {
  readonly rip: Va;
  /** What counts; `gpr[4]` is given back equal to it. */
  readonly rsp: Va;
  readonly gpr: readonly bigint[];
  /** 16 values of 128 bits; left out, saved xmm registers are not restored. */
  readonly xmm?: readonly bigint[];
}

/** Guest memory, or nothing where it cannot be read. */
export type ReadMemory = (at: Va, length: number) => Uint8Array | undefined;

export interface LanguageHandler {
  readonly rva: Rva;
  readonly dataRva: Rva;
  /** UNW_FLAG_EHANDLER: called in the search for a handler. */
  readonly exception: boolean;
  /** UNW_FLAG_UHANDLER: called when the frame is left. */
  readonly termination: boolean;
}

export interface Unwound {
  readonly kind: 'unwound';
  readonly context: UnwindContext;
  readonly establisherFrame: Va;
  /** Absent in prologue, epilogue and functions that have none. */
  readonly handler: LanguageHandler | undefined;
  /** Absent for a leaf function. */
  readonly functionEntry: RuntimeFunction | undefined;
}

export type UnwindResult =
  | Unwound
  | { readonly kind: 'unreadable'; readonly at: Va }
  | { readonly kind: 'bad-unwind-data'; readonly functionEntry: RuntimeFunction };

const RSP = 4;
const MACHINE_FRAME_RSP = 24;

/** The registers while they are put back; remembers the first address it could not read. */
class Frame {
  readonly #readMemory: ReadMemory;
  readonly gpr: bigint[];
  readonly xmm: bigint[] | undefined;
  rip: Va;
  unreadable: Va | undefined;

  constructor(context: UnwindContext, readMemory: ReadMemory) {
    this.#readMemory = readMemory;
    this.gpr = [...context.gpr];
    this.xmm = context.xmm && [...context.xmm];
    this.rip = context.rip;
    this.rsp = context.rsp;
  }

  get rsp(): Va {
    return va(this.gpr[RSP] ?? 0n);
  }
  set rsp(value: Va) {
    this.gpr[RSP] = value;
  }

  load(at: Va): bigint {
    const bytes = this.#readMemory(at, 8);
    if (!bytes || bytes.length < 8) this.unreadable ??= at;
    return bytes ? u64At(bytes, 0) : 0n;
  }

  pop(): bigint {
    const value = this.load(this.rsp);
    this.rsp = vaAdd(this.rsp, 8);
    return value;
  }

  context(): UnwindContext {
    const { rip, rsp, gpr, xmm } = this;
    return xmm ? { rip, rsp, gpr, xmm } : { rip, rsp, gpr };
  }
}

interface Place {
  readonly module: UnwindModule;
  readonly pc: Rva;
  readonly links: readonly { readonly entry: RuntimeFunction; readonly info: UnwindInfo }[];
  readonly entry: RuntimeFunction;
  readonly info: UnwindInfo;
}

/** How far into a function; one chained to may begin behind us, which counts as past its prologue. */
const prologOffset = ({ begin }: RuntimeFunction, pc: Rva): number => (pc - begin) >>> 0;

/** The frame pointer counts once the prologue has set it. */
function establisherFrame({ entry, info, pc }: Place, frame: Frame): Va {
  if (info.frameRegister === 0) return frame.rsp;
  const offset = prologOffset(entry, pc);
  const isSet =
    offset >= info.sizeOfProlog ||
    info.chained !== undefined ||
    info.codes.some((code) => code.op === 'UWOP_SET_FPREG' && offset >= code.offset);
  return isSet ? va((frame.gpr[info.frameRegister] ?? 0n) - BigInt(info.frameOffset)) : frame.rsp;
}

function machineFrame(frame: Frame, errorCode: boolean): void {
  const at = vaAdd(frame.rsp, errorCode ? 8 : 0);
  frame.rip = va(frame.load(at));
  frame.rsp = va(frame.load(vaAdd(at, MACHINE_FRAME_RSP)));
}

function undo(code: UnwindCode, frame: Frame, base: Va, info: UnwindInfo): void {
  switch (code.op) {
    case 'UWOP_PUSH_NONVOL':
      frame.gpr[code.register] = frame.pop();
      return;
    case 'UWOP_ALLOC_LARGE':
    case 'UWOP_ALLOC_SMALL':
      frame.rsp = vaAdd(frame.rsp, code.bytes);
      return;
    case 'UWOP_SET_FPREG':
      frame.rsp = va((frame.gpr[info.frameRegister] ?? 0n) - BigInt(info.frameOffset));
      return;
    case 'UWOP_SAVE_NONVOL':
    case 'UWOP_SAVE_NONVOL_FAR':
      frame.gpr[code.register] = frame.load(vaAdd(base, code.at));
      return;
    case 'UWOP_SAVE_XMM128':
    case 'UWOP_SAVE_XMM128_FAR':
      if (!frame.xmm) return;
      frame.xmm[code.register] =
        frame.load(vaAdd(base, code.at)) | (frame.load(vaAdd(base, code.at + 8)) << 64n);
      return;
    case 'UWOP_PUSH_MACHFRAME':
      machineFrame(frame, code.errorCode);
      return;
    default:
      code satisfies never;
  }
}

/** Undoes what the prologue has done by `pc`, in this function and those it is chained to. */
function undoProlog({ links, pc }: Place, frame: Frame, base: Va): void {
  let isMachineFrame = false;
  for (const { entry, info } of links) {
    const offset = prologOffset(entry, pc);
    for (const code of info.codes) {
      if (offset < code.offset) continue;
      undo(code, frame, base, info);
      isMachineFrame ||= code.op === 'UWOP_PUSH_MACHFRAME';
    }
  }
  if (!isMachineFrame) frame.rip = va(frame.pop());
}

function finishEpilogue(epilogue: Epilogue, frame: Frame): void {
  const { frame: release, add, pops } = epilogue;
  if (release) frame.rsp = va((frame.gpr[release.register] ?? 0n) + BigInt(release.displacement));
  if (add !== 0) frame.rsp = vaAdd(frame.rsp, add);
  for (const register of pops) {
    const value = frame.pop();
    frame.gpr[register] = value;
  }
  frame.rip = va(frame.pop());
}

/** The handler belongs to the last function of the chain. */
function handlerOf({ links, entry, info, pc }: Place): LanguageHandler | undefined {
  const last = links.at(-1)?.info;
  if (last?.handler === undefined || last.handlerData === undefined) return undefined;
  if (prologOffset(entry, pc) < info.sizeOfProlog) return undefined;
  return {
    rva: last.handler,
    dataRva: last.handlerData,
    exception: last.exceptionHandler,
    termination: last.terminationHandler,
  };
}

function epilogueAt({ module, links, entry, info, pc }: Place): Epilogue | undefined {
  if (info.version === 2) return knownEpilogue(links, pc);
  return decodeEpilogue({ functions: module.functions, entry, info }, pc);
}

function unwindPlace(place: Place, frame: Frame): Omit<Unwound, 'context'> {
  const establisher = establisherFrame(place, frame);
  const epilogue = epilogueAt(place);
  if (epilogue) finishEpilogue(epilogue, frame);
  else undoProlog(place, frame, establisher);
  return {
    kind: 'unwound',
    establisherFrame: establisher,
    handler: epilogue ? undefined : handlerOf(place),
    functionEntry: place.entry,
  };
}

function unwindLeaf(frame: Frame): Omit<Unwound, 'context'> {
  const establisher = frame.rsp;
  frame.rip = va(frame.pop());
  return {
    kind: 'unwound',
    establisherFrame: establisher,
    handler: undefined,
    functionEntry: undefined,
  };
}

/** One frame up. Without a module the code at `rip` counts as a leaf function. */
export function virtualUnwind(
  module: UnwindModule | undefined,
  context: UnwindContext,
  readMemory: ReadMemory,
): UnwindResult {
  const frame = new Frame(context, readMemory);
  const pc = rva(module ? Number(context.rip - module.base) : 0);
  const entry = module?.functions.lookup(pc);
  let result: Omit<Unwound, 'context'>;
  if (module && entry) {
    const links = module.functions.chain(entry);
    const [own] = links;
    if (!own) return { kind: 'bad-unwind-data', functionEntry: entry };
    result = unwindPlace({ module, pc, links, entry, info: own.info }, frame);
  } else {
    result = unwindLeaf(frame);
  }
  if (frame.unreadable !== undefined) return { kind: 'unreadable', at: frame.unreadable };
  return { ...result, context: frame.context() };
}
