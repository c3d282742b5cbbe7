/** Using a device as an application does: open, read, write, control and close. */
import type { Blocking } from '../kernel/effects.ts';
import {
  closeFile,
  deviceControl,
  openFile,
  readFile,
  type UserFile,
  writeFile,
} from '../kernel/io/user/user-requests.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { hex } from '../units/address.ts';
import type { Journal, Step } from './journal.ts';
import type { IoctlRequest } from './options.ts';

/** Bytes of the plain read and write. */
const TRANSFER_BYTES = 16;
/** CTL_CODE(FILE_DEVICE_UNKNOWN, 0, METHOD_BUFFERED, FILE_ANY_ACCESS): what any driver has to refuse or know. */
const PLAIN_CONTROL: IoctlRequest = {
  code: 0x22_0000,
  input: new Uint8Array(TRANSFER_BYTES),
  outputLength: TRANSFER_BYTES,
};

export interface Use {
  readonly kernel: Kernel;
  readonly journal: Journal;
  readonly step: Step;
  /** Name of the device, its link or its interface. */
  readonly path: string;
  readonly ioctls: readonly IoctlRequest[];
}

/** The whole round; a device that cannot be opened is left at that. */
export function* useDevice(use: Use): Blocking<void> {
  const file = yield* open(use);
  if (file === null) return;
  yield* requests(use, file);
  yield* close(use, file);
}

/** Open, the user's control requests alone, close. */
export function* controlDevice(use: Use): Blocking<void> {
  const file = yield* open(use);
  if (file === null) return;
  yield* controls(use, file, use.ioctls);
  yield* close(use, file);
}

export function* open({ kernel, journal, step, path }: Use): Blocking<UserFile | null> {
  const opened = yield* journal.call(
    step,
    'IRP_MJ_CREATE',
    () => openFile(kernel, path),
    ({ status }) => status,
  );
  return opened.file;
}

export function* close({ kernel, journal, step }: Use, file: UserFile): Blocking<void> {
  yield* journal.call(
    step,
    'IRP_MJ_CLEANUP, IRP_MJ_CLOSE',
    () => closeFile(kernel, file),
    () => null,
  );
}

export function* requests(use: Use, file: UserFile): Blocking<void> {
  const { kernel, journal, step } = use;
  yield* read(use, file);
  yield* journal.call(
    step,
    'IRP_MJ_WRITE',
    () => writeFile(kernel, file, pattern(TRANSFER_BYTES)),
    ({ status }) => status,
  );
  yield* controls(use, file, [PLAIN_CONTROL, ...use.ioctls]);
}

function* controls(
  { kernel, journal, step }: Use,
  file: UserFile,
  ioctls: readonly IoctlRequest[],
): Blocking<void> {
  for (const { code, input, outputLength, output = outputLength } of ioctls) {
    yield* journal.call(
      step,
      `IRP_MJ_DEVICE_CONTROL ${hex(code)}`,
      () => deviceControl(kernel, file, code, input, output),
      ({ status }) => status,
    );
  }
}

export function* read({ kernel, journal, step }: Use, file: UserFile): Blocking<void> {
  yield* journal.call(
    step,
    'IRP_MJ_READ',
    () => readFile(kernel, file, TRANSFER_BYTES),
    ({ status }) => status,
  );
}

const pattern = (bytes: number): Uint8Array => Uint8Array.from({ length: bytes }, (_, i) => i + 1);
