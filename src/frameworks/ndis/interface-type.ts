/** The kind of a network interface, which the *IfType keyword of an INF says, and the NET_LUID that begins with it. */
import type { Kernel } from '../../kernel/kernel.ts';
import { REG } from '../../kernel/zw/registry-key.ts';
import type { Adapter } from './adapter.ts';
import { adapterKey } from './configuration.ts';

/** IF_TYPE_ETHERNET_CSMACD. */
export const ETHERNET = 6;

/** IF_TYPE_xxx; Ethernet where the INF does not say. */
export function interfaceType(kernel: Kernel, adapter: Adapter): number {
  const value = adapterKey(kernel, adapter).value('*IfType');
  if (value?.type !== REG.DWORD || value.data.length < 2) return ETHERNET;
  return new DataView(value.data.buffer, value.data.byteOffset).getUint16(0, true);
}

/** The type in the upper 16 bits, the index below them (ifdef.h). */
export const netLuid = (type: number, index: number): bigint =>
  (BigInt(type) << 48n) | (BigInt(index) << 24n);
