/** Numbers, GUIDs and IPv4 addresses as text. */

import { GUID } from '../../layout/nt.ts';
import { bool, type CType, out, ptr, u16, u32, u64 } from '../../layout/struct.ts';
import { NULL, type Va, vaAdd } from '../../units/address.ts';
import { PASSIVE_LEVEL } from '../../units/irql.ts';
import { type NtStatus, STATUS } from '../../units/status.ts';
import type { Kernel } from '../kernel.ts';
import { type Service, service } from '../service.ts';
import { fillFrom, own, stringAt, textOf, unitsFrom, unitsOf } from './counted-string.ts';
import { digitValue, parseNumber } from './crt-number.ts';
import { readCharacters, writeCharacters } from './guest-memory.ts';

const BASES = new Set([2, 8, 10, 16]);

const toUnicode = (name: string, doc: string, value: CType<number | bigint>): Service =>
  service({
    name,
    doc,
    params: { Value: value, Base: u32, String: out('UNICODE_STRING') },
    returns: 'status',
    maxIrql: PASSIVE_LEVEL,
    run(kernel, { Value, Base, String: string }): NtStatus {
      const base = Base === 0 ? 10 : Base;
      if (!BASES.has(base)) return STATUS.INVALID_PARAMETER;
      const units = unitsFrom(BigInt(Value).toString(base).toUpperCase());
      if (units.length * 2 > stringAt(kernel, string).MaximumLength) return STATUS.BUFFER_OVERFLOW;
      fillFrom(kernel, string, 0, units, 2);
      return STATUS.SUCCESS;
    },
  });

/** Blanks, a sign, then 0x, 0o or 0b when no base is given; digits until something else. */
function parse(units: readonly number[], base: number): bigint {
  let i = 0;
  while ((units[i] ?? 0) <= 0x20 && i < units.length) i++;
  const sign = units[i];
  if (sign === 0x2d || sign === 0x2b) i++;
  let radix = base;
  if (base === 0) {
    radix = 10;
    const prefix = units[i] === 0x30 ? String.fromCharCode(units[i + 1] ?? 0) : '';
    const found = { x: 16, o: 8, b: 2 }[prefix];
    if (found !== undefined) {
      radix = found;
      i += 2;
    }
  }
  let value = 0n;
  for (; i < units.length && digitValue(units[i] ?? 0) < radix; i++) {
    value = value * BigInt(radix) + BigInt(digitValue(units[i] ?? 0));
  }
  return sign === 0x2d ? -value : value;
}

const RtlUnicodeStringToInteger = service({
  name: 'RtlUnicodeStringToInteger',
  doc: 'wdm/nf-wdm-rtlunicodestringtointeger',
  params: { String: ptr('UNICODE_STRING'), Base: u32, Value: ptr('ULONG') },
  returns: 'status',
  maxIrql: PASSIVE_LEVEL,
  run(kernel, { String: string, Base, Value }): NtStatus {
    if (Base !== 0 && !BASES.has(Base)) return STATUS.INVALID_PARAMETER;
    const value = parse(unitsOf(kernel, string, 2), Base);
    kernel.mmu.write(Value, 4, BigInt.asUintN(32, value));
    return STATUS.SUCCESS;
  },
});

const RtlCharToInteger = service({
  name: 'RtlCharToInteger',
  doc: 'ntddk/nf-ntddk-rtlchartointeger',
  params: { String: ptr('CHAR'), Base: u32, Value: ptr('ULONG') },
  returns: 'status',
  maxIrql: PASSIVE_LEVEL,
  run(kernel, { String: string, Base, Value }): NtStatus {
    if (Base !== 0 && !BASES.has(Base)) return STATUS.INVALID_PARAMETER;
    const value = parse(readCharacters(kernel.mmu, string, 1), Base);
    kernel.mmu.write(Value, 4, BigInt.asUintN(32, value));
    return STATUS.SUCCESS;
  },
});

const RtlIntegerToChar = service({
  name: 'RtlIntegerToChar',
  doc: 'ntifs.h',
  params: { Value: u32, Base: u32, OutputLength: u32, String: out('CHAR') },
  returns: 'status',
  run(kernel, { Value, Base, OutputLength, String: string }): NtStatus {
    const base = Base === 0 ? 10 : Base;
    if (!BASES.has(base)) return STATUS.INVALID_PARAMETER;
    const units = unitsFrom(Value.toString(base).toUpperCase());
    if (units.length > OutputLength) return STATUS.BUFFER_OVERFLOW;
    const end = units.length < OutputLength ? [0] : [];
    writeCharacters(kernel.mmu, string, 1, [...units, ...end]);
    return STATUS.SUCCESS;
  },
});

const hex = (value: number, digits: number): string =>
  value.toString(16).toUpperCase().padStart(digits, '0');

/** `{XXXXXXXX-XXXX-XXXX-XXXX-XXXXXXXXXXXX}` */
function guidText(kernel: Kernel, at: Va): string {
  const { Data1, Data2, Data3, Data4 } = GUID.at(kernel.mmu, at);
  const bytes = Array.from({ length: 8 }, (_, i) => hex(Data4.get(i), 2));
  const [head, tail] = [bytes.slice(0, 2).join(''), bytes.slice(2).join('')];
  return `{${hex(Data1, 8)}-${hex(Data2, 4)}-${hex(Data3, 4)}-${head}-${tail}}`;
}

