/** ZwOpenKey, ZwQueryValueKey and their kin. */

import { readUnicodeString, readUtf16, UNICODE_STRING, utf16Bytes } from '../../layout/nt.ts';
import { handle, ptr, u32 } from '../../layout/struct.ts';
import { NULL, type Va } from '../../units/address.ts';
import { PASSIVE_LEVEL } from '../../units/irql.ts';
import { type NtStatus, STATUS } from '../../units/status.ts';
import type { Kernel } from '../kernel.ts';
import { type Service, service } from '../service.ts';
import {
  createLocated,
  isStatus,
  keyOf,
  locate,
  openKeyHandle,
  openLocated,
} from './key-handles.ts';
import { deliver, keyInformation, type Target, valueInformation } from './key-information.ts';
import { registry } from './registry.ts';
import type { RegistryKey } from './registry-key.ts';

const REG_OPTION_VOLATILE = 1;
const REG_CREATED_NEW_KEY = 1n;
const REG_OPENED_EXISTING_KEY = 2n;

function open(kernel: Kernel, out: Va, attributes: Va): NtStatus {
  const place = locate(kernel, attributes);
  if (isStatus(place)) return place;
  const key = openLocated(place);
  if (isStatus(key)) return key;
  kernel.mmu.write(out, 8, openKeyHandle(kernel, key));
  return STATUS.SUCCESS;
}

const opening = {
  KeyHandle: ptr('HANDLE'),
  DesiredAccess: u32,
  ObjectAttributes: ptr('OBJECT_ATTRIBUTES'),
};

const ZwOpenKey = service({
  name: 'ZwOpenKey',
  doc: 'wdm/nf-wdm-zwopenkey',
  params: opening,
  returns: 'status',
  maxIrql: PASSIVE_LEVEL,
  mayFail: [STATUS.OBJECT_NAME_NOT_FOUND],
  run: (kernel, args) => open(kernel, args.KeyHandle, args.ObjectAttributes),
});

const ZwOpenKeyEx = service({
  name: 'ZwOpenKeyEx',
  doc: 'wdm/nf-wdm-zwopenkeyex',
  params: { ...opening, OpenOptions: u32 },
  returns: 'status',
  maxIrql: PASSIVE_LEVEL,
  mayFail: [STATUS.OBJECT_NAME_NOT_FOUND],
  run: (kernel, args) => open(kernel, args.KeyHandle, args.ObjectAttributes),
});

const ZwCreateKey = service({
  name: 'ZwCreateKey',
  doc: 'wdm/nf-wdm-zwcreatekey',
  params: {
    ...opening,
    TitleIndex: u32,
    Class: ptr('UNICODE_STRING'),
    CreateOptions: u32,
    Disposition: ptr('ULONG'),
  },
  returns: 'status',
  maxIrql: PASSIVE_LEVEL,
  mayFail: [STATUS.ACCESS_DENIED],
  run(kernel, args): NtStatus {
    const place = locate(kernel, args.ObjectAttributes);
    if (isStatus(place)) return place;
    const isVolatile = (args.CreateOptions & REG_OPTION_VOLATILE) !== 0;
    const created = createLocated(kernel, place, isVolatile);
    if (isStatus(created)) return created;
    if (created.isNew && args.Class !== NULL) {
      created.key.className = utf16Bytes(readUnicodeString(kernel.mmu, args.Class));
    }
    kernel.mmu.write(args.KeyHandle, 8, openKeyHandle(kernel, created.key));
    if (args.Disposition !== NULL) {
      const disposition = created.isNew ? REG_CREATED_NEW_KEY : REG_OPENED_EXISTING_KEY;
      kernel.mmu.write(args.Disposition, 4, disposition);
    }
    return STATUS.SUCCESS;
  },
});

/** Runs on the key behind a handle. */
function withKey(
  kernel: Kernel,
  keyHandle: bigint,
  action: (key: RegistryKey) => NtStatus,
): NtStatus {
  const key = keyOf(kernel, keyHandle);
  return isStatus(key) ? key : action(key);
}

/** A value's name; a NULL buffer names the default value. */
function valueName(kernel: Kernel, at: Va): string {
  const { Length, Buffer } = UNICODE_STRING.at(kernel.mmu, at);
  return Length === 0 ? '' : readUtf16(kernel.mmu, Buffer, Length);
}

function answer(
  kernel: Kernel,
  information: ReturnType<typeof keyInformation>,
  target: Target,
): NtStatus {
  return isStatus(information) ? information : deliver(kernel, information, target);
}

const ZwQueryValueKey = service({
  name: 'ZwQueryValueKey',
  doc: 'wdm/nf-wdm-zwqueryvaluekey',
  params: {
    KeyHandle: handle,
    ValueName: ptr('UNICODE_STRING'),
    KeyValueInformationClass: u32,
    KeyValueInformation: ptr(),
    Length: u32,
    ResultLength: ptr('ULONG'),
  },
  returns: 'status',
  maxIrql: PASSIVE_LEVEL,
  mayFail: [STATUS.OBJECT_NAME_NOT_FOUND],
  run: (kernel, args) =>
    withKey(kernel, args.KeyHandle, (key) => {
      const value = key.value(valueName(kernel, args.ValueName));
      if (value === undefined) return STATUS.OBJECT_NAME_NOT_FOUND;
      return answer(kernel, valueInformation(value, args.KeyValueInformationClass), {
        at: args.KeyValueInformation,
        length: args.Length,
        resultLength: args.ResultLength,
      });
    }),
});

