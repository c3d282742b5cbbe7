/** DbgPrint and its kin: what drivers say becomes events; every component and level is let through. */
import { statusCode } from '../../layout/named.ts';
import { readLatin1z } from '../../layout/nt.ts';
import { out, ptr, u32 } from '../../layout/struct.ts';
import { NULL, type Va } from '../../units/address.ts';
import { HIGH_LEVEL } from '../../units/irql.ts';
import { ntStatus, STATUS } from '../../units/status.ts';
import { raiseStatus } from '../ke/raise.ts';
import type { Kernel } from '../kernel.ts';
import { type Service, type ServiceCall, service } from '../service.ts';
import { formatText, fromList, fromSlots, type NextArgument } from './format.ts';

/** Device interrupts of x64 use levels 3 to 11. */
const HIGHEST_DIRQL = 11;
/** DbgPrint sends at most 512 characters in one piece. */
const LONGEST_PRINT = 512;

function print(kernel: Kernel, format: Va, next: NextArgument, prefix = ''): number {
  const text = formatText(kernel.mmu, readLatin1z(kernel.mmu, format), next, false);
  kernel.emit({ kind: 'debug-print', text: (prefix + text).slice(0, LONGEST_PRINT) });
  return STATUS.SUCCESS;
}

const variable = (call: ServiceCall, first: number): NextArgument =>
  fromSlots((index) => call.slot(index), first);

const DbgPrint = service({
  name: 'DbgPrint',
  doc: 'wdm/nf-wdm-dbgprint',
  params: { Format: ptr('CHAR') },
  returns: 'status',
  maxIrql: HIGHEST_DIRQL,
  run: (kernel, { Format }, call) => print(kernel, Format, variable(call, 1)),
});

const DbgPrintEx = service({
  name: 'DbgPrintEx',
  doc: 'wdm/nf-wdm-dbgprintex',
  params: { ComponentId: u32, Level: u32, Format: ptr('CHAR') },
  returns: 'status',
  maxIrql: HIGHEST_DIRQL,
  run: (kernel, { Format }, call) => print(kernel, Format, variable(call, 3)),
});

/** Exported beside DbgPrint; the name says who may be listening, which changes nothing here. */
const DbgPrintReturnControlC = service({
  name: 'DbgPrintReturnControlC',
  doc: 'wdm.h',
  params: { Format: ptr('CHAR') },
  returns: 'status',
  run: (kernel, { Format }, call) => print(kernel, Format, variable(call, 1)),
});

const vDbgPrintEx = service({
  name: 'vDbgPrintEx',
  doc: 'wdm/nf-wdm-vdbgprintex',
  params: { ComponentId: u32, Level: u32, Format: ptr('CHAR'), arglist: ptr('va_list') },
  returns: 'status',
  maxIrql: HIGHEST_DIRQL,
  run: (kernel, args) => print(kernel, args.Format, fromList(kernel.mmu, args.arglist)),
});

const vDbgPrintExWithPrefix = service({
  name: 'vDbgPrintExWithPrefix',
  doc: 'wdm/nf-wdm-vdbgprintexwithprefix',
  params: {
    Prefix: ptr('CHAR'),
    ComponentId: u32,
    Level: u32,
    Format: ptr('CHAR'),
    arglist: ptr('va_list'),
  },
  returns: 'status',
  maxIrql: HIGHEST_DIRQL,
  run(kernel, args) {
    const prefix = readLatin1z(kernel.mmu, args.Prefix);
    return print(kernel, args.Format, fromList(kernel.mmu, args.arglist), prefix);
  },
});

/** Nobody is at a debugger's keyboard: an empty answer. */
const DbgPrompt = service({
  name: 'DbgPrompt',
  doc: 'ntddk/nf-ntddk-dbgprompt',
  params: { Prompt: ptr('CHAR'), Response: out('CHAR'), Length: u32 },
  returns: 'u32',
  maxIrql: HIGHEST_DIRQL,
  run(kernel, { Prompt, Response, Length }) {
    kernel.emit({ kind: 'debug-print', text: readLatin1z(kernel.mmu, Prompt, LONGEST_PRINT) });
    if (Length > 0) kernel.mmu.write(Response, 1, 0n);
    return 0;
  },
});

