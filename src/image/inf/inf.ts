/** What an INF says that a run needs: hardware ids of its models, and the registry values of each installation. */
import { badImage } from '../../units/errors.ts';
import {
  addKeywordDefaults,
  addNetEntries,
  type InfRegistryValue,
  InfValues,
} from './inf-registry.ts';
import { type InfLine, type InfSections, parseInfText } from './inf-text.ts';
import { modelSections } from './target-os.ts';

export type { InfRegistryValue } from './inf-registry.ts';

export interface InfModel {
  readonly manufacturer: string;
  readonly description: string;
  readonly installSection: string;
  /** Hardware id first, compatible ids behind it. */
  readonly hardwareIds: readonly string[];
}

export interface InfService {
  readonly name: string;
  /** File name of the image that it runs. */
  readonly binary: string;
}

/** Setup class of the devices. */
export interface InfClass {
  readonly name: string;
  readonly guid: string;
}

export interface Inf {
  readonly deviceClass: string;
  /** Nothing when the INF does not give the class's GUID. */
  readonly setupClass: InfClass | undefined;
  readonly provider: string;
  readonly models: readonly InfModel[];
  /** Values that installing this section writes. */
  registryOf(installSection: string): readonly InfRegistryValue[];
  /** Service that the section adds, and the binary it names. */
  serviceOf(installSection: string): InfService | undefined;
}

/** Decorations of a section name in order of preference on x64. */
const DECORATIONS = ['.ntamd64', '.nt', ''];

/** Throws `HostError` (bad-image) for what is no INF. */
export function parseInf(bytes: Uint8Array): Inf {
  const sections = parseInfText(bytes);
  const version = (key: string): string =>
    linesOf(sections, 'version').find((line) => line.key?.toLowerCase() === key)?.fields[0] ?? '';
  const deviceClass = version('class');
  const services = new Map<string, InfService | undefined>();
  return {
    deviceClass,
    setupClass: setupClass(deviceClass, version('classguid')),
    provider: version('provider'),
    models: modelsOf(sections),
    registryOf: (install) => registryOf(sections, install, deviceClass),
    serviceOf(install) {
      if (!services.has(install)) services.set(install, serviceOf(sections, install));
      return services.get(install);
    },
  };
}

const linesOf = (sections: InfSections, name: string): readonly InfLine[] =>
  sections.get(name.toLowerCase()) ?? [];

const GUID = /^\{[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\}$/i;

const setupClass = (name: string, guid: string): InfClass | undefined =>
  GUID.test(guid) ? { name, guid: guid.toUpperCase() } : undefined;

/** Far more than any INF of one vendor's devices. */
const MAX_IDS = 20_000;

function modelsOf(sections: InfSections): InfModel[] {
  const named = new Map<string, string>();
  for (const { key, fields } of linesOf(sections, 'manufacturer')) {
    const [name = '', ...targets] = fields;
    for (const section of modelSections(name === '' ? (key ?? '') : name, targets)) {
      named.set(section.toLowerCase(), key ?? name);
    }
  }
  const models = [...named].flatMap(([section, manufacturer]) =>
    linesOf(sections, section).flatMap(({ key, fields }) => {
      const [installSection = '', ...ids] = fields;
      const hardwareIds = ids.filter((id) => id !== '');
      if (installSection === '' || hardwareIds.length === 0) return [];
      return [{ manufacturer, description: key ?? '', installSection, hardwareIds }];
    }),
  );
  const ids = models.reduce((sum, { hardwareIds }) => sum + hardwareIds.length, 0);
  if (ids > MAX_IDS) throw badImage(`the INF has more than ${MAX_IDS} hardware ids`);
  return models;
}

/** The installation section as Windows on x64 picks it, with a suffix such as `.hw`. */
function installLines(sections: InfSections, install: string, suffix = ''): readonly InfLine[] {
  for (const decoration of DECORATIONS) {
    const name = `${install}${decoration}${suffix}`.toLowerCase();
    if (sections.has(name)) return withNeeds(sections, name);
  }
  return [];
}

/** Far more than any INF nests them. */
const MAX_NEEDS_DEPTH = 32;

/** What the sections that Needs= names say, then the section itself; sections of included INFs are not at hand. */
function withNeeds(sections: InfSections, install: string): readonly InfLine[] {
  const lines: InfLine[] = [];
  const taken = new Set<string>();
  const take = (name: string, depth: number): void => {
    if (taken.has(name)) return;
    if (depth > MAX_NEEDS_DEPTH) throw badImage('the sections of the INF need each other too deep');
    taken.add(name);
    const own = linesOf(sections, name);
    for (const other of directive(own, 'needs')) take(other.toLowerCase(), depth + 1);
    for (const line of own) lines.push(line);
  };
  take(install, 0);
  return lines;
}

const directive = (lines: readonly InfLine[], name: string): readonly string[] =>
  lines.filter((line) => line.key?.toLowerCase() === name).flatMap((line) => line.fields);

function registryOf(
  sections: InfSections,
  install: string,
  deviceClass: string,
): readonly InfRegistryValue[] {
  const values = new InfValues();
  const add = (lines: readonly InfLine[], root: InfRegistryValue['root']): void => {
    const wanted = directive(lines, 'addreg').map((section) => section.toLowerCase());
    for (const section of new Set(wanted)) {
      for (const line of linesOf(sections, section)) values.addLine(line, root);
    }
  };
  const lines = installLines(sections, install);
  if (deviceClass.toLowerCase() === 'net') addNetEntries(values, lines);
  add(lines, 'device');
  add(installLines(sections, install, '.hw'), 'hardware');
  const service = serviceSection(sections, install);
  if (service !== undefined) add(linesOf(sections, service.section), 'service');
  addKeywordDefaults(values);
  return values.all;
}

/** A service's name is that of a registry key and of an object. */
const SERVICE_NAME = /^[^\\/]{1,255}$/;

/** SPSVCINST_ASSOCSERVICE: the service that runs the device; others come along. */
const ASSOCIATED = 0x2;

function serviceSection(sections: InfSections, install: string) {
  const added = installLines(sections, install, '.services').flatMap(({ key, fields }) => {
    const [name = '', flags = '', section = ''] = fields;
    if (key?.toLowerCase() !== 'addservice' || section === '' || !SERVICE_NAME.test(name)) {
      return [];
    }
    return [{ name, section, isAssociated: (Number(flags) & ASSOCIATED) !== 0 }];
  });
  return added.find(({ isAssociated }) => isAssociated) ?? added[0];
}

function serviceOf(sections: InfSections, install: string): InfService | undefined {
  const service = serviceSection(sections, install);
  if (service === undefined) return undefined;
  const [path = ''] = directive(linesOf(sections, service.section), 'servicebinary');
  return { name: service.name, binary: fileNameOf(path) };
}

/** What follows the last separator, and a directory's number such as %12%. */
const fileNameOf = (path: string): string =>
  path.slice(Math.max(path.lastIndexOf('\\'), path.lastIndexOf('/')) + 1).replace(/^%\d+%/, '');
