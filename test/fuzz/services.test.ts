/** Every service survives whatever a driver passes to it, in whatever order. */
import { expect, test } from 'vitest';
import { SeededRandom } from '../../src/devices/random.ts';
import { KERNEL_SERVICES } from '../../src/kernel/registry.ts';
import { type Assembler, handMade } from '../bad-input/hand-made.suite.ts';
import { outcomeOf, tally } from './judged-run.suite.ts';

const INSTRUCTIONS = 100_000;
const CALLS = 6;
const DRIVERS = 500;

const VALUES = [
  ...[0n, 1n, 2n, 3n, 4n, 7n, 8n, 0x10n, 0x20n, 0x100n, 0xfffn, 0x1000n, 0x1001n, 0xffffn],
  ...[-1n, -2n, -8n, -0x1000n, 1n << 31n, (1n << 32n) - 1n, 1n << 32n, 1n << 47n, 1n << 63n],
  ...[0x7fff_ffff_f000n, 0x8000_0000_0000n, 0xffff_8000_0000_0000n, 0xffff_f780_0000_0000n],
  ...[0xfeb0_0000n, 0x22_2000n, 0xc000_0001n, 0x7473_6554n, -10_000n],
];

/** mov argument register, kept register: rcx, rdx, r8, r9 from r12, r13, r14, rbx, rbp */
const MOVES = [
  ['4c 89 e1', '4c 89 e2', '4d 89 e0', '4d 89 e1'],
  ['4c 89 e9', '4c 89 ea', '4d 89 e8', '4d 89 e9'],
  ['4c 89 f1', '4c 89 f2', '4d 89 f0', '4d 89 f1'],
  ['48 89 d9', '48 89 da', '49 89 d8', '49 89 d9'],
  ['48 89 e9', '48 89 ea', '49 89 e8', '49 89 e9'],
] as const;

/** mov r14/rbx/rbp, rax */
const SAVES = ['49 89 c6', '48 89 c3', '48 89 c5'];

function caller(seed: number): Uint8Array {
  const random = new SeededRandom(seed * 7919 + 1);
  const pick = <T>(from: readonly T[]): T => {
    const found = from[random.next() % from.length];
    if (found === undefined) throw new TypeError('nothing to pick from');
    return found;
  };
  const argument = (code: Assembler, index: number): void => {
    const kind = random.next() % 8;
    const register = (['rcx', 'rdx', 'r8', 'r9'] as const)[index];
    if (kind < 3 || register === undefined) code.argument(index, pick(VALUES));
    else if (kind < 5) code.raw(pick(MOVES)[index] ?? '');
    else if (kind < 7) code.lea(register, `data ${random.next() % 6}`);
    else code.lea(register, 'routine');
  };
  return handMade((code) => {
    code.raw('49 89 cc 49 89 d5').enter();
    for (let call = 0; call < CALLS; call++) {
      for (let index = 6; index >= 0; index--) argument(code, index);
      // Most services in turn, the rest at random, so that each is called often.
      const turn = KERNEL_SERVICES[(seed * CALLS + call) % KERNEL_SERVICES.length];
      code.callService((random.next() % 3 === 0 ? pick(KERNEL_SERVICES) : turn)?.name ?? '');
      code.raw(pick(SAVES));
    }
    code.leave().label('routine').raw('31 c0 c3');
  });
}

test(`${DRIVERS} drivers that call services with anything at all end by name`, () => {
  const outcomes = tally(DRIVERS, (seed) => outcomeOf(caller(seed), seed, INSTRUCTIONS));
  expect(outcomes.get('refused')).toBeUndefined();
});
