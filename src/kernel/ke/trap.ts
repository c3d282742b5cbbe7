/** Processor exceptions of driver code: which become exceptions that handlers see, and which stop the machine. */

import { HIGHEST_USER_ADDRESS } from '../../memory/address-map.ts';
import { faultOf } from '../../memory/mmu.ts';
import { type Va, va } from '../../units/address.ts';
import type { AccessKind, FaultReason } from '../../units/fault.ts';
import { DISPATCH_LEVEL } from '../../units/irql.ts';
import { STATUS } from '../../units/status.ts';
import type { Blocking, GuestContext } from '../effects.ts';
import { bugCheck } from '../end.ts';
import type { Kernel } from '../kernel.ts';
import { describeAddress } from './describe-address.ts';
import { modules } from './modules.ts';
import { raise } from './raise.ts';

/** What the processor reports: a vector, and for page faults what was tried. */
export interface Trap {
  readonly vector: number;
  readonly address?: Va;
  readonly access?: AccessKind;
  readonly reason?: FaultReason;
  /** Software interrupt number for INT n. */
  readonly context: GuestContext;
}

const VECTOR = {
  divide: 0,
  debug: 1,
  breakpoint: 3,
  invalidOpcode: 6,
  doubleFault: 8,
  generalProtection: 13,
  pageFault: 14,
  fastFail: 0x29,
  assertion: 0x2c,
} as const;

const BUG_CHECK = {
  PAGE_FAULT_IN_NONPAGED_AREA: 0x50,
  UNEXPECTED_KERNEL_MODE_TRAP: 0x7f,
  ATTEMPTED_WRITE_TO_READONLY_MEMORY: 0xbe,
  DRIVER_UNLOADED_WITHOUT_CANCELLING_PENDING_OPERATIONS: 0xce,
  DRIVER_IRQL_NOT_LESS_OR_EQUAL: 0xd1,
  ATTEMPTED_EXECUTE_OF_NOEXECUTE_MEMORY: 0xfc,
  KERNEL_SECURITY_CHECK_FAILURE: 0x139,
} as const;

const RCX = 1;

const EXCEPTION_OF: ReadonlyMap<number, number> = new Map([
  [VECTOR.divide, STATUS.INTEGER_DIVIDE_BY_ZERO],
  [VECTOR.debug, STATUS.SINGLE_STEP],
  [VECTOR.breakpoint, STATUS.BREAKPOINT],
  [VECTOR.invalidOpcode, STATUS.ILLEGAL_INSTRUCTION],
  [VECTOR.generalProtection, STATUS.ACCESS_VIOLATION],
  [VECTOR.assertion, STATUS.ASSERTION_FAILURE],
]);

/** Handles one trap; comes back only by resuming the guest. */
export function* handleTrap(kernel: Kernel, trap: Trap): Blocking<never> {
  const { vector, context } = trap;
  if (vector === VECTOR.pageFault) return yield* pageFault(kernel, trap);
  if (!canPush(kernel, context)) return doubleFault(`exception ${vector} without a stack`);
  if (vector === VECTOR.fastFail) {
    const code = context.gpr[RCX] ?? 0n;
    return bugCheck(
      BUG_CHECK.KERNEL_SECURITY_CHECK_FAILURE,
      [code],
      `the driver called __fastfail(${code})`,
    );
  }
  const code = EXCEPTION_OF.get(vector);
  if (code === undefined) {
    return bugCheck(BUG_CHECK.UNEXPECTED_KERNEL_MODE_TRAP, [BigInt(vector)], null);
  }
  const parameters = vector === VECTOR.generalProtection ? [0n, 0xffff_ffff_ffff_ffffn] : [];
  const address = vector === VECTOR.breakpoint ? context.rip - 1n : context.rip;
  return yield* raise(kernel, { code, address, parameters }, { ...context, rip: address });
}

const ACCESS_CODE: Record<AccessKind, bigint> = { read: 0n, write: 1n, execute: 8n };

function* pageFault(kernel: Kernel, trap: Trap): Blocking<never> {
  const { address = va(0n), access = 'read', reason = 'not-present', context } = trap;
  const found = describeAddress(kernel, address);
  kernel.emit({ kind: 'page-fault', address, access, reason, ...found });
  const detail = `${access} of ${found.description}`;
  const operation = ACCESS_CODE[access];
  if (!canPush(kernel, context)) return doubleFault(detail);
  if (access === 'execute' && modules(kernel).unloadedAt(address) !== undefined) {
    return bugCheck(
      BUG_CHECK.DRIVER_UNLOADED_WITHOUT_CANCELLING_PENDING_OPERATIONS,
      [address, operation, context.rip],
      detail,
    );
  }
  if (reason === 'no-execute') {
    return bugCheck(BUG_CHECK.ATTEMPTED_EXECUTE_OF_NOEXECUTE_MEMORY, [address], detail);
  }
  if (reason === 'write-protected') {
    return bugCheck(BUG_CHECK.ATTEMPTED_WRITE_TO_READONLY_MEMORY, [address], detail);
  }
  if (kernel.irql >= DISPATCH_LEVEL) {
    return bugCheck(
      BUG_CHECK.DRIVER_IRQL_NOT_LESS_OR_EQUAL,
      [address, BigInt(kernel.irql), operation, context.rip],
      detail,
    );
  }
  if (address > HIGHEST_USER_ADDRESS) {
    return bugCheck(
      BUG_CHECK.PAGE_FAULT_IN_NONPAGED_AREA,
      [address, operation, context.rip, found.was === 'ended' ? 0n : 2n],
      detail,
    );
  }
  const facts = {
    code: STATUS.ACCESS_VIOLATION,
    address: context.rip,
    parameters: [operation, address],
  };
  return yield* raise(kernel, facts, context);
}

/** Bytes of the frame that the processor pushes on an aligned stack (Intel SDM vol. 3, 6.14.2). */
const FRAME_BYTES = 48n;

/** False when the stack pointer leads nowhere, as after its overflow. */
function canPush({ mmu }: Kernel, { rsp }: GuestContext): boolean {
  const top = rsp & ~15n;
  return [top - FRAME_BYTES, top - 1n].every((at) => faultOf(mmu, va(at), 'write') === undefined);
}

const doubleFault = (detail: string): never =>
  bugCheck(BUG_CHECK.UNEXPECTED_KERNEL_MODE_TRAP, [BigInt(VECTOR.doubleFault)], detail);
