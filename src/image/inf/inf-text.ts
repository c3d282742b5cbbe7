/** INF files as sections of fields: encodings, comments, continued lines, quotes and %strings% ("General syntax rules for INF files"). */
import { badImage } from '../../units/errors.ts';

/** One line of a section: `key = field, field` or, without a key, fields alone. */
export interface InfLine {
  readonly key: string | null;
  readonly fields: readonly string[];
}

/** Sections by lower-case name; lines of sections that are spelled twice follow each other. */
export type InfSections = ReadonlyMap<string, readonly InfLine[]>;

const MAX_BYTES = 4 * 1024 * 1024;
const MAX_LINES = 100_000;

/** UTF-16 with a byte order mark, UTF-8 with one, or Windows-1252 taken as Latin-1. */
function decode(bytes: Uint8Array): string {
  const [first, second, third] = bytes;
  if (first === 0xff && second === 0xfe) return utf16(bytes.subarray(2));
  const text = first === 0xef && second === 0xbb && third === 0xbf ? bytes.subarray(3) : bytes;
  let out = '';
  for (const byte of text) out += String.fromCharCode(byte);
  return out;
}

function utf16(bytes: Uint8Array): string {
  let out = '';
  for (let i = 0; i + 1 < bytes.length; i += 2) {
    out += String.fromCharCode((bytes[i] ?? 0) | ((bytes[i + 1] ?? 0) << 8));
  }
  return out;
}

/** Quoted text with `""` for a quote, a separator, or anything between. */
const TOKEN = /"(?:[^"]|"")*"?|[;,=]|[^";,=]+/g;

const unquoted = (token: string): string =>
  token.replace(/^"/, '').replace(/"$/, '').replaceAll('""', '"');

/** Cuts a line at its comment and at commas outside quotes; what lies around a quoted text is nothing. */
function cut(line: string): { readonly key: string | null; readonly fields: string[] } {
  let key: string | null = null;
  const fields: string[] = [];
  let plain = '';
  let quoted: string | null = null;
  const taken = (): string => {
    const text = quoted ?? plain.trim();
    plain = '';
    quoted = null;
    return text;
  };
  for (const [token] of line.matchAll(TOKEN)) {
    if (token === ';') break;
    if (token === ',') fields.push(taken());
    else if (token === '=' && key === null && fields.length === 0) key = taken();
    else if (token.startsWith('"')) quoted = (quoted ?? '') + unquoted(token);
    else plain += token;
  }
  fields.push(taken());
  return { key, fields };
}

/** Lines with their continuations joined: a backslash ends a line that goes on. */
function* logicalLines(text: string): Generator<string> {
  let held = '';
  let count = 0;
  for (const line of text.split(/\r\n|\r|\n/)) {
    if (++count > MAX_LINES) throw badImage(`the INF has more than ${MAX_LINES} lines`);
    const joined = held + line.trim();
    const bare = joined.replace(/;.*$/, '').trimEnd();
    if (bare.endsWith('\\') && !joined.startsWith(';')) {
      held = bare.slice(0, -1);
      continue;
    }
    held = '';
    if (joined !== '' && !joined.startsWith(';')) yield joined;
  }
  if (held !== '') yield held;
}

const HEADING = /^\[\s*("?)([^\]"]+)\1\s*\]/;

export function parseInfText(bytes: Uint8Array): InfSections {
  if (bytes.length > MAX_BYTES) throw badImage(`the INF has more than ${MAX_BYTES} bytes`);
  const sections = new Map<string, InfLine[]>();
  let current: InfLine[] | undefined;
  for (const line of logicalLines(decode(bytes))) {
    const heading = HEADING.exec(line);
    if (heading !== null) {
      const name = (heading[2] ?? '').trim().toLowerCase();
      current = sections.get(name) ?? [];
      sections.set(name, current);
    } else if (current === undefined) {
      throw badImage('the INF does not begin with a section');
    } else current.push(cut(line));
  }
  if (!sections.has('version')) throw badImage('the INF has no [Version] section');
  return substitute(sections);
}

/** Puts in the values of [Strings] for %name%; `%%` is a per cent sign; unknown names stay. */
function substitute(sections: ReadonlyMap<string, readonly InfLine[]>): InfSections {
  const strings = new Map<string, string>();
  for (const { key, fields } of sections.get('strings') ?? []) {
    if (key !== null) strings.set(key.toLowerCase(), fields[0] ?? '');
  }
  const replace = (text: string): string =>
    text.replace(/%([^%]*)%/g, (whole, name: string) =>
      name === '' ? '%' : (strings.get(name.toLowerCase()) ?? whole),
    );
  const replaced = new Map<string, readonly InfLine[]>();
  for (const [name, lines] of sections) {
    const changed = lines.map(({ key, fields }) => ({
      key: key === null ? null : replace(key),
      fields: fields.map(replace),
    }));
    replaced.set(name, name === 'strings' ? lines : changed);
  }
  return replaced;
}
