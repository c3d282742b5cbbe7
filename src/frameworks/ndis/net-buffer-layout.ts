/** Packets of NDIS 6: NET_BUFFER_LIST, NET_BUFFER and the parameters of their pools (ndis.h, ndis/nbl.h of WDK 10.0.22621). */
import { poolTag } from '../../layout/named.ts';
import { array, bool, i64, ptr, struct, u8, u16, u32 } from '../../layout/struct.ts';
import { HEADER } from './object-header.ts';

export const NET_BUFFER = struct({
  name: 'NET_BUFFER',
  size: { x64: 176, x86: 96 },
  fields: {
    Next: ptr('NET_BUFFER'),
    CurrentMdl: ptr('MDL'),
    CurrentMdlOffset: u32,
    DataLength: ptr(),
    MdlChain: ptr('MDL'),
    DataOffset: u32,
    ChecksumBias: u16At8(),
    Reserved: u16,
    NdisPoolHandle: ptr(),
    NdisReserved: array(ptr(), 2),
    ProtocolReserved: array(ptr(), 6),
    MiniportReserved: array(ptr(), 4),
    DataPhysicalAddress: i64,
    SharedMemoryInfo: ptr(),
  },
});

/** The header before it is a union with SLIST_HEADER, which ends on 8 (x86) or 16 (x64) bytes. */
function u16At8(): typeof u16 {
  return { ...u16, align: (architecture) => (architecture === 'x64' ? 16 : 8) };
}

/** Entries of NetBufferListInfo in NDIS 6.80. */
export const MAX_INFO = 27;

export const NET_BUFFER_LIST = struct({
  name: 'NET_BUFFER_LIST',
  size: { x64: 368, x86: 192 },
  fields: {
    Next: ptr('NET_BUFFER_LIST'),
    FirstNetBuffer: ptr('NET_BUFFER'),
    Context: ptr('NET_BUFFER_LIST_CONTEXT'),
    ParentNetBufferList: ptr('NET_BUFFER_LIST'),
    NdisPoolHandle: ptr(),
    NdisReserved: atSixteen(array(ptr(), 2)),
    ProtocolReserved: array(ptr(), 4),
    MiniportReserved: array(ptr(), 2),
    Scratch: ptr(),
    SourceHandle: ptr(),
    NblFlags: u32,
    ChildRefCount: u32,
    Flags: u32,
    Status: u32,
    NetBufferListInfo: array(ptr(), MAX_INFO),
  },
});

/** MEMORY_ALLOCATION_ALIGNMENT. */
function atSixteen<T extends ReturnType<typeof array>>(type: T): T {
  return { ...type, align: (architecture) => (architecture === 'x64' ? 16 : 8) };
}

/** NDIS_NET_BUFFER_LIST_INFO. */
export const INFO = {
  CHECKSUM: 0,
  LARGE_SEND: 2,
  CANCEL_ID: 5,
  PROTOCOL_ID: 7,
  HASH_VALUE: 8,
  HASH_INFORMATION: 9,
} as const;

export const LIST_CONTEXT = struct({
  name: 'NET_BUFFER_LIST_CONTEXT',
  size: { x64: 16, x86: 8 },
  fields: { Next: ptr('NET_BUFFER_LIST_CONTEXT'), Size: u16, Offset: u16 },
});

/** Revision 1 ends before Flags. */
export const LIST_POOL_PARAMETERS = struct({
  name: 'NET_BUFFER_LIST_POOL_PARAMETERS',
  size: { x64: 20, x86: 20 },
  fields: {
    Header: HEADER,
    ProtocolId: u8,
    fAllocateNetBuffer: bool,
    ContextSize: u16,
    PoolTag: poolTag,
    DataSize: u32,
    Flags: u32,
  },
});

export const BUFFER_POOL_PARAMETERS = struct({
  name: 'NET_BUFFER_POOL_PARAMETERS',
  size: { x64: 16, x86: 16 },
  fields: { Header: HEADER, PoolTag: poolTag, DataSize: u32, Flags: u32 },
});

export const SHARED_MEMORY_PARAMETERS = struct({
  name: 'NDIS_SHARED_MEMORY_PARAMETERS',
  size: { x64: 72, x86: 44 },
  fields: {
    Header: HEADER,
    Flags: u32,
    QueueId: u32,
    SharedMemoryHandle: ptr(),
    PreferredNode: u32,
    Usage: u32,
    Length: u32,
    VirtualAddress: ptr(),
    SGListBufferLength: u32,
    SGListBuffer: ptr('SCATTER_GATHER_LIST'),
    VPortId: u32,
  },
});

/** NDIS_xxx_FLAGS_DISPATCH_LEVEL of send, completion, receive and return alike. */
export const DISPATCH_LEVEL_FLAG = 0x1;
/** NDIS_RECEIVE_FLAGS_RESOURCES: the miniport keeps the lists. */
export const RESOURCES_FLAG = 0x2;
