/** The object namespace: directories, devices and symbolic links, found without regard to case. */
import type { Va } from '../../units/address.ts';
import { type NtStatus, STATUS } from '../../units/status.ts';
import { part } from '../kernel.ts';

export type Named =
  | { readonly kind: 'directory' }
  | { readonly kind: 'link'; readonly target: string }
  | { readonly kind: 'object'; readonly at: Va };

interface Entry {
  /** As it was given, for those who ask. */
  readonly name: string;
  readonly named: Named;
}

export interface Found {
  /** Full name of the entry. */
  readonly name: string;
  readonly named: Named;
  /** What of the path lies beyond it, with its leading backslash; empty for an exact match. */
  readonly rest: string;
}

const DIRECTORIES = [
  '\\Device',
  '\\Driver',
  '\\FileSystem',
  '\\??',
  '\\Callback',
  '\\BaseNamedObjects',
  '\\KernelObjects',
  '\\ObjectTypes',
];
/** Names for one and the same directory in a machine with one session. */
const ALIASES: readonly (readonly [string, string])[] = [
  ['\\dosdevices\\global', '\\??'],
  ['\\??\\global', '\\??'],
  ['\\global??', '\\??'],
  ['\\dosdevices', '\\??'],
];
const MAX_LINKS = 32;

const startsWith = (path: string, prefix: string): boolean =>
  path.length === prefix.length
    ? path.toLowerCase() === prefix
    : path.toLowerCase().startsWith(`${prefix}\\`);

function canonical(path: string): string {
  for (const [alias, name] of ALIASES) {
    if (startsWith(path, alias)) return name + path.slice(alias.length);
  }
  return path;
}

const parentOf = (path: string): string => path.slice(0, path.lastIndexOf('\\'));

export class Namespace {
  readonly #entries = new Map<string, Entry>();

  constructor() {
    for (const name of DIRECTORIES) this.#put(name, { kind: 'directory' });
  }

  /** Adds a name; its directory must exist. */
  insert(path: string, named: Named): NtStatus {
    if (!path.startsWith('\\')) return STATUS.OBJECT_PATH_SYNTAX_BAD;
    const name = canonical(path);
    if (name.endsWith('\\') || name.includes('\\\\')) return STATUS.OBJECT_NAME_INVALID;
    const parent = parentOf(name);
    if (parent !== '' && this.#get(parent)?.named.kind !== 'directory') {
      return STATUS.OBJECT_PATH_NOT_FOUND;
    }
    if (this.#get(name) !== undefined) return STATUS.OBJECT_NAME_COLLISION;
    this.#put(name, named);
    return STATUS.SUCCESS;
  }

  /** False when there is no such name. */
  remove(path: string): boolean {
    return this.#entries.delete(canonical(path).toLowerCase());
  }

  /** The entry of exactly this name; links are not followed. */
  entry(path: string): Named | undefined {
    return this.#get(canonical(path))?.named;
  }

  /** The entry that a path leads to, through links, with what is left of the path behind a device. */
  resolve(path: string): Found | undefined {
    let wanted = canonical(path);
    for (let links = 0; links < MAX_LINKS; links++) {
      const found = this.#longest(wanted);
      if (found === undefined) return undefined;
      if (found.named.kind !== 'link') return found;
      wanted = canonical(found.named.target + found.rest);
    }
    return undefined;
  }

  /** Names and kinds of all entries, in order of insertion. */
  *all(): Generator<readonly [string, Named]> {
    for (const { name, named } of this.#entries.values()) yield [name, named];
  }

  #longest(path: string): Found | undefined {
    let end = path.length;
    while (end > 0) {
      const entry = this.#get(path.slice(0, end));
      const rest = path.slice(end);
      if (entry !== undefined) {
        const { name, named } = entry;
        return named.kind === 'directory' && rest !== '' ? undefined : { name, named, rest };
      }
      end = path.lastIndexOf('\\', end - 1);
    }
    return undefined;
  }

  #get(path: string): Entry | undefined {
    return this.#entries.get(path.toLowerCase());
  }

  #put(name: string, named: Named): void {
    this.#entries.set(name.toLowerCase(), { name, named });
  }
}

export const namespace = part(() => new Namespace());
