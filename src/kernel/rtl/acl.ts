/** SIDs and access control lists. */

import { bool, out, ptr, u8, u32 } from '../../layout/struct.ts';
import { NULL, type Va, vaAdd } from '../../units/address.ts';
import { APC_LEVEL, HIGH_LEVEL } from '../../units/irql.ts';
import { type NtStatus, STATUS } from '../../units/status.ts';
import { pool } from '../ex/pool.ts';
import { freePool } from '../ex/pool-services.ts';
import type { Kernel } from '../kernel.ts';
import {
  isValidSid,
  lengthOfSid,
  MAX_SUB_AUTHORITIES,
  readSid,
  sidLength,
  sidText,
} from '../se/sid.ts';
import { alias, type Service, service } from '../service.ts';
import { fillFrom, own, stringAt, unitsFrom } from './counted-string.ts';

const Sid = ptr('SID');

const RtlLengthSid = service({
  name: 'RtlLengthSid',
  doc: 'ntifs/nf-ntifs-rtllengthsid',
  params: { Sid },
  returns: 'u32',
  maxIrql: APC_LEVEL,
  run: (kernel, args) => lengthOfSid(kernel, args.Sid),
});

const RtlLengthRequiredSid = service({
  name: 'RtlLengthRequiredSid',
  doc: 'ntifs/nf-ntifs-rtllengthrequiredsid',
  params: { SubAuthorityCount: u32 },
  returns: 'u32',
  maxIrql: APC_LEVEL,
  run: (_kernel, { SubAuthorityCount }) => sidLength(SubAuthorityCount),
});

const RtlValidSid = service({
  name: 'RtlValidSid',
  doc: 'ntifs/nf-ntifs-rtlvalidsid',
  params: { Sid },
  returns: 'bool',
  maxIrql: APC_LEVEL,
  run: (kernel, args) => args.Sid !== NULL && isValidSid(kernel, args.Sid),
});

const sameBytes = (kernel: Kernel, a: Va, b: Va, length: number): boolean => {
  const [x, y] = [kernel.mmu.readBytes(a, length), kernel.mmu.readBytes(b, length)];
  return x.every((byte, i) => byte === y[i]);
};

const RtlEqualSid = service({
  name: 'RtlEqualSid',
  doc: 'ntifs/nf-ntifs-rtlequalsid',
  params: { Sid1: Sid, Sid2: Sid },
  returns: 'bool',
  maxIrql: HIGH_LEVEL,
  run(kernel, { Sid1, Sid2 }) {
    const length = lengthOfSid(kernel, Sid1);
    return length === lengthOfSid(kernel, Sid2) && sameBytes(kernel, Sid1, Sid2, length);
  },
});

const RtlCopySid = service({
  name: 'RtlCopySid',
  doc: 'ntifs/nf-ntifs-rtlcopysid',
  params: { DestinationSidLength: u32, DestinationSid: Sid, SourceSid: Sid },
  returns: 'status',
  maxIrql: APC_LEVEL,
  run(kernel, args): NtStatus {
    const length = lengthOfSid(kernel, args.SourceSid);
    if (length > args.DestinationSidLength) return STATUS.BUFFER_TOO_SMALL;
    kernel.mmu.writeBytes(args.DestinationSid, kernel.mmu.readBytes(args.SourceSid, length));
    return STATUS.SUCCESS;
  },
});

function initialise(kernel: Kernel, at: Va, authority: Va, count: number): NtStatus {
  if (count > MAX_SUB_AUTHORITIES) return STATUS.INVALID_PARAMETER;
  kernel.mmu.write(at, 1, 1n);
  kernel.mmu.write(vaAdd(at, 1), 1, BigInt(count));
  kernel.mmu.writeBytes(vaAdd(at, 2), kernel.mmu.readBytes(authority, 6));
  return STATUS.SUCCESS;
}

