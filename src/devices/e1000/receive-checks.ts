/** Checksums that the 82540EM verifies in received frames (Intel 317453, 3.2.9, 13.4.47). */
import { u16At } from '../net/bytes.ts';
import { onesSum } from '../net/checksum.ts';
import * as spec from '../spec/e1000.ts';
import * as wire from '../spec/e1000-descriptors.ts';
import * as ethernet from '../spec/ethernet.ts';
import { isOn } from './state.ts';

interface Checks {
  readonly status: number;
  readonly errors: number;
}

const RIGHT = 0xffff;

/** Only IPv4 over plain Ethernet is looked into; fragments have no checksum of their own. */
export function checksOf(frame: Uint8Array, control: number): Checks {
  const ip = ethernet.HEADER_BYTES;
  const isIpv4 =
    u16At(frame, ethernet.TYPE) === ethernet.TYPE_IPV4 &&
    frame.length >= ip + ethernet.IPV4_HEADER_BYTES &&
    (frame[ip] ?? 0) >>> 4 === 4;
  if (!isIpv4) return { status: wire.RX_STATUS_IXSM, errors: 0 };
  let status = 0;
  let errors = 0;
  const transport = ip + ((frame[ip] ?? 0) & 0xf) * 4;
  if (isOn(control, spec.RXCSUM_IPOFL)) {
    status |= wire.RX_STATUS_IPCS;
    if (onesSum(frame, ip, transport) !== RIGHT) errors |= wire.RX_ERROR_IPE;
  }
  const isRight = isOn(control, spec.RXCSUM_TUOFL) ? transportIsRight(frame, transport) : undefined;
  if (isRight !== undefined) {
    status |= wire.RX_STATUS_TCPCS;
    if (!isRight) errors |= wire.RX_ERROR_TCPE;
  }
  return { status: status === 0 ? wire.RX_STATUS_IXSM : status, errors };
}

/** Nothing when there is no TCP or UDP checksum to verify. */
function transportIsRight(frame: Uint8Array, at: number): boolean | undefined {
  const ip = ethernet.HEADER_BYTES;
  const end = ip + u16At(frame, ip + ethernet.IPV4_TOTAL_LENGTH);
  const protocol = frame[ip + ethernet.IPV4_PROTOCOL] ?? 0;
  const isFragment =
    (u16At(frame, ip + ethernet.IPV4_FRAGMENT) & ethernet.IPV4_FRAGMENT_MASK) !== 0;
  const isKnown = protocol === ethernet.PROTOCOL_TCP || protocol === ethernet.PROTOCOL_UDP;
  if (!isKnown || isFragment || end > frame.length || at >= end) return undefined;
  const isUnsummed =
    protocol === ethernet.PROTOCOL_UDP && u16At(frame, at + ethernet.UDP_CHECKSUM) === 0;
  if (isUnsummed) return undefined;
  const addresses = onesSum(frame, ip + ethernet.IPV4_SOURCE, ip + ethernet.IPV4_HEADER_BYTES);
  return onesSum(frame, at, end, addresses + protocol + (end - at)) === RIGHT;
}
