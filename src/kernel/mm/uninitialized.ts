/** What memory holds that nobody has written: neither zero nor a valid pointer. */
import { PAGE_SIZE, type Pa } from '../../units/address.ts';
import type { Kernel } from '../kernel.ts';

const UNINITIALIZED_BYTE = 0xa5;

export function fillFrame(kernel: Kernel, frame: Pa): void {
  const host = kernel.physical.hostOf(frame);
  if (host !== undefined) {
    kernel.physical.bytes.fill(UNINITIALIZED_BYTE, host, host + PAGE_SIZE);
  }
}
