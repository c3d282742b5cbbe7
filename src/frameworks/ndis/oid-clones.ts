/** Clones of OID requests, as drivers pass requests on that are not theirs: NdisAllocateCloneOidRequest and its end. */
import { pool } from '../../kernel/ex/pool.ts';
import { type Kernel, part } from '../../kernel/kernel.ts';
import type { Service } from '../../kernel/service.ts';
import { ptr, u32 } from '../../layout/struct.ts';
import { NULL, type Va } from '../../units/address.ts';
import { DISPATCH_LEVEL } from '../../units/irql.ts';
import { NDIS_STATUS } from '../../units/ndis-status.ts';
import type { NtStatus } from '../../units/status.ts';
import { adapters } from './adapter.ts';
import { OID_REQUEST, OID_REQUEST_BYTES } from './layout.ts';
import { tellMisuse } from './misuse.ts';
import { ndisHandle, ndisService } from './ndis-service.ts';
import { OBJECT } from './object-header.ts';

/** Each clone and the handle that it was made with. */
const clones = part(() => new Map<Va, Va>());

/** What belongs to whoever holds the request is not passed on. */
const RESERVED = ['NdisReserved', 'MiniportReserved', 'SourceReserved'] as const;

function copyRequest(kernel: Kernel, from: Va, to: Va): void {
  const { Size } = OID_REQUEST.at(kernel.mmu, from).Header;
  kernel.mmu.writeBytes(to, kernel.mmu.readBytes(from, Math.min(Size, OID_REQUEST.bytes)));
  const view = OID_REQUEST.at(kernel.mmu, to);
  for (const name of RESERVED) {
    for (let i = 0; i < view[name].length; i++) view[name].set(i, NULL);
  }
}

const NdisAllocateCloneOidRequest = ndisService({
  name: 'NdisAllocateCloneOidRequest',
  params: {
    SourceHandle: ndisHandle,
    OidRequest: ptr('NDIS_OID_REQUEST'),
    PoolTag: u32,
    ClonedOidRequest: ptr('PNDIS_OID_REQUEST'),
  },
  returns: 'ndis-status',
  maxIrql: DISPATCH_LEVEL,
  mayFail: [NDIS_STATUS.RESOURCES, NDIS_STATUS.FAILURE],
  run(kernel, { SourceHandle, OidRequest, PoolTag, ClonedOidRequest }): NtStatus {
    kernel.mmu.write(ClonedOidRequest, 8, 0n);
    const { Type, Size } = OID_REQUEST.at(kernel.mmu, OidRequest).Header;
    const isRequest = Type === OBJECT.OID_REQUEST && Size >= OID_REQUEST_BYTES[0];
    if (adapters(kernel).get(SourceHandle) === undefined || !isRequest) {
      return NDIS_STATUS.INVALID_PARAMETER;
    }
    const at = pool(kernel).allocate(OID_REQUEST.bytes, tagText(PoolTag));
    if (at === undefined) return NDIS_STATUS.RESOURCES;
    copyRequest(kernel, OidRequest, at);
    clones(kernel).set(at, SourceHandle);
    kernel.mmu.write(ClonedOidRequest, 8, at);
    return NDIS_STATUS.SUCCESS;
  },
});

/** A pool tag's four characters, the first in the lowest byte. */
const tagText = (tag: number): string =>
  String.fromCharCode(...[0, 8, 16, 24].map((shift) => (tag >>> shift) & 0xff));

const NdisFreeCloneOidRequest = ndisService({
  name: 'NdisFreeCloneOidRequest',
  params: { SourceHandle: ndisHandle, Request: ptr('NDIS_OID_REQUEST') },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run(kernel, { SourceHandle, Request }) {
    const name = 'NdisFreeCloneOidRequest';
    const source = clones(kernel).get(Request);
    if (source === undefined) {
      tellMisuse(kernel, name, 'not-allocated');
      return;
    }
    if (source !== SourceHandle) tellMisuse(kernel, name, 'wrong-handle');
    clones(kernel).delete(Request);
    pool(kernel).free(Request);
  },
});

export const oidCloneServices: readonly Service[] = [
  NdisAllocateCloneOidRequest,
  NdisFreeCloneOidRequest,
];
