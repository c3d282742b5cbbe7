/** Headers in front of frames that a driver of the virtio network device sends. */
import { headersOf } from '../net/headers.ts';
import * as ethernet from '../spec/ethernet.ts';
import * as spec from '../spec/virtio-net.ts';

interface HeaderFields {
  readonly flags?: number;
  readonly type?: number;
  readonly headerBytes?: number;
  readonly segmentBytes?: number;
  readonly start?: number;
  readonly offset?: number;
  readonly buffers?: number;
}

/** A header that asks for nothing but what is said. */
export function sendHeader(fields: HeaderFields): Uint8Array {
  const view = new DataView(new ArrayBuffer(spec.HDR_BYTES));
  view.setUint8(spec.HDR_FLAGS, fields.flags ?? 0);
  view.setUint8(spec.HDR_GSO_TYPE, fields.type ?? spec.HDR_GSO_NONE);
  view.setUint16(spec.HDR_HDR_LEN, fields.headerBytes ?? 0, true);
  view.setUint16(spec.HDR_GSO_SIZE, fields.segmentBytes ?? 0, true);
  view.setUint16(spec.HDR_CSUM_START, fields.start ?? 0, true);
  view.setUint16(spec.HDR_CSUM_OFFSET, fields.offset ?? 0, true);
  view.setUint16(spec.HDR_NUM_BUFFERS, fields.buffers ?? 0, true);
  return new Uint8Array(view.buffer);
}

/** A header that asks for segments of a TCP packet, with what is said instead. */
export function segmentHeader(frame: Uint8Array, fields: HeaderFields = {}): Uint8Array {
  const found = headersOf(frame);
  const start = found?.transportStart ?? 0;
  return sendHeader({
    flags: spec.HDR_F_NEEDS_CSUM,
    type: found?.isIpv4 === false ? spec.HDR_GSO_TCPV6 : spec.HDR_GSO_TCPV4,
    headerBytes: start + ((frame[start + ethernet.TCP_DATA_OFFSET] ?? 0) >>> 4) * 4,
    segmentBytes: 1000,
    start,
    offset: ethernet.TCP_CHECKSUM,
    ...fields,
  });
}
