/** What lies behind the pointers of a call, for traces: text before it, what it wrote after it. Looking changes nothing. */
import type { Service } from '../kernel/service.ts';
import type { Mmu } from '../memory/mmu.ts';
import { hex, NULL, type Va, va, vaAdd } from '../units/address.ts';
import { ndisStatusName } from '../units/ndis-status.ts';

/** Characters of a string that are shown. */
const SHOWN = 80;

type Look = (memory: Mmu, at: Va) => string | undefined;

interface Pointer {
  readonly parameter: string;
  readonly look: Look;
}

const scalar =
  (size: 1 | 2 | 4 | 8, show: (value: bigint) => string = hex): Look =>
  (memory, at) => {
    const bytes = memory.peek(at, size);
    return bytes.length < size ? undefined : show(little(bytes));
  };

const little = (bytes: Uint8Array): bigint =>
  bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);

const quoted = (text: string, isWhole: boolean): string => `"${text}"${isWhole ? '' : '...'}`;

/** Characters of 1 or 2 bytes; without a length they end at a NUL. */
function text(memory: Mmu, at: Va, width: 1 | 2, length: number | null): string | undefined {
  const wanted = Math.min(length ?? SHOWN + 1, SHOWN + 1);
  const bytes = memory.peek(at, wanted * width);
  if (bytes.length < width && wanted > 0) return undefined;
  let shown = '';
  for (let i = 0; i + width <= bytes.length && shown.length < SHOWN; i += width) {
    const unit = (bytes[i] ?? 0) | (width === 2 ? (bytes[i + 1] ?? 0) << 8 : 0);
    if (unit === 0 && length === null) return quoted(shown, true);
    shown += String.fromCharCode(unit);
  }
  return quoted(shown, length !== null && shown.length === length);
}

/** UNICODE_STRING and STRING: a length in bytes, a capacity, and the address of the characters. */
const counted =
  (width: 1 | 2): Look =>
  (memory, at) => {
    const header = memory.peek(at, 16);
    if (header.length < 16) return undefined;
    const length = Math.floor(Number(little(header.subarray(0, 2))) / width);
    if (length === 0) return '""';
    return text(memory, va(little(header.subarray(8))), width, length);
  };

const terminated =
  (width: 1 | 2): Look =>
  (memory, at) =>
    text(memory, at, width, null);

const OBJECT_NAME_OFFSET = 16;
const objectName: Look = (memory, at) => {
  const name = memory.peek(vaAdd(at, OBJECT_NAME_OFFSET), 8);
  const address = name.length < 8 ? NULL : va(little(name));
  return address === NULL ? undefined : counted(2)(memory, address);
};

const guid: Look = (memory, at) => {
  const bytes = memory.peek(at, 16);
  if (bytes.length < 16) return undefined;
  const digits = (from: number, to: number): string =>
    little(bytes.subarray(from, to))
      .toString(16)
      .padStart((to - from) * 2, '0');
  const tail = [...bytes.subarray(8)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return `{${digits(0, 4)}-${digits(4, 6)}-${digits(6, 8)}-${tail.slice(0, 4)}-${tail.slice(4)}}`;
};

/** Shown before the call, or after it where the callee fills them in. */
const VALUES: Readonly<Record<string, Look>> = {
  UNICODE_STRING: counted(2),
  NDIS_STRING: counted(2),
  STRING: counted(1),
  ANSI_STRING: counted(1),
  WCHAR: terminated(2),
  CHAR: terminated(1),
  OBJECT_ATTRIBUTES: objectName,
  GUID: guid,
  LARGE_INTEGER: scalar(8, (value) => BigInt.asIntN(64, value).toString()),
};

/** Shown after the call: mostly results, and true of the moment in any case. */
const RESULTS: Readonly<Record<string, Look>> = {
  BOOLEAN: scalar(1),
  KIRQL: scalar(1),
  USHORT: scalar(2),
  ULONG: scalar(4),
  UINT: scalar(4),
  NDIS_STATUS: scalar(4, (value) => ndisStatusName(Number(value))),
  ULONGLONG: scalar(8),
  SIZE_T: scalar(8),
  ULONG_PTR: scalar(8),
  PHYSICAL_ADDRESS: scalar(8),
  PVOID: scalar(8),
  HANDLE: scalar(8),
  NDIS_HANDLE: scalar(8),
  PDEVICE_OBJECT: scalar(8),
  REGHANDLE: scalar(8),
};

interface Pointers {
  readonly before: readonly Pointer[];
  readonly after: readonly Pointer[];
}

const known = new WeakMap<Service, Pointers>();

function pointersOf(service: Service): Pointers {
  const found = known.get(service);
  if (found !== undefined) return found;
  const before: Pointer[] = [];
  const after: Pointer[] = [];
  for (const [parameter, { pointee }] of Object.entries(service.params)) {
    if (pointee === undefined) continue;
    const value = VALUES[pointee.name];
    const look = value ?? RESULTS[pointee.name];
    if (look === undefined) continue;
    const isAfter = value === undefined || pointee.isOutput;
    (isAfter ? after : before).push({ parameter, look });
  }
  const pointers = { before, after };
  known.set(service, pointers);
  return pointers;
}

type Arguments = Readonly<Record<string, unknown>>;

function lookAt(memory: Mmu, pointers: readonly Pointer[], args: Arguments) {
  const seen: Record<string, string> = {};
  for (const { parameter, look } of pointers) {
    const at = args[parameter];
    if (typeof at !== 'bigint' || at === NULL) continue;
    const shown = look(memory, va(at));
    if (shown !== undefined) seen[parameter] = shown;
  }
  return seen;
}

/** The `pointees` of a call that begins; nothing where no pointer has any. */
export function pointeesOf(memory: Mmu, service: Service, args: Arguments) {
  const { before } = pointersOf(service);
  return before.length === 0 ? {} : { pointees: lookAt(memory, before, args) };
}

/** The `outputs` of a call that ends. */
export function outputsOf(memory: Mmu, service: Service, args: Arguments) {
  const { after } = pointersOf(service);
  return after.length === 0 ? {} : { outputs: lookAt(memory, after, args) };
}
