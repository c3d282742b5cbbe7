/** The one token there is: drivers and the callers of the scenario run as an elevated administrator. */
import { allocateForKernel } from '../ex/pool.ts';
import { part } from '../kernel.ts';
import { WELL_KNOWN_SIDS } from './sid.ts';

const TOKEN_BYTES = 64;

/** An opaque object; its address is all that drivers handle. */
export const primaryToken = part((kernel) => ({
  at: allocateForKernel(kernel, TOKEN_BYTES, 'Toke'),
}));

/** SIDs of a user-mode caller. */
export const TOKEN_SIDS: ReadonlySet<string> = new Set([
  WELL_KNOWN_SIDS.World,
  WELL_KNOWN_SIDS.Local,
  WELL_KNOWN_SIDS.Interactive,
  WELL_KNOWN_SIDS.AuthenticatedUsers,
  WELL_KNOWN_SIDS.AliasAdmins,
  WELL_KNOWN_SIDS.AliasUsers,
  WELL_KNOWN_SIDS.HighMandatory,
]);
