/** OID requests to an NDIS 6 miniport: one at a time, answered at once or completed later. */
import type { Blocking } from '../../kernel/effects.ts';
import { allocateForKernel, pool } from '../../kernel/ex/pool.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { NULL, type Va } from '../../units/address.ts';
import { type NtStatus, ntStatus } from '../../units/status.ts';
import type { Adapter } from './adapter.ts';
import { callMiniport } from './call.ts';
import { OID_REQUEST, OID_REQUEST_BYTES } from './layout.ts';
import { outstanding, settle } from './life-cycle.ts';
import { entryOf, isAtLeast } from './miniport-driver.ts';
import { OBJECT, setHeader } from './object-header.ts';
import { oidName } from './oids.ts';

/** NDIS_REQUEST_TYPE. */
const QUERY_INFORMATION = 0;
const SET_INFORMATION = 1;

export interface OidAnswer {
  readonly oid: number;
  readonly status: NtStatus;
  /** What was written to the buffer, for a query. */
  readonly bytes: Uint8Array;
  readonly needed: number;
}

export const query = (
  kernel: Kernel,
  adapter: Adapter,
  oid: number,
  bytes: number,
): Blocking<OidAnswer> => request(kernel, adapter, QUERY_INFORMATION, oid, new Uint8Array(bytes));

export const set = (
  kernel: Kernel,
  adapter: Adapter,
  oid: number,
  value: Uint8Array,
): Blocking<OidAnswer> => request(kernel, adapter, SET_INFORMATION, oid, value);

function* request(
  kernel: Kernel,
  adapter: Adapter,
  type: number,
  oid: number,
  buffer: Uint8Array,
): Blocking<OidAnswer> {
  const { driver, subject, context } = adapter;
  const data = buffer.length === 0 ? NULL : allocateForKernel(kernel, buffer.length, 'NDob');
  kernel.mmu.writeBytes(data, buffer);
  const at = makeRequest(kernel, adapter, { type, oid, data, bytes: buffer.length });
  const waiting = outstanding();
  adapter.oids.set(at, waiting);
  const returned = yield* callMiniport(kernel, {
    routine: 'MiniportOidRequest',
    detail: oidName(oid),
    subject,
    entry: entryOf(driver.entries, 'MiniportOidRequest'),
    args: [context, at],
  });
  const what = `MiniportOidRequest ${oidName(oid)}`;
  const status = yield* settle(adapter, waiting, ntStatus(returned), what);
  adapter.oids.delete(at);
  const answer = answerOf(kernel, at, { oid, status, data, isQuery: type === QUERY_INFORMATION });
  pool(kernel).free(at);
  if (data !== NULL) pool(kernel).free(data);
  return answer;
}

interface NewRequest {
  readonly type: number;
  readonly oid: number;
  readonly data: Va;
  readonly bytes: number;
}

function makeRequest(kernel: Kernel, adapter: Adapter, { type, oid, data, bytes }: NewRequest): Va {
  const at = allocateForKernel(kernel, OID_REQUEST.bytes, 'NDor');
  const revision = isAtLeast(adapter.driver, 6, 50) ? 2 : 1;
  setHeader(kernel, at, OBJECT.OID_REQUEST, revision, OID_REQUEST_BYTES[revision - 1] ?? 0);
  const view = OID_REQUEST.at(kernel.mmu, at);
  view.RequestType = type;
  view.RequestId = at;
  view.RequestHandle = adapter.handle;
  view.Oid = oid;
  view.InformationBuffer = data;
  view.InformationBufferLength = bytes;
  return at;
}

function answerOf(
  kernel: Kernel,
  at: Va,
  facts: { oid: number; status: NtStatus; data: Va; isQuery: boolean },
): OidAnswer {
  const { InformationBufferLength, BytesWritten, BytesNeeded } = OID_REQUEST.at(kernel.mmu, at);
  const written = facts.isQuery ? Math.min(BytesWritten, InformationBufferLength) : 0;
  return {
    oid: facts.oid,
    status: facts.status,
    bytes: written === 0 ? new Uint8Array() : kernel.mmu.readBytes(facts.data, written),
    needed: BytesNeeded,
  };
}
