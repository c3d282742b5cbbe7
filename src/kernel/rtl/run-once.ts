/** One-time initialisation (RTL_RUN_ONCE): a word whose low two bits are its state, the rest the context. */

import { ptr, u32 } from '../../layout/struct.ts';
import { NULL, type Va, va } from '../../units/address.ts';
import { APC_LEVEL } from '../../units/irql.ts';
import { type NtStatus, STATUS } from '../../units/status.ts';
import { type Blocking, callGuest } from '../effects.ts';
import { waitQueues } from '../ex/wait-queue.ts';
import type { Kernel } from '../kernel.ts';
import { type Service, service } from '../service.ts';

const STATE_MASK = 3n;
const UNTOUCHED = 0n;
const RUNNING = 1n;
const RUNNING_ASYNC = 2n;
const DONE = 3n;

/** RTL_RUN_ONCE_ flags (ntddk.h). */
const CHECK_ONLY = 1;
const ASYNC = 2;
const INIT_FAILED = 4;

const stateOf = (kernel: Kernel, at: Va): bigint => kernel.mmu.u64(at) & STATE_MASK;
const set = (kernel: Kernel, at: Va, value: bigint): void => kernel.mmu.write(at, 8, value);

function giveContext(kernel: Kernel, at: Va, context: Va): void {
  if (context !== NULL) kernel.mmu.write(context, 8, kernel.mmu.u64(at) & ~STATE_MASK);
}

/** STATUS_PENDING says that the caller has to initialise. */
function* begin(kernel: Kernel, at: Va, flags: number, context: Va): Blocking<NtStatus> {
  const isAsync = (flags & ASYNC) !== 0;
  if ((flags & ~(CHECK_ONLY | ASYNC)) !== 0) return STATUS.INVALID_PARAMETER_2;
  for (;;) {
    const state = stateOf(kernel, at);
    if (state === DONE) {
      giveContext(kernel, at, context);
      return STATUS.SUCCESS;
    }
    if ((flags & CHECK_ONLY) !== 0) return STATUS.UNSUCCESSFUL;
    if (state === UNTOUCHED) {
      set(kernel, at, isAsync ? RUNNING_ASYNC : RUNNING);
      return STATUS.PENDING;
    }
    if (isAsync) return state === RUNNING_ASYNC ? STATUS.PENDING : STATUS.INVALID_PARAMETER_2;
    yield* waitQueues(kernel).sleep(kernel, at);
  }
}

function complete(kernel: Kernel, at: Va, flags: number, context: bigint): NtStatus {
  const state = stateOf(kernel, at);
  const isAsync = (flags & ASYNC) !== 0;
  if (state !== (isAsync ? RUNNING_ASYNC : RUNNING)) return STATUS.UNSUCCESSFUL;
  if ((context & STATE_MASK) !== 0n) return STATUS.INVALID_PARAMETER_3;
  set(kernel, at, (flags & INIT_FAILED) !== 0 ? UNTOUCHED : context | DONE);
  waitQueues(kernel).wake(kernel, at);
  return STATUS.SUCCESS;
}

const RunOnce = ptr('RTL_RUN_ONCE');

const RtlRunOnceInitialize = service({
  name: 'RtlRunOnceInitialize',
  doc: 'ntddk/nf-ntddk-rtlrunonceinitialize',
  params: { RunOnce },
  returns: 'void',
  maxIrql: APC_LEVEL,
  run: (kernel, args) => set(kernel, args.RunOnce, UNTOUCHED),
});

const RtlRunOnceBeginInitialize = service({
  name: 'RtlRunOnceBeginInitialize',
  doc: 'ntddk/nf-ntddk-rtlrunoncebegininitialize',
  params: { RunOnce, Flags: u32, Context: ptr('PVOID') },
  returns: 'status',
  maxIrql: APC_LEVEL,
  run: (kernel, args) => begin(kernel, args.RunOnce, args.Flags, args.Context),
});

const RtlRunOnceComplete = service({
  name: 'RtlRunOnceComplete',
  doc: 'ntddk/nf-ntddk-rtlrunoncecomplete',
  params: { RunOnce, Flags: u32, Context: ptr() },
  returns: 'status',
  maxIrql: APC_LEVEL,
  run: (kernel, args) => complete(kernel, args.RunOnce, args.Flags, args.Context),
});

const RtlRunOnceExecuteOnce = service({
  name: 'RtlRunOnceExecuteOnce',
  doc: 'ntddk/nf-ntddk-rtlrunonceexecuteonce',
  params: { RunOnce, InitFn: ptr('RTL_RUN_ONCE_INIT_FN'), Parameter: ptr(), Context: ptr('PVOID') },
  returns: 'status',
  maxIrql: APC_LEVEL,
  *run(kernel, args): Blocking<NtStatus> {
    const begun = yield* begin(kernel, args.RunOnce, 0, args.Context);
    if (begun !== STATUS.PENDING) return begun;
    const routine = [args.RunOnce, args.Parameter, args.Context];
    const ok = (yield* callGuest(args.InitFn, routine, 'RunOnceInit')) & 0xffff_ffffn;
    const given = args.Context === NULL || ok === 0n ? 0n : kernel.mmu.u64(args.Context);
    complete(kernel, args.RunOnce, ok === 0n ? INIT_FAILED : 0, va(given));
    return ok === 0n ? STATUS.UNSUCCESSFUL : STATUS.SUCCESS;
  },
});

export const runOnceServices: readonly Service[] = [
  RtlRunOnceInitialize,
  RtlRunOnceBeginInitialize,
  RtlRunOnceComplete,
  RtlRunOnceExecuteOnce,
];
