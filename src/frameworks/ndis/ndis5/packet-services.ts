/** Packet pools and packets, allocated, freed, copied. */
import type { Kernel } from '../../../kernel/kernel.ts';
import { mdlAt, mdlVirtual } from '../../../kernel/mm/mdl.ts';
import { alias, type Service } from '../../../kernel/service.ts';
import { ptr, u32 } from '../../../layout/struct.ts';
import { NULL, type Va, vaAdd } from '../../../units/address.ts';
import { DISPATCH_LEVEL } from '../../../units/irql.ts';
import { NDIS_STATUS } from '../../../units/ndis-status.ts';
import type { NtStatus } from '../../../units/status.ts';
import { tellMisuse } from '../misuse.ts';
import { ndisHandle, ndisService } from '../ndis-service.ts';
import { PACKET } from './layout.ts';
import { bytesOfPacket, mdlsOf, packets } from './packets.ts';

const Status = ptr('NDIS_STATUS');

const writeStatus = (kernel: Kernel, at: Va, status: NtStatus): void =>
  kernel.mmu.write(at, 4, BigInt(status));

/** Descriptors of one pool, as Windows limits them. */
const MAX_DESCRIPTORS = 0xffff;

function openPool(kernel: Kernel, at: Va, status: Va, count: number, reserved: number): void {
  const allowed = count > 0 && count <= MAX_DESCRIPTORS && reserved <= MAX_DESCRIPTORS;
  const handle = allowed ? packets(kernel).openPool(count, reserved) : undefined;
  kernel.mmu.write(at, 8, handle ?? NULL);
  writeStatus(kernel, status, handle === undefined ? NDIS_STATUS.RESOURCES : NDIS_STATUS.SUCCESS);
}

const NdisAllocatePacketPool = ndisService({
  name: 'NdisAllocatePacketPool',
  doc: 'ndis.h',
  params: {
    Status,
    PoolHandle: ptr('NDIS_HANDLE'),
    NumberOfDescriptors: u32,
    ProtocolReservedLength: u32,
  },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run: (kernel, args) =>
    openPool(
      kernel,
      args.PoolHandle,
      args.Status,
      args.NumberOfDescriptors,
      args.ProtocolReservedLength,
    ),
});

const NdisAllocatePacketPoolEx = ndisService({
  name: 'NdisAllocatePacketPoolEx',
  params: {
    Status,
    PoolHandle: ptr('NDIS_HANDLE'),
    NumberOfDescriptors: u32,
    NumberOfOverflowDescriptors: u32,
    ProtocolReservedLength: u32,
  },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run: (kernel, args) =>
    openPool(
      kernel,
      args.PoolHandle,
      args.Status,
      Math.min(MAX_DESCRIPTORS, args.NumberOfDescriptors + args.NumberOfOverflowDescriptors),
      args.ProtocolReservedLength,
    ),
});

const NdisFreePacketPool = ndisService({
  name: 'NdisFreePacketPool',
  params: { PoolHandle: ndisHandle },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run(kernel, { PoolHandle }) {
    const known = packets(kernel);
    const closed = known.pools.close(PoolHandle);
    if (closed === undefined) {
      tellMisuse(kernel, 'NdisFreePacketPool', 'wrong-handle');
      return;
    }
    if (closed.live.size > 0) {
      tellMisuse(kernel, 'NdisFreePacketPool', 'packets-left', `${closed.live.size}`);
    }
    for (const packet of [...closed.live]) known.free(packet);
  },
});

const NdisAllocatePacket = ndisService({
  name: 'NdisAllocatePacket',
  doc: 'ndis.h',
  params: { Status, Packet: ptr('PNDIS_PACKET'), PoolHandle: ndisHandle },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run(kernel, args) {
    const from = packets(kernel).pools.get(args.PoolHandle);
    if (from === undefined) tellMisuse(kernel, 'NdisAllocatePacket', 'wrong-handle');
    const at = from === undefined ? undefined : packets(kernel).allocate(from);
    kernel.mmu.write(args.Packet, 8, at ?? NULL);
    writeStatus(
      kernel,
      args.Status,
      at === undefined ? NDIS_STATUS.RESOURCES : NDIS_STATUS.SUCCESS,
    );
  },
});

const NdisFreePacket = ndisService({
  name: 'NdisFreePacket',
  doc: 'ndis.h',
  params: { Packet: ptr('NDIS_PACKET') },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run(kernel, { Packet }) {
    if (!packets(kernel).free(Packet)) tellMisuse(kernel, 'NdisFreePacket', 'not-allocated');
  },
});

const NdisPacketPoolUsage = ndisService({
  name: 'NdisPacketPoolUsage',
  params: { PoolHandle: ndisHandle },
  returns: 'u32',
  maxIrql: DISPATCH_LEVEL,
  run: (kernel, { PoolHandle }) => packets(kernel).pools.get(PoolHandle)?.live.size ?? 0,
});

const NdisSetPacketPoolProtocolId = ndisService({
  name: 'NdisSetPacketPoolProtocolId',
  doc: 'ndis.h',
  params: { PacketPoolHandle: ndisHandle, ProtocolId: u32 },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run: () => {},
});

/** Writes into the buffers of a packet; gives the bytes written. */
function writeInto(kernel: Kernel, packet: Va, offset: number, bytes: Uint8Array): number {
  let skip = offset;
  let done = 0;
  for (const at of mdlsOf(kernel, PACKET.at(kernel.mmu, packet).Head)) {
    const mdl = mdlAt(kernel, at);
    const room = Math.max(0, Math.min(bytes.length - done, mdl.ByteCount - skip));
    if (room > 0) {
      const to = vaAdd(mdlVirtual(mdl), skip);
      kernel.mmu.writeBytes(to, bytes.subarray(done, done + room));
    }
    done += room;
    skip = Math.max(0, skip - mdl.ByteCount);
  }
  return done;
}

const COPY = {
  Destination: ptr('NDIS_PACKET'),
  DestinationOffset: u32,
  BytesToCopy: u32,
  Source: ptr('NDIS_PACKET'),
  SourceOffset: u32,
  BytesCopied: ptr('UINT'),
} as const;

const NdisCopyFromPacketToPacketSafe = ndisService({
  name: 'NdisCopyFromPacketToPacketSafe',
  params: { ...COPY, Priority: u32 },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run(kernel, { Destination, DestinationOffset, BytesToCopy, Source, SourceOffset, BytesCopied }) {
    const bytes = bytesOfPacket(kernel, Source).subarray(SourceOffset, SourceOffset + BytesToCopy);
    const copied = writeInto(kernel, Destination, DestinationOffset, bytes);
    kernel.mmu.write(BytesCopied, 4, BigInt(copied));
  },
});

export const packetServices5: readonly Service[] = [
  NdisAllocatePacketPool,
  NdisAllocatePacketPoolEx,
  NdisFreePacketPool,
  NdisAllocatePacket,
  alias('NdisDprAllocatePacket', NdisAllocatePacket),
  alias('NdisDprAllocatePacketNonInterlocked', NdisAllocatePacket),
  NdisFreePacket,
  alias('NdisDprFreePacket', NdisFreePacket),
  alias('NdisDprFreePacketNonInterlocked', NdisFreePacket),
  NdisPacketPoolUsage,
  NdisSetPacketPoolProtocolId,
  NdisCopyFromPacketToPacketSafe,
  { ...alias('NdisCopyFromPacketToPacket', NdisCopyFromPacketToPacketSafe), params: COPY },
];
