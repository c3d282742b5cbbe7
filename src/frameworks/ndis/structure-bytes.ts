/** Structures as requests carry them: laid out in guest memory once, taken out as bytes. */
import { allocateForKernel, pool } from '../../kernel/ex/pool.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import type { CType } from '../../layout/struct.ts';
import { setHeader } from './object-header.ts';

interface Versioned {
  readonly type: number;
  readonly revision: number;
  readonly size: number;
}

export function structureBytes<View>(
  kernel: Kernel,
  struct: Pick<CType<View>, 'read' | 'size'>,
  { type, revision, size }: Versioned,
  fill: (view: View) => void,
): Uint8Array {
  const bytes = struct.size('x64');
  const at = allocateForKernel(kernel, bytes, 'NDst');
  setHeader(kernel, at, type, revision, size);
  fill(struct.read(kernel.mmu, at, 'x64'));
  const value = kernel.mmu.readBytes(at, bytes);
  pool(kernel).free(at);
  return value;
}
