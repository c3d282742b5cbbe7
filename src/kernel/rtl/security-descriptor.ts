/** Rtl services on security descriptors. */

import { bool, ptr, u32 } from '../../layout/struct.ts';
import { NULL, type Va } from '../../units/address.ts';
import { APC_LEVEL, PASSIVE_LEVEL } from '../../units/irql.ts';
import { type NtStatus, STATUS } from '../../units/status.ts';
import type { Kernel } from '../kernel.ts';
import {
  aclLength,
  DESCRIPTOR_REVISION,
  isValidDescriptor,
  partsLength,
  RELATIVE_BYTES,
  readDescriptor,
  relativeBytes,
  SE,
  SECURITY_DESCRIPTOR,
} from '../se/descriptor.ts';
import { lengthOfSid } from '../se/sid.ts';
import { type Service, service } from '../service.ts';

const SecurityDescriptor = ptr('SECURITY_DESCRIPTOR');

const RtlCreateSecurityDescriptor = service({
  name: 'RtlCreateSecurityDescriptor',
  doc: 'wdm/nf-wdm-rtlcreatesecuritydescriptor',
  params: { SecurityDescriptor, Revision: u32 },
  returns: 'status',
  maxIrql: PASSIVE_LEVEL,
  run(kernel, args): NtStatus {
    if (args.Revision !== DESCRIPTOR_REVISION) return STATUS.UNKNOWN_REVISION;
    kernel.mmu.fill(args.SecurityDescriptor, SECURITY_DESCRIPTOR.bytes, 0);
    kernel.mmu.write(args.SecurityDescriptor, 1, BigInt(DESCRIPTOR_REVISION));
    return STATUS.SUCCESS;
  },
});

/** Changes an absolute descriptor; the other form cannot be changed in place. */
function change(
  kernel: Kernel,
  at: Va,
  set: number,
  clear: number,
  part: { readonly field: 'Owner' | 'Group' | 'Sacl' | 'Dacl'; readonly value: Va } | null,
): NtStatus {
  const view = SECURITY_DESCRIPTOR.at(kernel.mmu, at);
  if (view.Revision !== DESCRIPTOR_REVISION) return STATUS.UNKNOWN_REVISION;
  if ((view.Control & SE.SELF_RELATIVE) !== 0) return STATUS.INVALID_SECURITY_DESCR;
  view.Control = (view.Control & ~clear) | set;
  if (part !== null) view[part.field] = part.value;
  return STATUS.SUCCESS;
}

const setAcl = (
  name: string,
  doc: string,
  field: 'Sacl' | 'Dacl',
  present: number,
  defaulted: number,
  maxIrql: number,
): Service =>
  service({
    name,
    doc,
    params: { SecurityDescriptor, AclPresent: bool, Acl: ptr('ACL'), AclDefaulted: bool },
    returns: 'status',
    maxIrql,
    run(kernel, args) {
      const at = args.SecurityDescriptor;
      if (!args.AclPresent) return change(kernel, at, 0, present, null);
      const set = present | (args.AclDefaulted ? defaulted : 0);
      return change(kernel, at, set, defaulted, { field, value: args.Acl });
    },
  });

const setSid = (name: string, field: 'Owner' | 'Group', defaulted: number): Service =>
  service({
    name,
    doc: `ntifs/nf-ntifs-${name.toLowerCase()}`,
    params: { SecurityDescriptor, Sid: ptr('SID'), Defaulted: bool },
    returns: 'status',
    maxIrql: APC_LEVEL,
    run: (kernel, args) =>
      change(kernel, args.SecurityDescriptor, args.Defaulted ? defaulted : 0, defaulted, {
        field,
        value: args.Sid,
      }),
  });

const getAcl = (
  name: string,
  field: 'sacl' | 'dacl',
  present: number,
  defaulted: number,
): Service =>
  service({
    name,
    doc: `ntifs/nf-ntifs-${name.toLowerCase()}`,
    params: {
      SecurityDescriptor,
      AclPresent: ptr('BOOLEAN'),
      Acl: ptr('PACL'),
      AclDefaulted: ptr('BOOLEAN'),
    },
    returns: 'status',
    maxIrql: APC_LEVEL,
    run(kernel, args): NtStatus {
      const found = readDescriptor(kernel, args.SecurityDescriptor);
      if (found.revision !== DESCRIPTOR_REVISION) return STATUS.UNKNOWN_REVISION;
      const isPresent = (found.control & present) !== 0;
      kernel.mmu.write(args.AclPresent, 1, isPresent ? 1n : 0n);
      if (!isPresent) return STATUS.SUCCESS;
      kernel.mmu.write(args.Acl, 8, found[field]);
      kernel.mmu.write(args.AclDefaulted, 1, (found.control & defaulted) !== 0 ? 1n : 0n);
      return STATUS.SUCCESS;
    },
  });

