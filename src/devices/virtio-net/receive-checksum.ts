/** What a virtio network device says of the checksums of a frame that has come in (VIRTIO 1.2, 5.1.6.4.1). */
import { setU16At, u16At } from '../net/bytes.ts';
import { onesSum } from '../net/checksum.ts';
import { type FrameHeaders, headersOf, pseudoSum } from '../net/headers.ts';
import * as ethernet from '../spec/ethernet.ts';
import * as spec from '../spec/virtio-net.ts';
import type { Net } from './state.ts';

interface Vouched {
  readonly flags: number;
  readonly checksumStart: number;
  readonly checksumOffset: number;
  readonly bytes: Uint8Array;
}

const RIGHT = 0xffff;

/** Where TCP and UDP have their checksums, and how long their headers are at least. */
const TRANSPORTS: Readonly<Record<number, { readonly offset: number; readonly least: number }>> = {
  [ethernet.PROTOCOL_TCP]: { offset: ethernet.TCP_CHECKSUM, least: ethernet.TCP_HEADER_BYTES },
  [ethernet.PROTOCOL_UDP]: { offset: ethernet.UDP_CHECKSUM, least: ethernet.UDP_HEADER_BYTES },
};

/** Only a checksum that is right is vouched for; the driver may look into everything else itself. */
export function vouchFor(virtio: Net, frame: Uint8Array): Vouched {
  const silent = { flags: 0, checksumStart: 0, checksumOffset: 0, bytes: frame };
  const found = virtio.has(spec.F_GUEST_CSUM) ? headersOf(frame) : undefined;
  const transport = TRANSPORTS[found?.protocol ?? -1];
  if (found === undefined || transport === undefined) return silent;
  const { transportStart: start, end } = found;
  const { offset, least } = transport;
  if (end > frame.length || start + least > end || !isRight(frame, found, offset)) return silent;
  const isPartial = virtio.host.network.partialChecksums && end === frame.length;
  if (!isPartial) return { ...silent, flags: spec.HDR_F_DATA_VALID };
  const bytes = frame.slice();
  setU16At(bytes, start + offset, pseudoSum(frame, found, end - start));
  return { flags: spec.HDR_F_NEEDS_CSUM, checksumStart: start, checksumOffset: offset, bytes };
}

/** The header of IPv4 counts as well; a UDP packet without a checksum has none to be right. */
function isRight(frame: Uint8Array, found: FrameHeaders, offset: number): boolean {
  const { isIpv4, ipStart, transportStart: start, end, protocol } = found;
  if (isIpv4 && onesSum(frame, ipStart, start) !== RIGHT) return false;
  if (protocol === ethernet.PROTOCOL_UDP && u16At(frame, start + offset) === 0) return false;
  return onesSum(frame, start, end, pseudoSum(frame, found, end - start)) === RIGHT;
}
