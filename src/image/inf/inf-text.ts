/** INF files as sections of fields: encodings, comments, continued lines, quotes and %strings% ("General syntax rules for INF files"). */
import { badImage } from '../../units/errors.ts';

/** One line of a section: `key = field, field` or, without a key, fields alone. */
export interface InfLine {
  readonly key: string | null;
  readonly fields: readonly string[];
}

/** Sections by lower-case name; lines of sections that are spelled twice follow each other. */
export type InfSections = ReadonlyMap<string, readonly InfLine[]>;

const MAX_BYTES = 4 << 20;
const MAX_LINES = 100_000;
const MAX_FIELDS = 500_000;
/** Characters of a line with all that continues it. */
const MAX_LINE = 0x4_0000;
/** Characters that %strings% may add up to, so that a short file stays a small one. */
const MAX_CHARACTERS = 8 << 20;

/** UTF-16 with a byte order mark; anything else byte by byte, as Latin-1 has them. */
function decode(bytes: Uint8Array): string {
  const [first, second, third] = bytes;
  if (first === 0xff && second === 0xfe) return utf16(bytes.subarray(2));
  const isMarked = first === 0xef && second === 0xbb && third === 0xbf;
  return characters(isMarked ? bytes.subarray(3) : bytes);
}

function utf16(bytes: Uint8Array): string {
  const units = new Uint16Array(bytes.length >> 1);
  for (let i = 0; i < units.length; i++) {
    units[i] = (bytes[2 * i] ?? 0) | ((bytes[2 * i + 1] ?? 0) << 8);
  }
  return characters(units);
}

const AT_ONCE = 0x2000;

function characters(units: Uint8Array | Uint16Array): string {
  const parts: string[] = [];
  for (let at = 0; at < units.length; at += AT_ONCE) {
    parts.push(String.fromCharCode(...units.subarray(at, at + AT_ONCE)));
  }
  return parts.join('');
}

/** Quoted text with `""` for a quote, a separator, or anything between. */
const TOKEN = /"(?:[^"]|"")*"?|[;,=]|[^";,=]+/g;

const unquoted = (token: string): string =>
  token.replace(/^"/, '').replace(/"$/, '').replaceAll('""', '"');

/** Cuts a line at commas outside quotes; what lies around a quoted text is nothing. */
function cut(line: string): InfLine {
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
    if (token === ',') fields.push(taken());
    else if (token === '=' && key === null && fields.length === 0) key = taken();
    else if (token.startsWith('"')) quoted = (quoted ?? '') + unquoted(token);
    else plain += token;
  }
  fields.push(taken());
  return { key, fields };
}

/** The line without its comment, which a semicolon outside quotes begins. */
function bare(line: string): string {
  if (!line.includes(';')) return line.trim();
  if (!line.includes('"')) return line.slice(0, line.indexOf(';')).trim();
  let length = 0;
  for (const [token] of line.matchAll(TOKEN)) {
    if (token === ';') break;
    length += token.length;
  }
  return line.slice(0, length).trim();
}

/** Lines with their continuations joined: a backslash ends a line that goes on. */
function* logicalLines(text: string): Generator<string> {
  let held: string[] = [];
  let count = 0;
  let length = 0;
  for (const line of text.split(/\r\n|\r|\n/)) {
    if (++count > MAX_LINES) throw badImage(`the INF has more than ${MAX_LINES} lines`);
    length += line.length;
    if (length > MAX_LINE) throw badImage(`the INF has a line of more than ${MAX_LINE} characters`);
    const content = bare(line);
    if (content.endsWith('\\')) {
      held.push(content.slice(0, -1));
      continue;
    }
    const whole = [...held, content].join('');
    held = [];
    length = 0;
    if (whole !== '') yield whole;
  }
  if (held.length > 0) yield held.join('');
}

/** The name between the brackets of a heading. */
function headingOf(line: string): string | undefined {
  if (!line.startsWith('[')) return undefined;
  const end = line.indexOf(']');
  return end < 0 ? undefined : line.slice(1, end).replaceAll('"', '').trim().toLowerCase();
}

export function parseInfText(bytes: Uint8Array): InfSections {
  if (bytes.length > MAX_BYTES) throw badImage(`the INF has more than ${MAX_BYTES} bytes`);
  const sections = new Map<string, InfLine[]>();
  let current: InfLine[] | undefined;
  let fields = 0;
  for (const text of logicalLines(decode(bytes))) {
    const name = headingOf(text);
    if (name !== undefined) {
      current = sections.get(name) ?? [];
      sections.set(name, current);
    } else if (current === undefined) {
      throw badImage('the INF does not begin with a section');
    } else {
      const line = cut(text);
      fields += line.fields.length;
      if (fields > MAX_FIELDS) throw badImage(`the INF has more than ${MAX_FIELDS} fields`);
      current.push(line);
    }
  }
  if (!sections.has('version')) throw badImage('the INF has no [Version] section');
  return substitute(sections);
}

/** [Strings], and where it leaves a name out the one of American English. */
function stringsOf(sections: InfSections): ReadonlyMap<string, string> {
  const strings = new Map<string, string>();
  for (const section of ['strings.0409', 'strings']) {
    for (const { key, fields } of sections.get(section) ?? []) {
      if (key !== null) strings.set(key.toLowerCase(), fields[0] ?? '');
    }
  }
  return strings;
}

/** Puts in the values of [Strings] for %name%; `%%` is a per cent sign; unknown names stay. */
function substitute(sections: InfSections): InfSections {
  const strings = stringsOf(sections);
  let left = MAX_CHARACTERS;
  const replacement = (whole: string, name: string): string => {
    if (name === '') return '%';
    const value = strings.get(name.toLowerCase()) ?? whole;
    left -= value.length;
    if (left < 0) throw badImage(`the INF's strings add up to more than ${MAX_CHARACTERS}`);
    return value;
  };
  const replace = (text: string): string =>
    text.includes('%') ? text.replace(/%([^%]*)%/g, replacement) : text;
  const replaced = new Map<string, readonly InfLine[]>();
  for (const [name, lines] of sections) {
    const changed = lines.map(({ key, fields }) => ({
      key: key === null ? null : replace(key),
      fields: fields.map(replace),
    }));
    replaced.set(name, name.startsWith('strings') ? lines : changed);
  }
  return replaced;
}
