/** Call stacks of driver code as module and offset: from unwind data, across callbacks that services made. */
import type { Cpu } from '../cpu/cpu.ts';
import type { Frame, Stack } from '../events/frame.ts';
import { walkStack } from '../image/walk-stack.ts';
import type { GuestContext } from '../kernel/effects.ts';
import { toUnwind } from '../kernel/ke/context.ts';
import { guestReader } from '../kernel/ke/exception.ts';
import { modules } from '../kernel/ke/modules.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { isGuestFault } from '../memory/fault.ts';
import { va } from '../units/address.ts';
import { captureRegisters } from './registers.ts';
import type { Thread } from './thread.ts';

const MAX_FRAMES = 32;
/** What these interrupted did not call them. */
const INTERRUPTIONS = new Set([
  'ISR',
  'DPC',
  'Timer DPC',
  'MiniportInterrupt',
  'MiniportInterruptDPC',
  'MiniportISR',
  'MiniportHandleInterrupt',
  'NdisTimer',
]);

/** `isThunk` tells whether the CPU stands at a call into a system module, its return address on top of the stack. */
export function traceStack(
  kernel: Kernel,
  cpu: Cpu,
  thread: Thread,
  isThunk: (rip: bigint) => boolean,
): Stack {
  const frames: Frame[] = [];
  let context: GuestContext | undefined = captureRegisters(cpu.state);
  for (let i = thread.activations.length - 1; i >= 0; i--) {
    const activation = thread.activations[i];
    if (activation?.kind !== 'guest' || context === undefined) continue;
    addFrames(kernel, settle(kernel, context, isThunk), frames);
    if (frames.length >= MAX_FRAMES) break;
    if (INTERRUPTIONS.has(activation.routine)) break;
    context = activation.saved;
  }
  return frames.slice(0, MAX_FRAMES);
}

/** At a thunk the caller's frame is what counts. */
function settle(
  kernel: Kernel,
  context: GuestContext,
  isThunk: (rip: bigint) => boolean,
): GuestContext | undefined {
  if (!isThunk(context.rip)) return context;
  try {
    return { ...context, rip: kernel.mmu.u64(va(context.rsp)), rsp: context.rsp + 8n };
  } catch (thrown) {
    if (isGuestFault(thrown)) return undefined;
    throw thrown;
  }
}

function addFrames(kernel: Kernel, context: GuestContext | undefined, frames: Frame[]): void {
  if (context === undefined) return;
  const known = modules(kernel);
  if (known.at(context.rip) === undefined && known.unloadedAt(context.rip) === undefined) return;
  frames.push(known.frame(context.rip));
  const returns = walkStack(
    toUnwind(context),
    guestReader(kernel),
    (at) => known.at(at),
    MAX_FRAMES,
  );
  for (const address of returns) frames.push(known.frame(address));
}
