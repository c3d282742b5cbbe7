/** Bit fields, deposits and checksums: BMI and CRC32. */
import { Mnemonic } from 'iced-x86';
import type { AccessSize } from '../../memory/physical.ts';
import type { GuestInstruction, Operand } from '../decode.ts';
import type { Host } from '../host.ts';
import { ARITHMETIC, instruction } from '../instruction.ts';
import type { Ir } from '../ir.ts';
import { linearAddress } from '../linear-address.ts';
import { constI32, type I32, type I64, select } from '../wasm/expression.ts';
import { i32 } from '../wasm/integer.ts';
import { type Int, type Width, widthOf } from '../width.ts';

/** Ones below a bit position, which may be as large as a byte says. */
function onesBelow(w: Width, position: I32): Int {
  const ones = w.const(-1);
  const below = w.xor(w.shl(ones, w.fromI32(position)), ones);
  return select(i32.ltU(position, constI32(w.bits)), below as I64, ones as I64);
}

function zeroHighBits(ir: Ir): void {
  const target = ir.operand(0);
  const w = widthOf(target.size);
  const value = ir.read(ir.operand(1));
  const index = i32.and(w.toI32(ir.read(ir.operand(2))), constI32(0xff));
  const position = ir.keep(index);
  const result = ir.keepInt(w.and(value, onesBelow(w, position)));
  const carry = i32.gtU(position, constI32(w.bits - 1));
  ir.flags.setWord(i32.or(ir.flags.wordOf('logic', w, result), carry));
  ir.write(target, result);
}

function extractField(ir: Ir): void {
  const target = ir.operand(0);
  const w = widthOf(target.size);
  const value = ir.keepInt(ir.read(ir.operand(1)));
  const control = ir.keep(w.toI32(ir.read(ir.operand(2))));
  const start = ir.keep(i32.and(control, constI32(0xff)));
  const length = i32.and(i32.shrU(control, constI32(8)), constI32(0xff));
  const inside = i32.ltU(start, constI32(w.bits));
  const shifted = select(inside, w.shrU(value, w.fromI32(start)) as I64, w.const(0) as I64);
  const result = ir.keepInt(w.and(shifted, onesBelow(w, ir.keep(length))));
  ir.flags.setWord(ir.flags.wordOf('logic', w, result));
  ir.write(target, result);
}

function read(host: Host, operand: Operand | undefined): bigint {
  if (operand?.kind === 'memory') {
    return host.mmu.read(linearAddress(host.state, operand), operand.size as AccessSize);
  }
  if (operand?.kind !== 'register') return 0n;
  const whole = host.state.gpr(operand.index);
  return BigInt.asUintN(operand.size * 8, operand.high ? whole >> 8n : whole);
}

function writeRegister(host: Host, { operands }: GuestInstruction, value: bigint): void {
  const [target] = operands;
  if (target?.kind === 'register') host.state.setGpr(target.index, value);
}

/** Visits the one bits of a mask, from the lowest: their number and their place. */
function eachOne(mask: bigint, visit: (number: bigint, place: bigint) => void): void {
  let number = 0n;
  for (let place = 0n; mask >> place !== 0n; place++) {
    if (((mask >> place) & 1n) !== 0n) visit(number++, place);
  }
}

const bitMove = (name: Mnemonic, deposit: boolean) =>
  instruction({
    names: [name],
    execute(host, guest) {
      const value = read(host, guest.operands[1]);
      let result = 0n;
      eachOne(read(host, guest.operands[2]), (number, place) => {
        const [from, to] = deposit ? [number, place] : [place, number];
        result |= ((value >> from) & 1n) << to;
      });
      writeRegister(host, guest, result);
      return undefined;
    },
  });

/** CRC-32C, reflected. */
const CASTAGNOLI = 0x82f6_3b78;

function checksum(before: number, value: bigint, bytes: number): number {
  let crc = before;
  for (let i = 0; i < bytes; i++) {
    crc ^= Number((value >> BigInt(i * 8)) & 0xffn);
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ ((crc & 1) === 0 ? 0 : CASTAGNOLI);
  }
  return crc >>> 0;
}

export const bitFieldRows = [
  instruction({
    names: [Mnemonic.Bzhi],
    writes: ARITHMETIC,
    undefines: ['PF', 'AF'],
    lower: zeroHighBits,
  }),
  instruction({
    names: [Mnemonic.Bextr],
    writes: ARITHMETIC,
    undefines: ['PF', 'AF', 'SF'],
    lower: extractField,
  }),
  bitMove(Mnemonic.Pdep, true),
  bitMove(Mnemonic.Pext, false),
  instruction({
    names: [Mnemonic.Crc32],
    execute(host, guest) {
      const [target, source] = guest.operands;
      const before = Number(read(host, target) & 0xffff_ffffn);
      const crc = checksum(before, read(host, source), source?.size ?? 1);
      writeRegister(host, guest, BigInt(crc));
      return undefined;
    },
  }),
];