const getSid = (
  name: string,
  field: 'owner' | 'group',
  defaulted: number,
  maxIrql: number,
): Service =>
  service({
    name,
    doc: `ntifs/nf-ntifs-${name.toLowerCase()}`,
    params: { SecurityDescriptor, Sid: ptr('PSID'), Defaulted: ptr('BOOLEAN') },
    returns: 'status',
    maxIrql,
    run(kernel, args): NtStatus {
      const found = readDescriptor(kernel, args.SecurityDescriptor);
      if (found.revision !== DESCRIPTOR_REVISION) return STATUS.UNKNOWN_REVISION;
      kernel.mmu.write(args.Sid, 8, found[field]);
      kernel.mmu.write(args.Defaulted, 1, (found.control & defaulted) !== 0 ? 1n : 0n);
      return STATUS.SUCCESS;
    },
  });

const RtlGetControlSecurityDescriptor = service({
  name: 'RtlGetControlSecurityDescriptor',
  doc: 'ntifs.h',
  params: { SecurityDescriptor, Control: ptr('USHORT'), Revision: ptr('ULONG') },
  returns: 'status',
  run(kernel, args): NtStatus {
    const { revision, control } = readDescriptor(kernel, args.SecurityDescriptor);
    kernel.mmu.write(args.Revision, 4, BigInt(revision));
    if (revision !== DESCRIPTOR_REVISION) return STATUS.UNKNOWN_REVISION;
    kernel.mmu.write(args.Control, 2, BigInt(control));
    return STATUS.SUCCESS;
  },
});

const RtlLengthSecurityDescriptor = service({
  name: 'RtlLengthSecurityDescriptor',
  doc: 'wdm/nf-wdm-rtllengthsecuritydescriptor',
  params: { SecurityDescriptor },
  returns: 'u32',
  maxIrql: PASSIVE_LEVEL,
  run(kernel, args) {
    const found = readDescriptor(kernel, args.SecurityDescriptor);
    const isRelative = (found.control & SE.SELF_RELATIVE) !== 0;
    return (isRelative ? RELATIVE_BYTES : SECURITY_DESCRIPTOR.bytes) + partsLength(kernel, found);
  },
});

const RtlAbsoluteToSelfRelativeSD = service({
  name: 'RtlAbsoluteToSelfRelativeSD',
  doc: 'ntifs/nf-ntifs-rtlabsolutetoselfrelativesd',
  params: {
    AbsoluteSecurityDescriptor: SecurityDescriptor,
    SelfRelativeSecurityDescriptor: SecurityDescriptor,
    BufferLength: ptr('ULONG'),
  },
  returns: 'status',
  maxIrql: APC_LEVEL,
  run(kernel, args): NtStatus {
    const found = readDescriptor(kernel, args.AbsoluteSecurityDescriptor);
    if ((found.control & SE.SELF_RELATIVE) !== 0) return STATUS.BAD_DESCRIPTOR_FORMAT;
    const needed = RELATIVE_BYTES + partsLength(kernel, found);
    const given = kernel.mmu.u32(args.BufferLength);
    kernel.mmu.write(args.BufferLength, 4, BigInt(needed));
    if (given < needed) return STATUS.BUFFER_TOO_SMALL;
    kernel.mmu.writeBytes(args.SelfRelativeSecurityDescriptor, relativeBytes(kernel, found));
    return STATUS.SUCCESS;
  },
});

