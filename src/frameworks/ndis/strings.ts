/** Strings of NDIS: counted UTF-16, from and to ANSI. */
import { pool } from '../../kernel/ex/pool.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { ansiToUnicode, unicodeToAnsi, upcase } from '../../kernel/rtl/characters.ts';
import type { Service } from '../../kernel/service.ts';
import { readLatin1z, STRING, UNICODE_STRING } from '../../layout/nt.ts';
import { out, ptr } from '../../layout/struct.ts';
import { NULL, type Va, vaAdd } from '../../units/address.ts';
import { PASSIVE_LEVEL } from '../../units/irql.ts';
import { NDIS_STATUS } from '../../units/ndis-status.ts';
import { ndisService } from './ndis-service.ts';

/** Characters a counted string holds. */
const MAX_CHARACTERS = 0x7ffe;

const NdisInitializeString = ndisService({
  name: 'NdisInitializeString',
  params: { Destination: out('NDIS_STRING'), Source: ptr('UCHAR') },
  returns: 'void',
  maxIrql: PASSIVE_LEVEL,
  run(kernel, { Destination, Source }) {
    const text = readLatin1z(kernel.mmu, Source, MAX_CHARACTERS);
    const view = UNICODE_STRING.at(kernel.mmu, Destination);
    view.Length = text.length * 2;
    view.MaximumLength = text.length * 2 + 2;
    const buffer = pool(kernel).allocate(view.MaximumLength, 'NDst', 'nonpaged', true);
    view.Buffer = buffer ?? NULL;
    if (buffer === undefined) return;
    for (let i = 0; i < text.length; i++) {
      kernel.mmu.write(vaAdd(buffer, i * 2), 2, BigInt(ansiToUnicode(text.charCodeAt(i))));
    }
  },
});

/** Copies as many characters as the destination holds, less than all of them being a failure. */
function convert(
  kernel: Kernel,
  from: Va,
  to: Va,
  widths: { readonly from: 1 | 2; readonly to: 1 | 2 },
  change: (unit: number) => number,
) {
  const source = STRING.at(kernel.mmu, from);
  const target = STRING.at(kernel.mmu, to);
  const count = Math.floor(source.Length / widths.from);
  if (count * widths.to > target.MaximumLength) return NDIS_STATUS.FAILURE;
  for (let i = 0; i < count; i++) {
    const unit = Number(kernel.mmu.read(vaAdd(source.Buffer, i * widths.from), widths.from));
    kernel.mmu.write(vaAdd(target.Buffer, i * widths.to), widths.to, BigInt(change(unit)));
  }
  target.Length = count * widths.to;
  return NDIS_STATUS.SUCCESS;
}

const NdisAnsiStringToUnicodeString = ndisService({
  name: 'NdisAnsiStringToUnicodeString',
  params: { DestinationString: out('NDIS_STRING'), SourceString: ptr('ANSI_STRING') },
  returns: 'ndis-status',
  maxIrql: PASSIVE_LEVEL,
  run: (kernel, { DestinationString, SourceString }) =>
    convert(kernel, SourceString, DestinationString, { from: 1, to: 2 }, ansiToUnicode),
});

const NdisUnicodeStringToAnsiString = ndisService({
  name: 'NdisUnicodeStringToAnsiString',
  params: { DestinationString: out('ANSI_STRING'), SourceString: ptr('NDIS_STRING') },
  returns: 'ndis-status',
  maxIrql: PASSIVE_LEVEL,
  run: (kernel, { DestinationString, SourceString }) =>
    convert(kernel, SourceString, DestinationString, { from: 2, to: 1 }, unicodeToAnsi),
});

const NdisUpcaseUnicodeString = ndisService({
  name: 'NdisUpcaseUnicodeString',
  params: { DestinationString: out('NDIS_STRING'), SourceString: ptr('NDIS_STRING') },
  returns: 'ndis-status',
  maxIrql: PASSIVE_LEVEL,
  run: (kernel, { DestinationString, SourceString }) =>
    convert(kernel, SourceString, DestinationString, { from: 2, to: 2 }, upcase),
});

export const stringServices: readonly Service[] = [
  NdisInitializeString,
  NdisAnsiStringToUnicodeString,
  NdisUnicodeStringToAnsiString,
  NdisUpcaseUnicodeString,
];
