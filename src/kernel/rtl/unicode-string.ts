/** UNICODE_STRING services: initialise, copy, append, compare, change case, hash. */

import { bool, out, ptr, u16, u32 } from '../../layout/struct.ts';
import { NULL, type Va } from '../../units/address.ts';
import { APC_LEVEL, HIGH_LEVEL, PASSIVE_LEVEL } from '../../units/irql.ts';
import { type NtStatus, STATUS } from '../../units/status.ts';
import type { Kernel } from '../kernel.ts';
import { type Service, service } from '../service.ts';
import { downcase, upcase } from './characters.ts';
import {
  append,
  compareUnits,
  fillFrom,
  freeString,
  own,
  point,
  sameUnit,
  stringAt,
  unitsOf,
} from './counted-string.ts';
import { lengthOf, readCharacters } from './guest-memory.ts';

const fold = (insensitive: boolean) => (insensitive ? upcase : sameUnit);
const sizeOf = (kernel: Kernel, text: Va): number =>
  text === NULL ? 0 : lengthOf(kernel.mmu, text, 2);

const RtlInitUnicodeString = service({
  name: 'RtlInitUnicodeString',
  doc: 'wdm/nf-wdm-rtlinitunicodestring',
  params: { DestinationString: out('UNICODE_STRING'), SourceString: ptr('WCHAR') },
  returns: 'void',
  run(kernel, args) {
    const length = sizeOf(kernel, args.SourceString);
    point(kernel, args.DestinationString, args.SourceString, length, 2);
  },
});

const RtlInitUnicodeStringEx = service({
  name: 'RtlInitUnicodeStringEx',
  doc: 'ntifs.h',
  params: { DestinationString: out('UNICODE_STRING'), SourceString: ptr('WCHAR') },
  returns: 'status',
  run(kernel, args): NtStatus {
    const length = sizeOf(kernel, args.SourceString);
    if (length * 2 > 0xfffc) return STATUS.NAME_TOO_LONG;
    point(kernel, args.DestinationString, args.SourceString, length, 2);
    return STATUS.SUCCESS;
  },
});

const RtlCopyUnicodeString = service({
  name: 'RtlCopyUnicodeString',
  doc: 'wdm/nf-wdm-rtlcopyunicodestring',
  params: { DestinationString: out('UNICODE_STRING'), SourceString: ptr('UNICODE_STRING') },
  returns: 'void',
  maxIrql: HIGH_LEVEL,
  run(kernel, args) {
    const target = stringAt(kernel, args.DestinationString);
    if (args.SourceString === NULL) {
      target.Length = 0;
      return;
    }
    const units = unitsOf(kernel, args.SourceString, 2).slice(0, target.MaximumLength >> 1);
    fillFrom(kernel, args.DestinationString, 0, units, 2);
  },
});

const RtlAppendUnicodeStringToString = service({
  name: 'RtlAppendUnicodeStringToString',
  doc: 'wdm/nf-wdm-rtlappendunicodestringtostring',
  params: { Destination: out('UNICODE_STRING'), Source: ptr('UNICODE_STRING') },
  returns: 'status',
  run: (kernel, args) => append(kernel, args.Destination, unitsOf(kernel, args.Source, 2), 2),
});

const RtlAppendUnicodeToString = service({
  name: 'RtlAppendUnicodeToString',
  doc: 'wdm/nf-wdm-rtlappendunicodetostring',
  params: { Destination: out('UNICODE_STRING'), Source: ptr('WCHAR') },
  returns: 'status',
  run(kernel, { Destination, Source }) {
    const units = Source === NULL ? [] : readCharacters(kernel.mmu, Source, 2);
    return append(kernel, Destination, units, 2);
  },
});

const pair = {
  String1: ptr('UNICODE_STRING'),
  String2: ptr('UNICODE_STRING'),
  CaseInSensitive: bool,
};

const RtlCompareUnicodeString = service({
  name: 'RtlCompareUnicodeString',
  doc: 'wdm/nf-wdm-rtlcompareunicodestring',
  params: pair,
  returns: 'u32',
  maxIrql: PASSIVE_LEVEL,
  run: (kernel, { String1, String2, CaseInSensitive }) =>
    compareUnits(unitsOf(kernel, String1, 2), unitsOf(kernel, String2, 2), fold(CaseInSensitive)),
});

