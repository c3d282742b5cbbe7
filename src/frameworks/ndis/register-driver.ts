/** How NDIS registers a protocol or filter driver: a handle, and its SetOptions routine before the call returns. */
import type { Blocking } from '../../kernel/effects.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import type { Va } from '../../units/address.ts';
import { NDIS_STATUS } from '../../units/ndis-status.ts';
import { type NtStatus, ntStatus } from '../../units/status.ts';
import { callMiniport } from './call.ts';
import type { Handles } from './handles.ts';

export interface Registration<T> {
  readonly value: T;
  /** Where the driver wants its handle, which SetOptions may read there. */
  readonly handleAt: Va;
  readonly context: Va;
  readonly setOptions: { readonly routine: string; readonly entry: Va };
}

/** The handle is one only when SetOptions has succeeded too. */
export function* registerDriver<T>(
  kernel: Kernel,
  handles: Handles<T>,
  { value, handleAt, context, setOptions }: Registration<T>,
): Blocking<NtStatus> {
  const handle = handles.open(value);
  if (handle === undefined) return NDIS_STATUS.RESOURCES;
  kernel.mmu.write(handleAt, 8, handle);
  const call = { ...setOptions, subject: null, args: [handle, context] };
  const status = ntStatus(yield* callMiniport(kernel, call));
  if (status !== NDIS_STATUS.SUCCESS) handles.close(handle);
  return status;
}
