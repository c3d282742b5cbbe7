/** ZwQuerySystemInformation: the classes that drivers ask for. */

import { latin1Bytes } from '../../layout/nt.ts';
import { ptr, u32 } from '../../layout/struct.ts';
import { HIGHEST_USER_ADDRESS } from '../../memory/address-map.ts';
import { NULL, PAGE_SIZE } from '../../units/address.ts';
import { PASSIVE_LEVEL } from '../../units/irql.ts';
import { type NtStatus, STATUS } from '../../units/status.ts';
import { notModelledHere } from '../end.ts';
import { loadedImages } from '../exports.ts';
import { systemTime, TIME_INCREMENT } from '../ke/time.ts';
import type { Kernel } from '../kernel.ts';
import { alias, type Service, service } from '../service.ts';

/** Highest class that Windows 10 22H2 knows. */
const LAST_CLASS = 0xe1;
const USER_START = 0x1_0000n;
const ALLOCATION_GRANULARITY = 0x1_0000n;

/** Writes little-endian fields: `[value, bytes]`. */
function fields(length: number, ...values: readonly (readonly [bigint | number, 1 | 2 | 4 | 8])[]) {
  const view = new DataView(new ArrayBuffer(length));
  let at = 0;
  for (const [value, bytes] of values) {
    at = Math.ceil(at / bytes) * bytes;
    for (let i = 0; i < bytes; i++) {
      view.setUint8(at + i, Number((BigInt(value) >> BigInt(8 * i)) & 0xffn));
    }
    at += bytes;
  }
  return new Uint8Array(view.buffer);
}

/** SYSTEM_BASIC_INFORMATION. */
function basic(kernel: Kernel): Uint8Array {
  const pages = kernel.physical.ramBytes / PAGE_SIZE;
  return fields(
    64,
    [0, 4],
    [TIME_INCREMENT, 4],
    [PAGE_SIZE, 4],
    [pages, 4],
    [1, 4],
    [pages - 1, 4],
    [ALLOCATION_GRANULARITY, 4],
    [USER_START, 8],
    [HIGHEST_USER_ADDRESS, 8],
    [1, 8],
    [1, 1],
  );
}

/** SYSTEM_PROCESSOR_INFORMATION: AMD64, one processor, the features Windows 10 insists on. */
const processor = (): Uint8Array =>
  fields(12, [9, 2], [6, 2], [0x5e03, 2], [1, 2], [0x3d1b_3fff, 4]);

/** SYSTEM_TIMEOFDAY_INFORMATION: UTC. */
function timeOfDay(kernel: Kernel): Uint8Array {
  const now = systemTime(kernel);
  return fields(48, [now - kernel.clock.now, 8], [now, 8], [0, 8], [0, 4], [0, 4], [0, 8], [0, 8]);
}

const MODULE_BYTES = 296;
const MODULE_PATH_BYTES = 256;

/** RTL_PROCESS_MODULES: ntoskrnl.exe first, as loaded. */
function moduleList(kernel: Kernel): Uint8Array {
  const images = loadedImages(kernel);
  const out = new Uint8Array(8 + images.length * MODULE_BYTES);
  out.set(fields(4, [images.length, 4]));
  images.forEach(({ path, base, bytes }, i) => {
    const at = 8 + i * MODULE_BYTES;
    const nameAt = path.lastIndexOf('\\') + 1;
    out.set(
      fields(
        40,
        [0, 8],
        [0, 8],
        [base, 8],
        [bytes, 4],
        [0, 4],
        [i, 2],
        [i, 2],
        [1, 2],
        [nameAt, 2],
      ),
      at,
    );
    out.set(latin1Bytes(path).subarray(0, MODULE_PATH_BYTES - 1), at + 40);
  });
  return out;
}

/** SYSTEM_CODEINTEGRITY_INFORMATION: enabled, and test signing is allowed. */
const codeIntegrity = (): Uint8Array => fields(8, [8, 4], [0x3, 4]);

/** Bytes of each class that is known. */
const CLASSES: ReadonlyMap<number, (kernel: Kernel) => Uint8Array> = new Map([
  [0, basic],
  [1, processor],
  [3, timeOfDay],
  [11, moduleList],
  // SystemKernelDebuggerInformation: not enabled, not present.
  [35, () => Uint8Array.of(0, 1)],
  [62, basic],
  [103, codeIntegrity],
  // SystemKernelDebuggerInformationEx: not allowed, not enabled, not present.
  [149, () => new Uint8Array(3)],
  // SystemSecureBootInformation: neither on nor possible.
  [145, () => new Uint8Array(2)],
]);

const ZwQuerySystemInformation = service({
  name: 'ZwQuerySystemInformation',
  doc: 'ntifs.h',
  params: {
    SystemInformationClass: u32,
    SystemInformation: ptr(),
    SystemInformationLength: u32,
    ReturnLength: ptr('ULONG'),
  },
  returns: 'status',
  maxIrql: PASSIVE_LEVEL,
  run(kernel, args): NtStatus {
    const found = CLASSES.get(args.SystemInformationClass);
    if (args.SystemInformationClass > LAST_CLASS) return STATUS.INVALID_INFO_CLASS;
    if (found === undefined) {
      return notModelledHere(`SYSTEM_INFORMATION_CLASS ${args.SystemInformationClass}`);
    }
    const bytes = found(kernel);
    if (args.ReturnLength !== NULL) {
      kernel.mmu.write(args.ReturnLength, 4, BigInt(bytes.length));
    }
    if (args.SystemInformationLength < bytes.length) return STATUS.INFO_LENGTH_MISMATCH;
    kernel.mmu.writeBytes(args.SystemInformation, bytes);
    return STATUS.SUCCESS;
  },
});

export const systemInformationServices: readonly Service[] = [
  ZwQuerySystemInformation,
  alias('NtQuerySystemInformation', ZwQuerySystemInformation),
];
