/** Leaving frames for one further out, with their termination handlers: what compilers make of a jump out of __try, and RtlUnwind ("x64 exception handling"). */
import { ptr, u64 } from '../../layout/struct.ts';
import { NULL, type Va, vaAdd } from '../../units/address.ts';
import { STATUS } from '../../units/status.ts';
import type { Blocking } from '../effects.ts';
import { notModelledHere } from '../end.ts';
import type { Kernel } from '../kernel.ts';
import { type Service, service } from '../service.ts';
import { writeContext } from './context.ts';
import { type ExceptionFacts, reaches, type UnwindTarget, unwindTo } from './exception.ts';
import { raiseStatus } from './raise.ts';

const MAX_PARAMETERS = 15;

/** What stands in the EXCEPTION_RECORD that handlers get; without one it is a plain unwind. */
function factsAt(kernel: Kernel, record: Va, address: bigint): ExceptionFacts {
  const { mmu } = kernel;
  if (record === NULL) return { code: STATUS.UNWIND, address, parameters: [] };
  const count = Math.min(mmu.u32(vaAdd(record, 24)), MAX_PARAMETERS);
  return {
    code: mmu.u32(record),
    address: mmu.u64(vaAdd(record, 16)),
    parameters: Array.from({ length: count }, (_, i) => mmu.u64(vaAdd(record, 32 + i * 8))),
  };
}

function* unwind(kernel: Kernel, target: UnwindTarget, record: Va): Blocking<never> {
  const context = kernel.processor.callerContext();
  if (target.frame === 0n) return notModelledHere('RtlUnwind of every frame');
  const facts = factsAt(kernel, record, context.rip);
  if (facts.code === STATUS.LONGJUMP || facts.code === STATUS.UNWIND_CONSOLIDATE) {
    return notModelledHere('RtlUnwind with a longjmp or a consolidation');
  }
  if (!reaches(kernel, context, target.frame)) return yield* raiseStatus(kernel, STATUS.BAD_STACK);
  return yield* unwindTo(kernel, context, target, facts);
}

const _local_unwind = service({
  name: '_local_unwind',
  doc: 'cpp-docs: build/exception-handling-x64',
  params: { TargetFrame: u64, TargetIp: u64 },
  returns: 'void',
  run: (kernel, { TargetFrame, TargetIp }) =>
    unwind(kernel, { frame: TargetFrame, ip: TargetIp, returnValue: 0n }, NULL),
});

const RtlUnwind = service({
  name: 'RtlUnwind',
  doc: 'winnt.h',
  params: {
    TargetFrame: u64,
    TargetIp: u64,
    ExceptionRecord: ptr('EXCEPTION_RECORD'),
    ReturnValue: u64,
  },
  returns: 'void',
  run: (kernel, { TargetFrame, TargetIp, ExceptionRecord, ReturnValue }) =>
    unwind(kernel, { frame: TargetFrame, ip: TargetIp, returnValue: ReturnValue }, ExceptionRecord),
});

const RtlUnwindEx = service({
  name: 'RtlUnwindEx',
  doc: 'winnt.h',
  params: {
    TargetFrame: u64,
    TargetIp: u64,
    ExceptionRecord: ptr('EXCEPTION_RECORD'),
    ReturnValue: u64,
    OriginalContext: ptr('CONTEXT'),
    HistoryTable: ptr('UNWIND_HISTORY_TABLE'),
  },
  returns: 'void',
  run(kernel, { TargetFrame, TargetIp, ExceptionRecord, ReturnValue, OriginalContext }) {
    writeContext(kernel, OriginalContext, kernel.processor.callerContext());
    const target = { frame: TargetFrame, ip: TargetIp, returnValue: ReturnValue };
    return unwind(kernel, target, ExceptionRecord);
  },
});

export const targetUnwindServices: readonly Service[] = [_local_unwind, RtlUnwind, RtlUnwindEx];
