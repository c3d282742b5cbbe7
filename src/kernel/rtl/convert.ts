/** Conversions between UNICODE_STRING and strings of bytes: ANSI, OEM and UTF-8. */
import { bool, out, ptr, u32 } from '../../layout/struct.ts';
import { NULL, type Va } from '../../units/address.ts';
import { APC_LEVEL, type Irql, PASSIVE_LEVEL } from '../../units/irql.ts';
import { type NtStatus, STATUS } from '../../units/status.ts';
import type { Kernel } from '../kernel.ts';
import { type Service, service } from '../service.ts';
import { fillFrom, own, stringAt, unitsAt, unitsOf, type Width } from './counted-string.ts';
import { ANSI, type Encoded, type Encoding, OEM, UTF8, upcased } from './encodings.ts';
import { writeCharacters } from './guest-memory.ts';

/** Page and limit of one service. */
interface Documented {
  readonly name: string;
  readonly doc: string;
  readonly maxIrql: Irql;
}

const documented = (name: string, header: 'wdm' | 'ntifs', maxIrql: Irql): Documented => ({
  name,
  doc: `${header}/nf-${header}-${name.toLowerCase()}`,
  maxIrql,
});

/** Fills or allocates the target; `counted` strings have no terminator. */
function deliver(
  kernel: Kernel,
  to: Va,
  units: number[],
  width: Width,
  how: { readonly allocate: boolean; readonly counted: boolean; readonly mayCut: boolean },
): NtStatus {
  const ending = how.counted ? 0 : width;
  if (units.length * width + ending > 0xffff) return STATUS.INVALID_PARAMETER_2;
  if (how.allocate) {
    return own(kernel, to, units, width, !how.counted) ? STATUS.SUCCESS : STATUS.NO_MEMORY;
  }
  const { MaximumLength } = stringAt(kernel, to);
  if (units.length * width + ending > MaximumLength) {
    const room = Math.floor((MaximumLength - ending) / width);
    if (how.mayCut && room >= 0) fillFrom(kernel, to, 0, units.slice(0, room), width);
    return STATUS.BUFFER_OVERFLOW;
  }
  fillFrom(kernel, to, 0, units, width);
  return STATUS.SUCCESS;
}

const params = {
  DestinationString: out('STRING'),
  SourceString: ptr('STRING'),
  AllocateDestinationString: bool,
};

const toBytes = (about: Documented, encoding: Encoding, counted = false): Service =>
  service({
    ...about,
    params,
    returns: 'status',
    mayFail: [STATUS.NO_MEMORY],
    run: (kernel, args) =>
      deliver(
        kernel,
        args.DestinationString,
        encoding.encode(unitsOf(kernel, args.SourceString, 2)).units,
        1,
        { allocate: args.AllocateDestinationString, counted, mayCut: true },
      ),
  });

const toUnicode = (about: Documented, encoding: Encoding, counted = false): Service =>
  service({
    ...about,
    params,
    returns: 'status',
    mayFail: [STATUS.NO_MEMORY],
    run: (kernel, args) =>
      deliver(
        kernel,
        args.DestinationString,
        encoding.decode(unitsOf(kernel, args.SourceString, 1)).units,
        2,
        { allocate: args.AllocateDestinationString, counted, mayCut: false },
      ),
  });

/** Bytes that the converted string needs with its terminator. */
const sizeOf = (about: Documented, from: Width, encoding: Encoding): Service =>
  service({
    ...about,
    params: { String: ptr('STRING') },
    returns: 'u32',
    run(kernel, { String: string }) {
      const units = unitsOf(kernel, string, from);
      return from === 2
        ? encoding.encode(units).units.length + 1
        : (encoding.decode(units).units.length + 1) * 2;
    },
  });

/** Puts what fits and tells how much that is. */
function put(
  kernel: Kernel,
  units: readonly number[],
  width: Width,
  target: { readonly at: Va; readonly bytes: number; readonly written: Va },
): boolean {
  const fitting = units.slice(0, Math.floor(target.bytes / width));
  writeCharacters(kernel.mmu, target.at, width, fitting);
  if (target.written !== NULL) {
    kernel.mmu.write(target.written, 4, BigInt(fitting.length * width));
  }
  return fitting.length === units.length;
}

const counted = {
  Target: ptr(),
  MaxBytesInTarget: u32,
  BytesInTarget: ptr('ULONG'),
  Source: ptr(),
  BytesInSource: u32,
};

/** RtlUnicodeToMultiByteN and its kin: truncation is not an error except where noted. */
const run = (about: Documented, from: Width, convert: Encoding['encode']): Service =>
  service({
    ...about,
    params: counted,
    returns: 'status',
    run(kernel, args): NtStatus {
      const { units } = convert(unitsAt(kernel, args.Source, args.BytesInSource, from));
      put(kernel, units, from === 2 ? 1 : 2, {
        at: args.Target,
        bytes: args.MaxBytesInTarget,
        written: args.BytesInTarget,
      });
      return STATUS.SUCCESS;
    },
  });