const RtlInitializeSid = service({
  name: 'RtlInitializeSid',
  doc: 'ntifs/nf-ntifs-rtlinitializesid',
  params: { Sid, IdentifierAuthority: ptr('SID_IDENTIFIER_AUTHORITY'), SubAuthorityCount: u8 },
  returns: 'status',
  maxIrql: APC_LEVEL,
  run: (kernel, args) =>
    initialise(kernel, args.Sid, args.IdentifierAuthority, args.SubAuthorityCount),
});

const RtlInitializeSidEx = service({
  name: 'RtlInitializeSidEx',
  doc: 'ntifs/nf-ntifs-rtlinitializesidex',
  params: { Sid, IdentifierAuthority: ptr('SID_IDENTIFIER_AUTHORITY'), SubAuthorityCount: u8 },
  returns: 'status',
  maxIrql: APC_LEVEL,
  run(kernel, args, call) {
    const count = args.SubAuthorityCount;
    const status = initialise(kernel, args.Sid, args.IdentifierAuthority, count);
    if (status !== STATUS.SUCCESS) return status;
    for (let i = 0; i < count; i++) {
      kernel.mmu.write(vaAdd(args.Sid, 8 + 4 * i), 4, BigInt.asUintN(32, call.slot(3 + i)));
    }
    return status;
  },
});

const RtlSubAuthoritySid = service({
  name: 'RtlSubAuthoritySid',
  doc: 'ntifs/nf-ntifs-rtlsubauthoritysid',
  params: { Sid, SubAuthority: u32 },
  returns: 'pointer',
  maxIrql: APC_LEVEL,
  run: (_kernel, args) => vaAdd(args.Sid, 8 + 4 * args.SubAuthority),
});

const RtlSubAuthorityCountSid = service({
  name: 'RtlSubAuthorityCountSid',
  doc: 'ntifs/nf-ntifs-rtlsubauthoritycountsid',
  params: { Sid },
  returns: 'pointer',
  run: (_kernel, args) => vaAdd(args.Sid, 1),
});

const RtlIdentifierAuthoritySid = service({
  name: 'RtlIdentifierAuthoritySid',
  doc: 'ntifs/nf-ntifs-rtlidentifierauthoritysid',
  params: { Sid },
  returns: 'pointer',
  run: (_kernel, args) => vaAdd(args.Sid, 2),
});

const RtlConvertSidToUnicodeString = service({
  name: 'RtlConvertSidToUnicodeString',
  doc: 'ntifs/nf-ntifs-rtlconvertsidtounicodestring',
  params: { UnicodeString: out('UNICODE_STRING'), Sid, AllocateDestinationString: bool },
  returns: 'status',
  maxIrql: APC_LEVEL,
  mayFail: [STATUS.NO_MEMORY],
  run(kernel, args): NtStatus {
    if (!isValidSid(kernel, args.Sid)) return STATUS.INVALID_SID;
    const units = unitsFrom(sidText(readSid(kernel, args.Sid)));
    if (args.AllocateDestinationString) {
      return own(kernel, args.UnicodeString, units, 2) ? STATUS.SUCCESS : STATUS.NO_MEMORY;
    }
    const { MaximumLength } = stringAt(kernel, args.UnicodeString);
    if (units.length * 2 > MaximumLength) return STATUS.BUFFER_OVERFLOW;
    fillFrom(kernel, args.UnicodeString, 0, units, 2);
    return STATUS.SUCCESS;
  },
});

/** Eight slots of sub-authorities follow the count, used or not. */
const RtlAllocateAndInitializeSid = service({
  name: 'RtlAllocateAndInitializeSid',
  doc: 'ntifs/nf-ntifs-rtlallocateandinitializesid',
  params: { IdentifierAuthority: ptr('SID_IDENTIFIER_AUTHORITY'), SubAuthorityCount: u8 },
  returns: 'status',
  mayFail: [STATUS.NO_MEMORY],
  run(kernel, args, call): NtStatus {
    const count = args.SubAuthorityCount;
    if (count > 8) return STATUS.INVALID_SID;
    const at = pool(kernel).allocate(sidLength(count), 'Sid ', 'paged', true);
    if (at === undefined) return STATUS.NO_MEMORY;
    initialise(kernel, at, args.IdentifierAuthority, count);
    for (let i = 0; i < count; i++) {
      kernel.mmu.write(vaAdd(at, 8 + 4 * i), 4, BigInt.asUintN(32, call.slot(2 + i)));
    }
    kernel.mmu.write(vaAdd(NULL, call.slot(10)), 8, at);
    return STATUS.SUCCESS;
  },
});

