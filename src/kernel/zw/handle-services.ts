/** Services on handles of any kind. */

import { handle, ptr, u32 } from '../../layout/struct.ts';
import { NULL } from '../../units/address.ts';
import { PASSIVE_LEVEL } from '../../units/irql.ts';
import { type NtStatus, STATUS } from '../../units/status.ts';
import { type Blocking, giveWay } from '../effects.ts';
import { type Kernel, part } from '../kernel.ts';
import { closeHandle, type HandleObject, handles } from '../ob/handles.ts';
import { readDescriptor, relativeBytes } from '../se/descriptor.ts';
import { sidBytes } from '../se/sid.ts';
import { alias, type Service, service } from '../service.ts';

const ZwClose = service({
  name: 'ZwClose',
  doc: 'wdm/nf-wdm-zwclose',
  params: { Handle: handle },
  returns: 'status',
  maxIrql: PASSIVE_LEVEL,
  *run(kernel, { Handle }): Blocking<NtStatus> {
    return (yield* closeHandle(kernel, Handle)) ? STATUS.SUCCESS : STATUS.INVALID_HANDLE;
  },
});

/** Descriptors that were set, by the object they are for. */
const descriptors = part(() => new Map<unknown, Uint8Array>());
const keyOf = (object: HandleObject): unknown => object.body ?? object;

const ZwSetSecurityObject = service({
  name: 'ZwSetSecurityObject',
  doc: 'ntifs/nf-ntifs-zwsetsecurityobject',
  params: {
    Handle: handle,
    SecurityInformation: u32,
    SecurityDescriptor: ptr('SECURITY_DESCRIPTOR'),
  },
  returns: 'status',
  maxIrql: PASSIVE_LEVEL,
  mayFail: [STATUS.ACCESS_DENIED],
  run(kernel, args): NtStatus {
    const object = handles(kernel).get(args.Handle);
    if (object === undefined) return STATUS.INVALID_HANDLE;
    if (args.SecurityDescriptor === NULL) return STATUS.INVALID_SECURITY_DESCR;
    const descriptor = readDescriptor(kernel, args.SecurityDescriptor);
    if (descriptor.revision !== 1) return STATUS.UNKNOWN_REVISION;
    descriptors(kernel).set(keyOf(object), relativeBytes(kernel, descriptor));
    return STATUS.SUCCESS;
  },
});

/** Owner and group: administrators; no list, so everybody may do everything. */
function defaultDescriptor(): Uint8Array {
  const sid = sidBytes('S-1-5-32-544');
  const out = new Uint8Array(20 + 2 * sid.length);
  const view = new DataView(out.buffer);
  view.setUint8(0, 1);
  view.setUint16(2, 0x8004, true);
  view.setUint32(4, 20, true);
  view.setUint32(8, 20 + sid.length, true);
  out.set(sid, 20);
  out.set(sid, 20 + sid.length);
  return out;
}

const ZwQuerySecurityObject = service({
  name: 'ZwQuerySecurityObject',
  doc: 'ntifs/nf-ntifs-zwquerysecurityobject',
  params: {
    Handle: handle,
    SecurityInformation: u32,
    SecurityDescriptor: ptr('SECURITY_DESCRIPTOR'),
    Length: u32,
    LengthNeeded: ptr('ULONG'),
  },
  returns: 'status',
  maxIrql: PASSIVE_LEVEL,
  run(kernel, args): NtStatus {
    const object = handles(kernel).get(args.Handle);
    if (object === undefined) return STATUS.INVALID_HANDLE;
    const bytes = descriptors(kernel).get(keyOf(object)) ?? defaultDescriptor();
    kernel.mmu.write(args.LengthNeeded, 4, BigInt(bytes.length));
    if (args.Length < bytes.length) return STATUS.BUFFER_TOO_SMALL;
    kernel.mmu.writeBytes(args.SecurityDescriptor, bytes);
    return STATUS.SUCCESS;
  },
});

/** LUIDs count from 1000 hex upwards, as those of Windows do. */
const luids = part(() => ({ next: 0x1001n }));

function newLuid(kernel: Kernel): bigint {
  const counter = luids(kernel);
  return counter.next++;
}

const ZwAllocateLocallyUniqueId = service({
  name: 'ZwAllocateLocallyUniqueId',
  doc: 'ntddk/nf-ntddk-zwallocatelocallyuniqueid',
  params: { Luid: ptr('LUID') },
  returns: 'status',
  maxIrql: PASSIVE_LEVEL,
  run(kernel, { Luid }) {
    kernel.mmu.write(Luid, 8, newLuid(kernel));
    return STATUS.SUCCESS;
  },
});

const ZwYieldExecution = service({
  name: 'ZwYieldExecution',
  doc: 'ntifs.h',
  params: {},
  returns: 'status',
  *run(): Blocking<NtStatus> {
    yield* giveWay();
    return STATUS.SUCCESS;
  },
});

export const handleServices: readonly Service[] = [
  ZwClose,
  { ...alias('NtClose', ZwClose), doc: 'ntifs/nf-ntifs-ntclose' },
  ZwSetSecurityObject,
  {
    ...alias('NtSetSecurityObject', ZwSetSecurityObject),
    doc: 'ntifs/nf-ntifs-ntsetsecurityobject',
  },
  ZwQuerySecurityObject,
  {
    ...alias('NtQuerySecurityObject', ZwQuerySecurityObject),
    doc: 'ntifs/nf-ntifs-ntquerysecurityobject',
  },
  ZwAllocateLocallyUniqueId,
  ZwYieldExecution,
];
