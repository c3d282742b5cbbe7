/** Hardware and registry as the driver's INF has them: which model its ids name, what installing it leaves. */

import type { PciIdentity } from '../bus/function-spec.ts';
import { identityOf, isHardwareId, matchRank } from '../bus/hardware-ids.ts';
import { blankFor } from '../devices/blank.ts';
import type { DeviceModel } from '../devices/device.ts';
import { deviceForHardwareId, deviceNamed } from '../devices/registry.ts';
import { type Inf, type InfModel, type InfRegistryValue, parseInf } from '../image/inf/inf.ts';
import { driverValues } from '../kernel/io/pnp/installation.ts';
import type { Installation } from '../kernel/io/pnp/nodes.ts';
import type { NewNode } from '../kernel/io/pnp/pnp-manager.ts';
import type { InstalledValue } from '../kernel/kernel.ts';
import type { InstalledFacts } from './options.ts';

/** What the device manager knows of a device before its driver hears of it. */
export type DeviceSetup = Pick<NewNode, 'messages' | 'installation'>;

export interface Hardware {
  /** Nothing for a device that is software alone. */
  readonly device: DeviceModel | null;
  /** Where the INF names another subsystem or revision than the model's. */
  readonly identity: Partial<PciIdentity>;
  readonly setup: DeviceSetup;
  /** Values of the service and the machine. */
  readonly installed: readonly InstalledValue[];
  /** Service that runs the driver. */
  readonly service: string;
  readonly facts: InstalledFacts | null;
}

/** A hardware id of the INF, and the model whose installation it leads to. */
interface Match {
  readonly model: InfModel;
  readonly id: string;
}

/** A device with the id of the INF that it answers to. */
interface Choice {
  readonly device: DeviceModel | null;
  readonly identity: Partial<PciIdentity>;
  readonly match: Match | undefined;
  /** No model is this hardware. */
  readonly isStandIn: boolean;
}

export interface Wanted {
  /** What the user chose; null for no hardware. */
  readonly device: DeviceModel | null | undefined;
  /** What the framework's drivers run on when nothing says otherwise. */
  readonly usual: string;
  readonly fileName: string;
  readonly inf: Uint8Array | undefined;
}

/**
 * The device given, else the one that the INF names, else a blank one with its ids, else none for one that
 * is software alone, else the usual one.
 */
export function hardwareFor({ device: given, usual, fileName, inf: bytes }: Wanted): Hardware {
  const baseName = fileName.replace(/\.[^.]*$/, '');
  if (bytes === undefined) {
    const device = given === undefined ? deviceNamed(usual) : given;
    return { device, identity: {}, setup: {}, installed: [], service: baseName, facts: null };
  }
  const inf = parseInf(bytes);
  const matches = matchesFor(inf, fileName);
  const choice = given === undefined ? namedBy(inf, matches, usual) : givenBy(given, matches);
  const { match, device, identity } = choice;
  const values = match === undefined ? [] : inf.registryOf(match.model.installSection);
  const service =
    match === undefined ? baseName : (inf.serviceOf(match.model.installSection)?.name ?? baseName);
  return {
    device,
    identity,
    setup: {
      messages: messagesOf(values, device),
      installation: match === undefined ? null : installationOf(inf, match, values),
    },
    installed: driverValues(service, fileName, values),
    service,
    facts: {
      hardwareId: match?.id ?? null,
      section: match?.model.installSection ?? null,
      isStandIn: choice.isStandIn,
    },
  };
}

/** Ids whose service runs this image; all of them when the INF knows it under another name. */
function matchesFor(inf: Inf, fileName: string): readonly Match[] {
  const all = inf.models.flatMap((model) => model.hardwareIds.map((id) => ({ model, id })));
  const own = all.filter(({ model }) => {
    const binary = inf.serviceOf(model.installSection)?.binary;
    return binary?.toLowerCase() === fileName.toLowerCase();
  });
  return own.length > 0 ? own : all;
}

/** The closest of the INF's ids for the user's device; without any, its first. */
function givenBy(device: DeviceModel | null, matches: readonly Match[]): Choice {
  if (device === null) return withoutHardware(matches[0]);
  const ranked = matches.flatMap((match) => {
    const rank = matchRank(device.identity, match.id);
    return rank === undefined ? [] : [{ match, rank }];
  });
  const closest = ranked.sort((a, b) => a.rank - b.rank)[0]?.match;
  return { device, identity: {}, match: closest ?? matches[0], isStandIn: false };
}

