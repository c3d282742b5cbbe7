/**
 * Structured exception handling: the search through frames, language handlers called as guest code,
 * and unwinding to the chosen one ("x64 exception handling"; RtlUnwindEx in winnt.h).
 */
import type { ReadMemory, Unwound } from '../../image/unwind.ts';
import { virtualUnwind } from '../../image/unwind.ts';
import { isGuestFault } from '../../memory/fault.ts';
import { NULL, type Va, va, vaAdd } from '../../units/address.ts';
import { type Blocking, callGuest, type GuestContext, resumeGuest } from '../effects.ts';
import { allocateForKernel, pool } from '../ex/pool.ts';
import type { Kernel } from '../kernel.ts';
import { CONTEXT_BYTES, fromUnwind, readContext, toUnwind, writeContext } from './context.ts';
import { modules } from './modules.ts';

export interface ExceptionFacts {
  readonly code: number;
  readonly address: bigint;
  readonly parameters: readonly bigint[];
  /** EXCEPTION_NONCONTINUABLE and others (winnt.h). */
  readonly flags?: number;
}

const EXCEPTION_UNWINDING = 0x2;
export const EXCEPTION_TARGET_UNWIND = 0x20;
/** UNWINDING | EXIT_UNWIND | TARGET_UNWIND | COLLIDED_UNWIND */
export const EXCEPTION_UNWIND = 0x66;
/** EXCEPTION_DISPOSITION (excpt.h) */
export const ExceptionContinueExecution = 0;
export const ExceptionContinueSearch = 1;

const RECORD_BYTES = 0x98;
const POINTERS_BYTES = 0x10;
const DISPATCHER_BYTES = 0x50;
const MAX_FRAMES = 512;

/** The records that handlers see, in one block of guest memory. */
export interface Records {
  readonly block: Va;
  readonly record: Va;
  readonly context: Va;
  readonly pointers: Va;
  readonly dispatcher: Va;
}

function makeRecords(kernel: Kernel): Records {
  const bytes = CONTEXT_BYTES + RECORD_BYTES + POINTERS_BYTES + DISPATCHER_BYTES;
  const block = allocateForKernel(kernel, bytes, 'Exc ');
  const record = vaAdd(block, CONTEXT_BYTES);
  const pointers = vaAdd(record, RECORD_BYTES);
  kernel.mmu.write(pointers, 8, record);
  kernel.mmu.write(vaAdd(pointers, 8), 8, block);
  return { block, record, context: block, pointers, dispatcher: vaAdd(pointers, POINTERS_BYTES) };
}

/** EXCEPTION_RECORD: code, flags, nested record, address, parameter count, parameters. */
function writeRecord(kernel: Kernel, at: Va, facts: ExceptionFacts): void {
  const { mmu } = kernel;
  mmu.write(at, 4, BigInt(facts.code >>> 0));
  mmu.write(vaAdd(at, 4), 4, BigInt(facts.flags ?? 0));
  mmu.write(vaAdd(at, 8), 8, NULL);
  mmu.write(vaAdd(at, 16), 8, facts.address);
  mmu.write(vaAdd(at, 24), 4, BigInt(facts.parameters.length));
  facts.parameters.forEach((parameter, i) => {
    mmu.write(vaAdd(at, 32 + i * 8), 8, parameter);
  });
}

export const guestReader =
  (kernel: Kernel): ReadMemory =>
  (at, length) => {
    try {
      return kernel.mmu.readBytes(at, length);
    } catch (thrown) {
      if (isGuestFault(thrown)) return undefined;
      throw thrown;
    }
  };

/** One frame up, or nothing at the end of driver code. */
function unwindOnce(kernel: Kernel, context: GuestContext): Unwound | undefined {
  const module = modules(kernel).at(context.rip);
  if (module === undefined) return undefined;
  const result = virtualUnwind(module, toUnwind(context), guestReader(kernel));
  return result.kind === 'unwound' ? result : undefined;
}

/** From the end of a routine that a service called on to the frame that called the service. */
const outwards = (kernel: Kernel, context: GuestContext): GuestContext =>
  kernel.scheduler.callerBeyond(context) ?? context;

