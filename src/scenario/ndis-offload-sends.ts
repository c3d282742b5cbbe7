/** Frames with work left to the adapter, as its miniport last said that it takes it, and what has to be on the wire for each. */
import { PEER_ADDRESS } from '../devices/net/address.ts';
import { concat } from '../devices/net/bytes.ts';
import { PROTOCOL_TCP, PROTOCOL_UDP, TCP_PSH, TYPE_IPV4 } from '../devices/spec/ethernet.ts';
import type { Adapter } from '../frameworks/ndis/adapter.ts';
import { INFO } from '../frameworks/ndis/net-buffer-layout.ts';
import type { TaskOffloads } from '../frameworks/ndis/task-offload.ts';
import {
  cut,
  type Datagram,
  headerBytes,
  ipBytes,
  uncut,
  unsummed,
  whole,
} from './ndis-datagrams.ts';
import { framingOf } from './ndis-offload.ts';

export interface LeftToAdapter {
  /** In words, for who is told that it went wrong. */
  readonly what: string;
  readonly frame: Uint8Array;
  readonly frameType: number;
  readonly info: ReadonlyMap<number, number>;
  readonly onWire: readonly Uint8Array[];
}

const TYPE_IPV6 = 0x86dd;
const TCP_ACK = 0x10;
const FIRST_SEQUENCE = 0x7fff_fc00;
const FIRST_IDENTIFICATION = 0x1000;
/** NDIS_TCP_IP_CHECKSUM_NET_BUFFER_LIST_INFO, Transmit. */
const ASK = { IPV4: 0x1, IPV6: 0x2, TCP: 0x4, UDP: 0x8, IP_HEADER: 0x10 } as const;
const CHECKSUM_OFFSET_SHIFT = 16;
/** LsoV2Transmit: MSS, TcpHeaderOffset, Type NDIS_TCP_LARGE_SEND_OFFLOAD_V2_TYPE, IPVersion. */
const LARGE_OFFSET_SHIFT = 20;
const LARGE_V2 = 0x4000_0000;
const LARGE_IPV6 = 0x8000_0000;
const USUAL_MTU = 1500;
/** Longer sends than this no stack makes. */
const MOST_PAYLOAD = 0xf000;
const REMAINDER = 333;

const payloadOf = (length: number): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => (i * 7 + (i >>> 8)) & 0xff);

export function leftToAdapter(adapter: Adapter, source: Uint8Array): readonly LeftToAdapter[] {
  const { offloads, general } = adapter;
  if (offloads?.active !== true || general === null) return [];
  const maker = new Maker(adapter, source);
  const fits = ({ encapsulation }: { readonly encapsulation: number }): boolean =>
    (encapsulation & framingOf(adapter).type) !== 0;
  const made: LeftToAdapter[] = [];
  for (const [version, sums, large] of waysOf(offloads.current)) {
    if (fits(sums) && sums.tcp) made.push(maker.summed(version, PROTOCOL_TCP, sums.ip));
    if (fits(sums) && sums.udp) made.push(maker.summed(version, PROTOCOL_UDP, sums.ip));
    if (fits(large)) made.push(...maker.large(version, large));
  }
  return made;
}

const waysOf = ({ send4, send6, large4, large6 }: TaskOffloads) =>
  [
    [4, send4, large4],
    [6, send6, large6],
  ] as const;

class Maker {
  readonly #adapter: Adapter;
  readonly #source: Uint8Array;
  #identification = FIRST_IDENTIFICATION;

  constructor(adapter: Adapter, source: Uint8Array) {
    this.#adapter = adapter;
    this.#source = source;
  }

  summed(version: 4 | 6, protocol: Datagram['protocol'], isHeaderLeft: boolean): LeftToAdapter {
    const datagram = this.#datagram(version, protocol, 301);
    const isTcp = protocol === PROTOCOL_TCP;
    const asked =
      (version === 4 ? ASK.IPV4 : ASK.IPV6) |
      (isTcp ? ASK.TCP : ASK.UDP) |
      (version === 4 && isHeaderLeft ? ASK.IP_HEADER : 0) |
      (this.#transportAt(datagram) << CHECKSUM_OFFSET_SHIFT);
    return {
      what: `a frame of ${isTcp ? 'TCP' : 'UDP'}/IPv${version} with checksums left to the adapter`,
      ...this.#framed(datagram, unsummed(datagram, isHeaderLeft)),
      info: new Map([[INFO.CHECKSUM, asked]]),
      onWire: [this.#framed(datagram, whole(datagram)).frame],
    };
  }

  /** None where the miniport takes none as short as the stack makes them. */
  large(
    version: 4 | 6,
    { maxBytes, minSegments }: { readonly maxBytes: number; readonly minSegments: number },
  ): readonly LeftToAdapter[] {
    const mtu = Math.min(this.#adapter.general?.mtu ?? USUAL_MTU, USUAL_MTU);
    const segmentBytes = mtu - headerBytes({ version, protocol: PROTOCOL_TCP });
    const length = segmentBytes * Math.max(minSegments, 2) + REMAINDER;
    if (segmentBytes <= REMAINDER || length > Math.min(maxBytes, MOST_PAYLOAD)) return [];
    const datagram = this.#datagram(version, PROTOCOL_TCP, length);
    const asked =
      (segmentBytes |
        (this.#transportAt(datagram) << LARGE_OFFSET_SHIFT) |
        LARGE_V2 |
        (version === 6 ? LARGE_IPV6 : 0)) >>>
      0;
    const segments = cut(datagram, segmentBytes);
    this.#identification += segments.length;
    return [
      {
        what: `a segment of a large send of TCP/IPv${version}`,
        ...this.#framed(datagram, uncut(datagram)),
        info: new Map([[INFO.LARGE_SEND, asked]]),
        onWire: segments.map((segment) => this.#framed(segment, whole(segment)).frame),
      },
    ];
  }

  #datagram(version: 4 | 6, protocol: Datagram['protocol'], length: number): Datagram {
    return {
      version,
      protocol,
      identification: this.#identification++,
      sequence: FIRST_SEQUENCE,
      flags: TCP_ACK | TCP_PSH,
      payload: payloadOf(length),
    };
  }

  #transportAt(datagram: Datagram): number {
    return framingOf(this.#adapter).headerBytes + ipBytes(datagram);
  }

  #framed({ version }: Datagram, bytes: Uint8Array): { frame: Uint8Array; frameType: number } {
    const frameType = version === 4 ? TYPE_IPV4 : TYPE_IPV6;
    const type = Uint8Array.of(frameType >>> 8, frameType & 0xff);
    const header = [PEER_ADDRESS, this.#source, type];
    const hasHeader = framingOf(this.#adapter).headerBytes > 0;
    return { frame: hasHeader ? concat([...header, bytes]) : bytes, frameType };
  }
}
