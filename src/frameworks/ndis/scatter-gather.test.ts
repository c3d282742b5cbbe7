import { expect, test } from 'vitest';
import { mdlAt } from '../../kernel/mm/mdl.ts';
import { allocateMdl, buildForNonPagedPool } from '../../kernel/mm/mdl-services.ts';
import { allocate } from '../../kernel/test-kernel.ts';
import { NULL, type Va, vaAdd } from '../../units/address.ts';
import { ATTRIBUTE, SG_DMA_DESCRIPTION } from './layout.ts';
import { FakeMiniport } from './miniport.fixture.ts';
import { NET_BUFFER } from './net-buffer-layout.ts';
import { netBuffers } from './net-buffers.ts';
import { OBJECT, setHeader } from './object-header.ts';

const WRITE_TO_DEVICE = 1;

/** A miniport with a DMA registration that notes the lists it is given. */
function sender() {
  const lists: Va[] = [];
  const on = new FakeMiniport();
  const { kernel, machine, adapter } = on;
  adapter.registration = { context: NULL, flags: ATTRIBUTE.BUS_MASTER, checkForHangSeconds: 0 };
  const at = allocate(kernel, SG_DMA_DESCRIPTION.bytes);
  setHeader(kernel, at, OBJECT.SG_DMA_DESCRIPTION, 1, 36);
  const view = SG_DMA_DESCRIPTION.at(kernel.mmu, at);
  view.Flags = 1;
  view.MaximumPhysicalMapping = 0x1_0000;
  view.ProcessSGListHandler = machine.routine((_device, _reserved, list) => {
    lists.push(list);
    return 0;
  });
  const dma = on.open('NdisMRegisterScatterGatherDma', adapter.handle, at);
  const buffer = (lengths: readonly number[], offset: number, length: number): Va => {
    const mdls = lengths.map((bytes) => {
      const mdl = allocateMdl(kernel, allocate(kernel, bytes), bytes, false) ?? NULL;
      buildForNonPagedPool(kernel, mdl);
      return mdl;
    });
    mdls.forEach((mdl, i) => {
      mdlAt(kernel, mdl).Next = mdls[i + 1] ?? NULL;
    });
    return netBuffers(kernel).makeBuffer(NULL, mdls[0] ?? NULL, offset, BigInt(length)) ?? NULL;
  };
  /** Lengths of the elements of the list that NDIS gave. */
  const elements = (list: Va): number[] =>
    Array.from({ length: kernel.mmu.u32(list) }, (_, i) =>
      kernel.mmu.u32(vaAdd(list, 16 + i * 24 + 8)),
    );
  return { on, dma, lists, buffer, elements };
}

test.each([
  ['data that begins with the MDL', [100], 0, 100, [100]],
  ['data behind unused bytes of the MDL', [132], 32, 100, [132]],
  ['data that goes on in the next MDL', [50, 60], 10, 90, [50, 50]],
  ['data that begins in the second MDL', [40, 60], 50, 30, [40]],
] as const)('a list of %s begins where the current MDL does', (_, mdls, offset, length, sizes) => {
  const { on, dma, lists, buffer, elements } = sender();
  const at = buffer(mdls, offset, length);
  expect(on.call('NdisMAllocateNetBufferSGList', dma, at, 0, WRITE_TO_DEVICE, 0, 0)).toBe(0n);
  const [list = NULL] = lists;
  expect(elements(list)).toEqual(sizes);
  const { CurrentMdlOffset } = NET_BUFFER.at(on.kernel.mmu, at);
  expect(sizes.reduce((sum, each) => sum + each, 0)).toBe(CurrentMdlOffset + length);
  on.call('NdisMFreeNetBufferSGList', dma, list, at);
  on.call('NdisMDeregisterScatterGatherDma', dma);
  expect(on.problems).toEqual([]);
});
