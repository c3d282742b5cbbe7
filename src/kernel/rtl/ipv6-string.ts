/** IPv6 addresses as text, in the forms that Windows writes (ip2string.h; RFC 4291, 2.2; RFC 5214, 6.1). */
import { ptr, u16, u32 } from '../../layout/struct.ts';
import { NULL, type Va, vaAdd } from '../../units/address.ts';
import { type NtStatus, STATUS } from '../../units/status.ts';
import type { Kernel } from '../kernel.ts';
import { type Service, service } from '../service.ts';
import { unitsFrom } from './counted-string.ts';
import { writeCharacters } from './guest-memory.ts';

const GROUPS = 8;

/** True where the last four bytes stand for an IPv4 address. */
function endsInIpv4(words: readonly number[]): boolean {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0] = words;
  if ((a | b | c | d) === 0) {
    const isCompatible = e === 0 && f === 0 && g !== 0;
    const isMapped = e === 0 && f === 0xffff;
    const isTranslated = e === 0xffff && f === 0;
    if (isCompatible || isMapped || isTranslated) return true;
  }
  return (e & 0xfdff) === 0 && f === 0x5efe;
}

/** The first of the longest runs of zero groups; a single one is written out. */
function longestZeros(words: readonly number[]) {
  let best = { from: 0, count: 1 };
  for (let from = 0; from < words.length; from++) {
    let count = 0;
    while (words[from + count] === 0) count++;
    if (count > best.count) best = { from, count };
  }
  return best.count > 1 ? best : undefined;
}

export function ipv6Text(bytes: Uint8Array): string {
  const words = Array.from(
    { length: GROUPS },
    (_, i) => ((bytes[i * 2] ?? 0) << 8) | (bytes[i * 2 + 1] ?? 0),
  );
  const isMixed = endsInIpv4(words);
  const groups = isMixed ? words.slice(0, GROUPS - 2) : words;
  const zeros = longestZeros(groups);
  const hex = (from: number, to: number): string =>
    groups
      .slice(from, to)
      .map((word) => word.toString(16))
      .join(':');
  const last = isMixed ? [...bytes.subarray(12, 16)].join('.') : '';
  const join = (head: string): string =>
    head + (isMixed && !head.endsWith(':') ? `:${last}` : last);
  if (zeros === undefined) return join(hex(0, GROUPS));
  const { from, count } = zeros;
  return join(`${hex(0, from)}::${hex(from + count, GROUPS)}`);
}

const textAt = (kernel: Kernel, at: Va): string => ipv6Text(kernel.mmu.readBytes(at, 16));

const toText = (name: string, width: 1 | 2): Service =>
  service({
    name,
    doc: 'ip2string.h',
    params: { Addr: ptr('IN6_ADDR'), S: ptr() },
    returns: 'pointer',
    run(kernel, { Addr, S }) {
      const text = textAt(kernel, Addr);
      writeCharacters(kernel.mmu, S, width, [...unitsFrom(text), 0]);
      return vaAdd(S, text.length * width);
    },
  });

/** With the zone behind a percent sign, and the port behind brackets, where they are not zero. */
const toTextEx = (name: string, width: 1 | 2): Service =>
  service({
    name,
    doc: 'ip2string.h',
    params: {
      Address: ptr('IN6_ADDR'),
      ScopeId: u32,
      Port: u16,
      AddressString: ptr(),
      Length: ptr('ULONG'),
    },
    returns: 'status',
    run(kernel, { Address, ScopeId, Port, AddressString, Length }): NtStatus {
      if (Address === NULL || Length === NULL) return STATUS.INVALID_PARAMETER;
      const port = ((Port & 0xff) << 8) | ((Port >> 8) & 0xff);
      const address = textAt(kernel, Address) + (ScopeId === 0 ? '' : `%${ScopeId}`);
      const text = port === 0 ? address : `[${address}]:${port}`;
      const room = kernel.mmu.u32(Length);
      kernel.mmu.write(Length, 4, BigInt(text.length + 1));
      if (AddressString === NULL || room < text.length + 1) return STATUS.INVALID_PARAMETER;
      writeCharacters(kernel.mmu, AddressString, width, [...unitsFrom(text), 0]);
      return STATUS.SUCCESS;
    },
  });

export const ipv6StringServices: readonly Service[] = [
  toText('RtlIpv6AddressToStringA', 1),
  toText('RtlIpv6AddressToStringW', 2),
  toTextEx('RtlIpv6AddressToStringExA', 1),
  toTextEx('RtlIpv6AddressToStringExW', 2),
];
