/** What the library asks an NDIS 5 miniport as soon as it has initialized: the facts that NDIS 6 miniports volunteer. */
import type { Blocking } from '../../../kernel/effects.ts';
import type { Kernel } from '../../../kernel/kernel.ts';
import { vaAdd } from '../../../units/address.ts';
import { isSuccess } from '../../../units/status.ts';
import type { Adapter } from '../adapter.ts';
import { OID } from '../oids.ts';
import { BLOCK } from './layout.ts';
import { query } from './requests.ts';
import { legacyOf } from './state.ts';

const MAX_OIDS = 1024;
const ADDRESS_BYTES = 6;
const PNP_CAPABILITIES_BYTES = 16;
/** NDIS_MEDIA_STATE NdisMediaStateConnected. */
const CONNECTED = 0;

/** The answer, or nothing when the miniport does not know. */
function* ask(
  kernel: Kernel,
  adapter: Adapter,
  oid: number,
  bytes: number,
): Blocking<Uint8Array | undefined> {
  const answer = yield* query(kernel, adapter, oid, bytes);
  return isSuccess(answer.status) && answer.bytes.length > 0 ? answer.bytes : undefined;
}

const dwordAt = (bytes: Uint8Array, at: number): number =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getUint32(at, true);

function* askNumber(kernel: Kernel, adapter: Adapter, oid: number): Blocking<number | undefined> {
  const bytes = yield* ask(kernel, adapter, oid, 4);
  return bytes === undefined || bytes.length < 4 ? undefined : dwordAt(bytes, 0);
}

const dwords = (bytes: Uint8Array): number[] =>
  Array.from({ length: Math.floor(bytes.length / 4) }, (_, i) => dwordAt(bytes, i * 4));

export function* learnAttributes(kernel: Kernel, adapter: Adapter): Blocking<void> {
  const list = yield* ask(kernel, adapter, OID.GEN_SUPPORTED_LIST, MAX_OIDS * 4);
  const supportedOids = dwords(list ?? new Uint8Array());
  const macOptions = (yield* askNumber(kernel, adapter, OID.GEN_MAC_OPTIONS)) ?? 0;
  const lookahead = (yield* askNumber(kernel, adapter, OID.GEN_MAXIMUM_LOOKAHEAD)) ?? 0;
  const mtu = (yield* askNumber(kernel, adapter, OID.GEN_MAXIMUM_FRAME_SIZE)) ?? 0;
  const permanent = yield* ask(kernel, adapter, OID['802_3_PERMANENT_ADDRESS'], ADDRESS_BYTES);
  const current = yield* ask(kernel, adapter, OID['802_3_CURRENT_ADDRESS'], ADDRESS_BYTES);
  const entries = yield* askNumber(kernel, adapter, OID['802_3_MAXIMUM_LIST_SIZE']);
  const packets = yield* askNumber(kernel, adapter, OID.GEN_MAXIMUM_SEND_PACKETS);
  const state = yield* askNumber(kernel, adapter, OID.GEN_MEDIA_CONNECT_STATUS);
  const power = yield* ask(kernel, adapter, OID.PNP_CAPABILITIES, PNP_CAPABILITIES_BYTES);
  kernel.mmu.write(vaAdd(adapter.handle, BLOCK.MacOptions), 4, BigInt(macOptions));
  kernel.mmu.write(vaAdd(adapter.handle, BLOCK.MaximumLookahead), 4, BigInt(lookahead));
  adapter.general = {
    mediaType: adapter.mediaType,
    mtu,
    lookahead,
    macOptions,
    packetFilters: 0,
    multicastEntries: entries ?? 0,
    permanentAddress: permanent ?? new Uint8Array(),
    currentAddress: current ?? new Uint8Array(),
    supportedOids,
    hasPowerManagement: power !== undefined,
    selectiveSuspend: false,
    receiveScale: null,
    wakeUp: null,
    pauseFunctions: 0,
    maxLinkSpeed: 0n,
    bytes: new Uint8Array(),
  };
  // Who is never told otherwise takes the link for connected.
  adapter.linkUp = state === undefined || state === CONNECTED;
  legacyOf(kernel, adapter).maxSendPackets = packets ?? 0;
}
