/** Assigned resources as CM_PARTIAL_RESOURCE_DESCRIPTORs, raw and translated (wdm.h; `kernel/hardware-resources`). */
import type {
  LineResource,
  MessageResource,
  RangeResource,
  ResourceDescription,
} from '../../../bus/resources.ts';
import type { AssignedResource, ResourceKind } from '../../../events/event.ts';

/** CmResourceTypeXxx. */
export const CM_RESOURCE_TYPE = {
  Port: 1,
  Interrupt: 2,
  Memory: 3,
  MemoryLarge: 7,
  DevicePrivate: 0x81,
} as const;

const SHARE = { DeviceExclusive: 1, Shared: 3 } as const;
const MEMORY = { PREFETCHABLE: 0x4, BAR: 0x80 } as const;
const LARGE = { BITS_40: 0x200, BITS_48: 0x400, BITS_64: 0x800 } as const;
const PORT = { IO: 0x1, DECODE_16_BIT: 0x10, POSITIVE_DECODE: 0x20, BAR: 0x100 } as const;
const INTERRUPT = { LATCHED: 0x1, MESSAGE: 0x2 } as const;
const MESSAGE_TOKEN = 0xffff_fffe;
const ALL_PROCESSORS = 0xffff_ffff_ffff_ffffn;

/** sizeof(CM_PARTIAL_RESOURCE_DESCRIPTOR): packed to 4. */
export const DESCRIPTOR_BYTES = 20;

export interface Descriptor {
  readonly type: number;
  readonly share: number;
  readonly flags: number;
  /** The union's 16 bytes. */
  readonly data: Uint8Array;
}

const data = (fill: (view: DataView) => void): Uint8Array => {
  const bytes = new Uint8Array(16);
  fill(new DataView(bytes.buffer));
  return bytes;
};

function range(
  type: RangeResource['type'],
  start: number,
  { length, prefetchable }: RangeResource,
): Descriptor {
  const large = type === 'memory-large' ? scaled(length) : { flags: 0, length };
  const bytes = data((view) => {
    view.setBigUint64(0, BigInt(start), true);
    view.setUint32(8, large.length, true);
  });
  const share = SHARE.DeviceExclusive;
  if (type === 'port') {
    const flags = PORT.IO | PORT.DECODE_16_BIT | PORT.POSITIVE_DECODE | PORT.BAR;
    return { type: CM_RESOURCE_TYPE.Port, share, flags, data: bytes };
  }
  const flags = MEMORY.BAR | (prefetchable ? MEMORY.PREFETCHABLE : 0) | large.flags;
  const code = type === 'memory' ? CM_RESOURCE_TYPE.Memory : CM_RESOURCE_TYPE.MemoryLarge;
  return { type: code, share, flags, data: bytes };
}

/** Lengths of large memory are kept in units of 256 bytes, 64 KB or 4 GB, the finest that holds them. */
function scaled(length: number): { readonly flags: number; readonly length: number } {
  for (const [flags, shift] of [
    [LARGE.BITS_40, 8],
    [LARGE.BITS_48, 16],
  ] as const) {
    const units = length / 2 ** shift;
    if (units <= 0xffff_ffff) return { flags, length: units };
  }
  return { flags: LARGE.BITS_64, length: length / 2 ** 32 };
}

/** What the PCI bus driver adds to each range for itself: its kind and the register that holds it. */
const ownNote = ({ bar }: RangeResource): Descriptor => ({
  type: CM_RESOURCE_TYPE.DevicePrivate,
  share: SHARE.DeviceExclusive,
  flags: 0,
  data: data((view) => {
    view.setUint32(0, 1, true);
    view.setUint32(4, bar, true);
  }),
});

const interrupt = (flags: number, share: number, words: (view: DataView) => void): Descriptor => ({
  type: CM_RESOURCE_TYPE.Interrupt,
  share,
  flags,
  data: data(words),
});

function vector(view: DataView, level: number, number: number, affinity: bigint): void {
  view.setUint32(0, level, true);
  view.setUint32(4, number, true);
  view.setBigUint64(8, affinity, true);
}

function rawInterrupt(resource: LineResource | MessageResource): Descriptor {
  if (resource.type === 'interrupt') {
    return interrupt(0, SHARE.Shared, (view) =>
      vector(view, resource.line, resource.line, ALL_PROCESSORS),
    );
  }
  return interrupt(INTERRUPT.MESSAGE | INTERRUPT.LATCHED, SHARE.DeviceExclusive, (view) => {
    view.setUint16(2, resource.messageCount, true);
    view.setUint32(4, MESSAGE_TOKEN, true);
    view.setBigUint64(8, ALL_PROCESSORS, true);
  });
}

function translatedInterrupt(resource: LineResource | MessageResource): Descriptor {
  const isLine = resource.type === 'interrupt';
  const flags = isLine ? 0 : INTERRUPT.MESSAGE | INTERRUPT.LATCHED;
  const share = isLine ? SHARE.Shared : SHARE.DeviceExclusive;
  return interrupt(flags, share, (view) =>
    vector(view, resource.irql, resource.vector, BigInt(resource.affinity)),
  );
}

export const rawDescriptors = (resource: ResourceDescription): readonly Descriptor[] =>
  'bar' in resource
    ? [range(resource.type, resource.rawStart, resource), ownNote(resource)]
    : [rawInterrupt(resource)];

export const translatedDescriptors = (resource: ResourceDescription): readonly Descriptor[] =>
  'bar' in resource
    ? [range(resource.translatedType, resource.translatedStart, resource), ownNote(resource)]
    : [translatedInterrupt(resource)];

/** The same as events tell it, lengths in bytes. */
export function assignedResource(resource: ResourceDescription): AssignedResource {
  if ('bar' in resource) {
    const { type, rawStart, translatedType, translatedStart, length } = resource;
    return { kind: translatedType, rawKind: type, rawStart, start: translatedStart, length };
  }
  const kind: ResourceKind = resource.type;
  const rawStart = resource.type === 'interrupt' ? resource.line : resource.message;
  const length = resource.type === 'interrupt' ? 1 : resource.messageCount;
  return { kind, rawKind: kind, rawStart, start: resource.vector, length };
}
