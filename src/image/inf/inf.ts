/** What an INF says that a run needs: hardware ids of its models, and the registry values of each installation. */
import { type InfLine, type InfSections, parseInfText } from './inf-text.ts';

export interface InfModel {
  readonly description: string;
  readonly installSection: string;
  readonly hardwareIds: readonly string[];
}

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

export interface Inf {
  readonly deviceClass: string;
  readonly provider: string;
  readonly models: readonly InfModel[];
  /** Values that installing this section writes. */
  registryOf(installSection: string): readonly InfRegistryValue[];
  /** Service that the section adds, and the binary it names. */
  serviceOf(installSection: string): { readonly name: string; readonly binary: string } | undefined;
}

/** Decorations of a section name in order of preference on x64. */
const DECORATIONS = ['.ntamd64', '.nt', ''];

export function parseInf(bytes: Uint8Array): Inf {
  const sections = parseInfText(bytes);
  const valueIn = (section: string, key: string): string =>
    linesOf(sections, section).find((line) => line.key?.toLowerCase() === key)?.fields[0] ?? '';
  return {
    deviceClass: valueIn('version', 'class'),
    provider: valueIn('version', 'provider'),
    models: modelsOf(sections),
    registryOf: (install) => registryOf(sections, install),
    serviceOf: (install) => serviceOf(sections, install),
  };
}

const linesOf = (sections: InfSections, name: string): readonly InfLine[] =>
  sections.get(name.toLowerCase()) ?? [];

function modelsOf(sections: InfSections): InfModel[] {
  const models: InfModel[] = [];
  for (const { key, fields } of linesOf(sections, 'manufacturer')) {
    const [name = key ?? '', ...targets] = fields;
    const wanted = targets.filter((target) => /^ntamd64/i.test(target));
    const names = wanted.length > 0 ? wanted.map((target) => `${name}.${target}`) : [name];
    for (const section of new Set(names)) {
      for (const line of linesOf(sections, section)) {
        const [installSection = '', ...hardwareIds] = line.fields;
        if (hardwareIds.length === 0) continue;
        models.push({ description: line.key ?? '', installSection, hardwareIds });
      }
    }
  }
  return models;
}

/** The installation section as Windows on x64 picks it, with a suffix such as `.hw`. */
function installLines(sections: InfSections, install: string, suffix = ''): readonly InfLine[] {
  for (const decoration of DECORATIONS) {
    const name = `${install}${decoration}${suffix}`.toLowerCase();
    const found = sections.get(name);
    if (found !== undefined) return found;
  }
  return [];
}

const directive = (lines: readonly InfLine[], name: string): readonly string[] =>
  lines.filter((line) => line.key?.toLowerCase() === name).flatMap((line) => line.fields);

function registryOf(sections: InfSections, install: string): InfRegistryValue[] {
  const values: InfRegistryValue[] = [];
  const add = (lines: readonly InfLine[], root: InfRegistryValue['root']): void => {
    for (const section of directive(lines, 'addreg')) {
      for (const line of linesOf(sections, section)) {
        const value = registryValue(line, root);
        if (value !== undefined) values.push(value);
      }
    }
  };
  add(installLines(sections, install), 'device');
  add(installLines(sections, install, '.hw'), 'hardware');
  const service = serviceSection(sections, install);
  if (service !== undefined) add(linesOf(sections, service.section), 'service');
  return values;
}

function serviceSection(sections: InfSections, install: string) {
  for (const line of installLines(sections, install, '.services')) {
    const [name, , section] = line.fields;
    if (line.key?.toLowerCase() === 'addservice' && name && section) return { name, section };
  }
  return undefined;
}

function serviceOf(sections: InfSections, install: string) {
  const service = serviceSection(sections, install);
  if (service === undefined) return undefined;
  const lines = linesOf(sections, service.section);
  const binary = directive(lines, 'servicebinary')[0] ?? '';
  return { name: service.name, binary: binary.replace(/^.*[\\/]/, '').replace(/^%\d+%/, '') };
}

/** FLG_ADDREG_xxx (setupapi.h). */
const KEYONLY = 0x10;
const DELETE = 0x4;
const TYPES: ReadonlyMap<number, InfRegistryValue['type']> = new Map([
  [0x0, 'REG_SZ'],
  [0x1, 'REG_BINARY'],
  [0x1_0000, 'REG_MULTI_SZ'],
  [0x1_0001, 'REG_DWORD'],
  [0x2_0000, 'REG_EXPAND_SZ'],
]);
const TYPE_MASK = 0xffff_0001;

function registryValue(line: InfLine, relative: InfRegistryValue['root']) {
  const fields =
    line.key === null
      ? line.fields
      : [`${line.key}=${line.fields[0] ?? ''}`, ...line.fields.slice(1)];
  const [rootName = '', subkey = '', name = '', flagText = '0', ...values] = fields;
  const flags = Number(flagText === '' ? '0' : flagText);
  const type = TYPES.get((flags & TYPE_MASK) >>> 0);
  if (Number.isNaN(flags) || (flags & (KEYONLY | DELETE)) !== 0 || type === undefined)
    return undefined;
  const root = rootName.toUpperCase();
  if (root === 'HKR') return { root: relative, subkey, name, type, values };
  if (root === 'HKLM') return { root: 'machine' as const, subkey, name, type, values };
  return undefined;
}
