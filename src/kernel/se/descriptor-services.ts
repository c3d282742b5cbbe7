/** Capturing and checking security descriptors. */

import { bool, ptr, u8, u32 } from '../../layout/struct.ts';
import { NULL, type Va } from '../../units/address.ts';
import { PASSIVE_LEVEL } from '../../units/irql.ts';
import { type NtStatus, STATUS } from '../../units/status.ts';
import { pool } from '../ex/pool.ts';
import { freePool } from '../ex/pool-services.ts';
import type { Kernel } from '../kernel.ts';
import { type Service, service } from '../service.ts';
import { isValidDescriptor, readDescriptor, relativeBytes } from './descriptor.ts';

const KERNEL_MODE = 0;
const POOL_TYPE_PAGED = 1;

/** A self-relative copy in pool, charged to the driver. */
function copy(kernel: Kernel, from: Va, poolType: number): Va | undefined {
  const bytes = relativeBytes(kernel, readDescriptor(kernel, from));
  const kind = (poolType & POOL_TYPE_PAGED) !== 0 ? 'paged' : 'nonpaged';
  const at = pool(kernel).allocate(bytes.length, 'SeSd', kind, true);
  if (at !== undefined) kernel.mmu.writeBytes(at, bytes);
  return at;
}

const SeCaptureSecurityDescriptor = service({
  name: 'SeCaptureSecurityDescriptor',
  doc: 'ntifs.h',
  params: {
    OriginalSecurityDescriptor: ptr('SECURITY_DESCRIPTOR'),
    CurrentMode: u8,
    PoolType: u32,
    CaptureIfKernel: bool,
    CapturedSecurityDescriptor: ptr('PSECURITY_DESCRIPTOR'),
  },
  returns: 'status',
  mayFail: [STATUS.INSUFFICIENT_RESOURCES],
  run(kernel, args): NtStatus {
    const original = args.OriginalSecurityDescriptor;
    const put = (at: Va): NtStatus => {
      kernel.mmu.write(args.CapturedSecurityDescriptor, 8, at);
      return STATUS.SUCCESS;
    };
    if (original === NULL) return put(NULL);
    if (args.CurrentMode === KERNEL_MODE && !args.CaptureIfKernel) return put(original);
    const { revision } = readDescriptor(kernel, original);
    if (revision !== 1) return STATUS.UNKNOWN_REVISION;
    const at = copy(kernel, original, args.PoolType);
    return at === undefined ? STATUS.INSUFFICIENT_RESOURCES : put(at);
  },
});

const SeReleaseSecurityDescriptor = service({
  name: 'SeReleaseSecurityDescriptor',
  doc: 'ntifs.h',
  params: {
    CapturedSecurityDescriptor: ptr('SECURITY_DESCRIPTOR'),
    CurrentMode: u8,
    CaptureIfKernelMode: bool,
  },
  returns: 'status',
  run(kernel, args): NtStatus {
    const at = args.CapturedSecurityDescriptor;
    const captured = args.CurrentMode !== KERNEL_MODE || args.CaptureIfKernelMode;
    if (at !== NULL && captured) freePool(kernel, at);
    return STATUS.SUCCESS;
  },
});

const SeValidSecurityDescriptor = service({
  name: 'SeValidSecurityDescriptor',
  doc: 'wdm/nf-wdm-sevalidsecuritydescriptor',
  params: { Length: u32, SecurityDescriptor: ptr('SECURITY_DESCRIPTOR') },
  returns: 'bool',
  maxIrql: PASSIVE_LEVEL,
  run: (kernel, { Length, SecurityDescriptor }) =>
    Length >= 20 && isValidDescriptor(kernel, SecurityDescriptor),
});

/** Inheritance from a parent is not worked out: an explicit descriptor is taken as it is. */
const assign = (name: string, extra: boolean): Service =>
  service({
    name,
    doc: `wdm/nf-wdm-${name.toLowerCase()}`,
    params: {
      ParentDescriptor: ptr('SECURITY_DESCRIPTOR'),
      ExplicitDescriptor: ptr('SECURITY_DESCRIPTOR'),
      NewDescriptor: ptr('PSECURITY_DESCRIPTOR'),
    },
    returns: 'status',
    maxIrql: PASSIVE_LEVEL,
    mayFail: [STATUS.INSUFFICIENT_RESOURCES],
    run(kernel, args, call): NtStatus {
      const from =
        args.ExplicitDescriptor === NULL ? args.ParentDescriptor : args.ExplicitDescriptor;
      if (from === NULL) return STATUS.NO_SECURITY_ON_OBJECT;
      const poolType = Number(BigInt.asUintN(32, call.slot(extra ? 8 : 6)));
      const at = copy(kernel, from, poolType);
      if (at === undefined) return STATUS.INSUFFICIENT_RESOURCES;
      kernel.mmu.write(args.NewDescriptor, 8, at);
      return STATUS.SUCCESS;
    },
  });

const SeDeassignSecurity = service({
  name: 'SeDeassignSecurity',
  doc: 'wdm/nf-wdm-sedeassignsecurity',
  params: { SecurityDescriptor: ptr('PSECURITY_DESCRIPTOR') },
  returns: 'status',
  maxIrql: PASSIVE_LEVEL,
  run(kernel, { SecurityDescriptor }): NtStatus {
    const at = kernel.mmu.pointer(SecurityDescriptor);
    if (at !== NULL) freePool(kernel, at);
    kernel.mmu.write(SecurityDescriptor, 8, NULL);
    return STATUS.SUCCESS;
  },
});

export const descriptorServices: readonly Service[] = [
  SeCaptureSecurityDescriptor,
  SeReleaseSecurityDescriptor,
  SeValidSecurityDescriptor,
  assign('SeAssignSecurity', false),
  assign('SeAssignSecurityEx', true),
  SeDeassignSecurity,
];
