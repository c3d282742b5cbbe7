/** Lays out the header and capabilities of a function in configuration space (PCI 3.0, 6.1 to 6.8). */
import { badArgument } from '../units/errors.ts';
import { ConfigSpace } from './config-space.ts';
import type { BarSpec, MsixSpec, PciFunctionSpec, VendorCapability } from './function-spec.ts';
import * as pci from './pci-spec.ts';

/** Offsets of the capabilities that a function has. */
interface CapabilityOffsets {
  readonly powerManagement: number | null;
  readonly msi: number | null;
  readonly msix: number | null;
  readonly express: number | null;
  readonly vendor: readonly number[];
}

export interface ConfigLayout {
  readonly config: ConfigSpace;
  readonly capabilities: CapabilityOffsets;
}

const FIRST_CAPABILITY = 0x40;
const POWER_MANAGEMENT_BYTES = 8;
const MSI_BYTES = 0x18;
const MSI_X_BYTES = 0xc;
const EXPRESS_BYTES = 0x3c;

export const barRegister = (index: number): number => pci.BASE_ADDRESS_0 + index * 4;

export function layOutConfig(spec: PciFunctionSpec): ConfigLayout {
  const config = new ConfigSpace(spec.express);
  layOutHeader(config, spec);
  for (const bar of spec.bars) layOutBar(config, bar);
  const capabilities = layOutCapabilities(config, spec);
  config.sealReset();
  return { config, capabilities };
}

function layOutHeader(config: ConfigSpace, spec: PciFunctionSpec): void {
  const { identity } = spec;
  config.setU16(pci.VENDOR_ID, identity.vendorId);
  config.setU16(pci.DEVICE_ID, identity.deviceId);
  config.setU32(pci.REVISION_ID, identity.classCode * 0x100 + identity.revision);
  config.setU16(pci.SUBSYSTEM_VENDOR_ID, identity.subsystemVendorId);
  config.setU16(pci.SUBSYSTEM_ID, identity.subsystemId);
  config.allowWrites(pci.COMMAND, 2, pci.COMMAND_WRITABLE);
  config.clearOnOnes(pci.STATUS_REGISTER, 2, pci.STATUS_WRITE_ONE_TO_CLEAR);
  config.allowWrites(pci.CACHE_LINE_SIZE, 1, 0xff);
  config.allowWrites(pci.LATENCY_TIMER, 1, 0xff);
  config.allowWrites(pci.INTERRUPT_LINE, 1, 0xff);
  if (spec.lineInterrupt !== null) {
    config.setU8(pci.INTERRUPT_PIN, pinNumber(spec.lineInterrupt));
  }
}

export const pinNumber = (pin: 'A' | 'B' | 'C' | 'D'): number => 'ABCD'.indexOf(pin) + 1;

/** Address bits below the size read as zero however they are written: that is how software learns the size. */
function layOutBar(config: ConfigSpace, bar: BarSpec): void {
  const at = barRegister(bar.index);
  config.setU32(at, typeBits(bar));
  const mask = 2n ** 64n - BigInt(bar.size);
  const low = Number(BigInt.asUintN(32, mask));
  config.allowWrites(at, 4, bar.space === 'port' ? (low & ~0x3) >>> 0 : (low & ~0xf) >>> 0);
  if (bar.bits === 64) config.allowWrites(at + 4, 4, Number(mask >> 32n));
}

const typeBits = (bar: BarSpec): number =>
  bar.space === 'port'
    ? pci.BAR_IO
    : (bar.bits === 64 ? pci.BAR_TYPE_64 : 0) | (bar.prefetchable ? pci.BAR_PREFETCHABLE : 0);

