/** setjmp and longjmp: a jump out of frames to where registers were kept, past termination handlers (_JUMP_BUFFER in setjmp.h). */
import { i32, ptr, u64 } from '../../layout/struct.ts';
import { type Va, vaAdd } from '../../units/address.ts';
import { STATUS } from '../../units/status.ts';
import { type Blocking, type GuestContext, resumeGuest } from '../effects.ts';
import type { Kernel } from '../kernel.ts';
import { alias, type Service, service } from '../service.ts';
import { reaches, unwindTo } from './exception.ts';
import { raiseStatus } from './raise.ts';

const FRAME = 0x00;
/** RBX, RSP, RBP, RSI, RDI, R12 to R15, by encoding, in the buffer's order. */
const REGISTERS = [3, 4, 5, 6, 7, 12, 13, 14, 15] as const;
const REGISTERS_AT = 0x08;
const RIP = 0x50;
const MXCSR = 0x58;
const FPCSR = 0x5c;
/** XMM6 to XMM15. */
const XMM_AT = 0x60;
const XMM_FIRST = 6 * 16;
const XMM_BYTES = 10 * 16;
/** What Windows gives every thread. */
const FPCSR_VALUE = 0x027fn;

const _setjmp = service({
  name: '_setjmp',
  doc: 'cpp-docs: c-runtime-library/reference/setjmp',
  params: { Buffer: ptr('_JUMP_BUFFER'), Frame: u64 },
  returns: 'u32',
  run(kernel, { Buffer: buffer, Frame }) {
    const { mmu, processor } = kernel;
    const context = processor.callerContext();
    mmu.write(vaAdd(buffer, FRAME), 8, Frame);
    REGISTERS.forEach((register, i) => {
      const value = register === 4 ? context.rsp : (context.gpr[register] ?? 0n);
      mmu.write(vaAdd(buffer, REGISTERS_AT + i * 8), 8, value);
    });
    mmu.write(vaAdd(buffer, RIP), 8, context.rip);
    mmu.write(vaAdd(buffer, MXCSR), 4, BigInt(context.mxcsr));
    mmu.write(vaAdd(buffer, FPCSR), 4, FPCSR_VALUE);
    mmu.writeBytes(vaAdd(buffer, XMM_AT), context.xmm.slice(XMM_FIRST, XMM_FIRST + XMM_BYTES));
    return 0;
  },
});

/** The registers of now with those of the buffer. */
function kept({ mmu, processor }: Kernel, buffer: Va): GuestContext {
  const context = processor.callerContext();
  const gpr = [...context.gpr];
  REGISTERS.forEach((register, i) => {
    gpr[register] = mmu.u64(vaAdd(buffer, REGISTERS_AT + i * 8));
  });
  const xmm = context.xmm.slice();
  xmm.set(mmu.readBytes(vaAdd(buffer, XMM_AT), XMM_BYTES), XMM_FIRST);
  const rip = mmu.u64(vaAdd(buffer, RIP));
  const mxcsr = mmu.u32(vaAdd(buffer, MXCSR));
  return { ...context, rip, rsp: gpr[4] ?? 0n, gpr, xmm, mxcsr };
}

function* jump(kernel: Kernel, buffer: Va, value: number): Blocking<never> {
  const from = kernel.processor.callerContext();
  const frame = kernel.mmu.u64(vaAdd(buffer, FRAME));
  const registers = kept(kernel, buffer);
  const returnValue = BigInt.asUintN(32, BigInt(value === 0 ? 1 : value));
  if (frame === 0n) {
    registers.gpr[0] = returnValue;
    return yield* resumeGuest(registers);
  }
  if (!reaches(kernel, from, frame)) return yield* raiseStatus(kernel, STATUS.BAD_STACK);
  const facts = { code: STATUS.LONGJUMP, address: from.rip, parameters: [buffer] };
  const target = { frame, ip: registers.rip, returnValue, registers };
  return yield* unwindTo(kernel, from, target, facts);
}

const longjmp = service({
  name: 'longjmp',
  doc: 'cpp-docs: c-runtime-library/reference/longjmp',
  params: { Buffer: ptr('_JUMP_BUFFER'), Value: i32 },
  returns: 'void',
  run: (kernel, { Buffer: buffer, Value }) => jump(kernel, buffer, Value),
});

export const longJumpServices: readonly Service[] = [_setjmp, alias('_setjmpex', _setjmp), longjmp];
