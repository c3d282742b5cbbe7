/** Descriptor chains of a split virtqueue: walks what a driver made available, refusing what cannot be (VIRTIO 1.2, 2.7.5). */
import type { DmaPort } from '../../bus/dma.ts';
import { type BusAddress, busAddress, hex } from '../../units/address.ts';
import * as spec from '../spec/virtio.ts';

interface Segment {
  readonly at: BusAddress;
  readonly length: number;
}

/** One buffer of the driver: what the device may read, and what it may write. */
export interface Chain {
  readonly kind: 'chain';
  readonly head: number;
  readonly readable: readonly Segment[];
  readonly writable: readonly Segment[];
  readonly readableBytes: number;
  readonly writableBytes: number;
}

/** What is wrong with a ring; the device cannot go on. */
export interface RingProblem {
  readonly kind: 'problem';
  readonly problem: string;
  readonly detail: string;
}

export const problem = (name: string, detail: string): RingProblem => ({
  kind: 'problem',
  problem: name,
  detail,
});

/** A table longer than a queue is tolerated up to this, as hosts do. */
const MAX_INDIRECT = 1024;
const MAX_CHAIN_BYTES = 0x100_0000;

interface Table {
  readonly at: number;
  readonly entries: number;
  readonly isIndirect: boolean;
}

interface Descriptor {
  readonly at: BusAddress;
  readonly length: number;
  readonly flags: number;
  readonly next: number;
}

export interface ChainSource {
  readonly dma: DmaPort;
  readonly table: BusAddress;
  readonly size: number;
  readonly allowsIndirect: boolean;
}

export function walk(source: ChainSource, head: number): Chain | RingProblem {
  const readable: Segment[] = [];
  const writable: Segment[] = [];
  let table: Table = { at: source.table, entries: source.size, isIndirect: false };
  let index = head;
  let bytes = 0;
  for (let steps = 0; steps < table.entries; ) {
    if (index >= table.entries) return problem('descriptor-index', `descriptor ${index}`);
    const descriptor = readDescriptor(source.dma, table.at + index * spec.DESC_BYTES);
    if ((descriptor.flags & spec.DESC_F_INDIRECT) !== 0) {
      const inner = indirectTable(source, table, descriptor);
      if ('kind' in inner) return inner;
      table = inner;
      index = 0;
      steps = 0;
      continue;
    }
    bytes += descriptor.length;
    const wrong = segmentProblem(source.dma, descriptor, bytes, writable.length > 0);
    if (wrong !== undefined) return wrong;
    const { at, length, flags, next } = descriptor;
    ((flags & spec.DESC_F_WRITE) === 0 ? readable : writable).push({ at, length });
    if ((flags & spec.DESC_F_NEXT) === 0) return chainOf(head, readable, writable);
    index = next;
    steps += 1;
  }
  return problem('descriptor-loop', `the chain at ${head} does not end`);
}

const total = (segments: readonly Segment[]): number =>
  segments.reduce((bytes, { length }) => bytes + length, 0);

const chainOf = (head: number, readable: Segment[], writable: Segment[]): Chain => ({
  kind: 'chain',
  head,
  readable,
  writable,
  readableBytes: total(readable),
  writableBytes: total(writable),
});

function readDescriptor(dma: DmaPort, at: number): Descriptor {
  const { buffer, byteOffset, length } = dma.read(busAddress(at), spec.DESC_BYTES);
  const view = new DataView(buffer, byteOffset, length);
  const low = view.getUint32(spec.DESC_ADDR, true);
  const high = view.getUint32(spec.DESC_ADDR + 4, true);
  return {
    at: busAddress(high * 2 ** 32 + low),
    length: view.getUint32(spec.DESC_LEN, true),
    flags: view.getUint16(spec.DESC_FLAGS, true),
    next: view.getUint16(spec.DESC_NEXT, true),
  };
}

function indirectTable(
  source: ChainSource,
  outer: Table,
  { at, length, flags }: Descriptor,
): Table | RingProblem {
  if (!source.allowsIndirect) return problem('indirect-not-negotiated', `table at ${hex(at)}`);
  if (outer.isIndirect) return problem('indirect-nested', `table at ${hex(at)}`);
  if ((flags & spec.DESC_F_NEXT) !== 0) {
    return problem('indirect-with-next', `table at ${hex(at)}`);
  }
  const entries = length / spec.DESC_BYTES;
  if (!Number.isInteger(entries) || entries === 0 || entries > MAX_INDIRECT) {
    return problem('indirect-length', `a table of ${length} bytes`);
  }
  if (source.dma.trouble(at, length) !== undefined) {
    return problem('indirect-outside-memory', `table at ${hex(at)}`);
  }
  return { at, entries, isIndirect: true };
}

function segmentProblem(
  dma: DmaPort,
  { at, length, flags }: Descriptor,
  bytes: number,
  afterWritable: boolean,
): RingProblem | undefined {
  if (bytes > MAX_CHAIN_BYTES) return problem('chain-too-long', `${bytes} bytes or more`);
  if (afterWritable && (flags & spec.DESC_F_WRITE) === 0) {
    return problem('readable-after-writable', `buffer at ${hex(at)}`);
  }
  if (dma.trouble(at, length) !== undefined) {
    return problem('buffer-outside-memory', `${length} bytes at ${hex(at)}`);
  }
  return undefined;
}

/** The bytes a driver wrote, at most `limit` of them. */
export function readChain(dma: DmaPort, chain: Chain, limit: number): Uint8Array {
  const whole = new Uint8Array(Math.min(limit, chain.readableBytes));
  let done = 0;
  for (const { at, length } of chain.readable) {
    const wanted = Math.min(length, whole.length - done);
    if (wanted > 0) whole.set(dma.read(at, wanted), done);
    done += wanted;
  }
  return whole;
}

/** Fills the writable part from its start; gives how many bytes found room. */
export function writeChain(dma: DmaPort, chain: Chain, bytes: Uint8Array): number {
  let done = 0;
  for (const { at, length } of chain.writable) {
    const part = bytes.subarray(done, done + length);
    if (part.length > 0) dma.write(at, part);
    done += part.length;
  }
  return done;
}
