/** Facts in words: how messages name mappings, places and addresses. */
import type { Frame, Stack } from '../events/frame.ts';
import type { MappingFacts } from '../events/mapping.ts';
import { hex, hexVa } from '../units/address.ts';

/** `MmMapIoSpace of 0xfebf0000, 0x1000 bytes`. */
export const naming = ({ service, physical, length, origin }: MappingFacts): string =>
  `${service} of ${hex(physical)}, ${hex(length)} ${origin === 'port' ? 'ports' : 'bytes'}`;

/** The facts every finding about a mapping carries. */
export const mappingFacts = (mapping: MappingFacts) => ({
  mapping: naming(mapping),
  service: mapping.service,
  physical: hex(mapping.physical),
  length: hex(mapping.length),
  virtual: hexVa(mapping.virtual),
});

/** The innermost frame in words: `edu.sys+0x1234 (EduUnmap, edu.c:42)`. */
export function placeName(stack: Stack | null): string {
  const frame = stack?.[0];
  if (frame === undefined) return 'an unknown place';
  const known = [frame.symbol, lineOf(frame)].filter((part) => part !== undefined);
  const place = `${frame.module}+${frame.offset}`;
  return known.length === 0 ? place : `${place} (${known.join(', ')})`;
}

const lineOf = ({ file, line }: Frame): string | undefined =>
  file === undefined ? undefined : `${file}${line === undefined ? '' : `:${line}`}`;
