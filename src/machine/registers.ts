/** Moves register sets between the CPU and the plain form that threads and services keep. */
import type { CpuState } from '../cpu/state.ts';
import type { GuestContext } from '../kernel/effects.ts';

export function captureRegisters(state: CpuState): GuestContext {
  return {
    rip: state.rip,
    rsp: state.rsp,
    rflags: state.rflags,
    gpr: state.gprs(),
    xmm: state.vectors,
    mxcsr: state.mxcsr,
  };
}

export function restoreRegisters(state: CpuState, context: GuestContext): void {
  for (let i = 0; i < context.gpr.length; i++) state.setGpr(i, context.gpr[i] ?? 0n);
  state.rsp = context.rsp;
  state.rip = context.rip;
  state.rflags = context.rflags;
  state.vectors = context.xmm;
  state.mxcsr = context.mxcsr;
}

/** RFLAGS with interrupts enabled and nothing else set. */
export const INITIAL_RFLAGS = 0x202n;

export const initialRegisters = (rsp: bigint): GuestContext => ({
  rip: 0n,
  rsp,
  rflags: INITIAL_RFLAGS,
  gpr: Array.from({ length: 16 }, (_, i) => (i === 4 ? rsp : 0n)),
  xmm: new Uint8Array(256),
  mxcsr: 0x1f80,
});
