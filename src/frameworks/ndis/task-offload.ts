/** Work of the stack's that an adapter can do, as its miniport says: checksums, and the cutting of large TCP frames. */
import type { Kernel } from '../../kernel/kernel.ts';
import { NULL, type Va } from '../../units/address.ts';
import { HEADER } from './object-header.ts';
import {
  OFFLOAD,
  OFFLOAD_ATTRIBUTES,
  PM_CAPABILITIES,
  SCALE_CAPABILITIES,
  SCALE_CAPABILITIES_BYTES,
  SUM,
} from './offload-layout.ts';

/** Of frames of one version of IP in one direction. */
interface Checksums {
  /** NDIS_ENCAPSULATION_xxx, any number of them. */
  readonly encapsulation: number;
  readonly ip: boolean;
  readonly tcp: boolean;
  readonly udp: boolean;
}

/** LSOv2; without a length there are none. */
interface LargeSends {
  readonly encapsulation: number;
  readonly maxBytes: number;
  readonly minSegments: number;
}

/** NDIS_OFFLOAD. */
export interface TaskOffloads {
  readonly send4: Checksums;
  readonly receive4: Checksums;
  readonly send6: Checksums;
  readonly receive6: Checksums;
  readonly large4: LargeSends;
  readonly large6: LargeSends;
}

export interface AdapterOffloads {
  /** What the hardware could do. */
  readonly hardware: TaskOffloads;
  /** What the miniport began with. */
  readonly initial: TaskOffloads;
  /** What it said last: NDIS answers OID_TCP_OFFLOAD_CURRENT_CONFIG with this. */
  current: TaskOffloads;
  /** How often it has said so. */
  told: number;
  /** The stack has said how its frames are encapsulated, and may leave work to the adapter. */
  active: boolean;
}

type Member = Parameters<typeof OFFLOAD.offsetOf>[0];

/** Nothing at all when the bytes are too few. */
export function readOffloads(bytes: Uint8Array): TaskOffloads {
  const { buffer, byteOffset, length } = bytes.length < OFFLOAD.bytes ? NOTHING : bytes;
  const view = new DataView(buffer, byteOffset, length);
  const dword = (field: Member, index: number): number =>
    view.getUint32(OFFLOAD.offsetOf(field) + index * 4, true);
  const sums = (field: Member): Checksums => {
    const encapsulation = dword(field, 0);
    const flags = encapsulation === 0 ? 0 : dword(field, 1);
    const has = (mask: number): boolean => (flags & mask) !== 0;
    return { encapsulation, ip: has(SUM.IP), tcp: has(SUM.TCP), udp: has(SUM.UDP) };
  };
  const large = (field: Member): LargeSends => ({
    encapsulation: dword(field, 0),
    maxBytes: dword(field, 0) === 0 ? 0 : dword(field, 1),
    minSegments: dword(field, 2),
  });
  return {
    send4: sums('IPv4Transmit'),
    receive4: sums('IPv4Receive'),
    send6: sums('IPv6Transmit'),
    receive6: sums('IPv6Receive'),
    large4: large('LsoV2IPv4'),
    large6: large('LsoV2IPv6'),
  };
}

const NOTHING = new Uint8Array(OFFLOAD.bytes);

function offloadsAt(kernel: Kernel, at: Va): TaskOffloads {
  const isWhole = at !== NULL && HEADER.at(kernel.mmu, at).Size >= OFFLOAD.bytes;
  return readOffloads(isWhole ? kernel.mmu.readBytes(at, OFFLOAD.bytes) : NOTHING);
}

/** NDIS_MINIPORT_ADAPTER_OFFLOAD_ATTRIBUTES. */
export function readOffloadAttributes(kernel: Kernel, at: Va): AdapterOffloads {
  const view = OFFLOAD_ATTRIBUTES.at(kernel.mmu, at);
  const initial = offloadsAt(kernel, view.DefaultOffloadConfiguration);
  const hardware = offloadsAt(kernel, view.HardwareOffloadCapabilities);
  return { hardware, initial, current: initial, told: 0, active: false };
}

/** NDIS_RECEIVE_SCALE_CAPABILITIES. */
export interface ReceiveScale {
  readonly flags: number;
  readonly queues: number;
  /** Of the indirection table; 0 where the miniport does not say. */
  readonly entries: number;
}

export function readReceiveScale(kernel: Kernel, at: Va): ReceiveScale | null {
  const [least, second] = SCALE_CAPABILITIES_BYTES;
  if (at === NULL) return null;
  const { Size, Revision } = HEADER.at(kernel.mmu, at);
  if (Size < least) return null;
  const view = SCALE_CAPABILITIES.at(kernel.mmu, at);
  const isSecond = Revision >= 2 && Size >= second;
  return {
    flags: view.CapabilitiesFlags,
    queues: view.NumberOfReceiveQueues,
    entries: isSecond ? view.NumberOfIndirectionTableEntries : 0,
  };
}

/** What of NDIS_PM_CAPABILITIES decides what wakes the adapter. */
export interface WakeUp {
  /** NDIS_PM_WOL_xxx_SUPPORTED. */
  readonly patterns: number;
  /** NDIS_PM_WAKE_ON_MEDIA_xxx_SUPPORTED. */
  readonly events: number;
  /** NDIS_DEVICE_POWER_STATE from which a change of the link wakes; 0 for none. */
  readonly linkChange: number;
}

export function readWakeUp(kernel: Kernel, at: Va): WakeUp | null {
  if (at === NULL) return null;
  const { Size } = HEADER.at(kernel.mmu, at);
  const events = PM_CAPABILITIES.offsetOf('SupportedWakeUpEvents');
  if (Size < events) return null;
  const view = PM_CAPABILITIES.at(kernel.mmu, at);
  return {
    patterns: view.SupportedWoLPacketPatterns,
    events: Size >= PM_CAPABILITIES.bytes ? view.SupportedWakeUpEvents : 0,
    linkChange: view.MinLinkChangeWakeUp,
  };
}
