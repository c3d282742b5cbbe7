/** Security identifiers: their bytes, their text, and the ones every Windows knows. */
import type { Va } from '../../units/address.ts';
import { vaAdd } from '../../units/address.ts';
import type { Kernel } from '../kernel.ts';

/** SID (winnt.h): Revision, SubAuthorityCount, IdentifierAuthority[6], SubAuthority[]. */
const REVISION = 1;
const HEADER = 8;
export const MAX_SUB_AUTHORITIES = 15;

export interface Sid {
  readonly authority: number;
  readonly subAuthorities: readonly number[];
}

export const sidLength = (subAuthorities: number): number => HEADER + 4 * subAuthorities;

/** Bytes of the SID at an address, by its own count. */
export const lengthOfSid = (kernel: Kernel, at: Va): number =>
  sidLength(kernel.mmu.u8(vaAdd(at, 1)));

export const isValidSid = (kernel: Kernel, at: Va): boolean =>
  (kernel.mmu.u8(at) & 0xf) === REVISION && kernel.mmu.u8(vaAdd(at, 1)) <= MAX_SUB_AUTHORITIES;

export function readSid(kernel: Kernel, at: Va): Sid {
  const count = kernel.mmu.u8(vaAdd(at, 1));
  const authority = kernel.mmu.readBytes(vaAdd(at, 2), 6).reduce((sum, b) => sum * 256 + b, 0);
  const subAuthorities = Array.from({ length: count }, (_, i) =>
    kernel.mmu.u32(vaAdd(at, HEADER + 4 * i)),
  );
  return { authority, subAuthorities };
}

export function sidText({ authority, subAuthorities }: Sid): string {
  const head =
    authority < 2 ** 32 ? `${authority}` : `0x${authority.toString(16).padStart(12, '0')}`;
  return ['S-1', head, ...subAuthorities].join('-');
}

export function sidBytes(text: string): Uint8Array {
  const [, , authority = '0', ...rest] = text.split('-');
  const view = new DataView(new ArrayBuffer(sidLength(rest.length)));
  view.setUint8(0, REVISION);
  view.setUint8(1, rest.length);
  view.setUint32(4, Number(authority));
  rest.forEach((part, i) => {
    view.setUint32(HEADER + 4 * i, Number(part), true);
  });
  return new Uint8Array(view.buffer);
}

/** By the member of SE_EXPORTS that points to them (ntifs.h); `Sid` and the leading `Se` left out. */
export const WELL_KNOWN_SIDS = {
  Null: 'S-1-0-0',
  World: 'S-1-1-0',
  Local: 'S-1-2-0',
  CreatorOwner: 'S-1-3-0',
  CreatorGroup: 'S-1-3-1',
  NtAuthority: 'S-1-5',
  Dialup: 'S-1-5-1',
  Network: 'S-1-5-2',
  Batch: 'S-1-5-3',
  Interactive: 'S-1-5-4',
  LocalSystem: 'S-1-5-18',
  AliasAdmins: 'S-1-5-32-544',
  AliasUsers: 'S-1-5-32-545',
  AliasGuests: 'S-1-5-32-546',
  AliasPowerUsers: 'S-1-5-32-547',
  AliasAccountOps: 'S-1-5-32-548',
  AliasSystemOps: 'S-1-5-32-549',
  AliasPrintOps: 'S-1-5-32-550',
  AliasBackupOps: 'S-1-5-32-551',
  AuthenticatedUsers: 'S-1-5-11',
  Restricted: 'S-1-5-12',
  AnonymousLogon: 'S-1-5-7',
  LocalService: 'S-1-5-19',
  NetworkService: 'S-1-5-20',
  IUser: 'S-1-5-17',
  UntrustedMandatory: 'S-1-16-0',
  LowMandatory: 'S-1-16-4096',
  MediumMandatory: 'S-1-16-8192',
  HighMandatory: 'S-1-16-12288',
  SystemMandatory: 'S-1-16-16384',
  OwnerRights: 'S-1-3-4',
  AllAppPackages: 'S-1-15-2-1',
  UserModeDrivers: 'S-1-5-84-0-0-0-0-0',
  ProcTrustWinTcb: 'S-1-19-1024-8192',
  TrustedInstaller: 'S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464',
} as const;
