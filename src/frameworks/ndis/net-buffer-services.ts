/** Pools, NET_BUFFERs and NET_BUFFER_LISTs: allocated, freed, and given contexts. */
import { pool } from '../../kernel/ex/pool.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { allocateMdl, buildForNonPagedPool, freeMdl } from '../../kernel/mm/mdl-services.ts';
import type { Service } from '../../kernel/service.ts';
import { poolTag } from '../../layout/named.ts';
import { ptr, sizeT, u16, u32 } from '../../layout/struct.ts';
import { NULL, type Va } from '../../units/address.ts';
import { DISPATCH_LEVEL, HIGH_LEVEL } from '../../units/irql.ts';
import { NDIS_STATUS } from '../../units/ndis-status.ts';
import { tellMisuse } from './misuse.ts';
import { bufferService, ndisHandle, ndisService } from './ndis-service.ts';
import {
  BUFFER_POOL_PARAMETERS,
  INFO,
  LIST_CONTEXT,
  LIST_POOL_PARAMETERS,
  NET_BUFFER,
  NET_BUFFER_LIST,
} from './net-buffer-layout.ts';
import { netBuffers, popContext, pushContext } from './net-buffers.ts';
import { HEADER } from './object-header.ts';

const LIST_POOL_BYTES = 16;
const BUFFER_POOL_BYTES = 12;

const NdisAllocateNetBufferListPool = bufferService({
  name: 'NdisAllocateNetBufferListPool',
  params: { NdisHandle: ndisHandle, Parameters: ptr('NET_BUFFER_LIST_POOL_PARAMETERS') },
  returns: 'pointer',
  maxIrql: DISPATCH_LEVEL,
  mayFail: ['null'],
  run(kernel, { Parameters }) {
    if (HEADER.at(kernel.mmu, Parameters).Size < LIST_POOL_BYTES) return NULL;
    const view = LIST_POOL_PARAMETERS.at(kernel.mmu, Parameters);
    const handle = netBuffers(kernel).pools.open({
      kind: 'list',
      protocolId: view.ProtocolId,
      withBuffer: view.fAllocateNetBuffer,
      contextBytes: view.ContextSize,
      dataBytes: view.DataSize,
      live: 0,
    });
    return handle ?? NULL;
  },
});

const NdisAllocateNetBufferPool = bufferService({
  name: 'NdisAllocateNetBufferPool',
  params: { NdisHandle: ndisHandle, Parameters: ptr('NET_BUFFER_POOL_PARAMETERS') },
  returns: 'pointer',
  maxIrql: DISPATCH_LEVEL,
  mayFail: ['null'],
  run(kernel, { Parameters }) {
    if (HEADER.at(kernel.mmu, Parameters).Size < BUFFER_POOL_BYTES) return NULL;
    const { DataSize } = BUFFER_POOL_PARAMETERS.at(kernel.mmu, Parameters);
    const handle = netBuffers(kernel).pools.open({
      kind: 'buffer',
      protocolId: 0,
      withBuffer: false,
      contextBytes: 0,
      dataBytes: DataSize,
      live: 0,
    });
    return handle ?? NULL;
  },
});

const freePool = (name: string): Service =>
  bufferService({
    name,
    params: { PoolHandle: ndisHandle },
    returns: 'void',
    maxIrql: DISPATCH_LEVEL,
    run(kernel, { PoolHandle }) {
      const closed = netBuffers(kernel).pools.close(PoolHandle);
      if (closed === undefined) tellMisuse(kernel, name, 'wrong-handle');
      else if (closed.live > 0) tellMisuse(kernel, name, 'not-empty', `${closed.live} left`);
    },
  });

const NdisAllocateNetBuffer = bufferService({
  name: 'NdisAllocateNetBuffer',
  params: {
    PoolHandle: ndisHandle,
    MdlChain: ptr('MDL'),
    DataOffset: u32,
    DataLength: sizeT,
  },
  returns: 'pointer',
  maxIrql: DISPATCH_LEVEL,
  mayFail: ['null'],
  run: (kernel, { PoolHandle, MdlChain, DataOffset, DataLength }) =>
    netBuffers(kernel).makeBuffer(PoolHandle, MdlChain, DataOffset, DataLength) ?? NULL,
});

