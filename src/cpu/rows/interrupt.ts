/** Traps, software interrupts and returns from them. */
import { Mnemonic } from 'iced-x86';
import { va } from '../../units/address.ts';
import { type Exit, exception, VECTOR } from '../exit.ts';
import type { Host } from '../host.ts';
import { instruction } from '../instruction.ts';
import { kernelOnly, protectionFault, undefinedInstruction, writeFlags } from '../privilege.ts';

const SELECTOR = { cs: 1, ss: 2 } as const;
const SELECTOR_MASK = 0xffffn;
/** The decoder gives up here; prefixes that go on are a protection fault. */
const LONGEST = 15;

/** Qwords from the stack's top on, all read before anything changes. */
function popMany(host: Host, count: number, bytes: 4 | 8): bigint[] {
  const { rsp } = host.state;
  return Array.from({ length: count }, (_, i) => host.mmu.read(va(rsp + BigInt(i * bytes)), bytes));
}

function returnFromInterrupt(host: Host, bytes: 4 | 8): Exit | undefined {
  const [rip = 0n, cs = 0n, flags = 0n, rsp = 0n, ss = 0n] = popMany(host, 5, bytes);
  const { state } = host;
  state.rip = rip;
  state.setSelector(SELECTOR.cs, Number(cs & SELECTOR_MASK));
  writeFlags(host, flags);
  state.rsp = rsp;
  state.setSelector(SELECTOR.ss, Number(ss & SELECTOR_MASK));
  return undefined;
}

export const interruptRows = [
  instruction({ names: [Mnemonic.Int3], execute: () => exception(VECTOR.breakpoint) }),
  instruction({ names: [Mnemonic.Int1], execute: () => exception(VECTOR.debug) }),
  instruction({
    names: [Mnemonic.Int],
    execute(_host, { operands }) {
      const [vector] = operands;
      return exception(vector?.kind === 'immediate' ? Number(vector.value & 0xffn) : 0);
    },
  }),
  instruction({
    names: [Mnemonic.Ud0, Mnemonic.Ud1, Mnemonic.Ud2],
    execute: undefinedInstruction,
  }),
  instruction({
    names: [Mnemonic.INVALID],
    execute: (host, guest) =>
      guest.bytes.length < LONGEST
        ? undefinedInstruction(host, guest)
        : protectionFault(host, guest),
  }),
  instruction({ names: [Mnemonic.Iretq], execute: (host) => returnFromInterrupt(host, 8) }),
  instruction({ names: [Mnemonic.Iretd], execute: (host) => returnFromInterrupt(host, 4) }),
  instruction({
    names: [Mnemonic.Retf],
    execute(host, { operands, bytes }) {
      const size = bytes[0] === 0x48 ? 8 : 4;
      const [rip = 0n, cs = 0n] = popMany(host, 2, size);
      const [extra] = operands;
      const released = extra?.kind === 'immediate' ? BigInt.asUintN(16, extra.value) : 0n;
      const { state } = host;
      state.rip = rip;
      state.setSelector(SELECTOR.cs, Number(cs & SELECTOR_MASK));
      state.rsp = state.rsp + BigInt(size * 2) + released;
      return undefined;
    },
  }),
  instruction({ names: [Mnemonic.Hlt], execute: kernelOnly(() => ({ kind: 'halt' })) }),
  instruction({
    names: [Mnemonic.Popfq, Mnemonic.Popf],
    execute(host, { mnemonic }) {
      const { state, mmu } = host;
      const size = mnemonic === Mnemonic.Popfq ? 8 : 2;
      const value = mmu.read(state.rsp, size);
      const kept = size === 8 ? 0n : state.rflags & ~0xffffn;
      writeFlags(host, kept | value);
      state.rsp = state.rsp + BigInt(size);
      return undefined;
    },
  }),
  instruction({
    names: [Mnemonic.Cli],
    execute: kernelOnly((host) => {
      host.state.rflags &= ~0x200n;
      return undefined;
    }),
  }),
  instruction({
    names: [Mnemonic.Sti],
    execute: kernelOnly((host) => {
      writeFlags(host, host.state.rflags | 0x200n);
      return undefined;
    }),
  }),
];
