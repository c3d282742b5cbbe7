/** Counted strings that the kernel puts into guest memory for drivers. */
import { UNICODE_STRING, utf16Bytes } from '../../layout/nt.ts';
import type { Va } from '../../units/address.ts';
import { allocateForKernel } from '../ex/pool.ts';
import type { Kernel } from '../kernel.ts';

/** Fills a UNICODE_STRING with a NUL-terminated buffer of its own; gives the buffer. */
export function fillUnicodeString(kernel: Kernel, at: Va, text: string, tag = 'ObNm'): Va {
  const bytes = utf16Bytes(`${text}\0`);
  const buffer = allocateForKernel(kernel, bytes.length, tag);
  kernel.mmu.writeBytes(buffer, bytes);
  const string = UNICODE_STRING.at(kernel.mmu, at);
  string.Length = bytes.length - 2;
  string.MaximumLength = bytes.length;
  string.Buffer = buffer;
  return buffer;
}

/** A new UNICODE_STRING in guest memory. */
export function newUnicodeString(kernel: Kernel, text: string): Va {
  const at = allocateForKernel(kernel, UNICODE_STRING.bytes, 'ObNm');
  fillUnicodeString(kernel, at, text);
  return at;
}
