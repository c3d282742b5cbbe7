/** A miniport's own counters of frames, held against what was counted from outside. */
import type { Adapter } from '../frameworks/ndis/adapter.ts';
import { STATISTICS_INFO } from '../frameworks/ndis/layout.ts';
import { models } from '../frameworks/ndis/models.ts';
import { OID, oidName } from '../frameworks/ndis/oids.ts';
import type { Blocking } from '../kernel/effects.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { isSuccess } from '../units/status.ts';
import { number, supports, tell } from './ndis-oids.ts';

/** Frames sent and indicated while somebody counted. */
export interface Counted {
  readonly sent: number;
  readonly indicated: number;
}

/** What the miniport says; null where it does not. */
interface Told {
  readonly oid: { readonly sent: number; readonly received: number };
  readonly sent: bigint | null;
  readonly received: bigint | null;
}

/** NDIS_STATISTICS_FLAGS_VALID_xxx: directed, multicast and broadcast frames received, and sent. */
const RECEIVED_VALID = 0x1 | 0x2 | 0x4;
const SENT_VALID = 0x40 | 0x80 | 0x100;

/** Of NDIS_STATISTICS_INFO, up to the frames that are counted here. */
const SUPPORTED_STATISTICS = STATISTICS_INFO.offsetOf('SupportedStatistics');
const NEEDED_BYTES = STATISTICS_INFO.offsetOf('ifHCOutBroadcastPkts') + 8;

function* statistics(kernel: Kernel, adapter: Adapter): Blocking<Told | undefined> {
  const oid = { sent: OID.GEN_STATISTICS, received: OID.GEN_STATISTICS };
  const { bytes: size } = STATISTICS_INFO;
  const answer = yield* models(adapter).query(kernel, adapter, oid.sent, size);
  if (!isSuccess(answer.status) || answer.bytes.length < NEEDED_BYTES) return undefined;
  const field = (name: Parameters<typeof STATISTICS_INFO.offsetOf>[0]): bigint => {
    const at = STATISTICS_INFO.offsetOf(name);
    return number(answer.bytes.subarray(at, at + 8));
  };
  const flags = Number(
    number(answer.bytes.subarray(SUPPORTED_STATISTICS, SUPPORTED_STATISTICS + 4)),
  );
  const sum = (mask: number, ...names: readonly Parameters<typeof field>[0][]): bigint | null =>
    (flags & mask) === mask ? names.reduce((total, name) => total + field(name), 0n) : null;
  return {
    oid,
    sent: sum(SENT_VALID, 'ifHCOutUcastPkts', 'ifHCOutMulticastPkts', 'ifHCOutBroadcastPkts'),
    received: sum(RECEIVED_VALID, 'ifHCInUcastPkts', 'ifHCInMulticastPkts', 'ifHCInBroadcastPkts'),
  };
}

/** The counters of NDIS 5, one object each, of 4 or 8 bytes. */
function* counts(kernel: Kernel, adapter: Adapter): Blocking<Told> {
  const oid = { sent: OID.GEN_XMIT_OK, received: OID.GEN_RCV_OK };
  const ask = function* (object: number): Blocking<bigint | null> {
    if (!supports(adapter, object)) return null;
    const answer = yield* models(adapter).query(kernel, adapter, object, 8);
    const isTold = isSuccess(answer.status) && [4, 8].includes(answer.bytes.length);
    return isTold ? number(answer.bytes) : null;
  };
  return { oid, sent: yield* ask(oid.sent), received: yield* ask(oid.received) };
}

/** They are asked for in any case, and have to hold at least the frames that were counted: others may have come before. */
export function* compareCounters(
  kernel: Kernel,
  adapter: Adapter,
  { sent, indicated }: Counted,
): Blocking<void> {
  const told = supports(adapter, OID.GEN_STATISTICS)
    ? yield* statistics(kernel, adapter)
    : yield* counts(kernel, adapter);
  if (told === undefined || (told.sent === null && told.received === null)) return;
  if (sent === 0 && indicated === 0) return;
  const isShort = (way: 'sent' | 'received', counted: number): boolean => {
    const value = told[way];
    const short = value !== null && value < BigInt(counted);
    if (short) tell(kernel, oidName(told.oid[way]), `${value} frames ${way}, ${counted} were`);
    return short;
  };
  const short = [isShort('sent', sent), isShort('received', indicated)];
  const agree = !short.includes(true);
  kernel.emit({ kind: 'traffic-counters', subject: adapter.subject, agree });
}
