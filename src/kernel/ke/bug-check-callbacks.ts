/**
 * Callbacks that drivers register for bug checks. Their records say so as on Windows; a run ends
 * before Windows would write a dump, and none is called.
 */
import { LIST_ENTRY } from '../../layout/nt.ts';
import { ptr, sizeT, struct, u8, u32 } from '../../layout/struct.ts';
import type { Va } from '../../units/address.ts';
import { HIGH_LEVEL } from '../../units/irql.ts';
import type { Kernel } from '../kernel.ts';
import { type Service, service } from '../service.ts';

/** KBUGCHECK_BUFFER_DUMP_STATE: as KeInitializeCallbackRecord leaves a record, and once it is registered. */
const EMPTY = 0;
const INSERTED = 1;

/** wdm.h of WDK 10.0.22621. */
const RECORD = struct({
  name: 'KBUGCHECK_CALLBACK_RECORD',
  size: { x64: 64, x86: 32 },
  fields: {
    Entry: LIST_ENTRY,
    CallbackRoutine: ptr('KBUGCHECK_CALLBACK_ROUTINE'),
    Buffer: ptr(),
    Length: u32,
    Component: ptr('UCHAR'),
    Checksum: sizeT,
    State: u8,
  },
});

const REASON_RECORD = struct({
  name: 'KBUGCHECK_REASON_CALLBACK_RECORD',
  size: { x64: 48, x86: 28 },
  fields: {
    Entry: LIST_ENTRY,
    CallbackRoutine: ptr('KBUGCHECK_REASON_CALLBACK_ROUTINE'),
    Component: ptr('UCHAR'),
    Checksum: sizeT,
    Reason: u32,
    State: u8,
  },
});

const sum = (...parts: readonly (bigint | number)[]): bigint =>
  BigInt.asUintN(
    64,
    parts.reduce<bigint>((total, part) => total + BigInt(part), 0n),
  );

const KeRegisterBugCheckCallback = service({
  name: 'KeRegisterBugCheckCallback',
  doc: 'wdm/nf-wdm-keregisterbugcheckcallback',
  params: {
    CallbackRecord: ptr('KBUGCHECK_CALLBACK_RECORD'),
    CallbackRoutine: ptr('KBUGCHECK_CALLBACK_ROUTINE'),
    Buffer: ptr(),
    Length: u32,
    Component: ptr('UCHAR'),
  },
  returns: 'bool',
  maxIrql: HIGH_LEVEL,
  run(kernel, { CallbackRecord, CallbackRoutine, Buffer, Length, Component }) {
    const record = RECORD.at(kernel.mmu, CallbackRecord);
    if (record.State !== EMPTY) return false;
    record.CallbackRoutine = CallbackRoutine;
    record.Buffer = Buffer;
    record.Length = Length;
    record.Component = Component;
    record.Checksum = sum(CallbackRoutine, Buffer, Length, Component);
    record.State = INSERTED;
    return true;
  },
});

const KeRegisterBugCheckReasonCallback = service({
  name: 'KeRegisterBugCheckReasonCallback',
  doc: 'wdm/nf-wdm-keregisterbugcheckreasoncallback',
  params: {
    CallbackRecord: ptr('KBUGCHECK_REASON_CALLBACK_RECORD'),
    CallbackRoutine: ptr('KBUGCHECK_REASON_CALLBACK_ROUTINE'),
    Reason: u32,
    Component: ptr('UCHAR'),
  },
  returns: 'bool',
  maxIrql: HIGH_LEVEL,
  run(kernel, { CallbackRecord, CallbackRoutine, Reason, Component }) {
    const record = REASON_RECORD.at(kernel.mmu, CallbackRecord);
    if (record.State !== EMPTY) return false;
    record.CallbackRoutine = CallbackRoutine;
    record.Component = Component;
    record.Checksum = sum(CallbackRoutine, Reason, Component);
    record.Reason = Reason;
    record.State = INSERTED;
    return true;
  },
});

type Stateful = { readonly at: (typeof RECORD | typeof REASON_RECORD)['at'] };

/** TRUE for a record that was registered. */
function deregister(kernel: Kernel, { at }: Stateful, where: Va): boolean {
  const record = at(kernel.mmu, where);
  if (record.State !== INSERTED) return false;
  record.State = EMPTY;
  return true;
}

const deregistration = (name: string, record: typeof RECORD | typeof REASON_RECORD): Service =>
  service({
    name,
    doc: `wdm/nf-wdm-${name.toLowerCase()}`,
    params: { CallbackRecord: ptr(record.name) },
    returns: 'bool',
    maxIrql: HIGH_LEVEL,
    run: (kernel, { CallbackRecord }) => deregister(kernel, record, CallbackRecord),
  });

export const bugCheckCallbackServices: readonly Service[] = [
  KeRegisterBugCheckCallback,
  deregistration('KeDeregisterBugCheckCallback', RECORD),
  KeRegisterBugCheckReasonCallback,
  deregistration('KeDeregisterBugCheckReasonCallback', REASON_RECORD),
];
