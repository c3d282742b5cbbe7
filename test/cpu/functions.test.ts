/** Whole compiled functions, at three optimisation levels, answer and store what they did on the processor. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Cpu } from '../../src/cpu/cpu.ts';
import { nothingThere } from '../../src/cpu/vectors/replay.suite.ts';
import { FrameAllocator } from '../../src/memory/frames.ts';
import { Mmu } from '../../src/memory/mmu.ts';
import { PageTables } from '../../src/memory/page-tables.ts';
import { PhysicalMemory } from '../../src/memory/physical.ts';
import { PAGE_SIZE, type Va, va, vaAdd } from '../../src/units/address.ts';

const folder = join(import.meta.dirname, 'functions');
/** The recorder's, in tools/oracle/functions-native.c. */
const ARENA = va(0x1234_0010_0000n);
const ARENA_BYTES = 0x1_0000;
const STACK = va(0x1234_0020_0000n);
const STACK_BYTES = 0x4_0000;
const RETURN = va(0xffff_f780_0000_0000n);
const INSTRUCTION_LIMIT = 50_000_000;

interface Recorded {
  readonly number: bigint;
  readonly name: string;
  readonly seed: bigint;
  readonly result: bigint;
  readonly digest: number;
}

function recorded(): Recorded[] {
  const lines = readFileSync(join(folder, 'results.txt'), 'utf8').trim().split('\n');
  const names: string[] = [];
  return lines.map((line) => {
    const [name = '', seed, result, digest = ''] = line.split(' ');
    if (names.at(-1) !== name) names.push(name);
    return {
      number: BigInt(names.length - 1),
      name,
      seed: BigInt(`0x${seed}`),
      result: BigInt(`0x${result}`),
      digest: Number.parseInt(digest, 16),
    };
  });
}

class Program {
  readonly #physical = new PhysicalMemory(0x80_0000);
  readonly #frames = new FrameAllocator(this.#physical, 0x1_0000);
  readonly #tables = new PageTables(this.#physical, this.#frames);
  readonly #mmu = new Mmu(this.#physical, this.#tables);
  readonly #cpu = new Cpu(this.#mmu, nothingThere);
  readonly #entry: Va;

  constructor(level: string) {
    const [base = '', entry = '', ...rest] = readFileSync(
      join(folder, `${level}.image.txt`),
      'utf8',
    ).split('\n');
    const bytes = Buffer.from(rest.join(''), 'base64');
    const at = va(BigInt(`0x${base.split(' ')[1]}`));
    this.#entry = vaAdd(at, Number.parseInt(entry.split(' ')[1] ?? '', 16));
    this.#map(at, bytes.length, true);
    this.#mmu.writeBytes(at, bytes);
    this.#map(ARENA, ARENA_BYTES, false);
    this.#map(STACK, STACK_BYTES, false);
    this.#cpu.addHostRange(RETURN, 1);
  }

  #map(at: Va, length: number, executable: boolean): void {
    for (let offset = 0; offset < length; offset += PAGE_SIZE) {
      const frame = this.#frames.allocate();
      if (frame === undefined) throw new Error('the guest is too small');
      const attributes = { writable: true, user: false, executable, cache: 'write-back' } as const;
      this.#tables.map(vaAdd(at, offset), frame, attributes);
    }
  }

  /** Calls as Windows code does: RCX, RDX, R8, a return address above the shadow space. */
  call({ number, seed }: Recorded): { result: bigint; digest: number; ended: string } {
    this.#mmu.writeBytes(ARENA, new Uint8Array(ARENA_BYTES));
    const { state } = this.#cpu;
    const stack = vaAdd(STACK, STACK_BYTES - 0x48);
    this.#mmu.write(stack, 8, RETURN);
    for (const [register, value] of [
      [1, number],
      [2, seed],
      [8, ARENA],
      [4, stack],
    ] as const) {
      state.setGpr(register, value);
    }
    state.rip = this.#entry;
    state.limit = state.instructions + INSTRUCTION_LIMIT;
    const exit = this.#cpu.run();
    const ended =
      exit.kind === 'host-call'
        ? 'returned'
        : `${JSON.stringify(exit, textOf)} at ${state.rip.toString(16)}`;
    return {
      result: state.gpr(0),
      digest: digestOf(this.#mmu.readBytes(ARENA, ARENA_BYTES)),
      ended,
    };
  }
}

const textOf = (_: string, value: unknown): unknown =>
  typeof value === 'bigint' ? value.toString(16) : value;

function digestOf(arena: Uint8Array): number {
  let digest = 0x811c9dc5;
  for (const word of new Uint32Array(arena.buffer, arena.byteOffset, arena.length / 4)) {
    digest = Math.imul(digest ^ word, 0x01000193);
  }
  return digest >>> 0;
}

test.each(['O0', 'O2', 'Os'])('functions compiled with -%s do what they did natively', (level) => {
  const program = new Program(level);
  const found = recorded().map((one) => ({ ...one, ...program.call(one) }));
  expect(found).toEqual(recorded().map((one) => ({ ...one, ended: 'returned' })));
});
