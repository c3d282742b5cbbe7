/** What an NDIS 5 miniport indicates: packets that come back to it, or a frame's beginning whose rest is asked for. */
import type { Blocking } from '../../../kernel/effects.ts';
import { allocateForKernel, pool } from '../../../kernel/ex/pool.ts';
import { dpcQueue } from '../../../kernel/ke/dpc.ts';
import type { Kernel } from '../../../kernel/kernel.ts';
import { mdlAt, mdlVirtual } from '../../../kernel/mm/mdl.ts';
import { allocateMdl, buildForNonPagedPool, freeMdl } from '../../../kernel/mm/mdl-services.ts';
import type { Service } from '../../../kernel/service.ts';
import { ndisStatus } from '../../../layout/named.ts';
import { ptr, u32 } from '../../../layout/struct.ts';
import { NULL, type Va, vaAdd } from '../../../units/address.ts';
import { DISPATCH_LEVEL } from '../../../units/irql.ts';
import { NDIS_STATUS } from '../../../units/ndis-status.ts';
import { isSuccess, type NtStatus, ntStatus } from '../../../units/status.ts';
import { type Adapter, adapters } from '../adapter.ts';
import { callPlainly } from '../call.ts';
import { entryOf } from '../miniport-driver.ts';
import { tellMisuse } from '../misuse.ts';
import { ndisHandle, ndisService } from '../ndis-service.ts';
import { PACKET } from './layout.ts';
import { bytesOfPacket, chainAtBack, oobOf, packets, setPacketStatus } from './packets.ts';
import { legacyOf } from './state.ts';

const INDICATE = 'NdisMIndicateReceivePacket';
const MAX_ARRAY = 0x1000;
const MAX_FRAME = 0x1_0000;

/** NdisMIndicateReceivePacket, which is a macro over the miniport block. */
const ndisMIndicatePacket = ndisService({
  name: 'ndisMIndicatePacket',
  doc: 'ndis.h',
  params: {
    MiniportAdapterHandle: ndisHandle,
    ReceivePackets: ptr('PNDIS_PACKET'),
    NumberOfPackets: u32,
  },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  *run(kernel, { MiniportAdapterHandle, ReceivePackets, NumberOfPackets }) {
    const adapter = adapters(kernel).get(MiniportAdapterHandle);
    if (adapter === undefined) {
      tellMisuse(kernel, INDICATE, 'wrong-handle');
      return undefined;
    }
    if (adapter.state !== 'running') tellMisuse(kernel, INDICATE, 'not-running', adapter.state);
    const count = Math.min(NumberOfPackets, MAX_ARRAY);
    const array = Array.from({ length: count }, (_, i) =>
      kernel.mmu.pointer(vaAdd(ReceivePackets, i * 8)),
    );
    for (const packet of array) yield* indicate(kernel, adapter, packet);
    return undefined;
  },
});

function keep(kernel: Kernel, adapter: Adapter, bytes: Uint8Array, service: string): void {
  const { subject } = adapter;
  adapter.keep({ bytes, service });
  kernel.emit({ kind: 'frame', what: 'indicate', subject, length: bytes.length, status: null });
}

/**
 * With NDIS_STATUS_RESOURCES the packet is the miniport's again at once. Else a protocol may keep it:
 * here one packet is given back within the indication, the next soon after, from a DPC.
 */
function* indicate(kernel: Kernel, adapter: Adapter, packet: Va): Blocking<void> {
  keep(kernel, adapter, bytesOfPacket(kernel, packet), INDICATE);
  if (ntStatus(oobOf(kernel, packet).Status) === NDIS_STATUS.RESOURCES) return;
  if (adapter.unreturned.has(packet)) tellMisuse(kernel, INDICATE, 'indicated-twice');
  const atOnce = adapter.indicatedCount % 2 === 1;
  const { serialized } = legacyOf(kernel, adapter);
  if (atOnce && serialized) {
    setPacketStatus(kernel, packet, NDIS_STATUS.SUCCESS);
    return;
  }
  adapter.unreturned.add(packet);
  if (serialized) setPacketStatus(kernel, packet, NDIS_STATUS.PENDING);
  if (atOnce) yield* giveBack(kernel, adapter, packet);
  else dpcQueue(kernel).insertHost(() => giveBack(kernel, adapter, packet));
}

function* giveBack(kernel: Kernel, adapter: Adapter, packet: Va): Blocking<void> {
  if (!adapter.unreturned.delete(packet)) return;
  const { subject, driver, context } = adapter;
  kernel.emit({ kind: 'frame', what: 'return', subject, length: 1, status: null });
  const routine = 'MiniportReturnPacket';
  const entry = entryOf(driver.entries, routine);
  if (entry === NULL) return;
  yield* callPlainly(kernel, { routine, subject, entry, args: [context, packet] });
}

