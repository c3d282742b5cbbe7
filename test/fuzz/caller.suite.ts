/** Drivers that call services with more or less sensible arguments, the same ones for the same seed. */
import { SeededRandom } from '../../src/devices/random.ts';
import { FRAMEWORK_SERVICES } from '../../src/frameworks/registry.ts';
import { KERNEL_SERVICES } from '../../src/kernel/registry.ts';
import type { Service } from '../../src/kernel/service.ts';
import { type Assembler, handMade } from '../bad-input/hand-made.suite.ts';

const SERVICES = [...KERNEL_SERVICES, ...FRAMEWORK_SERVICES];
const CALLS = 12;

const SENSIBLE = [0n, 1n, 2n, 3n, 4n, 8n, 0x10n, 0x20n, 0x100n, 0x200n, 0x1000n, 0x7473_6554n];
const WILD = [
  ...[7n, 0xfffn, 0x1001n, 0xffffn, 1n << 31n, (1n << 32n) - 1n, 1n << 32n, 1n << 47n, 1n << 63n],
  ...[-1n, -2n, -8n, -0x1000n, 0x22_2000n, 0xc000_0001n, -10_000n, 0xfeb0_0000n, 0xc000_0000n],
  ...[0x7fff_ffff_f000n, 0x8000_0000_0000n, 0xffff_8000_0000_0000n, 0xffff_f780_0000_0000n],
];

/** What DriverEntry was given and what services returned lie in r12, r13, r14, rbx and rbp. */
const FROM_KEPT = [
  ['4c 89 e1', '4c 89 e2', '4d 89 e0', '4d 89 e1'],
  ['4c 89 e9', '4c 89 ea', '4d 89 e8', '4d 89 e9'],
  ['4c 89 f1', '4c 89 f2', '4d 89 f0', '4d 89 f1'],
  ['48 89 d9', '48 89 da', '49 89 d8', '49 89 d9'],
  ['48 89 e9', '48 89 ea', '49 89 e8', '49 89 e9'],
] as const;
/** mov r14, rbx or rbp, rax */
const KEEP_RESULT = ['49 89 c6', '48 89 c3', '48 89 c5'];
const REGISTERS = ['rcx', 'rdx', 'r8', 'r9'] as const;
/** mov [rsp+offset of a stack argument], rax */
const storeArgument = (index: number): string =>
  `48 89 84 24 ${(index * 8).toString(16).padStart(2, '0')} 00 00 00`;

class CallerWriter {
  readonly #random: SeededRandom;
  readonly #code: Assembler;

  constructor(seed: number, code: Assembler) {
    this.#random = new SeededRandom(seed * 7919 + 1);
    this.#code = code;
  }

  pick<T>(from: readonly T[]): T {
    const found = from[this.#random.next() % from.length];
    if (found === undefined) throw new TypeError('nothing to pick from');
    return found;
  }

  call({ dll, name, params }: Service): void {
    const types = Object.values(params);
    // Registers last: making a stack argument takes one of them.
    for (let index = Math.max(types.length, 6) - 1; index >= 0; index--) {
      this.#argument(index, types[index]?.name.endsWith('*') ?? false);
    }
    this.#code.callService(`${dll}!${name}`).raw(this.pick(KEEP_RESULT));
  }

  #argument(index: number, isPointer: boolean): void {
    const register = REGISTERS[index];
    const chance = this.#random.next() % 16;
    if (chance === 0) this.#code.argument(index, this.pick(WILD));
    else if (isPointer || chance < 3) {
      if (register !== undefined && chance < 7) this.#code.raw(this.pick(FROM_KEPT)[index] ?? '');
      else {
        this.#code.lea(register ?? 'rax', chance === 15 ? 'routine' : `data ${chance % 6}`);
        if (register === undefined) this.#code.raw(storeArgument(index));
      }
    } else this.#code.argument(index, this.pick(SENSIBLE));
  }
}

export function caller(seed: number): Uint8Array {
  return handMade((code) => {
    const writer = new CallerWriter(seed, code);
    code.raw('49 89 cc 49 89 d5').enter();
    for (let call = 0; call < CALLS; call++) {
      const turn = SERVICES[(seed * CALLS + call) % SERVICES.length];
      writer.call(turn !== undefined && call % 2 === 0 ? turn : writer.pick(SERVICES));
    }
    code.leave().label('routine').raw('31 c0 c3');
  });
}