/** A device that has one of the ids is better than one of the same chip; a blank one is the last resort. */
function namedBy(inf: Inf, matches: readonly Match[], usual: string): Choice {
  const found = matches.flatMap((match) => {
    const device = deviceForHardwareId(match.id);
    return device === undefined ? [] : [{ device, match }];
  });
  const exact = found.find(
    ({ device, match }) => matchRank(device.identity, match.id) !== undefined,
  );
  if (exact !== undefined) return { ...exact, identity: {}, isStandIn: false };
  const [sameChip] = found;
  if (sameChip !== undefined) {
    return { ...sameChip, identity: variantOf(sameChip), isStandIn: false };
  }
  const unknown = matches.find(({ id }) => isHardwareId(id));
  if (unknown !== undefined) {
    const device = standInFor(inf, unknown);
    return { device, identity: {}, match: unknown, isStandIn: true };
  }
  const software = matches.find((match) => isSoftware(inf, match));
  if (software !== undefined) return withoutHardware(software);
  return { device: deviceNamed(usual), identity: {}, match: matches[0], isStandIn: false };
}

const withoutHardware = (match: Match | undefined): Choice => ({
  device: null,
  identity: {},
  match,
  isStandIn: false,
});

/** Ids below the root bus or of software devices; one without a bus only somebody who installs by hand gives. */
const SOFTWARE_ID = /^(?:(?:ROOT|SW|SWD)\\|[^\\*]+$)/i;
/** Characteristics of a network adapter that is no hardware ("INF DDInstall Section"). */
const NCF_VIRTUAL = 0x1;

function isSoftware(inf: Inf, { id, model }: Match): boolean {
  if (SOFTWARE_ID.test(id)) return true;
  const characteristics = inf
    .registryOf(model.installSection)
    .find(({ root, name }) => root === 'device' && name.toLowerCase() === 'characteristics');
  return (Number(characteristics?.values[0] ?? 0) & NCF_VIRTUAL) !== 0;
}

/** What the id says of subsystem and revision; the rest is the model's own. */
function variantOf({ device, match: { id } }: { device: DeviceModel; match: Match }) {
  const { subsystemId, subsystemVendorId, revision } = identityOf(id);
  return {
    ...(/&SUBSYS_/i.test(id) && { subsystemId, subsystemVendorId }),
    revision: /&REV_/i.test(id) ? revision : device.identity.revision,
  };
}

/** Messages of a device of which only its INF is known, which asks for them without a number. */
const UNKNOWN_MESSAGES = 1;

function standInFor(inf: Inf, { id, model }: Match): DeviceModel {
  const wish = messageWish(inf.registryOf(model.installSection));
  const most = MSI_MESSAGES.findLast((count) => count <= (wish.most ?? UNKNOWN_MESSAGES));
  return blankFor(id, { messages: wish.isSupported ? (most ?? 0) : 0 });
}

/** What an MSI capability can ask for. */
const MSI_MESSAGES = [1, 2, 4, 8, 16, 32];

const installationOf = (
  { provider, setupClass }: Inf,
  { model, id }: Match,
  values: readonly InfRegistryValue[],
): Installation => ({
  description: model.description,
  manufacturer: model.manufacturer,
  provider,
  setupClass,
  hardwareId: id,
  section: model.installSection,
  values,
});

/** As many messages as the device has, or as the INF wants at most. */
function messagesOf(values: readonly InfRegistryValue[], device: DeviceModel | null): number {
  const { isSupported, most } = messageWish(values);
  if (!isSupported || device === null) return 0;
  const { msi, msix } = device.functionSpec(device.name);
  const own = msix?.messages ?? msi?.messages ?? 0;
  return Math.min(own, most ?? own);
}

const MESSAGE_KEY = /^Interrupt Management\\MessageSignaledInterruptProperties$/i;

/** "Enabling Message-Signaled Interrupts in the Registry" */
function messageWish(values: readonly InfRegistryValue[]) {
  const numberOf = (name: string): number | undefined => {
    const found = values.find(
      ({ root, subkey, name: own }) =>
        root === 'hardware' && MESSAGE_KEY.test(subkey) && own.toLowerCase() === name,
    );
    return found === undefined ? undefined : Number(found.values[0]);
  };
  const limit = numberOf('messagenumberlimit');
  const isLimit = limit !== undefined && Number.isInteger(limit) && limit > 0;
  return { isSupported: numberOf('msisupported') === 1, most: isLimit ? limit : undefined };
}
