/** __C_specific_handler: the language handler of C's __try, __except and __finally, over the frame's scope table. */
import { readScopeTable, type ScopeEntry } from '../../image/scope-table.ts';
import { ptr, u64 } from '../../layout/struct.ts';
import { rva, type Va, va, vaAdd } from '../../units/address.ts';
import { type Blocking, callGuest } from '../effects.ts';
import type { Kernel } from '../kernel.ts';
import { service } from '../service.ts';
import { readContext } from './context.ts';
import {
  EXCEPTION_TARGET_UNWIND,
  EXCEPTION_UNWIND,
  ExceptionContinueExecution,
  ExceptionContinueSearch,
  type ExceptionFacts,
  guestReader,
  unwindTo,
} from './exception.ts';

/** DISPATCHER_CONTEXT members (winnt.h). */
const CONTROL_PC = 0x00;
const IMAGE_BASE = 0x08;
const TARGET_IP = 0x20;
const HANDLER_DATA = 0x38;
const SCOPE_INDEX = 0x48;

interface Frame {
  readonly imageBase: bigint;
  readonly pc: number;
  readonly targetIp: bigint;
  readonly scopes: readonly ScopeEntry[];
  readonly establisher: Va;
  readonly dispatcher: Va;
}

const EXCEPTION_POINTERS_AFTER_RECORD = 0x98;

function readFrame(kernel: Kernel, establisher: Va, dispatcher: Va): Frame {
  const { mmu } = kernel;
  const imageBase = mmu.u64(vaAdd(dispatcher, IMAGE_BASE));
  const read = guestReader(kernel);
  const data = Number(mmu.u64(vaAdd(dispatcher, HANDLER_DATA)) - imageBase);
  return {
    imageBase,
    pc: Number(mmu.u64(vaAdd(dispatcher, CONTROL_PC)) - imageBase),
    targetIp: mmu.u64(vaAdd(dispatcher, TARGET_IP)),
    scopes:
      readScopeTable((at, length) => read(va(imageBase + BigInt(at)), length), rva(data)) ?? [],
    establisher,
    dispatcher,
  };
}

const inside = (pc: number, scope: ScopeEntry): boolean => pc >= scope.begin && pc < scope.end;

/** Runs the __finally bodies of the scopes that the frame leaves. */
function* terminate(kernel: Kernel, frame: Frame, flags: number): Blocking<number> {
  const first = kernel.mmu.u32(vaAdd(frame.dispatcher, SCOPE_INDEX));
  const target = Number(frame.targetIp - frame.imageBase);
  const atTarget = (flags & EXCEPTION_TARGET_UNWIND) !== 0;
  for (let i = first; i < frame.scopes.length; i++) {
    const scope = frame.scopes[i];
    if (scope === undefined || !inside(frame.pc, scope)) continue;
    if (atTarget && (inside(target, scope) || scope.jumpTarget === target)) break;
    if (scope.jumpTarget !== undefined || typeof scope.handler === 'string') continue;
    kernel.mmu.write(vaAdd(frame.dispatcher, SCOPE_INDEX), 4, BigInt(i + 1));
    const body = va(frame.imageBase + BigInt(scope.handler));
    yield* callGuest(body, [1n, frame.establisher], '__finally');
  }
  return ExceptionContinueSearch;
}

/** Asks the filters of the scopes around the instruction; the first that accepts is unwound to. */
function* search(
  kernel: Kernel,
  frame: Frame,
  facts: ExceptionFacts,
  record: Va,
  context: Va,
): Blocking<number> {
  for (const scope of frame.scopes) {
    if (scope.jumpTarget === undefined || !inside(frame.pc, scope)) continue;
    let verdict = 1;
    if (typeof scope.handler !== 'string') {
      const pointers = vaAdd(record, EXCEPTION_POINTERS_AFTER_RECORD);
      const filter = va(frame.imageBase + BigInt(scope.handler));
      const answer = yield* callGuest(filter, [pointers, frame.establisher], '__except filter');
      verdict = Number(BigInt.asIntN(32, answer));
    }
    if (verdict < 0) return ExceptionContinueExecution;
    if (verdict === 0) continue;
    const ip = frame.imageBase + BigInt(scope.jumpTarget);
    const returnValue = BigInt(facts.code >>> 0);
    const from = readContext(kernel, context);
    yield* unwindTo(kernel, from, { frame: frame.establisher, ip, returnValue }, facts);
  }
  return ExceptionContinueSearch;
}

export const __C_specific_handler = service({
  name: '__C_specific_handler',
  doc: 'cpp-docs: build/exception-handling-x64',
  params: {
    ExceptionRecord: ptr('EXCEPTION_RECORD'),
    EstablisherFrame: u64,
    ContextRecord: ptr('CONTEXT'),
    DispatcherContext: ptr('DISPATCHER_CONTEXT'),
  },
  returns: 'u32',
  *run(kernel, { ExceptionRecord, EstablisherFrame, ContextRecord, DispatcherContext }) {
    const { mmu } = kernel;
    const frame = readFrame(kernel, va(EstablisherFrame), DispatcherContext);
    const flags = mmu.u32(vaAdd(ExceptionRecord, 4));
    if ((flags & EXCEPTION_UNWIND) !== 0) return yield* terminate(kernel, frame, flags);
    const facts = {
      code: mmu.u32(ExceptionRecord),
      address: mmu.u64(vaAdd(ExceptionRecord, 16)),
      parameters: [],
    };
    return yield* search(kernel, frame, facts, ExceptionRecord, ContextRecord);
  },
});
