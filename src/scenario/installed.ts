/** Hardware and registry as the driver's INF has them: which model its ids name, what installing it leaves. */

import type { PciIdentity } from '../bus/function-spec.ts';
import { identityOf, isHardwareId, matchRank } from '../bus/hardware-ids.ts';
import type { DeviceModel } from '../devices/device.ts';
import { deviceForHardwareId, deviceNamed } from '../devices/registry.ts';
import { type Inf, type InfModel, type InfRegistryValue, parseInf } from '../image/inf/inf.ts';
import { type Installation, install } from '../kernel/io/pnp/installation.ts';
import type { NewNode } from '../kernel/io/pnp/pnp-manager.ts';
import type { Kernel } from '../kernel/kernel.ts';

/** What the device manager does to a node before its driver hears of it. */
export type DeviceSetup = Pick<NewNode, 'messages' | 'install'>;

export interface Hardware {
  readonly device: DeviceModel;
  /** Where the INF names a chip that no model is. */
  readonly identity: Partial<PciIdentity>;
  readonly installation: Installation | null;
  /** Messages that the INF allows; the line when it says nothing of them. */
  readonly messages: number;
  /** Service that the INF adds. */
  readonly service: string | null;
}

/** A hardware id of the INF, and the model whose installation it leads to. */
interface Match {
  readonly model: InfModel;
  readonly id: string;
}

const matchesOf = ({ models }: Inf): Match[] =>
  models.flatMap((model) => model.hardwareIds.map((id) => ({ model, id })));

/** The closest of the INF's ids for a device; without any, its first. */
function matchFor(inf: Inf, { identity }: DeviceModel): Match | undefined {
  const matches = matchesOf(inf);
  const ranked = matches.flatMap((match) => {
    const rank = matchRank(identity, match.id);
    return rank === undefined ? [] : [{ match, rank }];
  });
  return ranked.sort((a, b) => a.rank - b.rank)[0]?.match ?? matches[0];
}

/** The device given, else the one that the INF names, else a blank one with its ids, else the usual one. */
export function hardwareFor(
  given: DeviceModel | undefined,
  usual: string,
  inf: Uint8Array | undefined,
): Hardware {
  if (inf === undefined) {
    const device = given ?? deviceNamed(usual);
    return { device, identity: {}, installation: null, messages: 0, service: null };
  }
  const parsed = parseInf(inf);
  const chosen = given === undefined ? named(parsed) : { device: given, identity: {} };
  const device = chosen?.device ?? deviceNamed(usual);
  const match = matchFor(parsed, device);
  const values = match === undefined ? [] : parsed.registryOf(match.model.installSection);
  return {
    device,
    identity: chosen?.identity ?? {},
    installation: match === undefined ? null : installationOf(parsed, match, values),
    messages: messagesOf(values, device),
    service:
      match === undefined ? null : (parsed.serviceOf(match.model.installSection)?.name ?? null),
  };
}

function named(inf: Inf): { device: DeviceModel; identity: Partial<PciIdentity> } | undefined {
  const ids = matchesOf(inf).map(({ id }) => id);
  for (const id of ids) {
    const device = deviceForHardwareId(id);
    if (device !== undefined) return { device, identity: {} };
  }
  const first = ids.find(isHardwareId);
  if (first === undefined) return undefined;
  return { device: deviceNamed('blank'), identity: identityOf(first) };
}

const installationOf = (
  { provider }: Inf,
  { model, id }: Match,
  values: readonly InfRegistryValue[],
): Installation => ({
  description: model.description,
  provider,
  hardwareId: id,
  section: model.installSection,
  values,
});

const MESSAGE_KEY = /(^|\\)MessageSignaledInterruptProperties$/i;

/** "Enabling Message-Signaled Interrupts in the Registry": as many as the device has, or MessageNumberLimit. */
function messagesOf(values: readonly InfRegistryValue[], device: DeviceModel): number {
  const numberOf = (name: string): number | undefined => {
    const found = values.findLast(
      (value) => MESSAGE_KEY.test(value.subkey) && value.name.toLowerCase() === name.toLowerCase(),
    );
    return found === undefined ? undefined : Number(found.values[0]);
  };
  if (numberOf('MSISupported') !== 1) return 0;
  const { msi, msix } = device.functionSpec(device.name);
  const most = msix?.messages ?? msi?.messages ?? 0;
  return Math.min(most, numberOf('MessageNumberLimit') ?? most);
}

export function setupFor(kernel: Kernel, { installation, messages }: Hardware): DeviceSetup {
  if (installation === null) return { messages };
  return { messages, install: (node) => install(kernel, node, installation) };
}
