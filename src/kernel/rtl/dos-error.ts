/** RtlNtStatusToDosError and other small conversions. */
import { statusCode } from '../../layout/named.ts';
import { ptr, u32 } from '../../layout/struct.ts';
import { vaAdd } from '../../units/address.ts';
import { APC_LEVEL } from '../../units/irql.ts';
import { STATUS } from '../../units/status.ts';
import { alias, type Service, service } from '../service.ts';

/** Win32 codes (winerror.h) of the statuses that drivers meet. */
const DOS_ERRORS: ReadonlyMap<number, number> = new Map([
  [STATUS.SUCCESS, 0],
  [STATUS.PENDING, 997],
  [STATUS.TIMEOUT, 258],
  [STATUS.BUFFER_OVERFLOW, 234],
  [STATUS.NO_MORE_ENTRIES, 259],
  [STATUS.DEVICE_BUSY, 170],
  [STATUS.UNSUCCESSFUL, 31],
  [STATUS.NOT_IMPLEMENTED, 1],
  [STATUS.INVALID_INFO_CLASS, 87],
  [STATUS.INFO_LENGTH_MISMATCH, 24],
  [STATUS.ACCESS_VIOLATION, 998],
  [STATUS.INVALID_HANDLE, 6],
  [STATUS.INVALID_PARAMETER, 87],
  [STATUS.NO_SUCH_DEVICE, 2],
  [STATUS.NO_SUCH_FILE, 2],
  [STATUS.INVALID_DEVICE_REQUEST, 1],
  [STATUS.END_OF_FILE, 38],
  [STATUS.NO_MEMORY, 8],
  [STATUS.ACCESS_DENIED, 5],
  [STATUS.BUFFER_TOO_SMALL, 122],
  [STATUS.OBJECT_TYPE_MISMATCH, 6],
  [STATUS.OBJECT_NAME_INVALID, 123],
  [STATUS.OBJECT_NAME_NOT_FOUND, 2],
  [STATUS.OBJECT_NAME_COLLISION, 183],
  [STATUS.OBJECT_PATH_NOT_FOUND, 3],
  [STATUS.OBJECT_PATH_SYNTAX_BAD, 161],
  [STATUS.SHARING_VIOLATION, 32],
  [STATUS.DELETE_PENDING, 5],
  [STATUS.INSUFFICIENT_RESOURCES, 1450],
  [STATUS.DEVICE_NOT_READY, 21],
  [STATUS.IO_TIMEOUT, 121],
  [STATUS.NOT_SUPPORTED, 50],
  [STATUS.INTERNAL_ERROR, 1359],
  [STATUS.CANCELLED, 995],
  [STATUS.DEVICE_NOT_CONNECTED, 1167],
  [STATUS.NOT_FOUND, 1168],
  [STATUS.IO_DEVICE_ERROR, 1117],
]);
/** ERROR_MR_MID_NOT_FOUND: no message is known. */
const UNKNOWN = 317;

const RtlNtStatusToDosError = service({
  name: 'RtlNtStatusToDosError',
  doc: 'ntifs/nf-ntifs-rtlntstatustodoserror',
  params: { Status: statusCode },
  returns: 'u32',
  maxIrql: APC_LEVEL,
  run: (_kernel, { Status }) => DOS_ERRORS.get(Status) ?? UNKNOWN,
});

/** CRC-32 of IEEE 802.3, continued from `PartialCrc`. */
const RtlComputeCrc32 = service({
  name: 'RtlComputeCrc32',
  doc: 'ntifs.h',
  params: { PartialCrc: u32, Buffer: ptr(), Length: u32 },
  returns: 'u32',
  run(kernel, { PartialCrc, Buffer, Length }) {
    let crc = ~PartialCrc;
    for (let i = 0; i < Length; i++) {
      crc ^= kernel.mmu.u8(vaAdd(Buffer, i));
      for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb8_8320 : 0);
    }
    return ~crc >>> 0;
  },
});

export const dosErrorServices: readonly Service[] = [
  RtlNtStatusToDosError,
  {
    ...alias('RtlNtStatusToDosErrorNoTeb', RtlNtStatusToDosError),
    doc: 'ntifs/nf-ntifs-rtlntstatustodoserrornoteb',
  },
  RtlComputeCrc32,
];
