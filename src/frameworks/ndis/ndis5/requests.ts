/** Queries and settings of an NDIS 5 miniport: one at a time, answered at once or completed later. */
import type { Blocking } from '../../../kernel/effects.ts';
import { allocateForKernel, pool } from '../../../kernel/ex/pool.ts';
import type { Kernel } from '../../../kernel/kernel.ts';
import { NULL, vaAdd } from '../../../units/address.ts';
import { DISPATCH_LEVEL } from '../../../units/irql.ts';
import { isSuccess, ntStatus } from '../../../units/status.ts';
import type { Adapter } from '../adapter.ts';
import { callMiniport } from '../call.ts';
import { outstanding, settle } from '../life-cycle.ts';
import { entryOf } from '../miniport-driver.ts';
import type { OidAnswer } from '../oid-requests.ts';
import { OID, oidName } from '../oids.ts';
import { legacyOf } from './state.ts';

type Routine = 'MiniportQueryInformation' | 'MiniportSetInformation';

export const query = (
  kernel: Kernel,
  adapter: Adapter,
  oid: number,
  bytes: number,
): Blocking<OidAnswer> =>
  request(kernel, adapter, 'MiniportQueryInformation', oid, new Uint8Array(bytes));

/** Settings that NDIS repeats to a miniport that lost them with its power. */
const REMEMBERED: ReadonlySet<number> = new Set([
  OID.GEN_CURRENT_LOOKAHEAD,
  OID['802_3_MULTICAST_LIST'],
  OID.GEN_CURRENT_PACKET_FILTER,
]);

export function* set(
  kernel: Kernel,
  adapter: Adapter,
  oid: number,
  value: Uint8Array,
): Blocking<OidAnswer> {
  const answer = yield* request(kernel, adapter, 'MiniportSetInformation', oid, value);
  const isKept = REMEMBERED.has(oid) && isSuccess(answer.status);
  if (isKept) legacyOf(kernel, adapter).settings.set(oid, value);
  return answer;
}

export function* setAgain(kernel: Kernel, adapter: Adapter): Blocking<void> {
  for (const [oid, value] of [...legacyOf(kernel, adapter).settings]) {
    yield* set(kernel, adapter, oid, value);
  }
}

function* request(
  kernel: Kernel,
  adapter: Adapter,
  routine: Routine,
  oid: number,
  buffer: Uint8Array,
): Blocking<OidAnswer> {
  const { driver, subject, context } = adapter;
  const { mmu } = kernel;
  const data = buffer.length === 0 ? NULL : allocateForKernel(kernel, buffer.length, 'NDob');
  if (data !== NULL) mmu.writeBytes(data, buffer);
  // BytesWritten or BytesRead, then BytesNeeded.
  const counts = allocateForKernel(kernel, 8, 'NDoc');
  mmu.write(counts, 8, 0n);
  const legacy = legacyOf(kernel, adapter);
  const waiting = outstanding();
  legacy.request = waiting;
  const returned = yield* callMiniport(kernel, {
    routine,
    detail: oidName(oid),
    subject,
    entry: entryOf(driver.entries, routine),
    args: [context, BigInt(oid), data, BigInt(buffer.length), counts, vaAdd(counts, 4)],
    irql: DISPATCH_LEVEL,
  });
  const status = yield* settle(adapter, waiting, ntStatus(returned), `${routine} ${oidName(oid)}`);
  legacy.request = null;
  const isQuery = routine === 'MiniportQueryInformation';
  const written = isQuery ? Math.min(mmu.u32(counts), buffer.length) : 0;
  const bytes = written === 0 ? new Uint8Array() : mmu.readBytes(data, written);
  const needed = mmu.u32(vaAdd(counts, 4));
  pool(kernel).free(counts);
  if (data !== NULL) pool(kernel).free(data);
  return { oid, status, bytes, needed };
}
