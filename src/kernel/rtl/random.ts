/** Pseudo-random numbers that depend on the caller's seed alone. */

import { ptr } from '../../layout/struct.ts';
import type { Va } from '../../units/address.ts';
import { APC_LEVEL } from '../../units/irql.ts';
import { type Kernel, part } from '../kernel.ts';
import { type Service, service } from '../service.ts';

const MULTIPLIER = 0x7fff_ffedn;
const INCREMENT = 0x7fff_ffc3n;
const MODULUS = 0x7fff_ffffn;
const TABLE_SIZE = 128;

const next = (seed: bigint): bigint => (seed * MULTIPLIER + INCREMENT) % MODULUS;

/** RtlUniform: a linear congruential step, the new seed being the number. */
function uniform(kernel: Kernel, seedAt: Va): bigint {
  const value = next(BigInt(kernel.mmu.u32(seedAt)));
  kernel.mmu.write(seedAt, 4, value);
  return value;
}

/** RtlRandom shuffles the same sequence through a table. */
const tables = part(() => {
  const values: bigint[] = [];
  for (let seed = 1n; values.length < TABLE_SIZE; ) {
    seed = next(seed);
    values.push(seed);
  }
  return { values, last: 0 };
});

function shuffled(kernel: Kernel, seedAt: Va): bigint {
  const table = tables(kernel);
  const fresh = uniform(kernel, seedAt);
  const value = table.values[table.last] ?? 0n;
  table.values[table.last] = fresh;
  table.last = Number(value) & (TABLE_SIZE - 1);
  return value;
}

const generator = (
  name: string,
  doc: string,
  run: (kernel: Kernel, seedAt: Va) => bigint,
): Service =>
  service({
    name,
    doc,
    params: { Seed: ptr('ULONG') },
    returns: 'u32',
    maxIrql: APC_LEVEL,
    run: (kernel, { Seed }) => run(kernel, Seed),
  });

export const randomServices: readonly Service[] = [
  generator('RtlUniform', 'ntifs.h', uniform),
  generator('RtlRandom', 'ntifs/nf-ntifs-rtlrandom', shuffled),
  generator('RtlRandomEx', 'ntifs/nf-ntifs-rtlrandomex', shuffled),
];
