/** Access checks and privileges. */

import { bool, i64, ptr, struct, u8, u32, u64 } from '../../layout/struct.ts';
import { NULL, type Va, vaAdd } from '../../units/address.ts';
import { PASSIVE_LEVEL } from '../../units/irql.ts';
import { type NtStatus, STATUS } from '../../units/status.ts';
import type { Kernel } from '../kernel.ts';
import { acesOf, mapGeneric } from '../rtl/acl.ts';
import { type Service, service } from '../service.ts';
import { readDescriptor } from './descriptor.ts';
import { readSid, sidText } from './sid.ts';
import { primaryToken, TOKEN_SIDS } from './token.ts';

const SECURITY_SUBJECT_CONTEXT = struct({
  name: 'SECURITY_SUBJECT_CONTEXT',
  size: { x64: 32, x86: 16 },
  fields: {
    ClientToken: ptr('ACCESS_TOKEN'),
    ImpersonationLevel: u32,
    PrimaryToken: ptr('ACCESS_TOKEN'),
    ProcessAuditId: ptr(),
  },
});

const KERNEL_MODE = 0;
const MAXIMUM_ALLOWED = 0x0200_0000;
const ACCESS_ALLOWED_ACE = 0;
const ACCESS_DENIED_ACE = 1;
const INHERIT_ONLY_ACE = 8;
const EVERYTHING = 0xffff_ffff;

/** Access that the list grants the caller, entry by entry; no list grants everything. */
function granted(kernel: Kernel, descriptor: Va, mapping: Va): number {
  const { dacl } = readDescriptor(kernel, descriptor);
  if (dacl === NULL) return EVERYTHING;
  let allowed = 0;
  let denied = 0;
  for (const ace of acesOf(kernel, dacl)?.aces ?? []) {
    const type = kernel.mmu.u8(ace);
    const inheritOnly = (kernel.mmu.u8(vaAdd(ace, 1)) & INHERIT_ONLY_ACE) !== 0;
    if (inheritOnly || !TOKEN_SIDS.has(sidText(readSid(kernel, vaAdd(ace, 8))))) continue;
    const mask = mapGeneric(kernel, kernel.mmu.u32(vaAdd(ace, 4)), mapping);
    if (type === ACCESS_ALLOWED_ACE) allowed |= mask & ~denied;
    else if (type === ACCESS_DENIED_ACE) denied |= mask & ~allowed;
  }
  return allowed >>> 0;
}

const SeAccessCheck = service({
  name: 'SeAccessCheck',
  doc: 'wdm/nf-wdm-seaccesscheck',
  params: {
    SecurityDescriptor: ptr('SECURITY_DESCRIPTOR'),
    SubjectSecurityContext: ptr('SECURITY_SUBJECT_CONTEXT'),
    SubjectContextLocked: bool,
    DesiredAccess: u32,
    PreviouslyGrantedAccess: u32,
    Privileges: ptr('PPRIVILEGE_SET'),
    GenericMapping: ptr('GENERIC_MAPPING'),
    AccessMode: u8,
    GrantedAccess: ptr('ACCESS_MASK'),
    AccessStatus: ptr('NTSTATUS'),
  },
  returns: 'bool',
  maxIrql: PASSIVE_LEVEL,
  run(kernel, args) {
    const answer = (access: number, status: NtStatus): boolean => {
      kernel.mmu.write(args.GrantedAccess, 4, BigInt(access >>> 0));
      kernel.mmu.write(args.AccessStatus, 4, BigInt(status));
      return status === STATUS.SUCCESS;
    };
    if (args.Privileges !== NULL) kernel.mmu.write(args.Privileges, 8, 0n);
    const wanted = mapGeneric(kernel, args.DesiredAccess, args.GenericMapping);
    const before = args.PreviouslyGrantedAccess;
    const all = kernel.mmu.u32(vaAdd(args.GenericMapping, 12));
    const maximum = (wanted & MAXIMUM_ALLOWED) !== 0;
    const named = wanted & ~MAXIMUM_ALLOWED;
    if (args.AccessMode === KERNEL_MODE) {
      return answer(named | before | (maximum ? all : 0), STATUS.SUCCESS);
    }
    if (args.SecurityDescriptor === NULL) return answer(0, STATUS.ACCESS_DENIED);
    const has = granted(kernel, args.SecurityDescriptor, args.GenericMapping) & all;
    if ((named & ~(has | before)) !== 0) return answer(0, STATUS.ACCESS_DENIED);
    return answer((maximum ? has : named) | before, STATUS.SUCCESS);
  },
});

/** An elevated administrator holds every privilege that drivers ask for. */
const SeSinglePrivilegeCheck = service({
  name: 'SeSinglePrivilegeCheck',
  doc: 'ntddk/nf-ntddk-sesingleprivilegecheck',
  params: { PrivilegeValue: u64, PreviousMode: u8 },
  returns: 'bool',
  maxIrql: PASSIVE_LEVEL,
  run: () => true,
});

const SePrivilegeCheck = service({
  name: 'SePrivilegeCheck',
  doc: 'ntifs/nf-ntifs-seprivilegecheck',
  params: {
    RequiredPrivileges: ptr('PRIVILEGE_SET'),
    SubjectSecurityContext: ptr('SECURITY_SUBJECT_CONTEXT'),
    AccessMode: u8,
  },
  returns: 'bool',
  maxIrql: PASSIVE_LEVEL,
  run: () => true,
});

