/** Addresses of memory operands as the state has them, outside translated code. */
import { type Va, va } from '../units/address.ts';
import type { GuestInstruction, MemoryOperand } from './decode.ts';
import { VECTOR } from './exit.ts';
import type { CpuState } from './state.ts';

export function linearAddress(state: CpuState, operand: MemoryOperand): Va {
  const { base, index, scale, displacement, segment } = operand;
  const sum =
    displacement +
    (base === undefined ? 0n : state.gpr(base)) +
    (index === undefined ? 0n : state.gpr(index) * BigInt(scale));
  const offset = operand.address32 ? BigInt.asUintN(32, sum) : sum;
  return va(offset + { flat: 0n, fs: state.fsBase, gs: state.gsBase }[segment]);
}

/** #SS when a non-canonical address was reached through the stack segment, else #GP. */
export function nonCanonicalVector(
  state: CpuState,
  { operands, usesStack }: GuestInstruction,
  address: Va,
): number {
  for (const operand of operands) {
    if (operand.kind !== 'memory') continue;
    const distance = BigInt.asUintN(64, address - linearAddress(state, operand));
    if (distance >= BigInt(Math.max(operand.size, 1))) continue;
    return operand.stack ? VECTOR.stackFault : VECTOR.generalProtection;
  }
  // A bit offset reaches beyond its operand.
  const onStack =
    usesStack || operands.some((operand) => operand.kind === 'memory' && operand.stack);
  return onStack ? VECTOR.stackFault : VECTOR.generalProtection;
}