const RtlEqualUnicodeString = service({
  name: 'RtlEqualUnicodeString',
  doc: 'wdm/nf-wdm-rtlequalunicodestring',
  params: pair,
  returns: 'bool',
  maxIrql: PASSIVE_LEVEL,
  run(kernel, { String1, String2, CaseInSensitive }) {
    const [a, b] = [unitsOf(kernel, String1, 2), unitsOf(kernel, String2, 2)];
    return a.length === b.length && compareUnits(a, b, fold(CaseInSensitive)) === 0;
  },
});

const startsWith = (kernel: Kernel, prefix: Va, whole: Va, insensitive: boolean): boolean => {
  const [a, b] = [unitsOf(kernel, prefix, 2), unitsOf(kernel, whole, 2)];
  if (a.length > b.length) return false;
  return compareUnits(a, b.slice(0, a.length), fold(insensitive)) === 0;
};

const RtlPrefixUnicodeString = service({
  name: 'RtlPrefixUnicodeString',
  doc: 'ntddk/nf-ntddk-rtlprefixunicodestring',
  params: pair,
  returns: 'bool',
  maxIrql: PASSIVE_LEVEL,
  run: (kernel, args) => startsWith(kernel, args.String1, args.String2, args.CaseInSensitive),
});

const RtlSuffixUnicodeString = service({
  name: 'RtlSuffixUnicodeString',
  doc: 'ntifs.h',
  params: pair,
  returns: 'bool',
  run(kernel, { String1, String2, CaseInSensitive }) {
    const [a, b] = [unitsOf(kernel, String1, 2), unitsOf(kernel, String2, 2)];
    if (a.length > b.length) return false;
    return compareUnits(a, b.slice(b.length - a.length), fold(CaseInSensitive)) === 0;
  },
});

function changeCase(
  kernel: Kernel,
  to: Va,
  from: Va,
  allocate: boolean,
  change: (unit: number) => number,
): NtStatus {
  const units = unitsOf(kernel, from, 2).map(change);
  if (allocate) return own(kernel, to, units, 2, false) ? STATUS.SUCCESS : STATUS.NO_MEMORY;
  if (units.length * 2 > stringAt(kernel, to).MaximumLength) return STATUS.BUFFER_OVERFLOW;
  fillFrom(kernel, to, 0, units, 2);
  return STATUS.SUCCESS;
}

const casing = {
  DestinationString: out('UNICODE_STRING'),
  SourceString: ptr('UNICODE_STRING'),
  AllocateDestinationString: bool,
};

const RtlUpcaseUnicodeString = service({
  name: 'RtlUpcaseUnicodeString',
  doc: 'ntddk/nf-ntddk-rtlupcaseunicodestring',
  params: casing,
  returns: 'status',
  maxIrql: APC_LEVEL,
  mayFail: [STATUS.NO_MEMORY],
  run: (kernel, args) =>
    changeCase(
      kernel,
      args.DestinationString,
      args.SourceString,
      args.AllocateDestinationString,
      upcase,
    ),
});

const RtlDowncaseUnicodeString = service({
  name: 'RtlDowncaseUnicodeString',
  doc: 'ntifs/nf-ntifs-rtldowncaseunicodestring',
  params: casing,
  returns: 'status',
  maxIrql: APC_LEVEL,
  mayFail: [STATUS.NO_MEMORY],
  run: (kernel, args) =>
    changeCase(
      kernel,
      args.DestinationString,
      args.SourceString,
      args.AllocateDestinationString,
      downcase,
    ),
});

const RtlUpcaseUnicodeChar = service({
  name: 'RtlUpcaseUnicodeChar',
  doc: 'wdm/nf-wdm-rtlupcaseunicodechar',
  params: { SourceCharacter: u16 },
  returns: 'u32',
  maxIrql: APC_LEVEL,
  run: (_kernel, { SourceCharacter }) => upcase(SourceCharacter),
});

