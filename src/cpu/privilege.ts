/** What instructions executed by the host share: faults at the instruction, kernel privilege, RFLAGS as POPFQ writes it. */
import type { GuestInstruction } from './decode.ts';
import { type Exit, exception, VECTOR } from './exit.ts';
import { IF } from './flag-thunk.ts';
import type { Host } from './host.ts';

export type Execute = (host: Host, instruction: GuestInstruction) => Exit | undefined;

/** A fault: RIP is the instruction's own. */
function faultAt(
  host: Host,
  { address }: GuestInstruction,
  vector: number,
  errorCode?: number,
): Exit {
  host.state.rip = address;
  return exception(vector, errorCode);
}

export const undefinedInstruction: Execute = (host, instruction) =>
  faultAt(host, instruction, VECTOR.invalidOpcode);

export const protectionFault: Execute = (host, instruction) =>
  faultAt(host, instruction, VECTOR.generalProtection, 0);

/** #GP(0) outside ring 0. */
export const kernelOnly =
  (execute: Execute): Execute =>
  (host, instruction) =>
    host.mmu.userMode ? protectionFault(host, instruction) : execute(host, instruction);

/** RF is cleared; user mode may not change IF and IOPL. The machine hears when interrupts become possible. */
export function writeFlags(host: Host, value: bigint): void {
  const { state, mmu, environment } = host;
  const before = state.systemFlags;
  const fixed = 0x1_0000n;
  const guarded = mmu.userMode ? 0x3200n : 0n;
  state.rflags = (value & ~fixed & ~guarded) | (BigInt(before) & guarded);
  if ((before & IF) === 0 && (state.systemFlags & IF) !== 0) environment.interruptsEnabled?.();
}
