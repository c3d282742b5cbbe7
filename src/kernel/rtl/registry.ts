/** Rtl services that take registry paths instead of handles. */

import { readUnicodeString, readUtf16z } from '../../layout/nt.ts';
import { handle, ptr, u32 } from '../../layout/struct.ts';
import { NULL, type Va } from '../../units/address.ts';
import { PASSIVE_LEVEL } from '../../units/irql.ts';
import { type NtStatus, STATUS } from '../../units/status.ts';
import type { Blocking } from '../effects.ts';
import type { Kernel } from '../kernel.ts';
import { alias, type Service, service } from '../service.ts';
import { isStatus, keyOf } from '../zw/key-handles.ts';
import { registry } from '../zw/registry.ts';
import type { RegistryKey } from '../zw/registry-key.ts';
import { RegistryQuery } from './query-registry.ts';
import { OPTIONAL, relativeKey } from './registry-path.ts';

const nameOf = (kernel: Kernel, at: Va): string => (at === NULL ? '' : readUtf16z(kernel.mmu, at));

const RtlQueryRegistryValues = service({
  name: 'RtlQueryRegistryValues',
  doc: 'wdm/nf-wdm-rtlqueryregistryvalues',
  params: {
    RelativeTo: u32,
    Path: ptr('WCHAR'),
    QueryTable: ptr('RTL_QUERY_REGISTRY_TABLE'),
    Context: ptr(),
    Environment: ptr(),
  },
  returns: 'status',
  maxIrql: PASSIVE_LEVEL,
  mayFail: [STATUS.OBJECT_NAME_NOT_FOUND],
  *run(kernel, { RelativeTo, Path, QueryTable, Context }): Blocking<NtStatus> {
    const key = relativeKey(kernel, RelativeTo, Path, false);
    if (!isStatus(key)) return yield* new RegistryQuery(kernel, key, Context).run(QueryTable);
    const optional = (RelativeTo & OPTIONAL) !== 0 && key === STATUS.OBJECT_NAME_NOT_FOUND;
    return optional ? STATUS.SUCCESS : key;
  },
});

const RtlWriteRegistryValue = service({
  name: 'RtlWriteRegistryValue',
  doc: 'wdm/nf-wdm-rtlwriteregistryvalue',
  params: {
    RelativeTo: u32,
    Path: ptr('WCHAR'),
    ValueName: ptr('WCHAR'),
    ValueType: u32,
    ValueData: ptr(),
    ValueLength: u32,
  },
  returns: 'status',
  maxIrql: PASSIVE_LEVEL,
  mayFail: [STATUS.ACCESS_DENIED],
  run(kernel, args): NtStatus {
    const key = relativeKey(kernel, args.RelativeTo, args.Path, true);
    if (isStatus(key)) return key;
    const data =
      args.ValueLength === 0
        ? new Uint8Array(0)
        : kernel.mmu.readBytes(args.ValueData, args.ValueLength);
    const name = nameOf(kernel, args.ValueName);
    return registry(kernel).store(key, { name, type: args.ValueType, data });
  },
});

const RtlDeleteRegistryValue = service({
  name: 'RtlDeleteRegistryValue',
  doc: 'wdm/nf-wdm-rtldeleteregistryvalue',
  params: { RelativeTo: u32, Path: ptr('WCHAR'), ValueName: ptr('WCHAR') },
  returns: 'status',
  maxIrql: PASSIVE_LEVEL,
  run(kernel, { RelativeTo, Path, ValueName }): NtStatus {
    const key = relativeKey(kernel, RelativeTo, Path, true);
    if (isStatus(key)) return key;
    return key.deleteValue(nameOf(kernel, ValueName), registry(kernel).now)
      ? STATUS.SUCCESS
      : STATUS.OBJECT_NAME_NOT_FOUND;
  },
});

const statusOf = (key: RegistryKey | NtStatus): NtStatus => (isStatus(key) ? key : STATUS.SUCCESS);

const RtlCreateRegistryKey = service({
  name: 'RtlCreateRegistryKey',
  doc: 'wdm/nf-wdm-rtlcreateregistrykey',
  params: { RelativeTo: u32, Path: ptr('WCHAR') },
  returns: 'status',
  maxIrql: PASSIVE_LEVEL,
  mayFail: [STATUS.ACCESS_DENIED],
  run: (kernel, { RelativeTo, Path }) => statusOf(relativeKey(kernel, RelativeTo, Path, true)),
});

const RtlCheckRegistryKey = service({
  name: 'RtlCheckRegistryKey',
  doc: 'wdm/nf-wdm-rtlcheckregistrykey',
  params: { RelativeTo: u32, Path: ptr('WCHAR') },
  returns: 'status',
  maxIrql: PASSIVE_LEVEL,
  run: (kernel, { RelativeTo, Path }) => statusOf(relativeKey(kernel, RelativeTo, Path, false)),
});

const RtlQueryRegistryValueWithFallback = service({
  name: 'RtlQueryRegistryValueWithFallback',
  doc: 'ntddk/nf-ntddk-rtlqueryregistryvaluewithfallback',
  params: {
    PrimaryHandle: handle,
    FallbackHandle: handle,
    ValueName: ptr('UNICODE_STRING'),
    ValueLength: u32,
    ValueType: ptr('ULONG'),
    ValueData: ptr(),
    ResultLength: ptr('ULONG'),
  },
  returns: 'status',
  maxIrql: PASSIVE_LEVEL,
  run(kernel, args): NtStatus {
    const name = readUnicodeString(kernel.mmu, args.ValueName);
    const value = [args.PrimaryHandle, args.FallbackHandle]
      .filter((keyHandle) => keyHandle !== 0n)
      .map((keyHandle) => keyOf(kernel, keyHandle))
      .map((key) => (isStatus(key) ? undefined : key.value(name)))
      .find((found) => found !== undefined);
    if (value === undefined) return STATUS.OBJECT_NAME_NOT_FOUND;
    kernel.mmu.write(args.ResultLength, 4, BigInt(value.data.length));
    if (args.ValueType !== NULL) kernel.mmu.write(args.ValueType, 4, BigInt(value.type));
    if (value.data.length > args.ValueLength) return STATUS.BUFFER_OVERFLOW;
    kernel.mmu.writeBytes(args.ValueData, value.data);
    return STATUS.SUCCESS;
  },
});

export const rtlRegistryServices: readonly Service[] = [
  RtlQueryRegistryValues,
  { ...alias('RtlQueryRegistryValuesEx', RtlQueryRegistryValues), doc: 'ntddk.h' },
  RtlWriteRegistryValue,
  RtlDeleteRegistryValue,
  RtlCreateRegistryKey,
  RtlCheckRegistryKey,
  RtlQueryRegistryValueWithFallback,
];
