/** Questions and settings that protocols and the system put to every Ethernet miniport, and whether its answers agree. */
import { sameBytes } from '../devices/net/bytes.ts';
import type { Adapter } from '../frameworks/ndis/adapter.ts';
import { models } from '../frameworks/ndis/models.ts';
import { OID, oidName } from '../frameworks/ndis/oids.ts';
import type { Blocking } from '../kernel/effects.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { isSuccess } from '../units/status.ts';

/** NDIS_PACKET_TYPE_DIRECTED, _MULTICAST and _BROADCAST. */
const USUAL_FILTER = 0x1 | 0x2 | 0x8;
const MULTICAST_ADDRESS = Uint8Array.of(0x01, 0x00, 0x5e, 0x00, 0x00, 0x01);
const LOOKAHEAD = 256;

/** What the system asks every miniport, and bytes that hold any answer. */
const QUESTIONS: readonly (readonly [oid: number, bytes: number])[] = [
  [OID.GEN_HARDWARE_STATUS, 4],
  [OID.GEN_MEDIA_SUPPORTED, 4],
  [OID.GEN_MEDIA_IN_USE, 4],
  [OID.GEN_MAXIMUM_LOOKAHEAD, 4],
  [OID.GEN_MAXIMUM_FRAME_SIZE, 4],
  [OID.GEN_LINK_SPEED, 4],
  [OID.GEN_TRANSMIT_BUFFER_SPACE, 4],
  [OID.GEN_RECEIVE_BUFFER_SPACE, 4],
  [OID.GEN_TRANSMIT_BLOCK_SIZE, 4],
  [OID.GEN_RECEIVE_BLOCK_SIZE, 4],
  [OID.GEN_VENDOR_ID, 4],
  [OID.GEN_VENDOR_DESCRIPTION, 128],
  [OID.GEN_VENDOR_DRIVER_VERSION, 4],
  [OID.GEN_DRIVER_VERSION, 2],
  [OID.GEN_CURRENT_LOOKAHEAD, 4],
  [OID.GEN_MAXIMUM_TOTAL_SIZE, 4],
  [OID.GEN_MAC_OPTIONS, 4],
  [OID.GEN_MEDIA_CONNECT_STATUS, 4],
  [OID.GEN_MAXIMUM_SEND_PACKETS, 4],
  [OID.GEN_PHYSICAL_MEDIUM, 4],
  [OID.GEN_CURRENT_PACKET_FILTER, 4],
  [OID.GEN_XMIT_OK, 8],
  [OID.GEN_RCV_OK, 8],
  [OID.GEN_XMIT_ERROR, 8],
  [OID.GEN_RCV_ERROR, 8],
  [OID.GEN_RCV_NO_BUFFER, 8],
  [OID['802_3_PERMANENT_ADDRESS'], 6],
  [OID['802_3_CURRENT_ADDRESS'], 6],
  [OID['802_3_MAXIMUM_LIST_SIZE'], 4],
  [OID['802_3_RCV_ERROR_ALIGNMENT'], 4],
  [OID['802_3_XMIT_ONE_COLLISION'], 4],
  [OID['802_3_XMIT_MORE_COLLISIONS'], 4],
  [OID.PNP_CAPABILITIES, 16],
];

/** NDIS 6 answers these itself, from the general attributes ("NDIS OIDs handled by NDIS"). */
const ANSWERED_BY_NDIS: ReadonlySet<number> = new Set([
  OID.GEN_MEDIA_SUPPORTED,
  OID.GEN_MEDIA_IN_USE,
  OID.GEN_MAXIMUM_LOOKAHEAD,
  OID.GEN_MAXIMUM_FRAME_SIZE,
  OID.GEN_LINK_SPEED,
  OID.GEN_DRIVER_VERSION,
  OID.GEN_MAC_OPTIONS,
  OID.GEN_MEDIA_CONNECT_STATUS,
  OID.GEN_MAXIMUM_SEND_PACKETS,
  OID.GEN_PHYSICAL_MEDIUM,
  OID['802_3_MAXIMUM_LIST_SIZE'],
  OID.PNP_CAPABILITIES,
]);

export const supports = ({ general }: Adapter, oid: number): boolean =>
  general?.supportedOids.includes(oid) === true;

const dword = (value: number): Uint8Array => {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
};

export const number = (bytes: Uint8Array): bigint => {
  let value = 0n;
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i] ?? 0);
  return value;
};

/** What a protocol sets when it binds, and after a reset that lost it. */
export function* setFilters(kernel: Kernel, adapter: Adapter): Blocking<void> {
  const { general } = adapter;
  if (general === null) return;
  const model = models(adapter);
  const filter = general.packetFilters === 0 ? USUAL_FILTER : general.packetFilters & USUAL_FILTER;
  const settings: readonly (readonly [number, Uint8Array])[] = [
    [OID.GEN_CURRENT_LOOKAHEAD, dword(LOOKAHEAD)],
    [OID['802_3_MULTICAST_LIST'], MULTICAST_ADDRESS],
    [OID.GEN_CURRENT_PACKET_FILTER, dword(filter)],
  ];
  for (const [oid, value] of settings) {
    if (supports(adapter, oid)) yield* model.set(kernel, adapter, oid, value);
  }
}

/** Every question whose answer the miniport says it knows; those that the system knows too are compared. */
export function* askQuestions(kernel: Kernel, adapter: Adapter): Blocking<void> {
  const { general, driver } = adapter;
  if (general === null) return;
  const isSix = driver.model === 'ndis6';
  for (const [oid, bytes] of QUESTIONS) {
    if (!supports(adapter, oid) || (isSix && ANSWERED_BY_NDIS.has(oid))) continue;
    const answer = yield* models(adapter).query(kernel, adapter, oid, bytes);
    if (!isSuccess(answer.status)) continue;
    const expected = expectedOf(adapter, oid);
    if (expected !== undefined && !sameBytes(answer.bytes.subarray(0, expected.length), expected)) {
      tell(kernel, oidName(oid), 'the answer is not what the general attributes say');
    }
  }
}

/** What the general attributes say of it. */
function expectedOf({ general }: Adapter, oid: number): Uint8Array | undefined {
  if (general === null) return undefined;
  switch (oid) {
    case OID.GEN_MAXIMUM_FRAME_SIZE:
      return dword(general.mtu);
    case OID['802_3_PERMANENT_ADDRESS']:
      return general.permanentAddress;
    case OID['802_3_CURRENT_ADDRESS']:
      return general.currentAddress;
    case OID['802_3_MAXIMUM_LIST_SIZE']:
      return dword(general.multicastEntries);
    default:
      return undefined;
  }
}

export function tell(kernel: Kernel, service: string, detail: string): void {
  const problem = 'answer-differs';
  kernel.emit({ kind: 'framework-misuse', framework: 'ndis', service, problem, detail });
}
