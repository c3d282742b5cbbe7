/** What a miniport says of TCP frames that it indicates: whether their checksums are right, and their hash for receive side scaling. */
import { concat, sameBytes, setU16At, u16At } from '../devices/net/bytes.ts';
import { PROTOCOL_TCP } from '../devices/spec/ethernet.ts';
import type { Adapter, IndicatedFrame } from '../frameworks/ndis/adapter.ts';
import { tellMisuse } from '../frameworks/ndis/misuse.ts';
import { HASH, SCALE_CAPABILITY } from '../frameworks/ndis/offload-layout.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { ipBytes, whole } from './ndis-datagrams.ts';
import { framingOf } from './ndis-offload.ts';
import { toeplitz } from './ndis-scaling.ts';

const VERSION = 4;
const TCP_CHECKSUM = 16;
/** NDIS_TCP_IP_CHECKSUM_NET_BUFFER_LIST_INFO, Receive. */
const SAID = { TCP_FAILED: 0x1, IP_FAILED: 0x4, TCP_SUCCEEDED: 0x8 } as const;
const TYPE_IPV4 = Uint8Array.of(0x08, 0x00);
/** The addresses of an IPv4 header and the ports behind it. */
const [ADDRESSES, ADDRESS_BYTES, PORT_BYTES] = [12, 8, 4];
const INDICATE = 'NdisMIndicateReceiveNetBufferLists';

/** TCP/IPv4 for the station as it should be, and the same with a checksum that is wrong. */
export function tcpFrames(
  to: Uint8Array,
  from: Uint8Array,
): { right: Uint8Array; wrong: Uint8Array } {
  const datagram = whole({
    version: VERSION,
    protocol: PROTOCOL_TCP,
    identification: 1,
    sequence: 1,
    flags: 0x10,
    payload: Uint8Array.from({ length: 77 }, (_, i) => i * 3),
  });
  const right = concat([to, from, TYPE_IPV4, datagram]);
  const wrong = right.slice();
  const at = right.length - datagram.length + ipBytes({ version: VERSION }) + TCP_CHECKSUM;
  setU16At(wrong, at, u16At(wrong, at) ^ 0x0f0f);
  return { right, wrong };
}

const lastLike = ({ indicated }: Adapter, frame: Uint8Array): IndicatedFrame | undefined =>
  indicated.findLast(({ bytes }) => sameBytes(bytes.subarray(0, frame.length), frame));

/** Nothing said is nothing wrong: the stack sums and hashes by itself then. */
export function judgeReceived(
  kernel: Kernel,
  adapter: Adapter,
  { right, wrong }: ReturnType<typeof tcpFrames>,
  isScaled: boolean,
): void {
  const said = (frame: Uint8Array): number => lastLike(adapter, frame)?.checksums ?? 0;
  const tell = (detail: string): void => tellMisuse(kernel, INDICATE, 'checksum-misjudged', detail);
  if ((said(right) & SAID.TCP_FAILED) !== 0) tell('a checksum of TCP that is right has failed');
  if ((said(right) & SAID.IP_FAILED) !== 0) tell('a checksum of IPv4 that is right has failed');
  if ((said(wrong) & SAID.TCP_SUCCEEDED) !== 0) tell('a checksum of TCP that is wrong succeeded');
  const { hash = null } = lastLike(adapter, right) ?? {};
  if (isScaled && hash !== null)
    judgeHash(kernel, right.subarray(framingOf(adapter).headerBytes), hash);
}

function judgeHash(
  kernel: Kernel,
  datagram: Uint8Array,
  { information, value }: NonNullable<IndicatedFrame['hash']>,
): void {
  const bytes = hashedBytes(information);
  if (bytes === 0) return;
  const right = toeplitz(datagram.subarray(ADDRESSES, ADDRESSES + bytes));
  if (right === value) return;
  const detail = `0x${value.toString(16)} for 0x${right.toString(16)}`;
  tellMisuse(kernel, INDICATE, 'hash-differs', detail);
}

/** 0 for hashes that are none of those asked for. */
function hashedBytes(information: number): number {
  if (information === (HASH.TCP_IPV4 | SCALE_CAPABILITY.TOEPLITZ))
    return ADDRESS_BYTES + PORT_BYTES;
  return information === (HASH.IPV4 | SCALE_CAPABILITY.TOEPLITZ) ? ADDRESS_BYTES : 0;
}
