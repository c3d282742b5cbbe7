/** Declares a device model once; configuration space, registers, save and restore are derived from it. */
import {
  type BarSpec,
  checkFunctionSpec,
  type PciFunctionSpec,
  type PciIdentity,
} from '../bus/function-spec.ts';
import { badArgument } from '../units/errors.ts';
import { checkDeclaration } from './check-declaration.ts';
import type { BarDeclaration, DeviceDeclaration } from './declaration.ts';
import { createInstance, type DeviceInstance, type InstanceSite } from './instance.ts';
import { expandRows, type RegisterFacts } from './register.ts';

/** A device as registries, command lines and machines see it. */
export interface DeviceModel {
  readonly kind: 'device-model';
  readonly name: string;
  readonly summary: string;
  readonly spec: string;
  readonly identity: PciIdentity;
  /** Declared registers per BAR index, for reference pages and explorers. */
  readonly registers: ReadonlyMap<number, readonly RegisterFacts[]>;
  /** What the bus needs to know of a device of this model, named as events shall name it. */
  functionSpec(subject: string): PciFunctionSpec;
  create(site: InstanceSite): DeviceInstance;
}

/** Declares a device. Everything wrong with the declaration is refused here, as `bad-argument`. */
export function device<State extends object>(declaration: DeviceDeclaration<State>): DeviceModel {
  checkDeclaration(declaration);
  const { name, summary, spec, bars } = declaration;
  const identity: PciIdentity = {
    revision: 0,
    subsystemVendorId: declaration.pci.vendorId,
    subsystemId: declaration.pci.deviceId,
    ...declaration.pci,
  };
  const functionSpec = (subject: string): PciFunctionSpec => ({
    name: subject,
    identity,
    bars: bars.map(barSpec),
    lineInterrupt: declaration.lineInterrupt ?? null,
    msi: declaration.msi ? { maskable: false, ...declaration.msi } : null,
    msix: declaration.msix ?? null,
    powerManagement: declaration.powerManagement ?? true,
    express: declaration.express ?? false,
    vendor: declaration.vendor ?? [],
  });
  checkFunctionSpec(functionSpec(name));
  const names = new Set<string>();
  for (const bar of bars) checkRegisters(name, bar, names);
  return {
    kind: 'device-model',
    name,
    summary,
    spec,
    identity,
    registers: new Map(bars.map((bar) => [bar.index, bar.registers ?? []])),
    functionSpec,
    create: (site) => createInstance(declaration, site),
  };
}

export const isDeviceModel = (value: unknown): value is DeviceModel =>
  typeof value === 'object' &&
  value !== null &&
  'kind' in value &&
  value.kind === 'device-model' &&
  'create' in value;

const barSpec = <State>(bar: BarDeclaration<State>): BarSpec => ({
  index: bar.index,
  space: bar.space ?? 'memory',
  size: bar.size,
  bits: bar.bits ?? 32,
  prefetchable: bar.prefetchable ?? false,
  backing: bar.backing ?? 'device',
});

/** `names` are those of the BARs before: a name stands for one register of the device. */
function checkRegisters<State>(
  device: string,
  bar: BarDeclaration<State>,
  names: Set<string>,
): void {
  const rows = [...expandRows(bar.registers ?? [])].sort((a, b) => a.at - b.at);
  let free = 0;
  for (const row of rows) {
    const where = `${device}: register ${row.name} of BAR ${bar.index}`;
    if (!Number.isInteger(row.at) || row.at < 0 || row.at + row.size > bar.size) {
      throw badArgument(`${where} lies outside its BAR`);
    }
    if (row.at < free) throw badArgument(`${where} overlaps the one before`);
    if (names.has(row.name)) throw badArgument(`${where} is declared twice`);
    names.add(row.name);
    free = row.at + row.size;
  }
  if (bar.backing === 'ram' && (rows.length > 0 || bar.elsewhere !== undefined)) {
    throw badArgument(`${device}: BAR ${bar.index} is memory and has no registers or policy`);
  }
}
