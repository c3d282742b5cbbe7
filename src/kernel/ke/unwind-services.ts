/** Walking the stack as drivers do it themselves: RtlVirtualUnwind, what it needs, and back traces. */
import { SIZEOF_RUNTIME_FUNCTION } from '../../image/pe.ts';
import { virtualUnwind } from '../../image/unwind.ts';
import { ptr, u32, u64 } from '../../layout/struct.ts';
import { NULL, rva, type Va, va, vaAdd } from '../../units/address.ts';
import { DISPATCH_LEVEL } from '../../units/irql.ts';
import type { GuestContext } from '../effects.ts';
import { notModelledHere } from '../end.ts';
import type { Kernel } from '../kernel.ts';
import { type Service, service } from '../service.ts';
import { fromUnwind, readContext, toUnwind, writeContext } from './context.ts';
import { guestReader } from './exception.ts';
import { type Module, modules } from './modules.ts';

const UNW_FLAG_EHANDLER = 1;
const UNW_FLAG_UHANDLER = 2;

const RtlCaptureContext = service({
  name: 'RtlCaptureContext',
  doc: 'ntifs/nf-ntifs-rtlcapturecontext',
  params: { ContextRecord: ptr('CONTEXT') },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run: (kernel, { ContextRecord }) =>
    writeContext(kernel, ContextRecord, kernel.processor.callerContext()),
});

/** Where the row of the function lies in the image; NULL for a leaf function. */
function rowOf({ base, image, functions }: Module, pc: bigint): Va {
  const row = functions.rowOf(rva(Number(pc - base)));
  const directory = image.exceptionDirectory;
  if (row < 0 || directory === undefined) return NULL;
  return vaAdd(base, directory.rva + row * SIZEOF_RUNTIME_FUNCTION);
}

const RtlLookupFunctionEntry = service({
  name: 'RtlLookupFunctionEntry',
  doc: 'winnt.h',
  params: {
    ControlPc: u64,
    ImageBase: ptr('ULONG64'),
    HistoryTable: ptr('UNWIND_HISTORY_TABLE'),
  },
  returns: 'pointer',
  run(kernel, { ControlPc, ImageBase }) {
    const module = modules(kernel).at(ControlPc);
    kernel.mmu.write(ImageBase, 8, module?.base ?? 0n);
    return module === undefined ? NULL : rowOf(module, ControlPc);
  },
});

/** The function is looked up by its address again: the row that is given can only be that one. */
const RtlVirtualUnwind = service({
  name: 'RtlVirtualUnwind',
  doc: 'winnt.h',
  params: {
    HandlerType: u32,
    ImageBase: u64,
    ControlPc: u64,
    FunctionEntry: ptr('RUNTIME_FUNCTION'),
    ContextRecord: ptr('CONTEXT'),
    HandlerData: ptr('PVOID'),
    EstablisherFrame: ptr('ULONG64'),
    ContextPointers: ptr('KNONVOLATILE_CONTEXT_POINTERS'),
  },
  returns: 'pointer',
  run(kernel, args) {
    const { HandlerType, ControlPc, ContextRecord, ContextPointers } = args;
    if (ContextPointers !== NULL) notModelledHere('RtlVirtualUnwind with context pointers');
    const { mmu } = kernel;
    const module = modules(kernel).at(ControlPc);
    const before = { ...readContext(kernel, ContextRecord), rip: ControlPc };
    const result = virtualUnwind(module, toUnwind(before), guestReader(kernel));
    if (result.kind === 'unreadable') mmu.readBytes(result.at, 8);
    if (result.kind !== 'unwound') return NULL;
    writeContext(kernel, ContextRecord, fromUnwind(result.context, before));
    mmu.write(args.EstablisherFrame, 8, result.establisherFrame);
    const { handler } = result;
    const wanted =
      (handler?.exception === true && (HandlerType & UNW_FLAG_EHANDLER) !== 0) ||
      (handler?.termination === true && (HandlerType & UNW_FLAG_UHANDLER) !== 0);
    if (handler === undefined || module === undefined || !wanted) return NULL;
    mmu.write(args.HandlerData, 8, vaAdd(module.base, handler.dataRva));
    return vaAdd(module.base, handler.rva);
  },
});

const RtlPcToFileHeader = service({
  name: 'RtlPcToFileHeader',
  doc: 'ntifs.h',
  params: { PcValue: ptr(), BaseOfImage: ptr('PVOID') },
  returns: 'pointer',
  run(kernel, { PcValue, BaseOfImage }) {
    const base = modules(kernel).at(PcValue)?.base ?? NULL;
    kernel.mmu.write(BaseOfImage, 8, base);
    return base;
  },
});

/** Return addresses from the caller's own on; the trace ends where the system called the driver. */
function* addresses(kernel: Kernel): Generator<Va> {
  let context: GuestContext = kernel.processor.callerContext();
  for (;;) {
    const module = modules(kernel).at(context.rip);
    if (module === undefined) return;
    yield va(context.rip);
    const result = virtualUnwind(module, toUnwind(context), guestReader(kernel));
    if (result.kind !== 'unwound' || result.context.rsp <= context.rsp) return;
    context = fromUnwind(result.context, context);
  }
}

/** A kernel stack has no room for more return addresses. */
const MAX_FRAMES = 0xc00;

/** Writes the addresses of `count` frames, from the one after `skip` on, as far as there are any. */
function trace(kernel: Kernel, skip: number, count: number, at: Va): readonly Va[] {
  const found: Va[] = [];
  const last = Math.min(skip + count, MAX_FRAMES);
  let frame = 0;
  for (const address of addresses(kernel)) {
    if (frame >= last) break;
    if (frame >= skip) {
      kernel.mmu.write(vaAdd(at, found.length * 8), 8, address);
      found.push(address);
    }
    frame++;
  }
  return found;
}

const RtlCaptureStackBackTrace = service({
  name: 'RtlCaptureStackBackTrace',
  doc: 'ntifs/nf-ntifs-rtlcapturestackbacktrace',
  params: {
    FramesToSkip: u32,
    FramesToCapture: u32,
    BackTrace: ptr('PVOID'),
    BackTraceHash: ptr('ULONG'),
  },
  returns: 'u32',
  run(kernel, { FramesToSkip, FramesToCapture, BackTrace, BackTraceHash }) {
    const found = trace(kernel, FramesToSkip, FramesToCapture, BackTrace);
    if (BackTraceHash !== NULL && found.length > 0) {
      const sum = found.reduce((total, address) => total + (address & 0xffff_ffffn), 0n);
      kernel.mmu.write(BackTraceHash, 4, sum & 0xffff_ffffn);
    }
    return found.length;
  },
});

/** No stack of user mode is there. */
const RTL_WALK_USER_MODE_STACK = 1;

const RtlWalkFrameChain = service({
  name: 'RtlWalkFrameChain',
  doc: 'ntddk/nf-ntddk-rtlwalkframechain',
  params: { Callers: ptr('PVOID'), Count: u32, Flags: u32 },
  returns: 'u32',
  run: (kernel, { Callers, Count, Flags }) =>
    (Flags & RTL_WALK_USER_MODE_STACK) === 0 ? trace(kernel, 0, Count, Callers).length : 0,
});

export const unwindServices: readonly Service[] = [
  RtlCaptureContext,
  RtlLookupFunctionEntry,
  RtlVirtualUnwind,
  RtlPcToFileHeader,
  RtlCaptureStackBackTrace,
  RtlWalkFrameChain,
];
