/** Helpers that compilers call on their own account. */
import { PAGE_SIZE, va } from '../../units/address.ts';
import { STATUS } from '../../units/status.ts';
import { raiseStatus } from '../ke/raise.ts';
import { type Service, service } from '../service.ts';

/** Touches each page that a large frame will use; RAX holds the frame's size, before and after. */
const chkstk = service({
  name: '__chkstk',
  doc: 'ntifs.h',
  params: {},
  returns: 'u64',
  run(kernel) {
    const { rsp, gpr } = kernel.processor.callerContext();
    const [size = 0n] = gpr;
    for (let depth = BigInt(PAGE_SIZE); depth <= size; depth += BigInt(PAGE_SIZE)) {
      kernel.mmu.read(va(rsp - depth), 1);
    }
    return size;
  },
});

/** What stands in a C++ class's table for a function that has no body. The kernel's raises a status; nobody is meant to handle it. */
const purecall = service({
  name: '_purecall',
  doc: 'cpp-docs: c-runtime-library/reference/purecall',
  params: {},
  returns: 'void',
  run: (kernel) => raiseStatus(kernel, STATUS.NOT_IMPLEMENTED),
});

export const crtSupportServices: readonly Service[] = [chkstk, purecall];
