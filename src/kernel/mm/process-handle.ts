/** The process argument of the native services: there is one set of page tables, so that any process will do. */
import { type NtStatus, STATUS } from '../../units/status.ts';
import type { Kernel } from '../kernel.ts';
import { handles } from '../ob/handles.ts';

/** ZwCurrentProcess() */
const CURRENT_PROCESS = 0xffff_ffff_ffff_ffffn;

/** Why the handle names no process, or success. */
export function checkProcess(kernel: Kernel, handle: bigint): NtStatus {
  if (handle === CURRENT_PROCESS) return STATUS.SUCCESS;
  const object = handles(kernel).get(handle);
  if (object === undefined) return STATUS.INVALID_HANDLE;
  return object.type.toLowerCase() === 'process' ? STATUS.SUCCESS : STATUS.OBJECT_TYPE_MISMATCH;
}