const NdisAllocateNetBufferMdlAndData = bufferService({
  name: 'NdisAllocateNetBufferMdlAndData',
  params: { PoolHandle: ndisHandle },
  returns: 'pointer',
  maxIrql: DISPATCH_LEVEL,
  mayFail: ['null'],
  run: (kernel, { PoolHandle }) => netBuffers(kernel).makeBufferWithData(PoolHandle) ?? NULL,
});

const NdisFreeNetBuffer = bufferService({
  name: 'NdisFreeNetBuffer',
  params: { NetBuffer: ptr('NET_BUFFER') },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run: (kernel, { NetBuffer }) => netBuffers(kernel).freeBuffer(NetBuffer, 'NdisFreeNetBuffer'),
});

/** A list, with the NET_BUFFER and data that its pool has for each. */
function allocateList(kernel: Kernel, poolAt: Va, context: number, backFill: number): Va {
  const known = netBuffers(kernel);
  const list = known.makeList(poolAt, context, backFill);
  if (list === undefined) return NULL;
  const from = known.pools.get(poolAt);
  if (from?.withBuffer !== true) return list;
  const buffer =
    from.dataBytes > 0 ? known.makeBufferWithData(poolAt) : known.makeBuffer(poolAt, NULL, 0, 0n);
  if (buffer !== undefined) known.giveBuffer(list, buffer);
  return list;
}

const NdisAllocateNetBufferList = bufferService({
  name: 'NdisAllocateNetBufferList',
  params: { PoolHandle: ndisHandle, ContextSize: u16, ContextBackFill: u16 },
  returns: 'pointer',
  maxIrql: DISPATCH_LEVEL,
  mayFail: ['null'],
  run: (kernel, { PoolHandle, ContextSize, ContextBackFill }) =>
    allocateList(kernel, PoolHandle, ContextSize, ContextBackFill),
});

const NdisAllocateNetBufferAndNetBufferList = bufferService({
  name: 'NdisAllocateNetBufferAndNetBufferList',
  params: {
    PoolHandle: ndisHandle,
    ContextSize: u16,
    ContextBackFill: u16,
    MdlChain: ptr('MDL'),
    DataOffset: u32,
    DataLength: sizeT,
  },
  returns: 'pointer',
  maxIrql: DISPATCH_LEVEL,
  mayFail: ['null'],
  run(kernel, args) {
    const known = netBuffers(kernel);
    const list = known.makeList(args.PoolHandle, args.ContextSize, args.ContextBackFill);
    if (list === undefined) return NULL;
    const { PoolHandle, MdlChain, DataOffset, DataLength } = args;
    const buffer = known.makeBuffer(PoolHandle, MdlChain, DataOffset, DataLength);
    if (buffer !== undefined) known.giveBuffer(list, buffer);
    return list;
  },
});

const NdisFreeNetBufferList = bufferService({
  name: 'NdisFreeNetBufferList',
  params: { NetBufferList: ptr('NET_BUFFER_LIST') },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run: (kernel, { NetBufferList }) =>
    netBuffers(kernel).freeList(NetBufferList, 'NdisFreeNetBufferList'),
});

const NdisAllocateNetBufferListContext = bufferService({
  name: 'NdisAllocateNetBufferListContext',
  params: {
    NetBufferList: ptr('NET_BUFFER_LIST'),
    ContextSize: u16,
    ContextBackFill: u16,
    PoolTag: poolTag,
  },
  returns: 'ndis-status',
  maxIrql: DISPATCH_LEVEL,
  mayFail: [NDIS_STATUS.RESOURCES],
  run(kernel, { NetBufferList, ContextSize, ContextBackFill }) {
    const { Context } = NET_BUFFER_LIST.at(kernel.mmu, NetBufferList);
    const view = Context === NULL ? null : LIST_CONTEXT.at(kernel.mmu, Context);
    if (view !== null && view.Offset >= ContextSize) {
      view.Offset -= ContextSize;
      return NDIS_STATUS.SUCCESS;
    }
    const bytes = ContextSize + ContextBackFill;
    const made = pushContext(kernel, NetBufferList, bytes, ContextSize);
    return made ? NDIS_STATUS.SUCCESS : NDIS_STATUS.RESOURCES;
  },
});

