/** Takes an NDIS 5 miniport's adapter from MiniportInitialize to MiniportHalt; there is no pausing in between. */
import type { Blocking } from '../../../kernel/effects.ts';
import { allocateForKernel, pool } from '../../../kernel/ex/pool.ts';
import type { Kernel } from '../../../kernel/kernel.ts';
import { NULL, vaAdd } from '../../../units/address.ts';
import { DISPATCH_LEVEL, HIGH_LEVEL, PASSIVE_LEVEL } from '../../../units/irql.ts';
import { NDIS_STATUS } from '../../../units/ndis-status.ts';
import { isSuccess, type NtStatus, ntStatus } from '../../../units/status.ts';
import type { Adapter } from '../adapter.ts';
import { callMiniport } from '../call.ts';
import {
  DEVICE_PNP_EVENT,
  type DevicePnpEvent,
  type HaltAction,
  type ShutdownAction,
} from '../constants.ts';
import { call, outstanding, type ResetAnswer, setState, settle } from '../life-cycle.ts';
import { entryOf } from '../miniport-driver.ts';
import { tellMisuse } from '../misuse.ts';
import { freeLists } from './adapter-services.ts';
import { fillBlock } from './block.ts';
import { closeDma } from './dma.ts';
import { learnAttributes } from './general.ts';
import { disconnectLeft } from './interrupts.ts';
import { BLOCK } from './layout.ts';
import { setAgain } from './requests.ts';
import { legacyOf, wrapperContexts } from './state.ts';

/** NdisMedium802_3 to NdisMediumIrda: the media that the library offers. */
const MEDIA = 11;
/** OpenErrorStatus and SelectedMediumIndex come first in the memory lent to MiniportInitialize. */
const INDEX = 4;
const MEDIUM_ARRAY = 8;

export function* initialize(kernel: Kernel, adapter: Adapter): Blocking<NtStatus> {
  adapter.registration = null;
  adapter.general = null;
  adapter.failed = false;
  setState(kernel, adapter, 'initializing');
  fillBlock(kernel, adapter);
  const { mmu } = kernel;
  const scratch = allocateForKernel(kernel, MEDIUM_ARRAY + MEDIA * 4, 'NDma');
  mmu.write(scratch, 8, 0n);
  for (let i = 0; i < MEDIA; i++) mmu.write(vaAdd(scratch, MEDIUM_ARRAY + i * 4), 4, BigInt(i));
  const wrapper = wrapperContexts(kernel).open(adapter);
  const status = ntStatus(
    yield* call(kernel, adapter, 'MiniportInitialize', [
      scratch,
      vaAdd(scratch, INDEX),
      vaAdd(scratch, MEDIUM_ARRAY),
      BigInt(MEDIA),
      adapter.handle,
      wrapper ?? NULL,
    ]),
  );
  const medium = Math.min(mmu.u32(vaAdd(scratch, INDEX)), MEDIA - 1);
  if (wrapper !== undefined) wrapperContexts(kernel).close(wrapper);
  pool(kernel).free(scratch);
  if (status !== NDIS_STATUS.SUCCESS) {
    release(kernel, adapter);
    setState(kernel, adapter, 'halted');
    // Anything but success is a failure, also what Windows counts as successful.
    return isSuccess(status) ? NDIS_STATUS.FAILURE : status;
  }
  adapter.mediaType = medium;
  mmu.write(vaAdd(adapter.handle, BLOCK.MediaType), 4, BigInt(medium));
  if (adapter.registration === null) tellMisuse(kernel, 'MiniportInitialize', 'no-attributes');
  legacyOf(kernel, adapter).settled = true;
  yield* learnAttributes(kernel, adapter);
  setState(kernel, adapter, 'running');
  return status;
}

/** What the library gives back by itself once the miniport is halted or has failed. */
function release(kernel: Kernel, adapter: Adapter): void {
  disconnectLeft(kernel, adapter);
  closeDma(kernel, adapter);
  freeLists(kernel, adapter);
  adapter.shutdownHandler = null;
  legacyOf(kernel, adapter).serialized = true;
}

function tellReason(kernel: Kernel, { subject }: Adapter, routine: string, reason: string): void {
  kernel.emit({ kind: 'miniport-reason', subject, routine, reason });
}

/** MiniportHalt is not told why. */
export function* halt(kernel: Kernel, adapter: Adapter, action: HaltAction): Blocking<void> {
  tellReason(kernel, adapter, 'MiniportHalt', action);
  legacyOf(kernel, adapter).settled = false;
  yield* call(kernel, adapter, 'MiniportHalt', [adapter.context]);
  release(kernel, adapter);
  setState(kernel, adapter, 'halted');
}

/** Protocols unbind: the miniport hears nothing of it. */
// biome-ignore lint/correctness/useYield: a verb of both generations, which blocks in the other.
export function* pause(): Blocking<NtStatus> {
  return NDIS_STATUS.SUCCESS;
}

/** After a sleep through which the miniport was halted: filters and addresses are set as they were. */
export function* restart(kernel: Kernel, adapter: Adapter): Blocking<NtStatus> {
  yield* setAgain(kernel, adapter);
  return NDIS_STATUS.SUCCESS;
}

export function* reset(kernel: Kernel, adapter: Adapter): Blocking<ResetAnswer> {
  const at = allocateForKernel(kernel, 1, 'NDrs');
  kernel.mmu.write(at, 1, 0n);
  const waiting = outstanding();
  adapter.resetting = waiting;
  const args = [at, adapter.context];
  const returned = yield* call(kernel, adapter, 'MiniportReset', args, DISPATCH_LEVEL);
  const status = yield* settle(adapter, waiting, ntStatus(returned), 'MiniportReset');
  const addressingReset = waiting.done ? waiting.flag : kernel.mmu.u8(at) !== 0;
  adapter.resetting = null;
  pool(kernel).free(at);
  return { status, addressingReset };
}

/** TRUE when the miniport says that its hardware hangs. */
export function* checkForHang(kernel: Kernel, adapter: Adapter): Blocking<boolean> {
  const args = [adapter.context];
  const hangs = yield* call(kernel, adapter, 'MiniportCheckForHang', args, DISPATCH_LEVEL);
  return (hangs & 0xffn) !== 0n;
}

export function* pnpEvent(kernel: Kernel, adapter: Adapter, event: DevicePnpEvent): Blocking<void> {
  tellReason(kernel, adapter, 'MiniportPnPEventNotify', event);
  const args = [adapter.context, BigInt(DEVICE_PNP_EVENT[event]), NULL, 0n];
  yield* call(kernel, adapter, 'MiniportPnPEventNotify', args);
}

/** The handler of the characteristics, or the one that 5.0 registers; a bug check calls at HIGH_LEVEL. */
export function* shutdown(
  kernel: Kernel,
  adapter: Adapter,
  action: ShutdownAction,
): Blocking<void> {
  tellReason(kernel, adapter, 'MiniportShutdown', action);
  const routine = 'MiniportShutdown';
  const own = adapter.shutdownHandler;
  yield* callMiniport(kernel, {
    routine,
    subject: adapter.subject,
    entry: own?.entry ?? entryOf(adapter.driver.entries, routine),
    args: [own?.context ?? adapter.context],
    irql: action === 'NdisShutdownBugCheck' ? HIGH_LEVEL : PASSIVE_LEVEL,
  });
  setState(kernel, adapter, 'shutdown');
}