/** All five sizes are told when any buffer is too small. */
const RtlSelfRelativeToAbsoluteSD = service({
  name: 'RtlSelfRelativeToAbsoluteSD',
  doc: 'ntifs/nf-ntifs-rtlselfrelativetoabsolutesd',
  params: {
    SelfRelativeSecurityDescriptor: SecurityDescriptor,
    AbsoluteSecurityDescriptor: SecurityDescriptor,
    AbsoluteSecurityDescriptorSize: ptr('ULONG'),
    Dacl: ptr('ACL'),
    DaclSize: ptr('ULONG'),
    Sacl: ptr('ACL'),
    SaclSize: ptr('ULONG'),
    Owner: ptr('SID'),
    OwnerSize: ptr('ULONG'),
    PrimaryGroup: ptr('SID'),
    PrimaryGroupSize: ptr('ULONG'),
  },
  returns: 'status',
  maxIrql: APC_LEVEL,
  run(kernel, args): NtStatus {
    const found = readDescriptor(kernel, args.SelfRelativeSecurityDescriptor);
    if ((found.control & SE.SELF_RELATIVE) === 0) return STATUS.BAD_DESCRIPTOR_FORMAT;
    const sid = (at: Va): number => (at === NULL ? 0 : lengthOfSid(kernel, at));
    const parts = [
      {
        to: args.Dacl,
        size: args.DaclSize,
        from: found.dacl,
        length: aclLength(kernel, found.dacl),
      },
      {
        to: args.Sacl,
        size: args.SaclSize,
        from: found.sacl,
        length: aclLength(kernel, found.sacl),
      },
      { to: args.Owner, size: args.OwnerSize, from: found.owner, length: sid(found.owner) },
      {
        to: args.PrimaryGroup,
        size: args.PrimaryGroupSize,
        from: found.group,
        length: sid(found.group),
      },
    ];
    const size = args.AbsoluteSecurityDescriptorSize;
    const wanted = [{ size, length: SECURITY_DESCRIPTOR.bytes }, ...parts];
    const fits = wanted.every((part) => kernel.mmu.u32(part.size) >= part.length);
    for (const part of wanted) kernel.mmu.write(part.size, 4, BigInt(part.length));
    if (!fits) return STATUS.BUFFER_TOO_SMALL;
    for (const { to, from, length } of parts) {
      if (length > 0) kernel.mmu.writeBytes(to, kernel.mmu.readBytes(from, length));
    }
    const view = SECURITY_DESCRIPTOR.at(kernel.mmu, args.AbsoluteSecurityDescriptor);
    view.Revision = found.revision;
    view.Sbz1 = 0;
    view.Control = found.control & ~SE.SELF_RELATIVE;
    const [dacl, sacl, owner, group] = parts.map((p) => (p.length === 0 ? NULL : p.to));
    view.Dacl = dacl ?? NULL;
    view.Sacl = sacl ?? NULL;
    view.Owner = owner ?? NULL;
    view.Group = group ?? NULL;
    return STATUS.SUCCESS;
  },
});

const RtlValidSecurityDescriptor = service({
  name: 'RtlValidSecurityDescriptor',
  doc: 'wdm/nf-wdm-rtlvalidsecuritydescriptor',
  params: { SecurityDescriptor },
  returns: 'bool',
  maxIrql: PASSIVE_LEVEL,
  run: (kernel, args) => isValidDescriptor(kernel, args.SecurityDescriptor),
});

const RtlValidRelativeSecurityDescriptor = service({
  name: 'RtlValidRelativeSecurityDescriptor',
  doc: 'wdm/nf-wdm-rtlvalidrelativesecuritydescriptor',
  params: {
    SecurityDescriptorInput: SecurityDescriptor,
    SecurityDescriptorLength: u32,
    RequiredInformation: u32,
  },
  returns: 'bool',
  maxIrql: APC_LEVEL,
  run(kernel, args) {
    if (args.SecurityDescriptorLength < RELATIVE_BYTES) return false;
    const found = readDescriptor(kernel, args.SecurityDescriptorInput);
    if ((found.control & SE.SELF_RELATIVE) === 0) return false;
    if (!isValidDescriptor(kernel, args.SecurityDescriptorInput)) return false;
    return RELATIVE_BYTES + partsLength(kernel, found) <= args.SecurityDescriptorLength;
  },
});

export const securityDescriptorServices: readonly Service[] = [
  RtlCreateSecurityDescriptor,
  setAcl(
    'RtlSetDaclSecurityDescriptor',
    'wdm/nf-wdm-rtlsetdaclsecuritydescriptor',
    'Dacl',
    SE.DACL_PRESENT,
    SE.DACL_DEFAULTED,
    PASSIVE_LEVEL,
  ),
  setAcl(
    'RtlSetSaclSecurityDescriptor',
    'ntifs.h',
    'Sacl',
    SE.SACL_PRESENT,
    SE.SACL_DEFAULTED,
    APC_LEVEL,
  ),
  setSid('RtlSetOwnerSecurityDescriptor', 'Owner', SE.OWNER_DEFAULTED),
  setSid('RtlSetGroupSecurityDescriptor', 'Group', SE.GROUP_DEFAULTED),
  getAcl('RtlGetDaclSecurityDescriptor', 'dacl', SE.DACL_PRESENT, SE.DACL_DEFAULTED),
  getAcl('RtlGetSaclSecurityDescriptor', 'sacl', SE.SACL_PRESENT, SE.SACL_DEFAULTED),
  getSid('RtlGetOwnerSecurityDescriptor', 'owner', SE.OWNER_DEFAULTED, PASSIVE_LEVEL),
  getSid('RtlGetGroupSecurityDescriptor', 'group', SE.GROUP_DEFAULTED, APC_LEVEL),
  RtlGetControlSecurityDescriptor,
  RtlLengthSecurityDescriptor,
  RtlAbsoluteToSelfRelativeSD,
  RtlSelfRelativeToAbsoluteSD,
  RtlValidSecurityDescriptor,
  RtlValidRelativeSecurityDescriptor,
];