const SeTokenIsAdmin = service({
  name: 'SeTokenIsAdmin',
  doc: 'ntifs/nf-ntifs-setokenisadmin',
  params: { Token: ptr('ACCESS_TOKEN') },
  returns: 'bool',
  maxIrql: PASSIVE_LEVEL,
  run: () => true,
});

const SeTokenIsRestricted = service({
  name: 'SeTokenIsRestricted',
  doc: 'ntifs/nf-ntifs-setokenisrestricted',
  params: { Token: ptr('ACCESS_TOKEN') },
  returns: 'bool',
  maxIrql: PASSIVE_LEVEL,
  run: () => false,
});

/** TokenPrimary (ntifs.h). */
const SeTokenType = service({
  name: 'SeTokenType',
  doc: 'ntifs/nf-ntifs-setokentype',
  params: { Token: ptr('ACCESS_TOKEN') },
  returns: 'u32',
  run: () => 1,
});

/** SYSTEM_LUID. */
const SYSTEM_LOGON = 0x3e7n;

const SeQueryAuthenticationIdToken = service({
  name: 'SeQueryAuthenticationIdToken',
  doc: 'ntifs/nf-ntifs-sequeryauthenticationidtoken',
  params: { Token: ptr('ACCESS_TOKEN'), AuthenticationId: ptr('LUID') },
  returns: 'status',
  maxIrql: PASSIVE_LEVEL,
  run(kernel, { AuthenticationId }) {
    i64.write(kernel.mmu, AuthenticationId, SYSTEM_LOGON, 'x64');
    return STATUS.SUCCESS;
  },
});

const SeQuerySessionIdToken = service({
  name: 'SeQuerySessionIdToken',
  doc: 'ntifs/nf-ntifs-sequerysessionidtoken',
  params: { Token: ptr('ACCESS_TOKEN'), SessionId: ptr('ULONG') },
  returns: 'status',
  run(kernel, { SessionId }) {
    kernel.mmu.write(SessionId, 4, 0n);
    return STATUS.SUCCESS;
  },
});

const SubjectContext = ptr('SECURITY_SUBJECT_CONTEXT');

function capture(kernel: Kernel, at: Va): void {
  const context = SECURITY_SUBJECT_CONTEXT.at(kernel.mmu, at);
  context.ClientToken = NULL;
  context.ImpersonationLevel = 0;
  context.PrimaryToken = primaryToken(kernel).at;
  context.ProcessAuditId = kernel.scheduler.currentProcess;
}

const SeCaptureSubjectContext = service({
  name: 'SeCaptureSubjectContext',
  doc: 'wdm/nf-wdm-secapturesubjectcontext',
  params: { SubjectContext },
  returns: 'void',
  maxIrql: PASSIVE_LEVEL,
  run: (kernel, args) => capture(kernel, args.SubjectContext),
});

const SeCaptureSubjectContextEx = service({
  name: 'SeCaptureSubjectContextEx',
  doc: 'ntifs/nf-ntifs-secapturesubjectcontextex',
  params: { Thread: ptr('ETHREAD'), Process: ptr('EPROCESS'), SubjectContext },
  returns: 'void',
  maxIrql: PASSIVE_LEVEL,
  run: (kernel, args) => capture(kernel, args.SubjectContext),
});

const SeReleaseSubjectContext = service({
  name: 'SeReleaseSubjectContext',
  doc: 'wdm/nf-wdm-sereleasesubjectcontext',
  params: { SubjectContext },
  returns: 'void',
  maxIrql: PASSIVE_LEVEL,
  run(kernel, args) {
    const context = SECURITY_SUBJECT_CONTEXT.at(kernel.mmu, args.SubjectContext);
    context.PrimaryToken = NULL;
    context.ClientToken = NULL;
  },
});

/** The one token never changes, so there is nothing to hold still. */
const SeLockSubjectContext = service({
  name: 'SeLockSubjectContext',
  doc: 'wdm/nf-wdm-selocksubjectcontext',
  params: { SubjectContext },
  returns: 'void',
  maxIrql: PASSIVE_LEVEL,
  run() {},
});

const SeUnlockSubjectContext = service({
  name: 'SeUnlockSubjectContext',
  doc: 'wdm/nf-wdm-seunlocksubjectcontext',
  params: { SubjectContext },
  returns: 'void',
  maxIrql: PASSIVE_LEVEL,
  run() {},
});

const SeQuerySubjectContextToken = service({
  name: 'SeQuerySubjectContextToken',
  doc: 'ntifs/nf-ntifs-sequerysubjectcontexttoken',
  params: { SubjectContext },
  returns: 'pointer',
  maxIrql: PASSIVE_LEVEL,
  run: (kernel) => primaryToken(kernel).at,
});

export const accessServices: readonly Service[] = [
  SeAccessCheck,
  SeSinglePrivilegeCheck,
  SePrivilegeCheck,
  SeTokenIsAdmin,
  SeTokenIsRestricted,
  SeTokenType,
  SeQueryAuthenticationIdToken,
  SeQuerySessionIdToken,
  SeCaptureSubjectContext,
  SeCaptureSubjectContextEx,
  SeReleaseSubjectContext,
  SeLockSubjectContext,
  SeUnlockSubjectContext,
  SeQuerySubjectContextToken,
];
