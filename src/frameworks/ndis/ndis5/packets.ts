/** Packets of NDIS 5 and their pools: descriptors of frames that lie in chains of NDIS_BUFFERs, which are MDLs. */
import { pool } from '../../../kernel/ex/pool.ts';
import { type Kernel, part } from '../../../kernel/kernel.ts';
import { mdlAt } from '../../../kernel/mm/mdl.ts';
import { NULL, type Va, vaAdd } from '../../../units/address.ts';
import type { NtStatus } from '../../../units/status.ts';
import { Handles } from '../handles.ts';
import { chainBytes } from '../net-buffers.ts';
import { ALLOCATED_BY_NDIS, EXTENSION_BYTES, OOB_DATA, PACKET } from './layout.ts';

export interface PacketPool {
  readonly capacity: number;
  readonly protocolBytes: number;
  readonly live: Set<Va>;
  handle: Va;
}

const POINTER = 8;
/** A longer chain is circular; a longer frame is none. */
const MAX_CHAIN = 0x1000;
const MAX_FRAME = 0x10_0000;
/** Where ProtocolReserved begins. */
const PROTOCOL_RESERVED = PACKET.offsetOf('ProtocolReserved');

class Packets {
  readonly #kernel: Kernel;
  readonly pools: Handles<PacketPool>;
  readonly #live = new Map<Va, PacketPool | null>();

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
    this.pools = new Handles(kernel, 'NDpp');
  }

  openPool(capacity: number, protocolBytes: number): Va | undefined {
    const made: PacketPool = { capacity, protocolBytes, live: new Set(), handle: NULL };
    const handle = this.pools.open(made);
    made.handle = handle ?? NULL;
    return handle;
  }

  /** Nothing when the pool, or RAM, is used up; `null` is a pool of the library's own. */
  allocate(from: PacketPool | null): Va | undefined {
    if (from !== null && from.live.size >= from.capacity) return undefined;
    const kernel = this.#kernel;
    const reserved = from?.protocolBytes ?? 2 * POINTER;
    const oob = PROTOCOL_RESERVED + Math.max(POINTER, Math.ceil(reserved / POINTER) * POINTER);
    const bytes = oob + OOB_DATA.bytes + EXTENSION_BYTES;
    const at = pool(kernel).allocate(bytes, 'NDpk');
    if (at === undefined) return undefined;
    kernel.mmu.writeBytes(at, new Uint8Array(bytes));
    const view = PACKET.at(kernel.mmu, at);
    view.Pool = from?.handle ?? NULL;
    view.NdisPacketFlags = ALLOCATED_BY_NDIS;
    view.NdisPacketOobOffset = oob;
    this.#live.set(at, from);
    from?.live.add(at);
    return at;
  }

  /** False when it is no packet, or not any more. */
  free(at: Va): boolean {
    const from = this.#live.get(at);
    if (from === undefined) return false;
    this.#live.delete(at);
    from?.live.delete(at);
    pool(this.#kernel).free(at);
    return true;
  }
}

export const packets = part((kernel) => new Packets(kernel));

export const oobOf = (kernel: Kernel, packet: Va) =>
  OOB_DATA.at(kernel.mmu, vaAdd(packet, PACKET.at(kernel.mmu, packet).NdisPacketOobOffset));

export function setPacketInfo(kernel: Kernel, packet: Va, index: number, value: Va): void {
  const at = vaAdd(oobOf(kernel, packet).$address, OOB_DATA.bytes + index * POINTER);
  kernel.mmu.write(at, POINTER, value);
}

export const setPacketStatus = (kernel: Kernel, packet: Va, status: NtStatus): void => {
  oobOf(kernel, packet).Status = status;
};

export function* mdlsOf(kernel: Kernel, head: Va): Generator<Va> {
  let at = head;
  for (let i = 0; at !== NULL && i < MAX_CHAIN; i++) {
    const next = mdlAt(kernel, at).Next;
    yield at;
    at = next;
  }
}

export const lengthOf = (kernel: Kernel, packet: Va): number =>
  [...mdlsOf(kernel, PACKET.at(kernel.mmu, packet).Head)].reduce(
    (sum, mdl) => sum + mdlAt(kernel, mdl).ByteCount,
    0,
  );

/** The frame that the packet describes. */
export function bytesOfPacket(kernel: Kernel, packet: Va): Uint8Array {
  const { Head } = PACKET.at(kernel.mmu, packet);
  const length = Math.min(MAX_FRAME, lengthOf(kernel, packet));
  return Head === NULL || length === 0 ? new Uint8Array() : chainBytes(kernel, Head, 0, length);
}

/** NdisChainBufferAtBack. */
export function chainAtBack(kernel: Kernel, packet: Va, mdl: Va): void {
  const view = PACKET.at(kernel.mmu, packet);
  if (view.Head === NULL) view.Head = mdl;
  else mdlAt(kernel, view.Tail).Next = mdl;
  view.Tail = mdl;
  mdlAt(kernel, mdl).Next = NULL;
  view.ValidCounts = 0;
}
