/** Hardware of which nothing is known but its shape: identity, ranges, an interrupt, and a policy for what reads give. */
import type { PciIdentity } from '../bus/function-spec.ts';
import { identityOf } from '../bus/hardware-ids.ts';
import { badArgument } from '../units/errors.ts';
import type { BarDeclaration, RegisterPolicy } from './declaration.ts';
import { type DeviceModel, device } from './device.ts';

interface BlankRange {
  readonly space?: 'memory' | 'port';
  readonly size: number;
  readonly bits?: 32 | 64;
  readonly prefetchable?: boolean;
  /** Acts as memory: loads and stores are direct. */
  readonly ram?: boolean;
}

export interface BlankOptions {
  readonly name: string;
  readonly summary?: string;
  readonly identity: PciIdentity;
  /** In order of their base address registers; a 64-bit one takes two. */
  readonly ranges: readonly BlankRange[];
  /** `last-write` unless said otherwise. */
  readonly policy?: RegisterPolicy;
  /** A line unless said otherwise. */
  readonly interrupt?: 'line' | 'none';
  readonly messages?: number;
}

export function blankDevice(options: BlankOptions): DeviceModel {
  const { name, identity, messages, policy = 'last-write' } = options;
  return device<object>({
    name,
    summary: options.summary ?? 'Unknown hardware of a given shape',
    spec: 'none: the shape comes from options',
    pci: identity,
    bars: layOut(name, options.ranges, policy),
    ...((options.interrupt ?? 'line') === 'line' && { lineInterrupt: 'A' }),
    ...(messages !== undefined && messages > 0 && { msi: { messages } }),
    initialState: () => ({}),
  });
}

function layOut(
  name: string,
  ranges: readonly BlankRange[],
  policy: RegisterPolicy,
): readonly BarDeclaration<object>[] {
  let index = 0;
  return ranges.map((range) => {
    const { ram = false, bits = 32, ...rest } = range;
    if (index + bits / 32 > 6) throw badArgument(`${name}: its ranges need more than six BARs`);
    const bar = { ...rest, index, bits };
    index += bits / 32;
    return ram ? { ...bar, backing: 'ram' } : { ...bar, elsewhere: policy };
  });
}

const OF_OURS = { revision: 0, subsystemVendorId: 0x1234, subsystemId: 0x0001 };
const UNCLASSIFIED = 0xff_00_00;
const DISPLAY = 0x03_80_00;

const KB = 0x400;
const MB = 0x10_0000;
const GB = 0x4000_0000;

export const blank = blankDevice({
  name: 'blank',
  summary: 'Unknown hardware: 4 KB of registers that keep what is written, one line interrupt',
  identity: { vendorId: 0x1234, deviceId: 0xb1a0, classCode: UNCLASSIFIED, ...OF_OURS },
  ranges: [{ size: 4 * KB }],
});

export const blankPort = blankDevice({
  name: 'blank-port',
  summary: 'Unknown hardware: 32 ports and 4 KB of registers',
  identity: { vendorId: 0x1234, deviceId: 0xb1a1, classCode: UNCLASSIFIED, ...OF_OURS },
  ranges: [{ space: 'port', size: 0x20 }, { size: 4 * KB }],
});

export const blankLarge = blankDevice({
  name: 'blank-large',
  summary: 'Unknown hardware: a window of 8 GB, described as CmResourceTypeMemoryLarge',
  identity: { vendorId: 0x1234, deviceId: 0xb1a2, classCode: UNCLASSIFIED, ...OF_OURS },
  ranges: [{ size: 8 * GB, bits: 64, prefetchable: true }],
});

export const blankFramebuffer = blankDevice({
  name: 'blank-framebuffer',
  summary: 'Unknown display: 16 MB of frame buffer and 4 KB of registers',
  identity: { vendorId: 0x1234, deviceId: 0xb1a3, classCode: DISPLAY, ...OF_OURS },
  ranges: [{ size: 16 * MB, prefetchable: true, ram: true }, { size: 4 * KB }],
});

/** Registers smaller than a page: their physical address is not page aligned. */
export const blankSmall = blankDevice({
  name: 'blank-small',
  summary: 'Unknown hardware: 256 bytes of registers that do not start on a page',
  identity: { vendorId: 0x1234, deviceId: 0xb1a4, classCode: UNCLASSIFIED, ...OF_OURS },
  ranges: [{ size: 0x100 }],
});

/** Stands in for hardware no model knows: a `blank` under the given hardware id. */
export const blankFor = (
  hardwareId: string,
  shape: Partial<Omit<BlankOptions, 'identity'>> = {},
): DeviceModel =>
  blankDevice({
    name: 'blank',
    ranges: [{ size: 4 * KB }],
    ...shape,
    identity: identityOf(hardwareId),
  });
