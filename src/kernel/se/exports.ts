/** SeExports: a pointer to the privileges and SIDs that drivers build descriptors from (ntifs.h, Windows 10). */
import { type Va, vaAdd } from '../../units/address.ts';
import { allocateForKernel } from '../ex/pool.ts';
import type { Kernel } from '../kernel.ts';
import { dataExport } from '../service.ts';
import { sidBytes, WELL_KNOWN_SIDS } from './sid.ts';

type SidName = keyof typeof WELL_KNOWN_SIDS;

/** SE_EXPORTS in order: a number is the low part of a privilege's LUID, a name is a SID. */
const MEMBERS: readonly (number | SidName)[] = [
  ...[2, 3, 4, 5, 6, 7, 8, 9, 10, 15, 14, 11, 12, 13, 16, 17, 18, 19, 20, 21, 22, 23, 24],
  'Null',
  'World',
  'Local',
  'CreatorOwner',
  'CreatorGroup',
  'NtAuthority',
  'Dialup',
  'Network',
  'Batch',
  'Interactive',
  'LocalSystem',
  'AliasAdmins',
  'AliasUsers',
  'AliasGuests',
  'AliasPowerUsers',
  'AliasAccountOps',
  'AliasSystemOps',
  'AliasPrintOps',
  'AliasBackupOps',
  'AuthenticatedUsers',
  'Restricted',
  'AnonymousLogon',
  ...[25, 26, 27],
  'LocalService',
  'NetworkService',
  ...[28, 29, 30, 31, 32, 33, 34, 35],
  'IUser',
  'UntrustedMandatory',
  'LowMandatory',
  'MediumMandatory',
  'HighMandatory',
  'SystemMandatory',
  'OwnerRights',
  'AllAppPackages',
  'UserModeDrivers',
  'ProcTrustWinTcb',
  'TrustedInstaller',
  36,
];

function placeSid(kernel: Kernel, name: SidName): Va {
  const bytes = sidBytes(WELL_KNOWN_SIDS[name]);
  const at = allocateForKernel(kernel, bytes.length, 'SeSi');
  kernel.mmu.writeBytes(at, bytes);
  return at;
}

export const SeExports = dataExport({
  name: 'SeExports',
  bytes: 8,
  doc: 'ntifs.h',
  initialise(kernel, at) {
    const table = allocateForKernel(kernel, MEMBERS.length * 8, 'SeEx');
    MEMBERS.forEach((member, i) => {
      const value = typeof member === 'number' ? BigInt(member) : placeSid(kernel, member);
      kernel.mmu.write(vaAdd(table, i * 8), 8, value);
    });
    kernel.physical.write(kernel.mmu.translate(at, 'read'), 8, table);
  },
});
