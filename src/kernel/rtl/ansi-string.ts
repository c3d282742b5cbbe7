/** ANSI_STRING services. */

import { bool, out, ptr, u8 } from '../../layout/struct.ts';
import { NULL, type Va } from '../../units/address.ts';
import { APC_LEVEL, DISPATCH_LEVEL, HIGH_LEVEL, PASSIVE_LEVEL } from '../../units/irql.ts';
import { type NtStatus, STATUS } from '../../units/status.ts';
import type { Kernel } from '../kernel.ts';
import { alias, type Service, service } from '../service.ts';
import { upcaseAnsi } from './characters.ts';
import {
  append,
  compareUnits,
  fillFrom,
  freeString,
  point,
  sameUnit,
  stringAt,
  unitsOf,
} from './counted-string.ts';
import { lengthOf } from './guest-memory.ts';

const fold = (insensitive: boolean) => (insensitive ? upcaseAnsi : sameUnit);
const sizeOf = (kernel: Kernel, text: Va): number =>
  text === NULL ? 0 : lengthOf(kernel.mmu, text, 1);
const initialising = { DestinationString: out('ANSI_STRING'), SourceString: ptr('CHAR') };

const RtlInitAnsiString = service({
  name: 'RtlInitAnsiString',
  doc: 'wdm/nf-wdm-rtlinitansistring',
  params: initialising,
  returns: 'void',
  maxIrql: HIGH_LEVEL,
  run(kernel, args) {
    const length = sizeOf(kernel, args.SourceString);
    point(kernel, args.DestinationString, args.SourceString, length, 1);
  },
});

const RtlInitString = service({
  name: 'RtlInitString',
  doc: 'wdm/nf-wdm-rtlinitstring',
  params: initialising,
  returns: 'void',
  run(kernel, args) {
    const length = sizeOf(kernel, args.SourceString);
    point(kernel, args.DestinationString, args.SourceString, length, 1);
  },
});

const initialiseOrFail = (kernel: Kernel, to: Va, from: Va): NtStatus => {
  const length = sizeOf(kernel, from);
  if (length > 0xfffe) return STATUS.NAME_TOO_LONG;
  point(kernel, to, from, length, 1);
  return STATUS.SUCCESS;
};

const RtlInitAnsiStringEx = service({
  name: 'RtlInitAnsiStringEx',
  doc: 'ntifs.h',
  params: initialising,
  returns: 'status',
  run: (kernel, args) => initialiseOrFail(kernel, args.DestinationString, args.SourceString),
});

const RtlInitStringEx = service({
  name: 'RtlInitStringEx',
  doc: 'wdm/nf-wdm-rtlinitstringex',
  params: initialising,
  returns: 'status',
  run: (kernel, args) => initialiseOrFail(kernel, args.DestinationString, args.SourceString),
});

const RtlCopyString = service({
  name: 'RtlCopyString',
  doc: 'ntddk/nf-ntddk-rtlcopystring',
  params: { DestinationString: out('STRING'), SourceString: ptr('STRING') },
  returns: 'void',
  maxIrql: HIGH_LEVEL,
  run(kernel, args) {
    const target = stringAt(kernel, args.DestinationString);
    if (args.SourceString === NULL) {
      target.Length = 0;
      return;
    }
    const units = unitsOf(kernel, args.SourceString, 1).slice(0, target.MaximumLength);
    kernel.mmu.writeBytes(target.Buffer, Uint8Array.from(units));
    target.Length = units.length;
  },
});

const RtlAppendStringToString = service({
  name: 'RtlAppendStringToString',
  doc: 'ntifs/nf-ntifs-rtlappendstringtostring',
  params: { Destination: out('STRING'), Source: ptr('STRING') },
  returns: 'status',
  maxIrql: APC_LEVEL,
  run: (kernel, args) => append(kernel, args.Destination, unitsOf(kernel, args.Source, 1), 1),
});