const DbgBreakPoint = service({
  name: 'DbgBreakPoint',
  doc: 'wdm/nf-wdm-dbgbreakpoint',
  params: {},
  returns: 'void',
  run: (kernel) => raiseStatus(kernel, STATUS.BREAKPOINT),
});

const DbgBreakPointWithStatus = service({
  name: 'DbgBreakPointWithStatus',
  doc: 'wdm/nf-wdm-dbgbreakpointwithstatus',
  params: { Status: statusCode },
  returns: 'void',
  run: (kernel, { Status }) => raiseStatus(kernel, STATUS.BREAKPOINT, [BigInt(ntStatus(Status))]),
});

/** DPFLTR: every component is enabled, as the events are for the report to sift. */
const DbgQueryDebugFilterState = service({
  name: 'DbgQueryDebugFilterState',
  doc: 'wdm.h',
  params: { ComponentId: u32, Level: u32 },
  returns: 'status',
  run: () => 1,
});

const DbgSetDebugFilterState = service({
  name: 'DbgSetDebugFilterState',
  doc: 'wdm.h',
  params: { ComponentId: u32, Level: u32, State: u32 },
  returns: 'status',
  run: () => STATUS.SUCCESS,
});

/** A free build's RtlAssert says what failed and breaks. */
const RtlAssert = service({
  name: 'RtlAssert',
  doc: 'wdm.h',
  params: {
    FailedAssertion: ptr('CHAR'),
    FileName: ptr('CHAR'),
    LineNumber: u32,
    Message: ptr('CHAR'),
  },
  returns: 'void',
  *run(kernel, { FailedAssertion, FileName, LineNumber, Message }) {
    const text = (at: Va): string => (at === NULL ? '' : readLatin1z(kernel.mmu, at));
    const message = `*** Assertion failed: ${text(Message)}${text(FailedAssertion)}`;
    const where = `***   Source File: ${text(FileName)}, line ${LineNumber}`;
    kernel.emit({ kind: 'debug-print', text: `${message}\n${where}\n` });
    yield* raiseStatus(kernel, STATUS.BREAKPOINT);
  },
});

/** KdRefreshDebuggerNotPresent: no debugger is attached. */
const KdRefreshDebuggerNotPresent = service({
  name: 'KdRefreshDebuggerNotPresent',
  doc: 'wdm/nf-wdm-kdrefreshdebuggernotpresent',
  params: {},
  returns: 'bool',
  run: () => true,
});

const KdDisableDebugger = service({
  name: 'KdDisableDebugger',
  doc: 'wdm/nf-wdm-kddisabledebugger',
  params: {},
  returns: 'status',
  maxIrql: HIGH_LEVEL,
  run: () => STATUS.DEBUGGER_INACTIVE,
});

const KdEnableDebugger = service({
  name: 'KdEnableDebugger',
  doc: 'wdm/nf-wdm-kdenabledebugger',
  params: {},
  returns: 'status',
  maxIrql: HIGH_LEVEL,
  run: () => STATUS.DEBUGGER_INACTIVE,
});

export const debugPrintServices: readonly Service[] = [
  DbgPrint,
  DbgPrintEx,
  DbgPrintReturnControlC,
  vDbgPrintEx,
  vDbgPrintExWithPrefix,
  DbgPrompt,
  DbgBreakPoint,
  DbgBreakPointWithStatus,
  DbgQueryDebugFilterState,
  DbgSetDebugFilterState,
  RtlAssert,
  KdRefreshDebuggerNotPresent,
  KdDisableDebugger,
  KdEnableDebugger,
];
