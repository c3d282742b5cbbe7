/** Entering driver code by the x64 calling convention: registers, home space, stack arguments, return address. */
import type { CpuState } from '../cpu/state.ts';
import type { Mmu } from '../memory/mmu.ts';
import { type Va, va } from '../units/address.ts';
import { INITIAL_RFLAGS } from './registers.ts';

/** rcx, rdx, r8, r9 by encoding. */
export const ARGUMENT_REGISTERS = [1, 2, 8, 9] as const;
/** Below an interrupted instruction's stack pointer nothing is live, but keep clear of what it is just writing. */
const CLEARANCE = 0x80n;

/** Sets the CPU at the first instruction of `entry`; returns RSP there. May throw a `GuestFault` on stack overflow. */
export function enterGuest(
  state: CpuState,
  mmu: Mmu,
  entry: Va,
  args: readonly bigint[],
  returnTo: Va,
): bigint {
  const slots = Math.max(4, args.length);
  const rsp = ((state.rsp - CLEARANCE - BigInt(slots) * 8n) & ~0xfn) - 8n;
  args.forEach((value, i) => {
    const register = ARGUMENT_REGISTERS[i];
    if (register !== undefined) state.setGpr(register, BigInt.asUintN(64, value));
    else mmu.write(va(rsp + 8n + BigInt(i) * 8n), 8, BigInt.asUintN(64, value));
  });
  mmu.write(va(rsp), 8, returnTo);
  state.rsp = rsp;
  state.rip = entry;
  state.rflags = INITIAL_RFLAGS;
  return rsp;
}

/** Puts the result in RAX and returns to the caller, as RET does. */
export function returnFromCall(state: CpuState, mmu: Mmu, result: bigint): void {
  const { rsp } = state;
  state.setGpr(0, result);
  state.rip = mmu.pointer(rsp);
  state.rsp = rsp + 8n;
}
