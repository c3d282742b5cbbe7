import { expect, test } from 'vitest';
import type { EventBody } from '../../../events/event.ts';
import { allocateForKernel } from '../../../kernel/ex/pool.ts';
import { mdlAt } from '../../../kernel/mm/mdl.ts';
import { caller, testKernel } from '../../../kernel/test-kernel.ts';
import { NULL, type Va, va } from '../../../units/address.ts';
import { NDIS_STATUS } from '../../../units/ndis-status.ts';
import { ALLOCATED_BY_NDIS, PACKET } from './layout.ts';
import { bytesOfPacket, chainAtBack, lengthOf, oobOf, packets } from './packets.ts';
import { ndis5Services } from './services.ts';

function machine() {
  const problems: string[] = [];
  const emit = (event: EventBody): void => {
    if (event.kind === 'framework-misuse') problems.push(`${event.service} ${event.problem}`);
  };
  const kernel = testKernel({ emit });
  const call = caller(kernel, ndis5Services);
  const out = allocateForKernel(kernel, 16, 'Test');
  const status = va(out + 8n);
  /** What a service wrote through its pointers: a handle or address, and a status. */
  const given = (name: string, ...args: (bigint | number)[]) => {
    call(name, status, out, ...args);
    return { at: kernel.mmu.pointer(out), status: kernel.mmu.u32(status) };
  };
  const buffer = (text: string): Va => {
    const bytes = Uint8Array.from(text, (c) => c.charCodeAt(0));
    const block = allocateForKernel(kernel, bytes.length, 'Test');
    kernel.mmu.writeBytes(block, bytes);
    return given('NdisAllocateBuffer', 0, block, bytes.length).at;
  };
  return { kernel, call, given, buffer, out, problems };
}

const text = (bytes: Uint8Array): string => String.fromCharCode(...bytes);

test('a packet of a pool says where its out-of-band data lies', () => {
  const { kernel, given } = machine();
  const pool = given('NdisAllocatePacketPool', 2, 20);
  expect(pool.status).toBe(NDIS_STATUS.SUCCESS);
  const { at } = given('NdisAllocatePacket', pool.at);
  const view = PACKET.at(kernel.mmu, at);
  expect(view).toMatchObject({
    Pool: pool.at,
    NdisPacketFlags: ALLOCATED_BY_NDIS,
    NdisPacketOobOffset: 0x60 + 24,
    Head: NULL,
  });
  expect(oobOf(kernel, at).Status).toBe(0);
});

test('a pool gives as many packets as it has descriptors, and one more for each that comes back', () => {
  const { call, given } = machine();
  const { at: pool } = given('NdisAllocatePacketPoolEx', 1, 1, 16);
  const first = given('NdisAllocatePacket', pool);
  given('NdisAllocatePacket', pool);
  expect(given('NdisAllocatePacket', pool)).toEqual({ at: NULL, status: NDIS_STATUS.RESOURCES });
  expect(call('NdisPacketPoolUsage', pool)).toBe(2n);
  call('NdisFreePacket', first.at);
  expect(given('NdisAllocatePacket', pool).status).toBe(NDIS_STATUS.SUCCESS);
});

test.each([0, 0x1_0000])('a pool of %d descriptors is refused', (count) => {
  const { given } = machine();
  const refused = { at: NULL, status: NDIS_STATUS.RESOURCES };
  expect(given('NdisAllocatePacketPool', count, 16)).toEqual(refused);
});

test('a packet freed twice, one of a pool that is gone, and a pool freed too early are told', () => {
  const { call, given, problems } = machine();
  const { at: pool } = given('NdisAllocatePacketPool', 4, 16);
  const { at: packet } = given('NdisAllocatePacket', pool);
  call('NdisFreePacket', packet);
  call('NdisFreePacket', packet);
  given('NdisAllocatePacket', pool);
  call('NdisFreePacketPool', pool);
  call('NdisFreePacketPool', pool);
  given('NdisAllocatePacket', pool);
  expect(problems).toEqual([
    'NdisFreePacket not-allocated',
    'NdisFreePacketPool packets-left',
    'NdisFreePacketPool wrong-handle',
    'NdisAllocatePacket wrong-handle',
  ]);
});

test('buffers come off a packet at either end', () => {
  const { kernel, call, given, buffer, out } = machine();
  const { at: pool } = given('NdisAllocatePacketPool', 1, 16);
  const { at: packet } = given('NdisAllocatePacket', pool);
  const [a, b, c] = [buffer('head '), buffer('middle '), buffer('tail')];
  for (const mdl of [a, b, c]) chainAtBack(kernel, packet, mdl);
  expect(text(bytesOfPacket(kernel, packet))).toBe('head middle tail');
  call('NdisUnchainBufferAtBack', packet, out);
  expect(kernel.mmu.pointer(out)).toBe(c);
  call('NdisUnchainBufferAtFront', packet, out);
  expect(kernel.mmu.pointer(out)).toBe(a);
  expect(mdlAt(kernel, a).Next).toBe(NULL);
  expect(text(bytesOfPacket(kernel, packet))).toBe('middle ');
  expect(PACKET.at(kernel.mmu, packet)).toMatchObject({ Head: b, Tail: b });
  call('NdisUnchainBufferAtBack', packet, out);
  call('NdisUnchainBufferAtFront', packet, out);
  expect(kernel.mmu.pointer(out)).toBe(NULL);
  expect(PACKET.at(kernel.mmu, packet)).toMatchObject({ Head: NULL, Tail: NULL });
});

test('a copy goes across the buffers of both packets and stops where one ends', () => {
  const { kernel, call, given, buffer, out } = machine();
  const { at: pool } = given('NdisAllocatePacketPool', 2, 16);
  const { at: from } = given('NdisAllocatePacket', pool);
  const { at: to } = given('NdisAllocatePacket', pool);
  for (const mdl of [buffer('abc'), buffer('defgh')]) chainAtBack(kernel, from, mdl);
  for (const mdl of [buffer('....'), buffer('....')]) chainAtBack(kernel, to, mdl);
  call('NdisCopyFromPacketToPacketSafe', to, 2, 100, from, 1, out, 0);
  expect(kernel.mmu.u32(out)).toBe(6);
  expect(text(bytesOfPacket(kernel, to))).toBe('..bcdefg');
});

test('a copied buffer describes part of another', () => {
  const { kernel, given, buffer } = machine();
  const source = buffer('abcdef');
  const part = given('NdisCopyBuffer', 0, source, 2, 3);
  expect(mdlAt(kernel, part.at)).toMatchObject({ ByteCount: 3 });
  expect(given('NdisCopyBuffer', 0, source, 4, 3)).toEqual({
    at: NULL,
    status: NDIS_STATUS.FAILURE,
  });
});

test('a chain that comes back to itself has an end', () => {
  const { kernel, buffer } = machine();
  const packet = packets(kernel).allocate(null) ?? NULL;
  const mdl = buffer('x');
  chainAtBack(kernel, packet, mdl);
  mdlAt(kernel, mdl).Next = mdl;
  expect(lengthOf(kernel, packet)).toBe(0x1000);
});
