/** Guest registers as the CONTEXT record in guest memory, and as the unwinder wants them. */
import type { UnwindContext } from '../../image/unwind.ts';
import { type Va, va, vaAdd } from '../../units/address.ts';
import type { GuestContext } from '../effects.ts';
import type { Kernel } from '../kernel.ts';

/** CONTEXT of x64 (winnt.h): 0x4d0 bytes, and where its members lie. */
export const CONTEXT_BYTES = 0x4d0;
const FLAGS = 0x30;
const MXCSR = 0x34;
const SEGMENTS = 0x38;
const EFLAGS = 0x44;
const RAX = 0x78;
const RIP = 0xf8;
const XMM0 = 0x1a0;
/** CONTEXT_AMD64 | CONTROL | INTEGER | SEGMENTS | FLOATING_POINT */
const CONTEXT_FULL = 0x10000fn;
/** cs ds es fs gs ss of kernel mode */
const KERNEL_SEGMENTS = [0x10n, 0x2bn, 0x2bn, 0x53n, 0x2bn, 0x18n];

export function writeContext(kernel: Kernel, at: Va, context: GuestContext): void {
  const { mmu } = kernel;
  mmu.fill(at, CONTEXT_BYTES, 0);
  mmu.write(vaAdd(at, FLAGS), 4, CONTEXT_FULL);
  mmu.write(vaAdd(at, MXCSR), 4, BigInt(context.mxcsr));
  KERNEL_SEGMENTS.forEach((selector, i) => {
    mmu.write(vaAdd(at, SEGMENTS + i * 2), 2, selector);
  });
  mmu.write(vaAdd(at, EFLAGS), 4, context.rflags);
  context.gpr.forEach((value, i) => {
    mmu.write(vaAdd(at, RAX + i * 8), 8, i === 4 ? context.rsp : value);
  });
  mmu.write(vaAdd(at, RIP), 8, context.rip);
  mmu.writeBytes(vaAdd(at, XMM0), context.xmm);
}

export function readContext(kernel: Kernel, at: Va): GuestContext {
  const { mmu } = kernel;
  const gpr = Array.from({ length: 16 }, (_, i) => mmu.u64(vaAdd(at, RAX + i * 8)));
  return {
    rip: mmu.u64(vaAdd(at, RIP)),
    rsp: gpr[4] ?? 0n,
    rflags: BigInt(mmu.u32(vaAdd(at, EFLAGS))),
    gpr,
    xmm: mmu.readBytes(vaAdd(at, XMM0), 256),
    mxcsr: mmu.u32(vaAdd(at, MXCSR)),
  };
}

export function toUnwind(context: GuestContext): UnwindContext {
  const view = new DataView(context.xmm.buffer, context.xmm.byteOffset, 256);
  const gpr = [...context.gpr];
  gpr[4] = context.rsp;
  return {
    rip: va(context.rip),
    rsp: va(context.rsp),
    gpr,
    xmm: Array.from(
      { length: 16 },
      (_, i) => view.getBigUint64(i * 16, true) | (view.getBigUint64(i * 16 + 8, true) << 64n),
    ),
  };
}

/** The registers after unwinding; what unwinding does not restore is kept from `before`. */
export function fromUnwind(context: UnwindContext, before: GuestContext): GuestContext {
  const xmm = before.xmm.slice();
  const view = new DataView(xmm.buffer);
  context.xmm?.forEach((value, i) => {
    view.setBigUint64(i * 16, BigInt.asUintN(64, value), true);
    view.setBigUint64(i * 16 + 8, value >> 64n, true);
  });
  return { ...before, rip: context.rip, rsp: context.rsp, gpr: [...context.gpr], xmm };
}
