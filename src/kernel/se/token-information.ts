/** What the token answers to each TOKEN_INFORMATION_CLASS (winnt.h). */
import { type Va, vaAdd } from '../../units/address.ts';
import { sidBytes, WELL_KNOWN_SIDS } from './sid.ts';
import { TOKEN_SIDS } from './token.ts';

/** The built-in Administrator of a machine whose own SID is the example of "SID Components". */
const USER = 'S-1-5-21-1004336348-1177238915-682003330-500';

const SE_GROUP_MANDATORY = 0x7;
const SE_GROUP_OWNER = 0x8;
const SE_GROUP_INTEGRITY = 0x60;

const attributesOf = (sid: string): number => {
  if (sid === WELL_KNOWN_SIDS.HighMandatory) return SE_GROUP_INTEGRITY;
  return SE_GROUP_MANDATORY | (sid === WELL_KNOWN_SIDS.AliasAdmins ? SE_GROUP_OWNER : 0);
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

type Answer = (at: Va) => Uint8Array;

const TOKEN_PRIMARY = 1;
const SECURITY_ANONYMOUS = 0;
const CONSOLE_SESSION = 1;
const TOKEN_ELEVATION_TYPE_DEFAULT = 1;
const ELEVATED = 1;

const ANSWERS: ReadonlyMap<number, Answer> = new Map<number, Answer>([
  [1, (at) => sidArray(at, 0, [{ sid: USER, attributes: 0 }])],
  [2, groups],
  [4, (at) => sidPointer(at, WELL_KNOWN_SIDS.AliasAdmins)],
  [5, (at) => sidPointer(at, WELL_KNOWN_SIDS.AliasUsers)],
  [8, () => number(TOKEN_PRIMARY)],
  [9, () => number(SECURITY_ANONYMOUS)],
  [12, () => number(CONSOLE_SESSION)],
  [18, () => number(TOKEN_ELEVATION_TYPE_DEFAULT)],
  [20, () => number(ELEVATED)],
  [
    25,
    (at) =>
      sidArray(at, 0, [{ sid: WELL_KNOWN_SIDS.HighMandatory, attributes: SE_GROUP_INTEGRITY }]),
  ],
]);

/** The bytes for a buffer at `at`, or nothing for a class that is not modelled. */
export const tokenInformation = (informationClass: number, at: Va): Uint8Array | undefined =>
  ANSWERS.get(informationClass)?.(at);