/** The UTF-8 services measure with a NULL target and report truncation and replacements. */
const runUtf8 = (about: Documented, from: Width, convert: Encoding['encode']): Service =>
  service({
    ...about,
    params: counted,
    returns: 'status',
    run(kernel, args): NtStatus {
      if (args.Source === NULL) return STATUS.INVALID_PARAMETER_4;
      if (from === 2 && args.BytesInSource % 2 !== 0) return STATUS.INVALID_PARAMETER_5;
      if (args.Target === NULL && args.BytesInTarget === NULL) return STATUS.INVALID_PARAMETER;
      const encoded = convert(unitsAt(kernel, args.Source, args.BytesInSource, from));
      return utf8Result(kernel, encoded, from === 2 ? 1 : 2, {
        at: args.Target,
        bytes: args.MaxBytesInTarget,
        written: args.BytesInTarget,
      });
    },
  });

function utf8Result(
  kernel: Kernel,
  { units, exact }: Encoded,
  width: Width,
  target: { readonly at: Va; readonly bytes: number; readonly written: Va },
): NtStatus {
  if (target.at === NULL) kernel.mmu.write(target.written, 4, BigInt(units.length * width));
  else if (!put(kernel, units, width, target)) return STATUS.BUFFER_TOO_SMALL;
  return exact ? STATUS.SUCCESS : STATUS.SOME_NOT_MAPPED;
}

const measure = (about: Documented, from: Width, convert: Encoding['encode']): Service =>
  service({
    ...about,
    params: { BytesInTarget: ptr('ULONG'), Source: ptr(), BytesInSource: u32 },
    returns: 'status',
    run(kernel, args): NtStatus {
      const { units } = convert(unitsAt(kernel, args.Source, args.BytesInSource, from));
      const bytes = units.length * (from === 2 ? 1 : 2);
      kernel.mmu.write(args.BytesInTarget, 4, BigInt(bytes));
      return STATUS.SUCCESS;
    },
  });

const wdm = (name: string) => documented(name, 'wdm', PASSIVE_LEVEL);
const ntifs = (name: string) => documented(name, 'ntifs', APC_LEVEL);

export const convertServices: readonly Service[] = [
  toUnicode(wdm('RtlAnsiStringToUnicodeString'), ANSI),
  toBytes(wdm('RtlUnicodeStringToAnsiString'), ANSI),
  sizeOf(wdm('RtlAnsiStringToUnicodeSize'), 1, ANSI),
  sizeOf(wdm('RtlxAnsiStringToUnicodeSize'), 1, ANSI),
  sizeOf(wdm('RtlUnicodeStringToAnsiSize'), 2, ANSI),
  sizeOf(wdm('RtlxUnicodeStringToAnsiSize'), 2, ANSI),
  toUnicode(ntifs('RtlOemStringToUnicodeString'), OEM),
  toUnicode(ntifs('RtlOemStringToCountedUnicodeString'), OEM, true),
  toBytes(ntifs('RtlUnicodeStringToOemString'), OEM),
  toBytes(ntifs('RtlUnicodeStringToCountedOemString'), OEM, true),
  toBytes(ntifs('RtlUpcaseUnicodeStringToOemString'), upcased(OEM)),
  toBytes(ntifs('RtlUpcaseUnicodeStringToCountedOemString'), upcased(OEM), true),
  toUnicode(wdm('RtlUTF8StringToUnicodeString'), UTF8),
  toBytes(wdm('RtlUnicodeStringToUTF8String'), UTF8),
  run(ntifs('RtlUnicodeToMultiByteN'), 2, ANSI.encode),
  run(ntifs('RtlUpcaseUnicodeToMultiByteN'), 2, upcased(ANSI).encode),
  run(ntifs('RtlMultiByteToUnicodeN'), 1, ANSI.decode),
  run(ntifs('RtlUnicodeToOemN'), 2, OEM.encode),
  run(ntifs('RtlUpcaseUnicodeToOemN'), 2, upcased(OEM).encode),
  run(ntifs('RtlOemToUnicodeN'), 1, OEM.decode),
  measure(ntifs('RtlUnicodeToMultiByteSize'), 2, ANSI.encode),
  measure(ntifs('RtlMultiByteToUnicodeSize'), 1, ANSI.decode),
  runUtf8(wdm('RtlUnicodeToUTF8N'), 2, UTF8.encode),
  runUtf8(wdm('RtlUTF8ToUnicodeN'), 1, UTF8.decode),
];
