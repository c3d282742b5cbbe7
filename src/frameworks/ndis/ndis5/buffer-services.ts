/** NDIS_BUFFERs, which are MDLs: allocated from pools that hold nothing, chained to packets by macros. */
import { type Kernel, part } from '../../../kernel/kernel.ts';
import { mdlAt, mdlVirtual } from '../../../kernel/mm/mdl.ts';
import { allocateMdl, buildForNonPagedPool, freeMdl } from '../../../kernel/mm/mdl-services.ts';
import type { Service } from '../../../kernel/service.ts';
import { ptr, u32 } from '../../../layout/struct.ts';
import { NULL, type Va, vaAdd } from '../../../units/address.ts';
import { DISPATCH_LEVEL, HIGH_LEVEL } from '../../../units/irql.ts';
import { NDIS_STATUS } from '../../../units/ndis-status.ts';
import { Handles } from '../handles.ts';
import { tellMisuse } from '../misuse.ts';
import { ndisHandle, ndisService } from '../ndis-service.ts';
import { PACKET } from './layout.ts';
import { mdlsOf } from './packets.ts';

const Status = ptr('NDIS_STATUS');

const bufferPools = part((kernel) => new Handles<number>(kernel, 'NDbp'));

const NdisAllocateBufferPool = ndisService({
  name: 'NdisAllocateBufferPool',
  params: { Status, PoolHandle: ptr('NDIS_HANDLE'), NumberOfDescriptors: u32 },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run(kernel, args) {
    const handle = bufferPools(kernel).open(args.NumberOfDescriptors);
    kernel.mmu.write(args.PoolHandle, 8, handle ?? NULL);
    const status = handle === undefined ? NDIS_STATUS.RESOURCES : NDIS_STATUS.SUCCESS;
    kernel.mmu.write(args.Status, 4, BigInt(status));
  },
});

const NdisFreeBufferPool = ndisService({
  name: 'NdisFreeBufferPool',
  doc: 'ndis.h',
  params: { PoolHandle: ndisHandle },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run(kernel, { PoolHandle }) {
    if (bufferPools(kernel).close(PoolHandle) === undefined) {
      tellMisuse(kernel, 'NdisFreeBufferPool', 'wrong-handle');
    }
  },
});

function describe(kernel: Kernel, base: Va, length: number): Va | undefined {
  const mdl = allocateMdl(kernel, base, length, false);
  if (mdl !== undefined) buildForNonPagedPool(kernel, mdl);
  return mdl;
}

/** The memory is nonpaged; the pool limits nothing. */
const NdisAllocateBuffer = ndisService({
  name: 'NdisAllocateBuffer',
  params: {
    Status,
    Buffer: ptr('PNDIS_BUFFER'),
    PoolHandle: ndisHandle,
    VirtualAddress: ptr(),
    Length: u32,
  },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run(kernel, args) {
    const mdl = describe(kernel, args.VirtualAddress, args.Length);
    kernel.mmu.write(args.Buffer, 8, mdl ?? NULL);
    const status = mdl === undefined ? NDIS_STATUS.FAILURE : NDIS_STATUS.SUCCESS;
    kernel.mmu.write(args.Status, 4, BigInt(status));
  },
});

/** IoFreeMdl under the name that drivers before Windows XP import. */
const NdisFreeBuffer = ndisService({
  name: 'NdisFreeBuffer',
  doc: 'ndis.h',
  params: { Buffer: ptr('NDIS_BUFFER') },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run: (kernel, { Buffer }) => freeMdl(kernel, Buffer),
});

