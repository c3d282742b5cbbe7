/** SECURITY_DESCRIPTOR in its absolute and self-relative forms. */
import { ptr, struct, u8, u16 } from '../../layout/struct.ts';
import { NULL, type Va, vaAdd } from '../../units/address.ts';
import type { Kernel } from '../kernel.ts';
import { isValidSid, lengthOfSid } from './sid.ts';

export const SECURITY_DESCRIPTOR = struct({
  name: 'SECURITY_DESCRIPTOR',
  size: { x64: 40, x86: 20 },
  fields: {
    Revision: u8,
    Sbz1: u8,
    Control: u16,
    Owner: ptr('SID'),
    Group: ptr('SID'),
    Sacl: ptr('ACL'),
    Dacl: ptr('ACL'),
  },
});

export const RELATIVE_BYTES = 20;
export const DESCRIPTOR_REVISION = 1;

/** SECURITY_DESCRIPTOR_CONTROL (winnt.h). */
export const SE = {
  OWNER_DEFAULTED: 0x1,
  GROUP_DEFAULTED: 0x2,
  DACL_PRESENT: 0x4,
  DACL_DEFAULTED: 0x8,
  SACL_PRESENT: 0x10,
  SACL_DEFAULTED: 0x20,
  SELF_RELATIVE: 0x8000,
} as const;

/** What a descriptor says, whatever its form; absent parts are NULL. */
export interface Descriptor {
  readonly revision: number;
  readonly control: number;
  readonly owner: Va;
  readonly group: Va;
  readonly sacl: Va;
  readonly dacl: Va;
}

export function readDescriptor(kernel: Kernel, at: Va): Descriptor {
  const view = SECURITY_DESCRIPTOR.at(kernel.mmu, at);
  const { Revision: revision, Control: control } = view;
  const parts =
    (control & SE.SELF_RELATIVE) === 0
      ? { owner: view.Owner, group: view.Group, sacl: view.Sacl, dacl: view.Dacl }
      : relativeParts(kernel, at);
  return {
    revision,
    control,
    owner: parts.owner,
    group: parts.group,
    sacl: (control & SE.SACL_PRESENT) === 0 ? NULL : parts.sacl,
    dacl: (control & SE.DACL_PRESENT) === 0 ? NULL : parts.dacl,
  };
}

function relativeParts(kernel: Kernel, at: Va) {
  const part = (offset: number): Va => {
    const distance = kernel.mmu.u32(vaAdd(at, offset));
    return distance === 0 ? NULL : vaAdd(at, distance);
  };
  return { owner: part(4), group: part(8), sacl: part(12), dacl: part(16) };
}

const align4 = (length: number): number => (length + 3) & ~3;

/** Bytes of an ACL by its own header; 0 for none. */
export const aclLength = (kernel: Kernel, at: Va): number =>
  at === NULL ? 0 : kernel.mmu.u16(vaAdd(at, 2));
const sidLengthAt = (kernel: Kernel, at: Va): number => (at === NULL ? 0 : lengthOfSid(kernel, at));

/** Bytes that the parts take, each rounded up to a ULONG. */
export function partsLength(kernel: Kernel, { owner, group, sacl, dacl }: Descriptor): number {
  return (
    align4(sidLengthAt(kernel, owner)) +
    align4(sidLengthAt(kernel, group)) +
    align4(aclLength(kernel, sacl)) +
    align4(aclLength(kernel, dacl))
  );
}

/** The self-relative form as bytes: header, SACL, DACL, owner, group. */
export function relativeBytes(kernel: Kernel, descriptor: Descriptor): Uint8Array {
  const { revision, control, owner, group, sacl, dacl } = descriptor;
  const out = new Uint8Array(RELATIVE_BYTES + partsLength(kernel, descriptor));
  const view = new DataView(out.buffer);
  view.setUint8(0, revision);
  view.setUint16(2, control | SE.SELF_RELATIVE, true);
  let at = RELATIVE_BYTES;
  for (const [offset, part, length] of [
    [12, sacl, aclLength(kernel, sacl)],
    [16, dacl, aclLength(kernel, dacl)],
    [4, owner, sidLengthAt(kernel, owner)],
    [8, group, sidLengthAt(kernel, group)],
  ] as const) {
    if (length === 0) continue;
    view.setUint32(offset, at, true);
    out.set(kernel.mmu.readBytes(part, length), at);
    at += align4(length);
  }
  return out;
}

const validAcl = (kernel: Kernel, at: Va): boolean => {
  if (at === NULL) return true;
  const revision = kernel.mmu.u8(at);
  return revision >= 2 && revision <= 4 && aclLength(kernel, at) >= 8;
};

export function isValidDescriptor(kernel: Kernel, at: Va): boolean {
  const { revision, owner, group, sacl, dacl } = readDescriptor(kernel, at);
  return (
    revision === DESCRIPTOR_REVISION &&
    (owner === NULL || isValidSid(kernel, owner)) &&
    (group === NULL || isValidSid(kernel, group)) &&
    validAcl(kernel, sacl) &&
    validAcl(kernel, dacl)
  );
}
