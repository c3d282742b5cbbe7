/** Registry values that an INF's AddReg sections write, and what installing a network adapter makes of them. */
import { badImage } from '../../units/errors.ts';
import type { InfLine } from './inf-text.ts';

/** One AddReg line, its root resolved to where the value lives. */
export interface InfRegistryValue {
  /** `device`: the software (driver) key of HKR in DDInstall; `hardware`: DDInstall.HW; `service`: the service's key. */
  readonly root: 'device' | 'hardware' | 'service' | 'machine';
  /** Path below the root, empty for the root itself. */
  readonly subkey: string;
  readonly name: string;
  readonly type: 'REG_SZ' | 'REG_EXPAND_SZ' | 'REG_MULTI_SZ' | 'REG_DWORD' | 'REG_BINARY';
  /** Text, numbers in text, or bytes in text, as the INF has them. */
  readonly values: readonly string[];
}

/** FLG_ADDREG_xxx (setupapi.h). */
const NOCLOBBER = 0x2;
const DELETE = 0x4;
const KEYONLY = 0x10;
const OVERWRITEONLY = 0x20;
const TYPES: ReadonlyMap<number, InfRegistryValue['type']> = new Map([
  [0x0, 'REG_SZ'],
  [0x1, 'REG_BINARY'],
  [0x1_0000, 'REG_MULTI_SZ'],
  [0x1_0001, 'REG_DWORD'],
  [0x2_0000, 'REG_EXPAND_SZ'],
]);
const TYPE_MASK = 0xffff_0001;

/** Limits of the registry (in characters), and of what one installation may write. */
const MAX_KEY_NAME = 255;
const MAX_VALUE_NAME = 16_383;
const MAX_KEY_DEPTH = 32;
const MAX_VALUES = 20_000;

/** Values by place, the last one written to each winning. */
export class InfValues {
  readonly #values = new Map<string, InfRegistryValue>();

  get all(): readonly InfRegistryValue[] {
    return [...this.#values.values()];
  }

  has(value: Pick<InfRegistryValue, 'root' | 'subkey' | 'name'>): boolean {
    return this.#values.has(placeOf(value));
  }

  /** Adds the value of a line of an AddReg section; lines that write none are passed over. */
  addLine(line: InfLine, relative: InfRegistryValue['root']): void {
    const written = registryValue(line, relative);
    if (written === undefined) return;
    const { value, flags } = written;
    const isThere = this.has(value);
    if ((flags & NOCLOBBER) !== 0 && isThere) return;
    if ((flags & OVERWRITEONLY) !== 0 && !isThere) return;
    this.add(value);
  }

  add(value: InfRegistryValue): void {
    this.#values.set(placeOf(value), value);
    if (this.#values.size > MAX_VALUES) {
      throw badImage(`the INF writes more than ${MAX_VALUES} registry values`);
    }
  }
}

const placeOf = ({ root, subkey, name }: Pick<InfRegistryValue, 'root' | 'subkey' | 'name'>) =>
  `${root}\n${subkey}\n${name}`.toUpperCase();

function registryValue(line: InfLine, relative: InfRegistryValue['root']) {
  const [first = '', ...others] = line.fields;
  const fields = line.key === null ? line.fields : [`${line.key}=${first}`, ...others];
  const [rootName = '', path = '', name = '', flagText = '', ...values] = fields;
  const flags = flagText === '' ? 0 : Number(flagText);
  const type = TYPES.get((flags & TYPE_MASK) >>> 0);
  const writesNone = (flags & (KEYONLY | DELETE)) !== 0 || (name === '' && values.length === 0);
  if (Number.isNaN(flags) || writesNone || type === undefined) return undefined;
  const root = rootOf(rootName, relative);
  if (root === undefined) return undefined;
  return { value: { root, subkey: subkeyOf(path, name), name, type, values }, flags };
}

function rootOf(
  name: string,
  relative: InfRegistryValue['root'],
): InfRegistryValue['root'] | undefined {
  if (/^HKR$/i.test(name)) return relative;
  return /^HKLM$/i.test(name) ? 'machine' : undefined;
}

function subkeyOf(path: string, name: string): string {
  const keys = path.split('\\').filter((key) => key !== '');
  if (keys.length > MAX_KEY_DEPTH) {
    throw badImage(`the INF names a registry key more than ${MAX_KEY_DEPTH} keys down`);
  }
  if (name.length > MAX_VALUE_NAME || keys.some((key) => key.length > MAX_KEY_NAME)) {
    throw badImage('the INF names a registry key or value longer than the registry allows');
  }
  return keys.join('\\');
}

const KEYWORD = /^Ndi\\Params\\([^\\]+)$/i;
const isOn = ({ values }: InfRegistryValue): boolean => Number(values[0]) === 1;

/**
 * Gives every keyword below Ndi\Params that AddReg leaves out its default; optional ones stay out
 * ("Specifying Configuration Parameters for the Advanced Properties Page").
 */
export function addKeywordDefaults(values: InfValues): void {
  const written = values.all.filter(({ root }) => root === 'device');
  const keywordsWith = (name: string): (readonly [keyword: string, value: InfRegistryValue])[] =>
    written.flatMap((value) => {
      const keyword = KEYWORD.exec(value.subkey)?.[1];
      return keyword === undefined || value.name.toLowerCase() !== name ? [] : [[keyword, value]];
    });
  const optional = new Set(
    keywordsWith('optional').flatMap(([keyword, value]) =>
      isOn(value) ? [keyword.toLowerCase()] : [],
    ),
  );
  for (const [name, { values: given }] of keywordsWith('default')) {
    const value = { root: 'device', subkey: '', name, type: 'REG_SZ', values: given } as const;
    if (!values.has(value) && !optional.has(name.toLowerCase())) values.add(value);
  }
}

/** Entries of a network adapter's DDInstall section that become values of its key ("INF DDInstall Section"). */
const NET_ENTRIES: ReadonlyMap<string, InfRegistryValue['type']> = new Map([
  ['characteristics', 'REG_DWORD'],
  ['bustype', 'REG_SZ'],
  ['*iftype', 'REG_DWORD'],
  ['*mediatype', 'REG_DWORD'],
  ['*physicalmediatype', 'REG_DWORD'],
]);

export function addNetEntries(values: InfValues, install: readonly InfLine[]): void {
  for (const { key, fields } of install) {
    const type = NET_ENTRIES.get(key?.toLowerCase() ?? '');
    if (key === null || type === undefined) continue;
    values.add({ root: 'device', subkey: '', name: key, type, values: fields.slice(0, 1) });
  }
}