const RtlFreeSid = service({
  name: 'RtlFreeSid',
  doc: 'ntifs/nf-ntifs-rtlfreesid',
  params: { Sid },
  returns: 'pointer',
  run(kernel, args) {
    freePool(kernel, args.Sid);
    return NULL;
  },
});

/** ACL (winnt.h): AclRevision, Sbz1, AclSize, AceCount, Sbz2, then the entries. */
const ACL_BYTES = 8;
const Acl = ptr('ACL');
const ACCESS_ALLOWED = 0;
const ACCESS_DENIED = 1;

const RtlCreateAcl = service({
  name: 'RtlCreateAcl',
  doc: 'ntifs/nf-ntifs-rtlcreateacl',
  params: { Acl, AclLength: u32, AclRevision: u32 },
  returns: 'status',
  maxIrql: APC_LEVEL,
  run(kernel, { Acl: at, AclLength, AclRevision }): NtStatus {
    if (AclLength < ACL_BYTES) return STATUS.BUFFER_TOO_SMALL;
    if (AclRevision < 2 || AclRevision > 4 || AclLength > 0xffff) return STATUS.INVALID_PARAMETER;
    kernel.mmu.write(at, 8, BigInt(AclRevision) | (BigInt(AclLength & ~3) << 16n));
    return STATUS.SUCCESS;
  },
});

/** Addresses of the entries and of the first free byte; nothing for a list that leaves its own size. */
export function acesOf(
  kernel: Kernel,
  acl: Va,
): { readonly aces: readonly Va[]; readonly free: Va } | undefined {
  const end = vaAdd(acl, kernel.mmu.u16(vaAdd(acl, 2)));
  const count = kernel.mmu.u16(vaAdd(acl, 4));
  const aces: Va[] = [];
  let at = vaAdd(acl, ACL_BYTES);
  for (let i = 0; i < count; i++) {
    if (at >= end) return undefined;
    aces.push(at);
    at = vaAdd(at, kernel.mmu.u16(vaAdd(at, 2)));
  }
  return at > end ? undefined : { aces, free: at };
}

function addAce(
  kernel: Kernel,
  acl: Va,
  revision: number,
  ace: { readonly type: number; readonly flags: number; readonly mask: number; readonly sid: Va },
): NtStatus {
  if (!isValidSid(kernel, ace.sid)) return STATUS.INVALID_SID;
  if (kernel.mmu.u8(acl) > 4 || revision > 4) return STATUS.REVISION_MISMATCH;
  const found = acesOf(kernel, acl);
  if (found === undefined) return STATUS.INVALID_ACL;
  const sid = kernel.mmu.readBytes(ace.sid, lengthOfSid(kernel, ace.sid));
  const size = 8 + sid.length;
  const end = vaAdd(acl, kernel.mmu.u16(vaAdd(acl, 2)));
  if (vaAdd(found.free, size) > end) return STATUS.ALLOTTED_SPACE_EXCEEDED;
  const header = BigInt(ace.type | (ace.flags << 8) | (size << 16)) | (BigInt(ace.mask) << 32n);
  kernel.mmu.write(found.free, 8, header);
  kernel.mmu.writeBytes(vaAdd(found.free, 8), sid);
  kernel.mmu.write(vaAdd(acl, 4), 2, BigInt(found.aces.length + 1));
  if (revision > kernel.mmu.u8(acl)) kernel.mmu.write(acl, 1, BigInt(revision));
  return STATUS.SUCCESS;
}

