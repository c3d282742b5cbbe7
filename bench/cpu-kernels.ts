/** The kernels of bench/cpu-kernels/ built, and run translated, natively, and on libunicorn: the same machine code. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Rig } from '../src/cpu/rig.ts';
import { unwindModule } from '../src/image/function-table.ts';
import { loadImage } from '../src/image/load.ts';
import { parsePe } from '../src/image/pe.ts';
import { PAGE_SIZE, va, vaAdd } from '../src/units/address.ts';
import { isInstalled, milliseconds, runProgram } from './measure.ts';

/** In the order that `kernel` of kernels.c knows them, with rounds that take a fraction of a second. */
export const KERNELS = [
  { name: 'calls', rounds: 100_000n },
  { name: 'loops', rounds: 10_000n },
  { name: 'memory', rounds: 500n },
  { name: 'strings', rounds: 3_000n },
  { name: 'arithmetic', rounds: 500_000n },
] as const;

/** As places.h has them. */
const ARENA = va(0x1234_0000_0000n);
const ARENA_BYTES = 0x20_0000;
const COMPILE = [
  ...['--target=x86_64-pc-windows-msvc', '-O2', '-ffreestanding', '-fno-builtin'],
  '-fasynchronous-unwind-tables',
  ...['-fno-vectorize', '-fno-slp-vectorize', '-c'],
];
const LINK = ['/nologo', '/driver', '/subsystem:native', '/nodefaultlib', '/entry:kernel'];

export interface Ran {
  readonly milliseconds: number;
  readonly result: string;
}

export interface Programs {
  readonly image: string;
  readonly base: bigint;
  readonly entry: number;
  /** Addresses of the functions that have unwind data. */
  readonly functions: readonly bigint[];
  readonly folder: string;
  /** Missing where libunicorn is not installed. */
  readonly unicorn: string | undefined;
}

/** What is missing on this machine to build the kernels. */
export const missingTools = (): readonly string[] =>
  ['clang', 'lld-link', 'cc'].filter((program) => !isInstalled(program));

export function buildPrograms(): Programs {
  const folder = mkdtempSync(join(tmpdir(), 'iospace-bench-'));
  const source = (name: string): string => join(import.meta.dirname, 'cpu-kernels', name);
  const built = (name: string): string => join(folder, name);
  runProgram('clang', [...COMPILE, source('kernels.c'), '-o', built('kernels.obj')]);
  runProgram('lld-link', [...LINK, built('kernels.obj'), `/out:${built('kernels.sys')}`]);
  runProgram('cc', ['-O2', source('native.c'), '-o', built('native')]);
  const parsed = parsePe(new Uint8Array(readFileSync(built('kernels.sys'))));
  const base = va(parsed.imageBase);
  const loaded = loadImage(parsed, { base, seed: 1n, resolveImport: () => 0n });
  writeFileSync(built('kernels.bin'), loaded.bytes);
  const { functions } = unwindModule(loaded);
  return {
    image: built('kernels.bin'),
    base,
    entry: parsed.entryPoint,
    functions: Array.from(
      { length: functions.length },
      (_, i) => base + BigInt(functions.at(i)?.begin ?? 0),
    ),
    folder,
    unicorn: buildUnicorn(source('unicorn.c'), built('unicorn')),
  };
}

export const removePrograms = ({ folder }: Programs): void => rmSync(folder, { recursive: true });

function buildUnicorn(source: string, program: string): string | undefined {
  try {
    runProgram('cc', ['-O2', source, '-o', program, '-lunicorn']);
    return program;
  } catch {
    return undefined;
  }
}

/** Runs a kernel in a program of its own. */
export function runAside(program: string, { image, base, entry }: Programs, which: number): Ran {
  const rounds = KERNELS[which]?.rounds ?? 0n;
  const numbers = [base.toString(16), entry.toString(16), String(which), String(rounds)];
  const [ms = '', result = ''] = runProgram(program, [image, ...numbers])
    .trim()
    .split(' ');
  return { milliseconds: Number(ms), result };
}

/** A processor of ours with the kernels loaded, their functions counted as a driver's are; a kernel's first round is translated before the time counts. */
export class Translated {
  readonly #rig = new Rig();
  readonly #entry;

  constructor({ image, base, entry, functions }: Programs) {
    const bytes = new Uint8Array(readFileSync(image));
    for (const start of functions) this.#rig.cpu.entries.watch(start);
    this.#rig.load(bytes, va(base));
    this.#rig.map(ARENA, ARENA_BYTES / PAGE_SIZE, { executable: false });
    this.#entry = vaAdd(va(base), entry);
  }

  run(which: number): Ran & { readonly instructions: number } {
    const rounds = KERNELS[which]?.rounds ?? 0n;
    this.#call(which, 1n);
    const { state } = this.#rig.cpu;
    const before = state.instructions;
    let result = 0n;
    const taken = milliseconds(() => {
      result = this.#call(which, rounds);
    });
    return {
      milliseconds: taken,
      result: result.toString(16),
      instructions: state.instructions - before,
    };
  }

  #call(which: number, rounds: bigint): bigint {
    this.#rig.mmu.fill(ARENA, ARENA_BYTES, 0);
    this.#rig.cpu.state.limit = Number.MAX_SAFE_INTEGER;
    return this.#rig.call(this.#entry, BigInt(which), rounds, ARENA);
  }
}
