/** Notification of processors that are added: the one there is counts as existing, no other ever comes. */
import { ptr, struct, u8, u16, u32 } from '../../layout/struct.ts';
import { NULL, type Va, vaAdd } from '../../units/address.ts';
import { PASSIVE_LEVEL } from '../../units/irql.ts';
import { isSuccess, type NtStatus, ntStatus } from '../../units/status.ts';
import { type Blocking, callGuest } from '../effects.ts';
import { allocateForKernel, pool } from '../ex/pool.ts';
import { type Kernel, part } from '../kernel.ts';
import { type Service, service } from '../service.ts';

const KE_PROCESSOR_CHANGE_NOTIFY_CONTEXT = struct({
  name: 'KE_PROCESSOR_CHANGE_NOTIFY_CONTEXT',
  size: { x64: 16, x86: 16 },
  fields: { State: u32, NtNumber: u32, Status: u32, Group: u16, Number: u8, Reserved: u8 },
});

/** KE_PROCESSOR_CHANGE_NOTIFY_STATE. */
const ADD_START = 0;
const ADD_COMPLETE = 1;
const KE_PROCESSOR_CHANGE_ADD_EXISTING = 1;
const HANDLE_BYTES = 16;

const registrations = part(() => new Set<Va>());

interface Callback {
  readonly routine: Va;
  readonly context: Va;
}

/** OperationStatus after the call; before it both are zero, as new pool is, which is STATUS_SUCCESS. */
function* tell(kernel: Kernel, { routine, context }: Callback, state: number): Blocking<NtStatus> {
  const { bytes } = KE_PROCESSOR_CHANGE_NOTIFY_CONTEXT;
  const at = allocateForKernel(kernel, bytes + 4, 'KePc');
  KE_PROCESSOR_CHANGE_NOTIFY_CONTEXT.at(kernel.mmu, at).State = state;
  const operationStatus = vaAdd(at, bytes);
  yield* callGuest(routine, [context, at, operationStatus], 'ProcessorCallback');
  const answer = ntStatus(kernel.mmu.u32(operationStatus));
  pool(kernel).free(at);
  return answer;
}

/** The one processor, as if it were added now; false when the driver refuses it, of which it hears no more. */
function* announceExisting(kernel: Kernel, callback: Callback): Blocking<boolean> {
  if (!isSuccess(yield* tell(kernel, callback, ADD_START))) return false;
  yield* tell(kernel, callback, ADD_COMPLETE);
  return true;
}

const KeRegisterProcessorChangeCallback = service({
  name: 'KeRegisterProcessorChangeCallback',
  doc: 'wdm/nf-wdm-keregisterprocessorchangecallback',
  params: {
    CallbackFunction: ptr('PROCESSOR_CALLBACK_FUNCTION'),
    CallbackContext: ptr(),
    Flags: u32,
  },
  returns: 'pointer',
  maxIrql: PASSIVE_LEVEL,
  mayFail: ['null'],
  *run(kernel, { CallbackFunction, CallbackContext, Flags }) {
    const callback = { routine: CallbackFunction, context: CallbackContext };
    if ((Flags & KE_PROCESSOR_CHANGE_ADD_EXISTING) !== 0) {
      if (!(yield* announceExisting(kernel, callback))) return NULL;
    }
    const handle = allocateForKernel(kernel, HANDLE_BYTES, 'KePc');
    registrations(kernel).add(handle);
    return handle;
  },
});

const KeDeregisterProcessorChangeCallback = service({
  name: 'KeDeregisterProcessorChangeCallback',
  doc: 'wdm/nf-wdm-kederegisterprocessorchangecallback',
  params: { CallbackHandle: ptr() },
  returns: 'void',
  maxIrql: PASSIVE_LEVEL,
  run(kernel, { CallbackHandle }) {
    if (registrations(kernel).delete(CallbackHandle)) pool(kernel).free(CallbackHandle);
  },
});

export const processorChangeServices: readonly Service[] = [
  KeRegisterProcessorChangeCallback,
  KeDeregisterProcessorChangeCallback,
];