const pair = { String1: ptr('STRING'), String2: ptr('STRING'), CaseInSensitive: bool };

const RtlCompareString = service({
  name: 'RtlCompareString',
  doc: 'ntddk/nf-ntddk-rtlcomparestring',
  params: pair,
  returns: 'u32',
  maxIrql: PASSIVE_LEVEL,
  run: (kernel, { String1, String2, CaseInSensitive }) =>
    compareUnits(unitsOf(kernel, String1, 1), unitsOf(kernel, String2, 1), fold(CaseInSensitive)),
});

const RtlEqualString = service({
  name: 'RtlEqualString',
  doc: 'ntddk/nf-ntddk-rtlequalstring',
  params: pair,
  returns: 'bool',
  maxIrql: PASSIVE_LEVEL,
  run: (kernel, { String1, String2, CaseInSensitive }) =>
    compareUnits(
      unitsOf(kernel, String1, 1),
      unitsOf(kernel, String2, 1),
      fold(CaseInSensitive),
    ) === 0,
});

const RtlPrefixString = service({
  name: 'RtlPrefixString',
  doc: 'ntifs.h',
  params: pair,
  returns: 'bool',
  run(kernel, { String1, String2, CaseInSensitive }) {
    const [a, b] = [unitsOf(kernel, String1, 1), unitsOf(kernel, String2, 1)];
    return (
      a.length <= b.length && compareUnits(a, b.slice(0, a.length), fold(CaseInSensitive)) === 0
    );
  },
});

const RtlUpperChar = service({
  name: 'RtlUpperChar',
  doc: 'ntddk/nf-ntddk-rtlupperchar',
  params: { Character: u8 },
  returns: 'u32',
  maxIrql: APC_LEVEL,
  run: (_kernel, { Character }) => upcaseAnsi(Character),
});

const RtlUpperString = service({
  name: 'RtlUpperString',
  doc: 'ntddk/nf-ntddk-rtlupperstring',
  params: { DestinationString: out('STRING'), SourceString: ptr('STRING') },
  returns: 'void',
  maxIrql: APC_LEVEL,
  run(kernel, args) {
    const { MaximumLength } = stringAt(kernel, args.DestinationString);
    const units = unitsOf(kernel, args.SourceString, 1).slice(0, MaximumLength).map(upcaseAnsi);
    fillFrom(kernel, args.DestinationString, 0, units, 1);
  },
});

const RtlFreeAnsiString = service({
  name: 'RtlFreeAnsiString',
  doc: 'wdm/nf-wdm-rtlfreeansistring',
  params: { AnsiString: ptr('ANSI_STRING') },
  returns: 'void',
  maxIrql: APC_LEVEL,
  run: (kernel, { AnsiString }) => freeString(kernel, AnsiString),
});

export const ansiStringServices: readonly Service[] = [
  RtlInitAnsiString,
  RtlInitString,
  RtlInitAnsiStringEx,
  RtlInitStringEx,
  RtlCopyString,
  RtlAppendStringToString,
  RtlCompareString,
  RtlEqualString,
  RtlPrefixString,
  RtlUpperChar,
  RtlUpperString,
  RtlFreeAnsiString,
  { ...alias('RtlFreeOemString', RtlFreeAnsiString), doc: 'ntifs/nf-ntifs-rtlfreeoemstring' },
  {
    ...alias('RtlFreeUTF8String', RtlFreeAnsiString),
    doc: 'wdm/nf-wdm-rtlfreeutf8string',
    maxIrql: () => PASSIVE_LEVEL,
  },
  { ...alias('RtlInitUTF8String', RtlInitString), doc: 'wdm/nf-wdm-rtlinitutf8string' },
  {
    ...alias('RtlInitUTF8StringEx', RtlInitStringEx),
    doc: 'wdm/nf-wdm-rtlinitutf8stringex',
    maxIrql: () => DISPATCH_LEVEL,
  },
];
