import { expect, test } from 'vitest';
import { pool } from '../../kernel/ex/pool.ts';
import { allocate } from '../../kernel/test-kernel.ts';
import { NULL, va } from '../../units/address.ts';
import { NDIS_STATUS } from '../../units/ndis-status.ts';
import { OID_REQUEST } from './layout.ts';
import { FakeMiniport } from './miniport.fixture.ts';
import { OBJECT, setHeader } from './object-header.ts';

function withRequest() {
  const on = new FakeMiniport();
  const request = allocate(on.kernel, OID_REQUEST.bytes);
  setHeader(on.kernel, request, OBJECT.OID_REQUEST, 1, 236);
  const view = OID_REQUEST.at(on.kernel.mmu, request);
  view.Oid = 0x0001_010e;
  view.InformationBufferLength = 4;
  view.MiniportReserved.set(0, va(0x1234n));
  return { on, request };
}

test('a clone asks the same and keeps nothing of who held the original', () => {
  const { on, request } = withRequest();
  const { handle } = on.adapter;
  const clone = on.open('NdisAllocateCloneOidRequest', handle, request, 0x656e6f43);
  const view = OID_REQUEST.at(on.kernel.mmu, clone);
  expect([view.Oid, view.InformationBufferLength]).toEqual([0x0001_010e, 4]);
  expect(view.MiniportReserved.get(0)).toBe(NULL);
  on.call('NdisFreeCloneOidRequest', handle, clone);
  expect(pool(on.kernel).wasFreed(clone)).toBe(true);
  on.call('NdisFreeCloneOidRequest', handle, clone);
  expect(on.problems).toEqual(['NdisFreeCloneOidRequest not-allocated']);
});

test('a handle that is none gets no clone, and NULL', () => {
  const { on, request } = withRequest();
  const out = allocate(on.kernel, 8);
  on.kernel.mmu.write(out, 8, 1n);
  const status = on.call('NdisAllocateCloneOidRequest', 0x1234, request, 0, out);
  expect(Number(status)).toBe(NDIS_STATUS.INVALID_PARAMETER);
  expect(on.kernel.mmu.pointer(out)).toBe(NULL);
});