const ZwEnumerateValueKey = service({
  name: 'ZwEnumerateValueKey',
  doc: 'wdm/nf-wdm-zwenumeratevaluekey',
  params: {
    KeyHandle: handle,
    Index: u32,
    KeyValueInformationClass: u32,
    KeyValueInformation: ptr(),
    Length: u32,
    ResultLength: ptr('ULONG'),
  },
  returns: 'status',
  maxIrql: PASSIVE_LEVEL,
  run: (kernel, args) =>
    withKey(kernel, args.KeyHandle, (key) => {
      const value = key.values[args.Index];
      if (value === undefined) return STATUS.NO_MORE_ENTRIES;
      return answer(kernel, valueInformation(value, args.KeyValueInformationClass), {
        at: args.KeyValueInformation,
        length: args.Length,
        resultLength: args.ResultLength,
      });
    }),
});

const ZwQueryKey = service({
  name: 'ZwQueryKey',
  doc: 'wdm/nf-wdm-zwquerykey',
  params: {
    KeyHandle: handle,
    KeyInformationClass: u32,
    KeyInformation: ptr(),
    Length: u32,
    ResultLength: ptr('ULONG'),
  },
  returns: 'status',
  maxIrql: PASSIVE_LEVEL,
  run: (kernel, args) =>
    withKey(kernel, args.KeyHandle, (key) =>
      answer(kernel, keyInformation(key, args.KeyInformationClass), {
        at: args.KeyInformation,
        length: args.Length,
        resultLength: args.ResultLength,
      }),
    ),
});

const ZwEnumerateKey = service({
  name: 'ZwEnumerateKey',
  doc: 'wdm/nf-wdm-zwenumeratekey',
  params: {
    KeyHandle: handle,
    Index: u32,
    KeyInformationClass: u32,
    KeyInformation: ptr(),
    Length: u32,
    ResultLength: ptr('ULONG'),
  },
  returns: 'status',
  maxIrql: PASSIVE_LEVEL,
  run: (kernel, args) =>
    withKey(kernel, args.KeyHandle, (key) => {
      const subkey = key.subkeys[args.Index];
      if (subkey === undefined) return STATUS.NO_MORE_ENTRIES;
      return answer(kernel, keyInformation(subkey, args.KeyInformationClass), {
        at: args.KeyInformation,
        length: args.Length,
        resultLength: args.ResultLength,
      });
    }),
});

const ZwSetValueKey = service({
  name: 'ZwSetValueKey',
  doc: 'wdm/nf-wdm-zwsetvaluekey',
  params: {
    KeyHandle: handle,
    ValueName: ptr('UNICODE_STRING'),
    TitleIndex: u32,
    Type: u32,
    Data: ptr(),
    DataSize: u32,
  },
  returns: 'status',
  maxIrql: PASSIVE_LEVEL,
  mayFail: [STATUS.ACCESS_DENIED],
  run: (kernel, args) =>
    withKey(kernel, args.KeyHandle, (key) => {
      const name = valueName(kernel, args.ValueName);
      const data = args.DataSize === 0 ? [] : kernel.mmu.readBytes(args.Data, args.DataSize);
      const value = { name, type: args.Type, data: Uint8Array.from(data) };
      return registry(kernel).store(key, value);
    }),
});

const ZwDeleteValueKey = service({
  name: 'ZwDeleteValueKey',
  doc: 'wdm/nf-wdm-zwdeletevaluekey',
  params: { KeyHandle: handle, ValueName: ptr('UNICODE_STRING') },
  returns: 'status',
  maxIrql: PASSIVE_LEVEL,
  run: (kernel, args) =>
    withKey(kernel, args.KeyHandle, (key) =>
      key.deleteValue(valueName(kernel, args.ValueName), registry(kernel).now)
        ? STATUS.SUCCESS
        : STATUS.OBJECT_NAME_NOT_FOUND,
    ),
});

const ZwDeleteKey = service({
  name: 'ZwDeleteKey',
  doc: 'wdm/nf-wdm-zwdeletekey',
  params: { KeyHandle: handle },
  returns: 'status',
  maxIrql: PASSIVE_LEVEL,
  run: (kernel, args) =>
    withKey(kernel, args.KeyHandle, (key) => {
      if (key.subkeys.length > 0 || key.parent === null) return STATUS.CANNOT_DELETE;
      key.delete();
      return STATUS.SUCCESS;
    }),
});

/** The registry lives in memory; there is nothing to write out. */
const ZwFlushKey = service({
  name: 'ZwFlushKey',
  doc: 'wdm/nf-wdm-zwflushkey',
  params: { KeyHandle: handle },
  returns: 'status',
  maxIrql: PASSIVE_LEVEL,
  run: (kernel, args) => withKey(kernel, args.KeyHandle, () => STATUS.SUCCESS),
});

export const keyServices: readonly Service[] = [
  ZwOpenKey,
  ZwOpenKeyEx,
  ZwCreateKey,
  ZwQueryValueKey,
  ZwEnumerateValueKey,
  ZwQueryKey,
  ZwEnumerateKey,
  ZwSetValueKey,
  ZwDeleteValueKey,
  ZwDeleteKey,
  ZwFlushKey,
];