/** NdisMEthIndicateReceive: the header and as much of the frame as the miniport has at hand. */
const EthFilterDprIndicateReceive = ndisService({
  name: 'EthFilterDprIndicateReceive',
  doc: 'ndis.h',
  params: {
    Filter: ptr('ETH_FILTER'),
    MacReceiveContext: ptr(),
    Address: ptr(),
    HeaderBuffer: ptr(),
    HeaderBufferSize: u32,
    LookaheadBuffer: ptr(),
    LookaheadBufferSize: u32,
    PacketSize: u32,
  },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  *run(kernel, args) {
    const name = 'NdisMEthIndicateReceive';
    const adapter = adapters(kernel).get(args.Filter);
    if (adapter === undefined) {
      tellMisuse(kernel, name, 'wrong-handle');
      return undefined;
    }
    const { HeaderBufferSize, LookaheadBufferSize, PacketSize } = args;
    if (HeaderBufferSize + Math.max(PacketSize, LookaheadBufferSize) > MAX_FRAME) {
      tellMisuse(kernel, name, 'too-long', `${PacketSize}`);
      return undefined;
    }
    const { mmu } = kernel;
    const header = mmu.readBytes(args.HeaderBuffer, HeaderBufferSize);
    const lookahead = Math.min(LookaheadBufferSize, PacketSize);
    const head = Uint8Array.of(...header, ...mmu.readBytes(args.LookaheadBuffer, lookahead));
    const rest = PacketSize - lookahead;
    if (rest === 0) keep(kernel, adapter, head, name);
    else yield* transfer(kernel, adapter, args.MacReceiveContext, head, lookahead, rest);
    return undefined;
  },
});

const EthFilterDprIndicateReceiveComplete = ndisService({
  name: 'EthFilterDprIndicateReceiveComplete',
  doc: 'ndis.h',
  params: { Filter: ptr('ETH_FILTER') },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run: () => {},
});

/** MiniportTransferData into a packet of the library's. */
function* transfer(
  kernel: Kernel,
  adapter: Adapter,
  receiveContext: Va,
  head: Uint8Array,
  offset: number,
  rest: number,
): Blocking<void> {
  const { subject, driver, context } = adapter;
  const routine = 'MiniportTransferData';
  const entry = entryOf(driver.entries, routine);
  const packet = packets(kernel).allocate(null);
  if (entry === NULL || packet === undefined) {
    tellMisuse(kernel, 'NdisMEthIndicateReceive', 'rest-not-there', `${rest}`);
    return;
  }
  const block = allocateForKernel(kernel, rest, 'NDtd');
  const mdl = allocateMdl(kernel, block, rest, false);
  if (mdl === undefined) throw new RangeError('no RAM for an MDL');
  buildForNonPagedPool(kernel, mdl);
  chainAtBack(kernel, packet, mdl);
  legacyOf(kernel, adapter).transfers.set(packet, { head, packet });
  const count = allocateForKernel(kernel, 4, 'NDtc');
  const args = [packet, count, context, receiveContext, BigInt(offset), BigInt(rest)];
  const status = ntStatus(yield* callPlainly(kernel, { routine, subject, entry, args }));
  const bytes = kernel.mmu.u32(count);
  pool(kernel).free(count);
  if (status !== NDIS_STATUS.PENDING) finishTransfer(kernel, adapter, packet, status, bytes);
}

function finishTransfer(
  kernel: Kernel,
  adapter: Adapter,
  packet: Va,
  status: NtStatus,
  bytes: number,
): void {
  const { transfers } = legacyOf(kernel, adapter);
  const known = transfers.get(packet);
  if (known === undefined) {
    tellMisuse(kernel, 'NdisMTransferDataComplete', 'nothing-pending');
    return;
  }
  transfers.delete(packet);
  const rest = bytesOfPacket(kernel, packet).subarray(0, bytes);
  if (isSuccess(status)) {
    keep(kernel, adapter, Uint8Array.of(...known.head, ...rest), 'NdisMEthIndicateReceive');
  }
  const { Head } = PACKET.at(kernel.mmu, packet);
  const block = mdlVirtual(mdlAt(kernel, Head));
  freeMdl(kernel, Head);
  pool(kernel).free(block);
  packets(kernel).free(packet);
}

const NdisMTransferDataComplete = ndisService({
  name: 'NdisMTransferDataComplete',
  doc: 'ndis.h',
  params: {
    MiniportAdapterHandle: ndisHandle,
    Packet: ptr('NDIS_PACKET'),
    Status: ndisStatus,
    BytesTransferred: u32,
  },
  returns: 'void',
  maxIrql: DISPATCH_LEVEL,
  run(kernel, { MiniportAdapterHandle, Packet, Status, BytesTransferred }) {
    const adapter = adapters(kernel).get(MiniportAdapterHandle);
    if (adapter === undefined) tellMisuse(kernel, 'NdisMTransferDataComplete', 'wrong-handle');
    else finishTransfer(kernel, adapter, Packet, ntStatus(Status), BytesTransferred);
  },
});

export const receiveServices5: readonly Service[] = [
  ndisMIndicatePacket,
  EthFilterDprIndicateReceive,
  EthFilterDprIndicateReceiveComplete,
  NdisMTransferDataComplete,
];
