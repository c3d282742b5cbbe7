/** Helpers that compilers call on their own account. */
import { PAGE_SIZE, va } from '../../units/address.ts';
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

export const crtSupportServices: readonly Service[] = [chkstk];
