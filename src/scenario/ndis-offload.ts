/** What TCP/IP asks of an adapter whose miniport offers to sum and to cut frames: first how frames are encapsulated, then all of it off, then on as the miniport began. */
import type { Adapter } from '../frameworks/ndis/adapter.ts';
import { isAtLeast } from '../frameworks/ndis/miniport-driver.ts';
import { tellMisuse } from '../frameworks/ndis/misuse.ts';
import { models } from '../frameworks/ndis/models.ts';
import { OBJECT } from '../frameworks/ndis/object-header.ts';
import {
  ENCAPSULATION,
  OFFLOAD_ENCAPSULATION,
  OFFLOAD_PARAMETERS,
  OFFLOAD_PARAMETERS_BYTES,
  OFFLOAD_SET,
} from '../frameworks/ndis/offload-layout.ts';
import { OID, oidName } from '../frameworks/ndis/oids.ts';
import { structureBytes } from '../frameworks/ndis/structure-bytes.ts';
import type { AdapterOffloads, TaskOffloads } from '../frameworks/ndis/task-offload.ts';
import type { Blocking } from '../kernel/effects.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { isSuccess } from '../units/status.ts';
import { tell } from './ndis-oids.ts';
import { within } from './ndis-wait.ts';

/** NDIS_MEDIUM. */
const MEDIUM_IP = 19;

/** How the stack's frames look on the adapter's medium. */
export const framingOf = ({ general }: Adapter): { type: number; headerBytes: number } =>
  general?.mediaType === MEDIUM_IP
    ? { type: ENCAPSULATION.NULL, headerBytes: 0 }
    : { type: ENCAPSULATION.IEEE_802_3, headerBytes: 14 };

/** A member of NDIS_OFFLOAD_PARAMETERS and its value for a configuration: 1 is off, more is on. */
type Setting = readonly [
  member: Exclude<Parameters<typeof OFFLOAD_PARAMETERS.offsetOf>[0], 'Header'>,
  valueIn: (offloads: TaskOffloads) => number,
];

const OFF = 1;
const sums = (send: boolean, receive: boolean): number => OFF + (send ? 1 : 0) + (receive ? 2 : 0);
const cuts = ({ maxBytes }: { readonly maxBytes: number }): number => OFF + (maxBytes > 0 ? 1 : 0);

const SETTINGS: readonly Setting[] = [
  ['IPv4Checksum', ({ send4, receive4 }) => sums(send4.ip, receive4.ip)],
  ['TCPIPv4Checksum', ({ send4, receive4 }) => sums(send4.tcp, receive4.tcp)],
  ['UDPIPv4Checksum', ({ send4, receive4 }) => sums(send4.udp, receive4.udp)],
  ['TCPIPv6Checksum', ({ send6, receive6 }) => sums(send6.tcp, receive6.tcp)],
  ['UDPIPv6Checksum', ({ send6, receive6 }) => sums(send6.udp, receive6.udp)],
  ['LsoV2IPv4', ({ large4 }) => cuts(large4)],
  ['LsoV2IPv6', ({ large6 }) => cuts(large6)],
];

/** Milliseconds for a status that a miniport has to indicate. */
const PATIENCE_MS = 20;

/** Nothing where the miniport offers nothing; what it refuses is left as it is. */
export function* activateOffloads(kernel: Kernel, adapter: Adapter): Blocking<void> {
  const { offloads } = adapter;
  if (offloads === null) return;
  const offered = SETTINGS.filter(
    ([, valueIn]) => valueIn(offloads.hardware) > OFF || valueIn(offloads.initial) > OFF,
  );
  if (offered.length === 0) return;
  offloads.active = yield* setAndHear(
    kernel,
    adapter,
    offloads,
    OID.OFFLOAD_ENCAPSULATION,
    encapsulation(kernel, adapter, offloads),
  );
  if (!offloads.active) return;
  const off = new Map(offered.map(([member]) => [member, OFF]));
  if (!(yield* setParameters(kernel, adapter, offloads, off))) return;
  const on = new Map(offered.map(([member, valueIn]) => [member, valueIn(offloads.initial)]));
  yield* setParameters(kernel, adapter, offloads, on);
}

function* setParameters(
  kernel: Kernel,
  adapter: Adapter,
  offloads: AdapterOffloads,
  values: ReadonlyMap<Setting[0], number>,
): Blocking<boolean> {
  const oid = OID.TCP_OFFLOAD_PARAMETERS;
  const value = parameters(kernel, adapter, values);
  if (!(yield* setAndHear(kernel, adapter, offloads, oid, value))) return false;
  for (const [member, valueIn] of SETTINGS) {
    const wanted = values.get(member);
    const is = valueIn(offloads.current);
    if (wanted === undefined || wanted === is) continue;
    tell(kernel, oidName(oid), `${member} was set to ${wanted}, the configuration says ${is}`);
  }
  return true;
}

/** A miniport that takes the setting has to say what its configuration is now. */
function* setAndHear(
  kernel: Kernel,
  adapter: Adapter,
  offloads: AdapterOffloads,
  oid: number,
  value: Uint8Array,
): Blocking<boolean> {
  const { told } = offloads;
  const { status } = yield* models(adapter).set(kernel, adapter, oid, value);
  if (!isSuccess(status)) return false;
  if (!(yield* within(PATIENCE_MS, () => offloads.told > told))) {
    tellMisuse(kernel, oidName(oid), 'not-indicated', 'NDIS_STATUS_TASK_OFFLOAD_CURRENT_CONFIG');
  }
  return true;
}

function encapsulation(
  kernel: Kernel,
  adapter: Adapter,
  { hardware, initial }: AdapterOffloads,
): Uint8Array {
  const { type, headerBytes } = framingOf(adapter);
  const isUsed = (of: (offloads: TaskOffloads) => readonly { encapsulation: number }[]): boolean =>
    [...of(hardware), ...of(initial)].some((way) => (way.encapsulation & type) !== 0);
  const uses4 = isUsed(({ send4, receive4, large4 }) => [send4, receive4, large4]);
  const uses6 = isUsed(({ send6, receive6, large6 }) => [send6, receive6, large6]);
  const header = {
    type: OBJECT.OFFLOAD_ENCAPSULATION,
    revision: 1,
    size: OFFLOAD_ENCAPSULATION.bytes,
  };
  return structureBytes(kernel, OFFLOAD_ENCAPSULATION, header, ({ IPv4, IPv6 }) => {
    for (const [way, isOn] of [
      [IPv4, uses4],
      [IPv6, uses6],
    ] as const) {
      way.Enabled = isOn ? OFFLOAD_SET.ON : OFFLOAD_SET.OFF;
      way.EncapsulationType = type;
      way.HeaderSize = headerBytes;
    }
  });
}

function parameters(
  kernel: Kernel,
  { driver }: Adapter,
  values: ReadonlyMap<Setting[0], number>,
): Uint8Array {
  const revision = isAtLeast(driver, 6, 30) ? 3 : isAtLeast(driver, 6, 1) ? 2 : 1;
  const { said: size, whole } =
    OFFLOAD_PARAMETERS_BYTES[revision - 1] ?? OFFLOAD_PARAMETERS_BYTES[0];
  const header = { type: OBJECT.DEFAULT, revision, size };
  const bytes = structureBytes(kernel, OFFLOAD_PARAMETERS, header, (view) => {
    for (const [member, value] of values) view[member] = value;
  });
  return bytes.subarray(0, whole);
}