const RtlDowncaseUnicodeChar = service({
  name: 'RtlDowncaseUnicodeChar',
  doc: 'wdm/nf-wdm-rtldowncaseunicodechar',
  params: { SourceCharacter: u16 },
  returns: 'u32',
  maxIrql: PASSIVE_LEVEL,
  run: (_kernel, { SourceCharacter }) => downcase(SourceCharacter),
});

const RtlCreateUnicodeString = service({
  name: 'RtlCreateUnicodeString',
  doc: 'ntifs/nf-ntifs-rtlcreateunicodestring',
  params: { DestinationString: out('UNICODE_STRING'), SourceString: ptr('WCHAR') },
  returns: 'bool',
  mayFail: ['null'],
  maxIrql: PASSIVE_LEVEL,
  run(kernel, { DestinationString, SourceString }) {
    return own(kernel, DestinationString, readCharacters(kernel.mmu, SourceString, 2), 2);
  },
});

/** RTL_DUPLICATE_UNICODE_STRING_ flags (ntifs.h). */
const NULL_TERMINATE = 1;
const ALLOCATE_NULL_STRING = 2;

const RtlDuplicateUnicodeString = service({
  name: 'RtlDuplicateUnicodeString',
  doc: 'ntifs.h',
  params: {
    Flags: u32,
    StringIn: ptr('UNICODE_STRING'),
    StringOut: out('UNICODE_STRING'),
  },
  returns: 'status',
  mayFail: [STATUS.NO_MEMORY],
  run(kernel, { Flags, StringIn, StringOut }): NtStatus {
    const terminate = (Flags & NULL_TERMINATE) !== 0;
    const units = unitsOf(kernel, StringIn, 2);
    if (!terminate && (Flags & ALLOCATE_NULL_STRING) !== 0) return STATUS.INVALID_PARAMETER;
    if (units.length === 0 && (Flags & ALLOCATE_NULL_STRING) === 0) {
      point(kernel, StringOut, NULL, 0, 2);
      return STATUS.SUCCESS;
    }
    return own(kernel, StringOut, units, 2, terminate) ? STATUS.SUCCESS : STATUS.NO_MEMORY;
  },
});

const RtlFreeUnicodeString = service({
  name: 'RtlFreeUnicodeString',
  doc: 'wdm/nf-wdm-rtlfreeunicodestring',
  params: { UnicodeString: ptr('UNICODE_STRING') },
  returns: 'void',
  maxIrql: APC_LEVEL,
  run: (kernel, { UnicodeString }) => freeString(kernel, UnicodeString),
});

/** HASH_STRING_ALGORITHM_DEFAULT and _X65599 are one and the same. */
const RtlHashUnicodeString = service({
  name: 'RtlHashUnicodeString',
  doc: 'wdm/nf-wdm-rtlhashunicodestring',
  params: {
    String: ptr('UNICODE_STRING'),
    CaseInSensitive: bool,
    HashAlgorithm: u32,
    HashValue: ptr('ULONG'),
  },
  returns: 'status',
  maxIrql: APC_LEVEL,
  run(kernel, args): NtStatus {
    if (args.String === NULL || args.HashValue === NULL || args.HashAlgorithm > 1) {
      return STATUS.INVALID_PARAMETER;
    }
    let hash = 0;
    for (const unit of unitsOf(kernel, args.String, 2)) {
      hash = (Math.imul(hash, 65_599) + fold(args.CaseInSensitive)(unit)) >>> 0;
    }
    kernel.mmu.write(args.HashValue, 4, BigInt(hash));
    return STATUS.SUCCESS;
  },
});

export const unicodeStringServices: readonly Service[] = [
  RtlInitUnicodeString,
  RtlInitUnicodeStringEx,
  RtlCopyUnicodeString,
  RtlAppendUnicodeStringToString,
  RtlAppendUnicodeToString,
  RtlCompareUnicodeString,
  RtlEqualUnicodeString,
  RtlPrefixUnicodeString,
  RtlSuffixUnicodeString,
  RtlUpcaseUnicodeString,
  RtlDowncaseUnicodeString,
  RtlUpcaseUnicodeChar,
  RtlDowncaseUnicodeChar,
  RtlCreateUnicodeString,
  RtlDuplicateUnicodeString,
  RtlFreeUnicodeString,
  RtlHashUnicodeString,
];
