import { expect, test } from 'vitest';
import type { EventBody } from '../../events/event.ts';
import { mdlAt } from '../../kernel/mm/mdl.ts';
import { allocateMdl, buildForNonPagedPool } from '../../kernel/mm/mdl-services.ts';
import { allocate, caller, testKernel } from '../../kernel/test-kernel.ts';
import { NULL, type Va, va } from '../../units/address.ts';
import { NET_BUFFER, NET_BUFFER_LIST } from './net-buffer-layout.ts';
import { buffersOf, bytesOf, netBuffers } from './net-buffers.ts';
import { ndisServices } from './services.ts';

function machine() {
  const problems: string[] = [];
  const emit = (event: EventBody): void => {
    if (event.kind === 'framework-misuse') problems.push(`${event.service} ${event.problem}`);
  };
  const kernel = testKernel({ emit });
  const call = caller(kernel, ndisServices);
  const at = (name: string, ...args: readonly (bigint | number)[]): Va => va(call(name, ...args));
  /** A list with a buffer for each array of MDL lengths; the bytes count up from 0 throughout. */
  const listOf = (...buffers: readonly (readonly number[])[]): Va => {
    let next = 0;
    const made = buffers.map((lengths) => {
      const mdls = lengths.map((length) => {
        const data = allocate(kernel, length);
        kernel.mmu.writeBytes(
          data,
          Uint8Array.from({ length }, () => next++),
        );
        const mdl = allocateMdl(kernel, data, length, false) ?? NULL;
        buildForNonPagedPool(kernel, mdl);
        return mdl;
      });
      mdls.forEach((mdl, i) => {
        mdlAt(kernel, mdl).Next = mdls[i + 1] ?? NULL;
      });
      const total = lengths.reduce((sum, length) => sum + length, 0);
      return netBuffers(kernel).makeBuffer(NULL, mdls[0] ?? NULL, 0, BigInt(total)) ?? NULL;
    });
    made.forEach((buffer, i) => {
      NET_BUFFER.at(kernel.mmu, buffer).Next = made[i + 1] ?? NULL;
    });
    const list = netBuffers(kernel).makeList(NULL, 0, 0) ?? NULL;
    NET_BUFFER_LIST.at(kernel.mmu, list).FirstNetBuffer = made[0] ?? NULL;
    return list;
  };
  const contents = (list: Va): number[][] =>
    [...buffersOf(kernel, list)].map((buffer) => [...bytesOf(kernel, buffer)]);
  return { kernel, call, at, listOf, contents, problems };
}

const counting = (from: number, length: number): number[] =>
  Array.from({ length }, (_, i) => from + i);

test('each buffer is cut into pieces of at most the length, behind what is skipped', () => {
  const { at, listOf, contents } = machine();
  const list = listOf([4, 8], [5]);
  const cut = at('NdisAllocateFragmentNetBufferList', list, 0, 0, 2, 4, 0, 0, 0);
  expect(contents(cut)).toEqual([counting(2, 4), counting(6, 4), counting(10, 2), counting(14, 3)]);
});

test('each fragment has room of its own for a header, and unused room before it', () => {
  const { kernel, at, listOf, contents } = machine();
  const cut = at('NdisAllocateFragmentNetBufferList', listOf([6]), 0, 0, 0, 4, 2, 8, 0);
  expect(contents(cut)).toEqual([
    [0, 0, ...counting(0, 4)],
    [0, 0, 4, 5],
  ]);
  const [first = NULL] = buffersOf(kernel, cut);
  expect(NET_BUFFER.at(kernel.mmu, first).DataOffset).toBe(8);
});

test('fragments are put together again without what each begins with', () => {
  const { at, listOf, contents } = machine();
  const list = listOf([4], [4, 2], [3]);
  const whole = at('NdisAllocateReassembledNetBufferList', list, 0, 1, 3, 0, 0);
  expect(contents(whole)).toEqual([[0, 0, 0, 1, 2, 3, ...counting(5, 5), 11, 12]]);
});

test('they go with all that was made for them, once', () => {
  const { call, at, listOf, problems, contents } = machine();
  const list = listOf([6]);
  const cut = at('NdisAllocateFragmentNetBufferList', list, 0, 0, 0, 4, 2, 8, 0);
  const whole = at('NdisAllocateReassembledNetBufferList', cut, 0, 2, 0, 0, 0);
  expect(contents(whole)).toEqual([counting(0, 6)]);
  call('NdisFreeReassembledNetBufferList', whole, 0, 0);
  call('NdisFreeFragmentNetBufferList', cut, 2, 0);
  expect(problems).toEqual([]);
  call('NdisFreeFragmentNetBufferList', cut, 2, 0);
  call('NdisFreeReassembledNetBufferList', list, 0, 0);
  expect(problems).toEqual([
    'NdisFreeFragmentNetBufferList not-allocated',
    'NdisFreeReassembledNetBufferList not-allocated',
  ]);
});

test.each([
  ['more is skipped than there is', 7, 4],
  ['fragments are to be empty', 0, 0],
] as const)('there is no list when %s', (_what, skip, most) => {
  const { at, listOf } = machine();
  const cut = at('NdisAllocateFragmentNetBufferList', listOf([6]), 0, 0, skip, most, 0, 0, 0);
  expect(cut).toBe(NULL);
});

test('there is no list, rather than half a list, of more fragments than NDIS makes', () => {
  const { at, listOf } = machine();
  const list = listOf([0x1_0001]);
  expect(at('NdisAllocateFragmentNetBufferList', list, 0, 0, 0, 1, 0, 0, 0)).toBe(NULL);
});
