/** A service call as traces print it: typed arguments by name, and the result in its own terms. */
import type { Service } from '../kernel/service.ts';
import type { CType } from '../layout/struct.ts';
import { irqlName } from '../units/irql.ts';
import { ndisStatusName } from '../units/ndis-status.ts';
import { statusName } from '../units/status.ts';

const abs = (value: bigint): bigint => (value < 0n ? -value : value);

const formatValue = (value: unknown, type: CType<unknown> | undefined): string => {
  if (type?.label !== undefined) return type.label(value);
  if (typeof value === 'bigint') return `${value < 0n ? '-' : ''}0x${abs(value).toString(16)}`;
  if (typeof value === 'number') return value < 10 ? String(value) : `0x${value.toString(16)}`;
  return String(value);
};

export function formatArguments(service: Service, args: Readonly<Record<string, unknown>>) {
  const formatted: Record<string, string> = {};
  for (const name of Object.keys(service.params))
    formatted[name] = formatValue(args[name], service.params[name]);
  return formatted;
}

export function formatResult(service: Service, value: bigint): string {
  switch (service.returns) {
    case 'void':
      return '';
    case 'status':
      return statusName(Number(value & 0xffff_ffffn));
    case 'ndis-status':
      return ndisStatusName(Number(value & 0xffff_ffffn));
    case 'irql':
      return irqlName(Number(value & 0xffn));
    case 'bool':
      return (value & 0xffn) === 0n ? 'FALSE' : 'TRUE';
    case 'u32':
      return `0x${(value & 0xffff_ffffn).toString(16)}`;
    default:
      return `0x${value.toString(16)}`;
  }
}
