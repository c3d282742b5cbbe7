/** RtlQueryRegistryValues: a table of values, delivered to the driver's routines or stored where it says. */
import { readUtf16z, UNICODE_STRING, utf16Bytes } from '../../layout/nt.ts';
import { ptr, struct, u32 } from '../../layout/struct.ts';
import { NULL, type Va, vaAdd } from '../../units/address.ts';
import { isSuccess, type NtStatus, ntStatus, STATUS } from '../../units/status.ts';
import { type Blocking, callGuest } from '../effects.ts';
import { bugCheck } from '../end.ts';
import { pool } from '../ex/pool.ts';
import type { Kernel } from '../kernel.ts';
import { descend, registry } from '../zw/registry.ts';
import { componentsOf, REG, type RegistryKey, type Value } from '../zw/registry-key.ts';

const RTL_QUERY_REGISTRY_TABLE = struct({
  name: 'RTL_QUERY_REGISTRY_TABLE',
  size: { x64: 56, x86: 28 },
  fields: {
    QueryRoutine: ptr('RTL_QUERY_REGISTRY_ROUTINE'),
    Flags: u32,
    Name: ptr('WCHAR'),
    EntryContext: ptr(),
    DefaultType: u32,
    DefaultData: ptr(),
    DefaultLength: u32,
  },
});

/** RTL_QUERY_REGISTRY_ flags (wdm.h). */
const SUBKEY = 0x1;
const TOPKEY = 0x2;
const REQUIRED = 0x4;
const NOVALUE = 0x8;
const NOEXPAND = 0x10;
const DIRECT = 0x20;
const DELETE = 0x40;
const NOSTRING = 0x80;
const TYPECHECK = 0x100;
const TYPECHECK_SHIFT = 24;

const KERNEL_SECURITY_CHECK_FAILURE = 0x139;
/** FAST_FAIL_UNSAFE_REGISTRY_ACCESS (winnt.h). */
const UNSAFE_REGISTRY_ACCESS = 26n;

const isText = (type: number): boolean =>
  type === REG.SZ || type === REG.EXPAND_SZ || type === REG.MULTI_SZ;

interface Entry {
  readonly routine: Va;
  readonly flags: number;
  readonly name: string | null;
  readonly context: Va;
  readonly defaultType: number;
  readonly expectedType: number;
  readonly defaultData: Va;
  readonly defaultLength: number;
}

function entryAt(kernel: Kernel, at: Va): Entry {
  const view = RTL_QUERY_REGISTRY_TABLE.at(kernel.mmu, at);
  return {
    routine: view.QueryRoutine,
    flags: view.Flags,
    name: view.Name === NULL ? null : readUtf16z(kernel.mmu, view.Name),
    context: view.EntryContext,
    defaultType: view.DefaultType & 0xff,
    expectedType: view.DefaultType >>> TYPECHECK_SHIFT,
    defaultData: view.DefaultData,
    defaultLength: view.DefaultLength,
  };
}

export class RegistryQuery {
  readonly #kernel: Kernel;
  readonly #top: RegistryKey;
  readonly #context: Va;

  constructor(kernel: Kernel, top: RegistryKey, context: Va) {
    this.#kernel = kernel;
    this.#top = top;
    this.#context = context;
  }

