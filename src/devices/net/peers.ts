/** Who answers the frames that a device sends. */
import * as ethernet from '../spec/ethernet.ts';
import { destinationOf, isBroadcast, isGroup, PEER_ADDRESS, sourceOf } from './address.ts';
import { setU16At, u16At } from './bytes.ts';
import { internetChecksum } from './checksum.ts';

/**
 * `answer`: to every unicast and broadcast frame a frame of the same length, type and payload from
 * the peer. `loopback`: every frame comes back, source and destination swapped. `echo-arp-icmp`:
 * has every IPv4 address, answers ARP requests and pings. `silent`: nothing.
 */
export type PeerName = 'answer' | 'loopback' | 'echo-arp-icmp' | 'silent';

type Peer = (frame: Uint8Array) => readonly Uint8Array[];

export const PEERS: Readonly<Record<PeerName, Peer>> = {
  answer(frame) {
    const to = destinationOf(frame);
    if (isGroup(to) && !isBroadcast(to)) return [];
    return [returned(frame, PEER_ADDRESS)];
  },
  loopback(frame) {
    const to = destinationOf(frame);
    return [returned(frame, isGroup(to) ? PEER_ADDRESS : to)];
  },
  'echo-arp-icmp'(frame) {
    const type = u16At(frame, ethernet.TYPE);
    if (type === ethernet.TYPE_ARP) return arpReply(frame);
    return type === ethernet.TYPE_IPV4 ? echoReply(frame) : [];
  },
  silent: () => [],
};

/** The frame on its way back to whom it came from. */
function returned(frame: Uint8Array, from: Uint8Array): Uint8Array {
  const reply = frame.slice();
  reply.set(sourceOf(frame), ethernet.DESTINATION);
  reply.set(from, ethernet.SOURCE);
  return reply;
}

/** Nobody answers a probe (no sender address) or an announcement (for the sender's own address). */
function arpReply(frame: Uint8Array): readonly Uint8Array[] {
  const at = ethernet.HEADER_BYTES;
  if (frame.length < at + ethernet.ARP_BYTES) return [];
  if (u16At(frame, at + ethernet.ARP_OPERATION) !== ethernet.ARP_REQUEST) return [];
  const field = (offset: number, bytes: number) => frame.slice(at + offset, at + offset + bytes);
  const sender = field(ethernet.ARP_SENDER_PROTOCOL, 4);
  const target = field(ethernet.ARP_TARGET_PROTOCOL, 4);
  const same = sender.every((byte, i) => byte === target[i]);
  if (same || sender.every((byte) => byte === 0)) return [];
  const reply = returned(frame, PEER_ADDRESS);
  setU16At(reply, at + ethernet.ARP_OPERATION, ethernet.ARP_REPLY);
  reply.set(PEER_ADDRESS, at + ethernet.ARP_SENDER_HARDWARE);
  reply.set(target, at + ethernet.ARP_SENDER_PROTOCOL);
  reply.set(field(ethernet.ARP_SENDER_HARDWARE, 6), at + ethernet.ARP_TARGET_HARDWARE);
  reply.set(sender, at + ethernet.ARP_TARGET_PROTOCOL);
  return [reply];
}

function echoReply(frame: Uint8Array): readonly Uint8Array[] {
  const at = ethernet.HEADER_BYTES;
  const icmp = at + ((frame[at] ?? 0) & 0xf) * 4;
  const end = at + u16At(frame, at + ethernet.IPV4_TOTAL_LENGTH);
  const isEcho =
    icmp >= at + ethernet.IPV4_HEADER_BYTES &&
    end >= icmp + 8 &&
    end <= frame.length &&
    frame[at + ethernet.IPV4_PROTOCOL] === ethernet.PROTOCOL_ICMP &&
    (u16At(frame, at + ethernet.IPV4_FRAGMENT) & ethernet.IPV4_FRAGMENT_MASK) === 0 &&
    frame[icmp] === ethernet.ICMP_ECHO;
  const to = destinationOf(frame);
  if (!isEcho || (isGroup(to) && !isBroadcast(to))) return [];
  const reply = returned(frame, PEER_ADDRESS);
  const from = frame.slice(at + ethernet.IPV4_SOURCE, at + ethernet.IPV4_SOURCE + 4);
  reply.set(frame.slice(at + ethernet.IPV4_DESTINATION, at + 20), at + ethernet.IPV4_SOURCE);
  reply.set(from, at + ethernet.IPV4_DESTINATION);
  reply[icmp] = ethernet.ICMP_ECHO_REPLY;
  setU16At(reply, icmp + ethernet.ICMP_CHECKSUM, 0);
  setU16At(reply, icmp + ethernet.ICMP_CHECKSUM, internetChecksum(reply, icmp, end));
  return [reply];
}