const NdisCopyBuffer = ndisService({
  name: 'NdisCopyBuffer',
  doc: 'ndis.h',
  params: {
    Status,
    Buffer: ptr('PNDIS_BUFFER'),
    PoolHandle: ndisHandle,
    MemoryDescriptor: ptr('NDIS_BUFFER'),
    Offset: u32,
    Length: u32,
  },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run(kernel, args) {
    const source = mdlAt(kernel, args.MemoryDescriptor);
    const fits = args.Offset + args.Length <= source.ByteCount;
    const base = vaAdd(mdlVirtual(source), args.Offset);
    const mdl = fits ? describe(kernel, base, args.Length) : undefined;
    kernel.mmu.write(args.Buffer, 8, mdl ?? NULL);
    const status = mdl === undefined ? NDIS_STATUS.FAILURE : NDIS_STATUS.SUCCESS;
    kernel.mmu.write(args.Status, 4, BigInt(status));
  },
});

const UNCHAIN = { Packet: ptr('NDIS_PACKET'), Buffer: ptr('PNDIS_BUFFER') } as const;

const NdisUnchainBufferAtFront = ndisService({
  name: 'NdisUnchainBufferAtFront',
  doc: 'ndis.h',
  params: UNCHAIN,
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run(kernel, { Packet, Buffer }) {
    const view = PACKET.at(kernel.mmu, Packet);
    const first = view.Head;
    kernel.mmu.write(Buffer, 8, first);
    if (first === NULL) return;
    view.Head = mdlAt(kernel, first).Next;
    if (view.Head === NULL) view.Tail = NULL;
    mdlAt(kernel, first).Next = NULL;
    view.ValidCounts = 0;
  },
});

const NdisUnchainBufferAtBack = ndisService({
  name: 'NdisUnchainBufferAtBack',
  params: UNCHAIN,
  returns: 'void',
  maxIrql: HIGH_LEVEL,
  run(kernel, { Packet, Buffer }) {
    const view = PACKET.at(kernel.mmu, Packet);
    const chain = [...mdlsOf(kernel, view.Head)];
    const last = chain.at(-1) ?? NULL;
    const before = chain.at(-2) ?? NULL;
    kernel.mmu.write(Buffer, 8, last);
    if (last === NULL) return;
    if (before === NULL) view.Head = NULL;
    else mdlAt(kernel, before).Next = NULL;
    view.Tail = before;
    view.ValidCounts = 0;
  },
});

/** Macros since Windows XP, functions before. */
const NdisBufferLength = ndisService({
  name: 'NdisBufferLength',
  doc: 'ndis.h',
  params: { Buffer: ptr('NDIS_BUFFER') },
  returns: 'u32',
  maxIrql: HIGH_LEVEL,
  run: (kernel, { Buffer }) => mdlAt(kernel, Buffer).ByteCount,
});

const NdisBufferVirtualAddress = ndisService({
  name: 'NdisBufferVirtualAddress',
  doc: 'ndis.h',
  params: { Buffer: ptr('NDIS_BUFFER') },
  returns: 'pointer',
  maxIrql: DISPATCH_LEVEL,
  run: (kernel, { Buffer }) => mdlVirtual(mdlAt(kernel, Buffer)),
});

const NdisQueryBuffer = ndisService({
  name: 'NdisQueryBuffer',
  doc: 'ndis.h',
  params: { Buffer: ptr('NDIS_BUFFER'), VirtualAddress: ptr('PVOID'), Length: ptr('UINT') },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run(kernel, { Buffer, VirtualAddress, Length }) {
    const mdl = mdlAt(kernel, Buffer);
    if (VirtualAddress !== NULL) kernel.mmu.write(VirtualAddress, 8, mdlVirtual(mdl));
    kernel.mmu.write(Length, 4, BigInt(mdl.ByteCount));
  },
});

export const bufferServices5: readonly Service[] = [
  NdisAllocateBufferPool,
  NdisFreeBufferPool,
  NdisAllocateBuffer,
  NdisFreeBuffer,
  NdisCopyBuffer,
  NdisUnchainBufferAtFront,
  NdisUnchainBufferAtBack,
  NdisBufferLength,
  NdisBufferVirtualAddress,
  NdisQueryBuffer,
];
