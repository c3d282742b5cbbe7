/** What the token answers to each TOKEN_INFORMATION_CLASS (winnt.h). */
import { type Va, vaAdd } from '../../units/address.ts';
import { sidBytes, WELL_KNOWN_SIDS } from './sid.ts';
import { TOKEN_SIDS } from './token.ts';

/** The built-in Administrator of a machine whose own SID is the example of "SID Components". */
const USER = 'S-1-5-21-1004336348-1177238915-682003330-500';

/** SE_GROUP_MANDATORY, SE_GROUP_ENABLED_BY_DEFAULT and SE_GROUP_ENABLED. */
const ENABLED = 0x1 | 0x2 | 0x4;
const SE_GROUP_OWNER = 0x8;
/** SE_GROUP_INTEGRITY and SE_GROUP_INTEGRITY_ENABLED. */
const INTEGRITY = 0x20 | 0x40;

const attributesOf = (sid: string): number => {
  if (sid === WELL_KNOWN_SIDS.HighMandatory) return INTEGRITY;
  return ENABLED | (sid === WELL_KNOWN_SIDS.AliasAdmins ? SE_GROUP_OWNER : 0);
};

const SID_AND_ATTRIBUTES_BYTES = 16;

interface Entry {
  readonly sid: string;
  readonly attributes: number;
}

/** `header` bytes, an array of SID_AND_ATTRIBUTES, then the SIDs they point to, for a buffer at `at`. */
function sidArray(at: Va, header: number, entries: readonly Entry[]): Uint8Array {
  const sids = entries.map(({ sid }) => sidBytes(sid));
  const first = header + entries.length * SID_AND_ATTRIBUTES_BYTES;
  const out = new Uint8Array(sids.reduce((sum, sid) => sum + sid.length, first));
  const view = new DataView(out.buffer);
  let next = first;
  entries.forEach(({ attributes }, i) => {
    const sid = sids[i] ?? new Uint8Array();
    const entry = header + i * SID_AND_ATTRIBUTES_BYTES;
    view.setBigUint64(entry, vaAdd(at, next), true);
    view.setUint32(entry + 8, attributes, true);
    out.set(sid, next);
    next += sid.length;
  });
  return out;
}

function groups(at: Va): Uint8Array {
  const entries = [...TOKEN_SIDS].map((sid) => ({ sid, attributes: attributesOf(sid) }));
  const out = sidArray(at, 8, entries);
  new DataView(out.buffer).setUint32(0, entries.length, true);
  return out;
}

/** One pointer to a SID behind it: TOKEN_OWNER and TOKEN_PRIMARY_GROUP. */
function sidPointer(at: Va, sid: string): Uint8Array {
  const bytes = sidBytes(sid);
  const out = new Uint8Array(8 + bytes.length);
  new DataView(out.buffer).setBigUint64(0, vaAdd(at, 8), true);
  out.set(bytes, 8);
  return out;
}

function number(value: number): Uint8Array {
  const out = new Uint8Array(4);
  new DataView(out.buffer).setUint32(0, value, true);
  return out;
}

/** TOKEN_INFORMATION_CLASS. */
export const TOKEN_CLASS = {
  TokenUser: 1,
  TokenGroups: 2,
  TokenOwner: 4,
  TokenPrimaryGroup: 5,
  TokenType: 8,
  TokenImpersonationLevel: 9,
  TokenSessionId: 12,
  TokenElevationType: 18,
  TokenElevation: 20,
  TokenIntegrityLevel: 25,
} as const;

const TOKEN_PRIMARY = 1;
const CONSOLE_SESSION = 1;
const TOKEN_ELEVATION_TYPE_DEFAULT = 1;
const ELEVATED = 1;

const INTEGRITY_LEVEL: Entry = { sid: WELL_KNOWN_SIDS.HighMandatory, attributes: INTEGRITY };

type Answer = (at: Va) => Uint8Array;

const ANSWERS: ReadonlyMap<number, Answer> = new Map<number, Answer>([
  [TOKEN_CLASS.TokenUser, (at) => sidArray(at, 0, [{ sid: USER, attributes: 0 }])],
  [TOKEN_CLASS.TokenGroups, groups],
  [TOKEN_CLASS.TokenOwner, (at) => sidPointer(at, WELL_KNOWN_SIDS.AliasAdmins)],
  [TOKEN_CLASS.TokenPrimaryGroup, (at) => sidPointer(at, WELL_KNOWN_SIDS.AliasUsers)],
  [TOKEN_CLASS.TokenType, () => number(TOKEN_PRIMARY)],
  [TOKEN_CLASS.TokenSessionId, () => number(CONSOLE_SESSION)],
  [TOKEN_CLASS.TokenElevationType, () => number(TOKEN_ELEVATION_TYPE_DEFAULT)],
  [TOKEN_CLASS.TokenElevation, () => number(ELEVATED)],
  [TOKEN_CLASS.TokenIntegrityLevel, (at) => sidArray(at, 0, [INTEGRITY_LEVEL])],
]);

/** The bytes for a buffer at `at`, or nothing for a class that is not modelled. */
export const tokenInformation = (informationClass: number, at: Va): Uint8Array | undefined =>
  ANSWERS.get(informationClass)?.(at);