const adding = (name: string, doc: string, type: number): Service =>
  service({
    name,
    doc,
    params: { Acl, AceRevision: u32, AccessMask: u32, Sid },
    returns: 'status',
    maxIrql: APC_LEVEL,
    run: (kernel, args) =>
      addAce(kernel, args.Acl, args.AceRevision, {
        type,
        flags: 0,
        mask: args.AccessMask,
        sid: args.Sid,
      }),
  });

const addingWithFlags = (name: string, doc: string, type: number): Service =>
  service({
    name,
    doc,
    params: { Acl, AceRevision: u32, AceFlags: u32, AccessMask: u32, Sid },
    returns: 'status',
    maxIrql: APC_LEVEL,
    run: (kernel, args) =>
      addAce(kernel, args.Acl, args.AceRevision, {
        type,
        flags: args.AceFlags & 0xff,
        mask: args.AccessMask,
        sid: args.Sid,
      }),
  });

const RtlGetAce = service({
  name: 'RtlGetAce',
  doc: 'ntifs/nf-ntifs-rtlgetace',
  params: { Acl, AceIndex: u32, Ace: ptr('PVOID') },
  returns: 'status',
  maxIrql: APC_LEVEL,
  run(kernel, { Acl: acl, AceIndex, Ace }): NtStatus {
    const at = acesOf(kernel, acl)?.aces[AceIndex];
    if (at === undefined) return STATUS.INVALID_PARAMETER;
    kernel.mmu.write(Ace, 8, at);
    return STATUS.SUCCESS;
  },
});

const RtlValidAcl = service({
  name: 'RtlValidAcl',
  doc: 'ntifs.h',
  params: { Acl },
  returns: 'bool',
  run: (kernel, args) => acesOf(kernel, args.Acl) !== undefined,
});

/** GENERIC_MAPPING: read, write, execute, all; the generic bits are 31, 30, 29 and 28. */
export function mapGeneric(kernel: Kernel, mask: number, mapping: Va): number {
  let mapped = mask;
  [31, 30, 29, 28].forEach((bit, i) => {
    if (((mask >>> bit) & 1) === 1) mapped |= kernel.mmu.u32(vaAdd(mapping, i * 4));
  });
  return (mapped & 0x0fff_ffff) >>> 0;
}

const RtlMapGenericMask = service({
  name: 'RtlMapGenericMask',
  doc: 'ntddk/nf-ntddk-rtlmapgenericmask',
  params: { AccessMask: ptr('ACCESS_MASK'), GenericMapping: ptr('GENERIC_MAPPING') },
  returns: 'void',
  maxIrql: APC_LEVEL,
  run(kernel, { AccessMask, GenericMapping }) {
    const mapped = mapGeneric(kernel, kernel.mmu.u32(AccessMask), GenericMapping);
    kernel.mmu.write(AccessMask, 4, BigInt(mapped));
  },
});

export const aclServices: readonly Service[] = [
  RtlLengthSid,
  { ...alias('SeLengthSid', RtlLengthSid), doc: 'ntifs/nf-ntifs-selengthsid' },
  RtlLengthRequiredSid,
  RtlValidSid,
  RtlEqualSid,
  RtlCopySid,
  RtlInitializeSid,
  RtlInitializeSidEx,
  RtlSubAuthoritySid,
  RtlSubAuthorityCountSid,
  RtlIdentifierAuthoritySid,
  RtlConvertSidToUnicodeString,
  RtlAllocateAndInitializeSid,
  RtlFreeSid,
  RtlCreateAcl,
  adding('RtlAddAccessAllowedAce', 'ntifs/nf-ntifs-rtladdaccessallowedace', ACCESS_ALLOWED),
  addingWithFlags(
    'RtlAddAccessAllowedAceEx',
    'ntifs/nf-ntifs-rtladdaccessallowedaceex',
    ACCESS_ALLOWED,
  ),
  adding('RtlAddAccessDeniedAce', 'ntifs.h', ACCESS_DENIED),
  addingWithFlags('RtlAddAccessDeniedAceEx', 'ntifs.h', ACCESS_DENIED),
  RtlGetAce,
  RtlValidAcl,
  RtlMapGenericMask,
];