function layOutCapabilities(config: ConfigSpace, spec: PciFunctionSpec): CapabilityOffsets {
  let previous = pci.CAPABILITIES_POINTER;
  let free = FIRST_CAPABILITY;
  const add = (id: number, bytes: number): number => {
    const at = free;
    free = Math.ceil((free + bytes) / 4) * 4;
    if (free > pci.CONFIG_BYTES) throw badArgument(`${spec.name} has more capabilities than fit`);
    config.setU8(previous, at);
    config.setU8(at, id);
    previous = at + 1;
    return at;
  };
  const { msi, msix } = spec;
  const offsets: CapabilityOffsets = {
    powerManagement: spec.powerManagement
      ? layOutPower(config, add(pci.CAPABILITY_POWER_MANAGEMENT, POWER_MANAGEMENT_BYTES))
      : null,
    msi: msi ? layOutMsi(config, add(pci.CAPABILITY_MSI, MSI_BYTES), msi) : null,
    msix: msix ? layOutMsix(config, add(pci.CAPABILITY_MSI_X, MSI_X_BYTES), msix) : null,
    express: spec.express
      ? layOutExpress(config, add(pci.CAPABILITY_EXPRESS, EXPRESS_BYTES))
      : null,
    vendor: (spec.vendor ?? []).map((capability) => {
      const bytes = pci.VENDOR_BODY + capability.body.length;
      return layOutVendor(config, add(pci.CAPABILITY_VENDOR_SPECIFIC, bytes), capability);
    }),
  };
  if (free > FIRST_CAPABILITY) config.setU16(pci.STATUS_REGISTER, pci.STATUS_CAPABILITIES_LIST);
  return offsets;
}

function layOutPower(config: ConfigSpace, at: number): number {
  const version = 3;
  config.setU16(at + 2, version);
  config.setU16(at + pci.PM_CONTROL_STATUS, pci.PM_NO_SOFT_RESET);
  config.allowWrites(at + pci.PM_CONTROL_STATUS, 2, pci.PM_POWER_STATE);
  return at;
}

/** Offsets of the message registers within an MSI capability with 64-bit addresses. */
export const MSI_ADDRESS = 0x4;
export const MSI_ADDRESS_HIGH = 0x8;
export const MSI_DATA = 0xc;
export const MSI_MASK = 0x10;
export const MSI_PENDING = 0x14;

function layOutMsi(
  config: ConfigSpace,
  at: number,
  msi: { readonly messages: number; readonly maskable: boolean },
): number {
  const capable = Math.log2(msi.messages) << pci.MSI_MULTIPLE_CAPABLE_SHIFT;
  const masking = msi.maskable ? pci.MSI_PER_VECTOR_MASKING : 0;
  config.setU16(at + pci.MSI_CONTROL, capable | masking | pci.MSI_64_BIT);
  config.allowWrites(
    at + pci.MSI_CONTROL,
    2,
    pci.MSI_ENABLE | (0x7 << pci.MSI_MULTIPLE_ENABLE_SHIFT),
  );
  config.allowWrites(at + MSI_ADDRESS, 4, 0xffff_fffc);
  config.allowWrites(at + MSI_ADDRESS_HIGH, 4, 0xffff_ffff);
  config.allowWrites(at + MSI_DATA, 2, 0xffff);
  if (msi.maskable) config.allowWrites(at + MSI_MASK, 4, 2 ** msi.messages - 1);
  return at;
}

function layOutMsix(config: ConfigSpace, at: number, msix: MsixSpec): number {
  config.setU16(at + pci.MSI_X_CONTROL, msix.messages - 1);
  config.allowWrites(at + pci.MSI_X_CONTROL, 2, pci.MSI_X_ENABLE | pci.MSI_X_FUNCTION_MASK);
  config.setU32(at + pci.MSI_X_TABLE, msix.tableOffset | msix.bar);
  config.setU32(at + pci.MSI_X_PENDING, msix.pendingOffset | msix.bar);
  return at;
}

function layOutVendor(config: ConfigSpace, at: number, capability: VendorCapability): number {
  const { body, writable } = capability;
  config.setU8(at + pci.VENDOR_LENGTH, pci.VENDOR_BODY + body.length);
  body.forEach((byte, i) => {
    config.setU8(at + pci.VENDOR_BODY + i, byte);
    config.allowWrites(at + pci.VENDOR_BODY + i, 1, writable?.[i] ?? 0);
  });
  return at;
}

function layOutExpress(config: ConfigSpace, at: number): number {
  const version2Endpoint = 0x0002;
  config.setU16(at + 2, version2Endpoint);
  config.setU32(at + pci.EXPRESS_DEVICE_CAPABILITIES, pci.EXPRESS_FUNCTION_LEVEL_RESET_CAPABLE);
  config.allowWrites(at + pci.EXPRESS_DEVICE_CONTROL, 2, 0xffff);
  return at;
}