const NdisFreeNetBufferListContext = bufferService({
  name: 'NdisFreeNetBufferListContext',
  params: { NetBufferList: ptr('NET_BUFFER_LIST'), ContextSize: u16 },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run(kernel, { NetBufferList, ContextSize }) {
    const { Context } = NET_BUFFER_LIST.at(kernel.mmu, NetBufferList);
    if (Context === NULL) {
      tellMisuse(kernel, 'NdisFreeNetBufferListContext', 'no-context');
      return;
    }
    const view = LIST_CONTEXT.at(kernel.mmu, Context);
    view.Offset = Math.min(view.Size, view.Offset + ContextSize);
    if (view.Offset === view.Size && view.Next !== NULL) popContext(kernel, NetBufferList);
  },
});

const NdisGetPoolFromNetBuffer = bufferService({
  name: 'NdisGetPoolFromNetBuffer',
  params: { NetBuffer: ptr('NET_BUFFER') },
  returns: 'pointer',
  maxIrql: DISPATCH_LEVEL,
  run: (kernel, { NetBuffer }) => NET_BUFFER.at(kernel.mmu, NetBuffer).NdisPoolHandle,
});

const NdisGetPoolFromNetBufferList = bufferService({
  name: 'NdisGetPoolFromNetBufferList',
  params: { NetBufferList: ptr('NET_BUFFER_LIST') },
  returns: 'pointer',
  maxIrql: DISPATCH_LEVEL,
  run: (kernel, { NetBufferList }) => NET_BUFFER_LIST.at(kernel.mmu, NetBufferList).NdisPoolHandle,
});

const NdisGetNetBufferListProtocolId = bufferService({
  name: 'NdisGetNetBufferListProtocolId',
  params: { NetBufferList: ptr('NET_BUFFER_LIST') },
  returns: 'u32',
  maxIrql: HIGH_LEVEL,
  run(kernel, { NetBufferList }) {
    const info = NET_BUFFER_LIST.at(kernel.mmu, NetBufferList).NetBufferListInfo;
    return info.get(INFO.PROTOCOL_ID) & 0x7fn;
  },
});

const NdisAllocateMdl = ndisService({
  name: 'NdisAllocateMdl',
  doc: 'ndis.h',
  params: { NdisHandle: ndisHandle, VirtualAddress: ptr(), Length: u32 },
  returns: 'pointer',
  maxIrql: DISPATCH_LEVEL,
  mayFail: ['null'],
  run(kernel, { VirtualAddress, Length }) {
    const at = allocateMdl(kernel, VirtualAddress, Length);
    if (at === undefined) return NULL;
    buildForNonPagedPool(kernel, at);
    return at;
  },
});

const NdisFreeMdl = ndisService({
  name: 'NdisFreeMdl',
  doc: 'ndis.h',
  params: { Mdl: ptr('MDL') },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run(kernel, { Mdl }) {
    if (pool(kernel).block(Mdl) === undefined) tellMisuse(kernel, 'NdisFreeMdl', 'not-allocated');
    else freeMdl(kernel, Mdl);
  },
});

export const netBufferServices: readonly Service[] = [
  NdisAllocateNetBufferListPool,
  freePool('NdisFreeNetBufferListPool'),
  NdisAllocateNetBufferPool,
  freePool('NdisFreeNetBufferPool'),
  NdisAllocateNetBuffer,
  NdisAllocateNetBufferMdlAndData,
  NdisFreeNetBuffer,
  NdisAllocateNetBufferList,
  NdisAllocateNetBufferAndNetBufferList,
  NdisFreeNetBufferList,
  NdisAllocateNetBufferListContext,
  NdisFreeNetBufferListContext,
  NdisGetPoolFromNetBuffer,
  NdisGetPoolFromNetBufferList,
  NdisGetNetBufferListProtocolId,
  NdisAllocateMdl,
  NdisFreeMdl,
];