  /** Works through the table until its end or the first failure. */
  *run(table: Va): Blocking<NtStatus> {
    let key = this.#top;
    for (let at = table; ; at = vaAdd(at, RTL_QUERY_REGISTRY_TABLE.bytes)) {
      const entry = entryAt(this.#kernel, at);
      if (entry.routine === NULL && (entry.flags & (SUBKEY | DIRECT)) === 0) return STATUS.SUCCESS;
      const bad =
        (entry.flags & DIRECT) !== 0 &&
        (entry.name === null || (entry.flags & SUBKEY) !== 0 || entry.routine !== NULL);
      if (bad) return STATUS.INVALID_PARAMETER;
      if ((entry.flags & (TOPKEY | SUBKEY)) !== 0) key = this.#top;
      const status = yield* this.#entry(entry, key, (subkey) => {
        key = subkey;
      });
      if (!isSuccess(status)) return status;
    }
  }

  *#entry(entry: Entry, key: RegistryKey, enter: (key: RegistryKey) => void): Blocking<NtStatus> {
    if ((entry.flags & SUBKEY) !== 0) {
      if (entry.name === null) return STATUS.INVALID_PARAMETER;
      const subkey = descend(this.#top, componentsOf(entry.name));
      if (subkey === undefined) return STATUS.OBJECT_NAME_NOT_FOUND;
      enter(subkey);
      return entry.routine === NULL ? STATUS.SUCCESS : yield* this.#all(entry, subkey);
    }
    if (entry.name !== null) return yield* this.#named(entry, key, entry.name);
    if ((entry.flags & NOVALUE) !== 0) {
      return yield* this.#call(entry, null, { type: REG.NONE, data: null });
    }
    return yield* this.#all(entry, key);
  }

  *#named(entry: Entry, key: RegistryKey, name: string): Blocking<NtStatus> {
    const value = key.value(name);
    if (value === undefined) return yield* this.#default(entry, name);
    const status = yield* this.#deliver(entry, key, value);
    if (isSuccess(status)) this.#deleteAfter(entry, key, value);
    return status;
  }

  *#all(entry: Entry, key: RegistryKey): Blocking<NtStatus> {
    const { values } = key;
    if (values.length === 0 && (entry.flags & REQUIRED) !== 0) return STATUS.OBJECT_NAME_NOT_FOUND;
    for (const value of values) {
      const status = yield* this.#deliver(entry, key, value);
      if (!isSuccess(status)) return status;
      this.#deleteAfter(entry, key, value);
    }
    return STATUS.SUCCESS;
  }

  #deleteAfter(entry: Entry, key: RegistryKey, value: Value): void {
    if ((entry.flags & DELETE) !== 0) key.deleteValue(value.name, registry(this.#kernel).now);
  }

  *#default(entry: Entry, name: string): Blocking<NtStatus> {
    if (entry.defaultType === REG.NONE) {
      return (entry.flags & REQUIRED) !== 0 ? STATUS.OBJECT_NAME_NOT_FOUND : STATUS.SUCCESS;
    }
    const { mmu } = this.#kernel;
    const length =
      entry.defaultLength === 0 && isText(entry.defaultType)
        ? this.#textLength(entry)
        : entry.defaultLength;
    const data = mmu.readBytes(entry.defaultData, length);
    return yield* this.#give(entry, { name, type: entry.defaultType, data });
  }

  /** Bytes of a default string with its terminators. */
  #textLength({ defaultData, defaultType }: Entry): number {
    const { mmu } = this.#kernel;
    let length = 0;
    do {
      length += (readUtf16z(mmu, vaAdd(defaultData, length)).length + 1) * 2;
    } while (defaultType === REG.MULTI_SZ && mmu.u16(vaAdd(defaultData, length)) !== 0);
    return defaultType === REG.MULTI_SZ ? length + 2 : length;
  }

  *#deliver(entry: Entry, key: RegistryKey, value: Value): Blocking<NtStatus> {
    if ((entry.flags & DIRECT) !== 0) {
      this.#checkTrust(entry, key);
      if ((entry.flags & TYPECHECK) !== 0 && entry.expectedType !== value.type) {
        return STATUS.OBJECT_TYPE_MISMATCH;
      }
    }
    if ((entry.flags & NOSTRING) !== 0 && isText(value.type)) return STATUS.OBJECT_TYPE_MISMATCH;
    return yield* this.#give(entry, value);
  }

  /** Hives that user programs can write are not to be read without a type check (since Windows 8). */
  #checkTrust(entry: Entry, key: RegistryKey): void {
    const trusted = key.path.toUpperCase().startsWith('\\REGISTRY\\MACHINE\\');
    if (!trusted && (entry.flags & TYPECHECK) === 0) {
      bugCheck(
        KERNEL_SECURITY_CHECK_FAILURE,
        [UNSAFE_REGISTRY_ACCESS],
        `RTL_QUERY_REGISTRY_DIRECT without RTL_QUERY_REGISTRY_TYPECHECK on ${key.path}`,
      );
    }
  }

  /** Multi-strings one by one and environment variables replaced, unless the entry wants them raw. */
  *#give(entry: Entry, value: Value): Blocking<NtStatus> {
    const raw = (entry.flags & NOEXPAND) !== 0;
    if (!raw && value.type === REG.MULTI_SZ) return yield* this.#each(entry, value);
    if (!raw && value.type === REG.EXPAND_SZ) {
      const text = expand(textOf(value.data));
      return yield* this.#one(entry, { ...value, type: REG.SZ, data: utf16Bytes(`${text}\0`) });
    }
    return yield* this.#one(entry, value);
  }

  *#each(entry: Entry, value: Value): Blocking<NtStatus> {
    let context = entry.context;
    for (const text of textOf(value.data).split('\0').slice(0, -1)) {
      if (text === '') break;
      const part = { ...value, type: REG.SZ, data: utf16Bytes(`${text}\0`) };
      const status = yield* this.#one({ ...entry, context }, part);
      if (!isSuccess(status)) return status;
      if ((entry.flags & DIRECT) !== 0) context = vaAdd(context, UNICODE_STRING.bytes);
    }
    return STATUS.SUCCESS;
  }

  *#one(entry: Entry, value: Value): Blocking<NtStatus> {
    if ((entry.flags & DIRECT) !== 0) return this.#store(entry.context, value);
    return yield* this.#call(entry, value.name, value);
  }

  /** STATUS_BUFFER_TOO_SMALL of a routine is not an error. */
  *#call(
    entry: Entry,
    name: string | null,
    { type, data }: { readonly type: number; readonly data: Uint8Array | null },
  ): Blocking<NtStatus> {
    const names = name === null ? NULL : this.#borrow(utf16Bytes(`${name}\0`));
    const bytes = data === null ? NULL : this.#borrow(data);
    const length = BigInt(data?.length ?? 0);
    const args = [names, BigInt(type), bytes, length, this.#context, entry.context];
    const status = ntStatus(yield* callGuest(entry.routine, args, 'QueryRegistry'));
    for (const at of [names, bytes]) if (at !== NULL) pool(this.#kernel).free(at);
    return status === STATUS.BUFFER_TOO_SMALL ? STATUS.SUCCESS : status;
  }

  /** Memory that the driver sees for the time of a call. */
  #borrow(bytes: Uint8Array): Va {
    const at = pool(this.#kernel).allocate(bytes.length, 'RqrV', 'paged');
    if (at === undefined) throw new RangeError('no RAM for a registry value');
    this.#kernel.mmu.writeBytes(at, bytes);
    return at;
  }

  #store(at: Va, { type, data }: Value): NtStatus {
    if (isText(type)) return this.#storeText(at, data);
    const { mmu } = this.#kernel;
    if (data.length <= 4) {
      mmu.writeBytes(at, data);
      return STATUS.SUCCESS;
    }
    const room = BigInt.asIntN(32, mmu.read(at, 4));
    if (room < 0n) {
      if (-room < BigInt(data.length)) return STATUS.BUFFER_TOO_SMALL;
      mmu.writeBytes(at, data);
      return STATUS.SUCCESS;
    }
    if (room < BigInt(data.length + 8)) return STATUS.BUFFER_TOO_SMALL;
    mmu.write(at, 4, BigInt(data.length));
    mmu.write(vaAdd(at, 4), 4, BigInt(type));
    mmu.writeBytes(vaAdd(at, 8), data);
    return STATUS.SUCCESS;
  }

  #storeText(at: Va, data: Uint8Array): NtStatus {
    const string = UNICODE_STRING.at(this.#kernel.mmu, at);
    const bytes = data.subarray(0, 0xfffe);
    if (string.Buffer === NULL) {
      const buffer = pool(this.#kernel).allocate(bytes.length, 'Strg', 'paged', true);
      if (buffer === undefined) return STATUS.NO_MEMORY;
      string.Buffer = buffer;
      string.MaximumLength = bytes.length;
    } else if (bytes.length > string.MaximumLength) return STATUS.BUFFER_TOO_SMALL;
    this.#kernel.mmu.writeBytes(string.Buffer, bytes);
    string.Length = Math.max(bytes.length - 2, 0);
    return STATUS.SUCCESS;
  }
}

const textOf = (data: Uint8Array): string => {
  let text = '';
  for (let i = 0; i + 1 < data.length; i += 2) {
    text += String.fromCharCode((data[i] ?? 0) | ((data[i + 1] ?? 0) << 8));
  }
  return text;
};

/** Variables of the system process. */
const ENVIRONMENT = new Map([
  ['SYSTEMROOT', 'C:\\Windows'],
  ['WINDIR', 'C:\\Windows'],
  ['SYSTEMDRIVE', 'C:'],
]);

const expand = (data: string): string => {
  const end = data.indexOf('\0');
  const text = end < 0 ? data : data.slice(0, end);
  return text.replaceAll(/%([^%]+)%/g, (all, name) => ENVIRONMENT.get(name.toUpperCase()) ?? all);
};
