/** MXCSR and the areas in which FXSAVE and XSAVE keep vector state; x87 registers read as after FNINIT. */
import { Mnemonic } from 'iced-x86';
import { type Va, va } from '../../units/address.ts';
import type { GuestInstruction } from '../decode.ts';
import type { Host } from '../host.ts';
import { instruction } from '../instruction.ts';
import { linearAddress } from '../linear-address.ts';
import { type Execute, protectionFault } from '../privilege.ts';
import type { CpuState } from '../state.ts';

/** Bits of MXCSR that may be set. */
const MXCSR_MASK = 0xffff;
/** Offsets in the area (Intel SDM vol. 1, 10.5.1 and 13.4). */
const AREA = { fcw: 0, mxcsr: 24, mxcsrMask: 28, st: 32, xmm: 160, header: 512, bytes: 512 };
const FCW_INITIAL = 0x37f;
const SSE = 2n;

function areaOf(host: Host, { operands }: GuestInstruction): Va {
  const [operand] = operands;
  return operand?.kind === 'memory' ? linearAddress(host.state, operand) : va(0n);
}

const aligned =
  (alignment: bigint, execute: (host: Host, area: Va) => boolean): Execute =>
  (host, guest) => {
    const area = areaOf(host, guest);
    if (area % alignment !== 0n || !execute(host, area)) return protectionFault(host, guest);
    return undefined;
  };

function legacyArea(state: CpuState): Uint8Array {
  const bytes = new Uint8Array(AREA.bytes);
  const view = new DataView(bytes.buffer);
  view.setUint16(AREA.fcw, FCW_INITIAL, true);
  view.setUint32(AREA.mxcsr, state.mxcsr, true);
  view.setUint32(AREA.mxcsrMask, MXCSR_MASK, true);
  bytes.set(state.vectors, AREA.xmm);
  return bytes;
}

function save(host: Host, area: Va): void {
  host.mmu.probe(area, AREA.bytes, 'write');
  const bytes = legacyArea(host.state);
  // The last 96 bytes are left to software.
  host.mmu.writeBytes(area, bytes.subarray(0, 416));
}

/** False when MXCSR has reserved bits. */
function restore(host: Host, area: Va): boolean {
  const bytes = host.mmu.readBytes(area, AREA.bytes);
  const mxcsr = new DataView(bytes.buffer).getUint32(AREA.mxcsr, true);
  if ((mxcsr & ~MXCSR_MASK) !== 0) return false;
  host.state.mxcsr = mxcsr;
  host.state.vectors = bytes.subarray(AREA.xmm);
  return true;
}

export const stateSaveRows = [
  instruction({
    names: [Mnemonic.Ldmxcsr],
    execute(host, guest) {
      const value = Number(host.mmu.read(areaOf(host, guest), 4));
      if ((value & ~MXCSR_MASK) !== 0) return protectionFault(host, guest);
      host.state.mxcsr = value;
      return undefined;
    },
  }),
  instruction({
    names: [Mnemonic.Stmxcsr],
    execute(host, guest) {
      host.mmu.write(areaOf(host, guest), 4, BigInt(host.state.mxcsr));
      return undefined;
    },
  }),
  instruction({
    names: [Mnemonic.Fxsave, Mnemonic.Fxsave64],
    execute: aligned(16n, (host, area) => {
      save(host, area);
      return true;
    }),
  }),
  instruction({
    names: [Mnemonic.Fxrstor, Mnemonic.Fxrstor64],
    execute: aligned(16n, restore),
  }),
  instruction({
    names: [Mnemonic.Xsave, Mnemonic.Xsave64, Mnemonic.Xsaveopt, Mnemonic.Xsaveopt64],
    execute: aligned(64n, (host, area) => {
      save(host, area);
      const header = va(area + BigInt(AREA.header));
      const present = host.mmu.read(header, 8) & ~3n;
      host.mmu.write(header, 8, present | (host.state.gpr(0) & 3n));
      return true;
    }),
  }),
  instruction({
    names: [Mnemonic.Xrstor, Mnemonic.Xrstor64],
    execute: aligned(64n, (host, area) => {
      const present = host.mmu.read(va(area + BigInt(AREA.header)), 8);
      return (present & host.state.gpr(0) & SSE) === 0n || restore(host, area);
    }),
  }),
];