const RtlStringFromGUID = service({
  name: 'RtlStringFromGUID',
  doc: 'wdm/nf-wdm-rtlstringfromguid',
  params: { Guid: ptr('GUID'), GuidString: out('UNICODE_STRING') },
  returns: 'status',
  maxIrql: PASSIVE_LEVEL,
  mayFail: [STATUS.NO_MEMORY],
  run: (kernel, { Guid, GuidString }): NtStatus =>
    own(kernel, GuidString, unitsFrom(guidText(kernel, Guid)), 2)
      ? STATUS.SUCCESS
      : STATUS.NO_MEMORY,
});

const GUID_FORM =
  /^\{([0-9a-f]{8})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{2})([0-9a-f]{2})-([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})\}$/i;

const RtlGUIDFromString = service({
  name: 'RtlGUIDFromString',
  doc: 'wdm/nf-wdm-rtlguidfromstring',
  params: { GuidString: ptr('UNICODE_STRING'), Guid: out('GUID') },
  returns: 'status',
  maxIrql: PASSIVE_LEVEL,
  run(kernel, { GuidString, Guid }): NtStatus {
    const match = GUID_FORM.exec(textOf(unitsOf(kernel, GuidString, 2)));
    if (match === null) return STATUS.INVALID_PARAMETER;
    const [data1 = 0, data2 = 0, data3 = 0, ...rest] = match
      .slice(1)
      .map((digits) => Number.parseInt(digits, 16));
    const guid = GUID.at(kernel.mmu, Guid);
    guid.Data1 = data1;
    guid.Data2 = data2;
    guid.Data3 = data3;
    rest.forEach((byte, i) => {
      guid.Data4.set(i, byte);
    });
    return STATUS.SUCCESS;
  },
});

const ipv4Text = (kernel: Kernel, at: Va): string => [...kernel.mmu.readBytes(at, 4)].join('.');

const ipv4ToString = (name: string, width: 1 | 2): Service =>
  service({
    name,
    doc: 'ip2string.h',
    params: { Addr: ptr('IN_ADDR'), S: ptr() },
    returns: 'pointer',
    run(kernel, { Addr, S }) {
      const text = ipv4Text(kernel, Addr);
      writeCharacters(kernel.mmu, S, width, [...unitsFrom(text), 0]);
      return vaAdd(S, text.length * width);
    },
  });

/** One to four numbers; the last fills what the others leave. `strict` wants four decimal ones. */
const ipv4FromString = (name: string, width: 1 | 2): Service =>
  service({
    name,
    doc: 'ip2string.h',
    params: { S: ptr(), Strict: bool, Terminator: ptr('PVOID'), Addr: ptr('IN_ADDR') },
    returns: 'status',
    run(kernel, { S, Strict, Terminator, Addr }): NtStatus {
      const units = readCharacters(kernel.mmu, S, width);
      const parts: number[] = [];
      let at = 0;
      let used = 0;
      do {
        const from = at;
        const parsed = parseNumber((i) => units[from + i] ?? 0, Strict ? 10 : 0);
        used = parsed.used;
        parts.push(Number(parsed.value));
        at += used;
      } while (used > 0 && parts.length < 4 && units[at] === 0x2e && ++at > 0);
      kernel.mmu.write(Terminator, 8, vaAdd(S, at * width));
      const address = used === 0 || (Strict && parts.length < 4) ? undefined : combine(parts);
      if (address === undefined) return STATUS.INVALID_PARAMETER;
      kernel.mmu.writeBytes(
        Addr,
        Uint8Array.from([24, 16, 8, 0], (s) => address >>> s),
      );
      return STATUS.SUCCESS;
    },
  });

function combine(parts: readonly number[]): number | undefined {
  const last = parts.at(-1) ?? 0;
  const heads = parts.slice(0, -1);
  const room = 2 ** (8 * (4 - heads.length));
  if (heads.some((part) => part > 255) || last >= room) return undefined;
  return heads.reduce((sum, part, i) => sum + part * 2 ** (24 - 8 * i), last);
}

const ipv4ToStringEx = (name: string, width: 1 | 2): Service =>
  service({
    name,
    doc: 'ip2string.h',
    params: { Address: ptr('IN_ADDR'), Port: u16, AddressString: ptr(), Length: ptr('ULONG') },
    returns: 'status',
    run(kernel, { Address, Port, AddressString, Length }): NtStatus {
      if (Address === NULL || Length === NULL) return STATUS.INVALID_PARAMETER;
      const port = ((Port & 0xff) << 8) | ((Port >> 8) & 0xff);
      const text = ipv4Text(kernel, Address) + (port === 0 ? '' : `:${port}`);
      const room = kernel.mmu.u32(Length);
      kernel.mmu.write(Length, 4, BigInt(text.length + 1));
      if (AddressString === NULL || room < text.length + 1) return STATUS.INVALID_PARAMETER;
      writeCharacters(kernel.mmu, AddressString, width, [...unitsFrom(text), 0]);
      return STATUS.SUCCESS;
    },
  });

export const integerStringServices: readonly Service[] = [
  toUnicode('RtlIntegerToUnicodeString', 'wdm/nf-wdm-rtlintegertounicodestring', u32),
  toUnicode('RtlInt64ToUnicodeString', 'wdm/nf-wdm-rtlint64tounicodestring', u64),
  RtlUnicodeStringToInteger,
  RtlCharToInteger,
  RtlIntegerToChar,
  RtlStringFromGUID,
  RtlGUIDFromString,
  ipv4ToString('RtlIpv4AddressToStringA', 1),
  ipv4ToString('RtlIpv4AddressToStringW', 2),
  ipv4ToStringEx('RtlIpv4AddressToStringExA', 1),
  ipv4ToStringEx('RtlIpv4AddressToStringExW', 2),
  ipv4FromString('RtlIpv4StringToAddressA', 1),
  ipv4FromString('RtlIpv4StringToAddressW', 2),
];
