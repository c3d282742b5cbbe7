/** GUIDs as text and as their 16 bytes in memory. */
import type { Va } from '../../../units/address.ts';
import type { Kernel } from '../../kernel.ts';

/** Order of the bytes in memory of a GUID's digits: three little-endian numbers, then bytes. */
const ORDER = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15] as const;

/** `{496B8280-6F25-11D0-BEAF-08002BE2092F}`, with or without braces, as bytes. */
export function guidBytes(text: string): Uint8Array {
  const digits = text.replaceAll(/[{}-]/g, '');
  return Uint8Array.from(ORDER, (i) => Number.parseInt(digits.slice(i * 2, i * 2 + 2), 16));
}

/** Upper case in braces, as RtlStringFromGUID writes it. */
export function guidText(bytes: Uint8Array): string {
  const digits = ORDER.map((i) => (bytes[i] ?? 0).toString(16).toUpperCase().padStart(2, '0'));
  const groups = [digits.slice(0, 4), digits.slice(4, 6), digits.slice(6, 8), digits.slice(8, 10)];
  return `{${groups.map((group) => group.join('')).join('-')}-${digits.slice(10).join('')}}`;
}

export const readGuid = (kernel: Kernel, at: Va): string => guidText(kernel.mmu.readBytes(at, 16));

export const GUID_TEXT = {
  BUS_INTERFACE_STANDARD: '{496B8280-6F25-11D0-BEAF-08002BE2092F}',
  BUS_TYPE_INTERNAL: '{2530EA73-086B-11D1-A09F-00C04FC340B1}',
  BUS_TYPE_PCI: '{C8EBDFB0-B510-11D0-80E5-00A0C92542E3}',
  DEVICE_INTERFACE_ARRIVAL: '{CB3A4004-46F0-11D0-B08F-00609713053F}',
  DEVICE_INTERFACE_REMOVAL: '{CB3A4005-46F0-11D0-B08F-00609713053F}',
  TARGET_DEVICE_QUERY_REMOVE: '{CB3A4006-46F0-11D0-B08F-00609713053F}',
  TARGET_DEVICE_REMOVE_CANCELLED: '{CB3A4007-46F0-11D0-B08F-00609713053F}',
  TARGET_DEVICE_REMOVE_COMPLETE: '{CB3A4008-46F0-11D0-B08F-00609713053F}',
} as const;