/** DISPATCHER_CONTEXT for the handler of one frame. */
function writeDispatcher(
  kernel: Kernel,
  records: Records,
  frame: Unwound,
  controlPc: bigint,
  targetIp: bigint,
): bigint {
  const module = modules(kernel).at(controlPc);
  const base = module?.base ?? NULL;
  const { functionEntry, handler, establisherFrame } = frame;
  const slots = [
    controlPc,
    base,
    functionEntry === undefined ? 0n : base + BigInt(functionEntry.begin),
    establisherFrame,
    targetIp,
    records.context,
    base + BigInt(handler?.rva ?? 0),
    base + BigInt(handler?.dataRva ?? 0),
    0n,
    0n,
  ];
  slots.forEach((slot, i) => {
    kernel.mmu.write(vaAdd(records.dispatcher, i * 8), 8, slot);
  });
  return base + BigInt(handler?.rva ?? 0);
}

/** Searches for a handler from `context` outwards. Comes back only when nobody takes the exception. */
export function* dispatchException(
  kernel: Kernel,
  facts: ExceptionFacts,
  context: GuestContext,
): Blocking<'unhandled'> {
  const records = makeRecords(kernel);
  try {
    return yield* searchFrames(kernel, facts, context, records);
  } finally {
    // A handler that takes the exception leaves this search for good.
    pool(kernel).free(records.block);
  }
}

function* searchFrames(
  kernel: Kernel,
  facts: ExceptionFacts,
  context: GuestContext,
  records: Records,
): Blocking<'unhandled'> {
  writeRecord(kernel, records.record, facts);
  writeContext(kernel, records.context, context);
  let current = context;
  for (let frames = 0; frames < MAX_FRAMES; frames++) {
    const unwound = unwindOnce(kernel, current);
    if (unwound === undefined || unwound.context.rsp <= current.rsp) break;
    if (unwound.handler?.exception === true) {
      const handler = writeDispatcher(kernel, records, unwound, current.rip, 0n);
      const disposition = yield* callHandler(kernel, handler, unwound, records);
      if (disposition === ExceptionContinueExecution) {
        yield* resumeGuest(readContext(kernel, records.context));
      }
    }
    current = outwards(kernel, fromUnwind(unwound.context, current));
  }
  return 'unhandled';
}

function* callHandler(
  _kernel: Kernel,
  handler: bigint,
  frame: Unwound,
  records: Records,
): Blocking<number> {
  const args = [records.record, frame.establisherFrame, records.context, records.dispatcher];
  const disposition = yield* callGuest(va(handler), args, 'exception handler');
  return Number(BigInt.asUintN(32, disposition));
}

export interface UnwindTarget {
  readonly frame: bigint;
  readonly ip: bigint;
  readonly returnValue: bigint;
  /** Those of the frame itself, unless said otherwise. */
  readonly registers?: GuestContext;
}

/** Whether `frame` is there to be unwound to. */
export function reaches(kernel: Kernel, from: GuestContext, frame: bigint): boolean {
  let current = from;
  for (let frames = 0; frames < MAX_FRAMES; frames++) {
    const unwound = unwindOnce(kernel, current);
    if (unwound === undefined) return false;
    if (unwound.establisherFrame === frame) return true;
    current = outwards(kernel, fromUnwind(unwound.context, current));
  }
  return false;
}

/**
 * RtlUnwindEx: calls termination handlers from `from` out to the frame `targetFrame`, then
 * continues there at `targetIp` with `returnValue` in RAX.
 */
export function* unwindTo(
  kernel: Kernel,
  from: GuestContext,
  target: UnwindTarget,
  facts: ExceptionFacts,
): Blocking<never> {
  const records = makeRecords(kernel);
  let current = from;
  for (let frames = 0; frames < MAX_FRAMES; frames++) {
    const unwound = unwindOnce(kernel, current);
    if (unwound === undefined) break;
    const atTarget = unwound.establisherFrame === target.frame;
    if (unwound.handler?.termination === true) {
      const flags = EXCEPTION_UNWINDING | (atTarget ? EXCEPTION_TARGET_UNWIND : 0);
      writeRecord(kernel, records.record, { ...facts, flags });
      writeContext(kernel, records.context, current);
      const handler = writeDispatcher(kernel, records, unwound, current.rip, target.ip);
      yield* callHandler(kernel, handler, unwound, records);
    }
    if (atTarget) break;
    current = outwards(kernel, fromUnwind(unwound.context, current));
  }
  pool(kernel).free(records.block);
  const registers = target.registers ?? current;
  const gpr = [...registers.gpr];
  gpr[0] = target.returnValue;
  return yield* resumeGuest({ ...registers, gpr, rip: target.ip });
}
