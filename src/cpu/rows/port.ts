/** Input and output ports, one element at a time. */
import { Mnemonic } from 'iced-x86';
import type { AccessSize } from '../../memory/physical.ts';
import { va } from '../../units/address.ts';
import type { GuestInstruction, Operand } from '../decode.ts';
import type { PortSize } from '../environment.ts';
import { DF } from '../flag-thunk.ts';
import type { Host } from '../host.ts';
import { instruction } from '../instruction.ts';
import { kernelOnly } from '../privilege.ts';

const [RAX, RDX, RSI, RDI] = [0, 2, 6, 7];

/** An immediate port, or DX. */
function portOf(host: Host, operand: Operand | undefined): number {
  if (operand?.kind === 'immediate') return Number(operand.value & 0xffn);
  return Number(host.state.gpr(RDX) & 0xffffn);
}

const sizeOf = (operand: Operand | undefined): PortSize => (operand?.size ?? 1) as PortSize;

function advance(host: Host, register: number, size: number): void {
  const { state } = host;
  const step = (state.systemFlags & DF) === 0 ? size : -size;
  state.setGpr(register, state.gpr(register) + BigInt(step));
}

function sourceAddress({ state }: Host, { segment }: GuestInstruction): bigint {
  const base = { flat: 0n, fs: state.fsBase, gs: state.gsBase }[segment];
  return base + state.gpr(RSI);
}

export const portRows = [
  instruction({
    names: [Mnemonic.In],
    execute: kernelOnly((host, { operands }) => {
      const size = sizeOf(operands[0]);
      const value = BigInt.asUintN(
        size * 8,
        BigInt(host.environment.portRead(portOf(host, operands[1]), size)),
      );
      const rax = host.state.gpr(RAX);
      const kept = size === 4 ? 0n : (rax >> BigInt(size * 8)) << BigInt(size * 8);
      host.state.setGpr(RAX, kept | value);
      return undefined;
    }),
  }),
  instruction({
    names: [Mnemonic.Out],
    execute: kernelOnly((host, { operands }) => {
      const size = sizeOf(operands[1]);
      const value = Number(BigInt.asUintN(size * 8, host.state.gpr(RAX)));
      host.environment.portWrite(portOf(host, operands[0]), size, value);
      return undefined;
    }),
  }),
  instruction({
    names: [Mnemonic.Insb, Mnemonic.Insw, Mnemonic.Insd],
    execute: kernelOnly((host, { operands }) => {
      const size = sizeOf(operands[0]);
      const to = va(host.state.gpr(RDI));
      host.mmu.probe(to, size, 'write');
      const value = host.environment.portRead(portOf(host, undefined), size);
      host.mmu.write(to, size as AccessSize, BigInt(value >>> 0));
      advance(host, RDI, size);
      return undefined;
    }),
  }),
  instruction({
    names: [Mnemonic.Outsb, Mnemonic.Outsw, Mnemonic.Outsd],
    execute: kernelOnly((host, guest) => {
      const size = sizeOf(guest.operands[1]);
      const value = host.mmu.read(va(sourceAddress(host, guest)), size as AccessSize);
      host.environment.portWrite(portOf(host, undefined), size, Number(value));
      advance(host, RSI, size);
      return undefined;
    }),
  }),
];
