/** Memory and port descriptors whose lengths may be too large for 32 bits (RtlCmDecodeMemIoResource). */

import { ptr, u8, u64 } from '../../layout/struct.ts';
import { NULL, type Va, vaAdd } from '../../units/address.ts';
import { HIGH_LEVEL } from '../../units/irql.ts';
import { type NtStatus, STATUS } from '../../units/status.ts';
import type { Kernel } from '../kernel.ts';
import { type Service, service } from '../service.ts';

/** CmResourceType values and CM_RESOURCE_MEMORY_LARGE_ flags (wdm.h). */
const TYPE_PORT = 1;
const TYPE_MEMORY = 3;
const TYPE_MEMORY_LARGE = 7;
const LARGE_FLAGS = 0xe00;
const LARGE = [
  { flag: 0x200, shift: 8n },
  { flag: 0x400, shift: 16n },
  { flag: 0x800, shift: 32n },
] as const;

/** Where the two kinds of descriptor have their members (both packed to 4 bytes). */
const CM = { type: 0, flags: 2, start: 4, length: 12 } as const;
const IO = { type: 1, flags: 4, length: 8, alignment: 12, minimum: 16, maximum: 24 } as const;

const read = (kernel: Kernel, at: Va, offset: number, size: 1 | 2 | 4 | 8): bigint =>
  kernel.mmu.read(vaAdd(at, offset), size);
const write = (kernel: Kernel, at: Va, offset: number, size: 1 | 2 | 4 | 8, value: bigint): void =>
  kernel.mmu.write(vaAdd(at, offset), size, value);

function shiftOf(kernel: Kernel, at: Va, typeAt: number, flagsAt: number): bigint {
  if (Number(read(kernel, at, typeAt, 1)) !== TYPE_MEMORY_LARGE) return 0n;
  const flags = Number(read(kernel, at, flagsAt, 2)) & LARGE_FLAGS;
  return LARGE.find(({ flag }) => flag === flags)?.shift ?? 0n;
}

/** Flag and shift that hold a length exactly; flag 0 for one that needs no scaling. */
function scaleFor(
  type: number,
  ...values: readonly bigint[]
): { flag: number; shift: bigint } | undefined {
  const fits = (shift: bigint): boolean =>
    values.every((v) => v >> shift <= 0xffff_ffffn && (v >> shift) << shift === v);
  if (fits(0n)) return { flag: 0, shift: 0n };
  if (type === TYPE_PORT) return undefined;
  return LARGE.find(({ shift }) => fits(shift));
}

const isMemIo = (type: number): boolean =>
  type === TYPE_PORT || type === TYPE_MEMORY || type === TYPE_MEMORY_LARGE;

const RtlCmDecodeMemIoResource = service({
  name: 'RtlCmDecodeMemIoResource',
  doc: 'wdm/nf-wdm-rtlcmdecodememioresource',
  params: { Descriptor: ptr('CM_PARTIAL_RESOURCE_DESCRIPTOR'), Start: ptr('ULONGLONG') },
  returns: 'u64',
  maxIrql: HIGH_LEVEL,
  run(kernel, { Descriptor, Start }) {
    if (Start !== NULL) kernel.mmu.write(Start, 8, read(kernel, Descriptor, CM.start, 8));
    return read(kernel, Descriptor, CM.length, 4) << shiftOf(kernel, Descriptor, CM.type, CM.flags);
  },
});

function setKind(
  kernel: Kernel,
  at: Va,
  place: { readonly type: number; readonly flags: number },
  type: number,
  flag: number,
): void {
  const kept = Number(read(kernel, at, place.flags, 2)) & ~LARGE_FLAGS;
  const large = flag === 0 ? (type === TYPE_MEMORY_LARGE ? TYPE_MEMORY : type) : TYPE_MEMORY_LARGE;
  write(kernel, at, place.type, 1, BigInt(large));
  write(kernel, at, place.flags, 2, BigInt(kept | flag));
}

const RtlCmEncodeMemIoResource = service({
  name: 'RtlCmEncodeMemIoResource',
  doc: 'wdm/nf-wdm-rtlcmencodememioresource',
  params: {
    Descriptor: ptr('CM_PARTIAL_RESOURCE_DESCRIPTOR'),
    Type: u8,
    Length: u64,
    Start: u64,
  },
  returns: 'status',
  maxIrql: HIGH_LEVEL,
  run(kernel, { Descriptor, Type, Length, Start }): NtStatus {
    if (!isMemIo(Type)) return STATUS.INVALID_PARAMETER;
    const scale = scaleFor(Type, Length);
    if (scale === undefined) return STATUS.UNSUCCESSFUL;
    setKind(kernel, Descriptor, CM, Type, scale.flag);
    write(kernel, Descriptor, CM.start, 8, Start);
    write(kernel, Descriptor, CM.length, 4, Length >> scale.shift);
    return STATUS.SUCCESS;
  },
});

const RtlIoDecodeMemIoResource = service({
  name: 'RtlIoDecodeMemIoResource',
  doc: 'wdm/nf-wdm-rtliodecodememioresource',
  params: {
    Descriptor: ptr('IO_RESOURCE_DESCRIPTOR'),
    Alignment: ptr('ULONGLONG'),
    MinimumAddress: ptr('ULONGLONG'),
    MaximumAddress: ptr('ULONGLONG'),
  },
  returns: 'u64',
  maxIrql: HIGH_LEVEL,
  run(kernel, { Descriptor, Alignment, MinimumAddress, MaximumAddress }) {
    const shift = shiftOf(kernel, Descriptor, IO.type, IO.flags);
    const tell = (at: Va, value: bigint): void => {
      if (at !== NULL) kernel.mmu.write(at, 8, value);
    };
    tell(Alignment, read(kernel, Descriptor, IO.alignment, 4) << shift);
    tell(MinimumAddress, read(kernel, Descriptor, IO.minimum, 8));
    tell(MaximumAddress, read(kernel, Descriptor, IO.maximum, 8));
    return read(kernel, Descriptor, IO.length, 4) << shift;
  },
});

const RtlIoEncodeMemIoResource = service({
  name: 'RtlIoEncodeMemIoResource',
  doc: 'wdm/nf-wdm-rtlioencodememioresource',
  params: {
    Descriptor: ptr('IO_RESOURCE_DESCRIPTOR'),
    Type: u8,
    Length: u64,
    Alignment: u64,
    MinimumAddress: u64,
    MaximumAddress: u64,
  },
  returns: 'status',
  maxIrql: HIGH_LEVEL,
  run(kernel, { Descriptor, Type, Length, Alignment, MinimumAddress, MaximumAddress }): NtStatus {
    if (!isMemIo(Type)) return STATUS.INVALID_PARAMETER;
    const scale = scaleFor(Type, Length, Alignment);
    if (scale === undefined) return STATUS.UNSUCCESSFUL;
    setKind(kernel, Descriptor, IO, Type, scale.flag);
    write(kernel, Descriptor, IO.length, 4, Length >> scale.shift);
    write(kernel, Descriptor, IO.alignment, 4, Alignment >> scale.shift);
    write(kernel, Descriptor, IO.minimum, 8, MinimumAddress);
    write(kernel, Descriptor, IO.maximum, 8, MaximumAddress);
    return STATUS.SUCCESS;
  },
});

export const resourceDescriptorServices: readonly Service[] = [
  RtlCmDecodeMemIoResource,
  RtlCmEncodeMemIoResource,
  RtlIoDecodeMemIoResource,
  RtlIoEncodeMemIoResource,
];
