import { expect, test } from 'vitest';
import type { EventBody } from '../../events/event.ts';
import { mdlAt } from '../../kernel/mm/mdl.ts';
import { allocateMdl, buildForNonPagedPool } from '../../kernel/mm/mdl-services.ts';
import { allocate, caller, testKernel } from '../../kernel/test-kernel.ts';
import { NULL, type Va, va, vaAdd } from '../../units/address.ts';
import { BUFFER_POOL_PARAMETERS, NET_BUFFER, NET_BUFFER_LIST } from './net-buffer-layout.ts';
import { bytesOf } from './net-buffers.ts';
import { OBJECT, setHeader } from './object-header.ts';
import { ndisServices } from './services.ts';

function machine() {
  const problems: string[] = [];
  const emit = (event: EventBody): void => {
    if (event.kind === 'framework-misuse') problems.push(`${event.service} ${event.problem}`);
  };
  const kernel = testKernel({ emit });
  const call = caller(kernel, ndisServices);
  const at = (name: string, ...args: readonly (bigint | number)[]): Va => va(call(name, ...args));
  const openPool = (dataBytes = 0): Va => {
    const parameters = allocate(kernel, BUFFER_POOL_PARAMETERS.bytes);
    setHeader(kernel, parameters, OBJECT.DEFAULT, 1, 12);
    BUFFER_POOL_PARAMETERS.at(kernel.mmu, parameters).DataSize = dataBytes;
    return at('NdisAllocateNetBufferPool', 0, parameters);
  };
  /** MDLs of these lengths over bytes that count up from 0. */
  const chain = (...lengths: readonly number[]): Va => {
    let first = NULL;
    let last = NULL;
    let next = 0;
    for (const length of lengths) {
      const data = allocate(kernel, length);
      kernel.mmu.writeBytes(
        data,
        Uint8Array.from({ length }, () => next++),
      );
      const mdl = allocateMdl(kernel, data, length, false) ?? NULL;
      buildForNonPagedPool(kernel, mdl);
      if (first === NULL) first = mdl;
      else mdlAt(kernel, last).Next = mdl;
      last = mdl;
    }
    return first;
  };
  return { kernel, call, at, openPool, chain, problems };
}

const counting = (from: number, length: number): number[] =>
  Array.from({ length }, (_, i) => from + i);

test('the data of a buffer begins where its offset says, across MDLs', () => {
  const { kernel, at, openPool, chain } = machine();
  const buffer = at('NdisAllocateNetBuffer', openPool(), chain(8, 8, 8), 10, 12);
  const view = NET_BUFFER.at(kernel.mmu, buffer);
  expect([view.CurrentMdlOffset, Number(view.DataLength)]).toEqual([2, 12]);
  expect(view.CurrentMdl).toBe(mdlAt(kernel, view.MdlChain).Next);
  expect([...bytesOf(kernel, buffer)]).toEqual(counting(10, 12));
});

test('advance and retreat move the start and come back', () => {
  const { kernel, call, at, openPool, chain } = machine();
  const buffer = at('NdisAllocateNetBuffer', openPool(), chain(8, 8), 4, 12);
  call('NdisAdvanceNetBufferDataStart', buffer, 6, 0, 0);
  expect([...bytesOf(kernel, buffer)]).toEqual(counting(10, 6));
  expect(call('NdisRetreatNetBufferDataStart', buffer, 6, 0, 0)).toBe(0n);
  expect([...bytesOf(kernel, buffer)]).toEqual(counting(4, 12));
});

test('a retreat beyond the first MDL puts one before it, and the advance frees that', () => {
  const { kernel, call, at, openPool, chain } = machine();
  const mdl = chain(8);
  const buffer = at('NdisAllocateNetBuffer', openPool(), mdl, 2, 6);
  expect(call('NdisRetreatNetBufferDataStart', buffer, 10, 4, 0)).toBe(0n);
  const view = NET_BUFFER.at(kernel.mmu, buffer);
  expect(view.MdlChain).not.toBe(mdl);
  expect([view.DataOffset, Number(view.DataLength)]).toEqual([4, 16]);
  call('NdisAdvanceNetBufferDataStart', buffer, 10, 1, 0);
  expect(NET_BUFFER.at(kernel.mmu, buffer).MdlChain).toBe(mdl);
  expect([...bytesOf(kernel, buffer)]).toEqual(counting(2, 6));
});

test.each([
  [4, 'in place'],
  [12, 'copied'],
])('NdisGetDataBuffer of %d bytes finds them %s', (bytes, where) => {
  const { kernel, at, openPool, chain } = machine();
  const buffer = at('NdisAllocateNetBuffer', openPool(), chain(8, 8), 2, 14);
  const storage = allocate(kernel, 32);
  const found = at('NdisGetDataBuffer', buffer, bytes, storage, 1, 0);
  expect(found === storage).toBe(where === 'copied');
  expect([...kernel.mmu.readBytes(found, bytes)]).toEqual(counting(2, bytes));
});

test('NdisGetDataBuffer gives nothing for more than there is, or without storage', () => {
  const { at, openPool, chain } = machine();
  const buffer = at('NdisAllocateNetBuffer', openPool(), chain(8, 8), 0, 16);
  expect(at('NdisGetDataBuffer', buffer, 17, 1, 1, 0)).toBe(NULL);
  expect(at('NdisGetDataBuffer', buffer, 12, 0, 1, 0)).toBe(NULL);
});

test('a pool with data gives each buffer memory of its own', () => {
  const { kernel, call, at, openPool, problems } = machine();
  const pool = openPool(64);
  const buffer = at('NdisAllocateNetBufferMdlAndData', pool);
  const view = NET_BUFFER.at(kernel.mmu, buffer);
  expect([view.DataOffset, Number(view.DataLength)]).toEqual([64, 0]);
  expect(call('NdisRetreatNetBufferDataStart', buffer, 64, 0, 0)).toBe(0n);
  call('NdisFreeNetBuffer', buffer);
  call('NdisFreeNetBufferPool', pool);
  expect(problems).toEqual([]);
});

test('buffers freed twice, pools freed full and pools that are none are told', () => {
  const { call, at, openPool, chain, problems } = machine();
  const pool = openPool();
  const buffer = at('NdisAllocateNetBuffer', pool, chain(8), 0, 8);
  at('NdisAllocateNetBuffer', pool, chain(8), 0, 8);
  call('NdisFreeNetBuffer', buffer);
  call('NdisFreeNetBuffer', buffer);
  call('NdisFreeNetBufferPool', pool);
  call('NdisFreeNetBufferPool', pool);
  expect(problems).toEqual([
    'NdisFreeNetBuffer not-allocated',
    'NdisFreeNetBufferPool not-empty',
    'NdisFreeNetBufferPool wrong-handle',
  ]);
});

test.each([
  [0, 'MDLs of its own'],
  [2, "the original's"],
])('a clone with flags %d has the data over %s', (flags, whose) => {
  const { kernel, call, at, openPool, chain, problems } = machine();
  const pool = openPool();
  const mdl = chain(8, 8);
  const original = allocate(kernel, NET_BUFFER_LIST.bytes);
  const buffer = at('NdisAllocateNetBuffer', pool, mdl, 3, 11);
  NET_BUFFER_LIST.at(kernel.mmu, original).FirstNetBuffer = buffer;
  const clone = at('NdisAllocateCloneNetBufferList', original, pool, pool, flags);
  const copy = NET_BUFFER_LIST.at(kernel.mmu, clone).FirstNetBuffer;
  expect(copy).not.toBe(buffer);
  expect(NET_BUFFER.at(kernel.mmu, copy).MdlChain === mdl).toBe(whose === "the original's");
  expect([...bytesOf(kernel, copy)]).toEqual(counting(3, 11));
  call('NdisFreeCloneNetBufferList', clone, flags);
  call('NdisFreeNetBuffer', buffer);
  call('NdisFreeNetBufferPool', pool);
  expect(problems).toEqual([]);
});

test('an MDL chain that leads into itself ends', () => {
  const { kernel, at, openPool, chain } = machine();
  const mdl = chain(8);
  mdlAt(kernel, mdl).Next = mdl;
  const buffer = at('NdisAllocateNetBuffer', openPool(), mdl, 0xffff_ffff, 8);
  expect(NET_BUFFER.at(kernel.mmu, buffer).DataOffset).toBe(0xffff_ffff);
  expect(vaAdd(buffer, 0)).toBe(buffer);
});
