/** Instructions a second of translated code, against the same code on the processor itself and on libunicorn. */
import {
  buildPrograms,
  KERNELS,
  missingTools,
  type Programs,
  type Ran,
  removePrograms,
  runAside,
  Translated,
} from './cpu-kernels.ts';
import { geometricMean } from './measure.ts';
import { figure, type Measured, times, verdict } from './page.ts';

const ROUNDS = 9;
const LIMIT = 2;

interface Round {
  readonly translated: Ran & { readonly instructions: number };
  readonly native: Ran;
  readonly unicorn: Ran | undefined;
}

export function measureCpu(): Measured {
  const missing = missingTools();
  if (missing.length > 0) {
    return {
      tables: [],
      notes: [`Not measured: ${missing.join(', ')} not installed.`],
    };
  }
  const programs = buildPrograms();
  try {
    return tableOf(measure(programs), programs.unicorn !== undefined);
  } finally {
    removePrograms(programs);
  }
}

/** By kernel; the three ways take turns. */
function measure(programs: Programs): Round[][] {
  const processor = new Translated(programs);
  return KERNELS.map(({ name }, which) =>
    Array.from({ length: ROUNDS }, () => {
      const round = {
        translated: processor.run(which),
        native: runAside(`${programs.folder}/native`, programs, which),
        unicorn: programs.unicorn && runAside(programs.unicorn, programs, which),
      } as Round;
      const results = [round.translated, round.native, round.unicorn].map((ran) => ran?.result);
      if (new Set(results.filter((result) => result !== undefined)).size !== 1) {
        throw new Error(`${name}: the results differ: ${results.join(', ')}`);
      }
      return round;
    }),
  );
}

function tableOf(kernels: readonly Round[][], hasUnicorn: boolean): Measured {
  const fastest = (rounds: readonly Round[], of: (round: Round) => Ran | undefined): number =>
    Math.min(...rounds.map((round) => of(round)?.milliseconds ?? Number.NaN));
  const ours = (rounds: readonly Round[]): number => fastest(rounds, (round) => round.translated);
  const rate = (rounds: readonly Round[], of: (round: Round) => Ran | undefined): number =>
    (rounds[0]?.translated.instructions ?? Number.NaN) / 1e3 / fastest(rounds, of);
  const ratios = (rounds: readonly Round[], of: (round: Round) => Ran | undefined): number =>
    fastest(rounds, of) / ours(rounds);
  const native = kernels.map((rounds) => ratios(rounds, (round) => round.native));
  const unicorn = kernels.map((rounds) => ratios(rounds, (round) => round.unicorn));
  const rows = kernels.map((rounds, which) => [
    KERNELS[which]?.name ?? '',
    figure(rate(rounds, (round) => round.translated)),
    figure(rate(rounds, (round) => round.native)),
    times(1 / (native[which] ?? Number.NaN)),
    ...(hasUnicorn
      ? [figure(rate(rounds, (round) => round.unicorn)), times(unicorn[which] ?? Number.NaN)]
      : []),
  ]);
  const mean = ['geometric mean', '', '', times(1 / geometricMean(native))];
  return {
    tables: [
      {
        columns: [
          ...['kernel', 'translated', 'native', 'native is faster by'],
          ...(hasUnicorn ? ['libunicorn', 'faster than libunicorn by'] : []),
        ],
        rows: [...rows, hasUnicorn ? [...mean, '', times(geometricMean(unicorn))] : mean],
      },
    ],
    notes: [
      `Millions of guest instructions a second: \`bench/cpu-kernels/kernels.c\`, built once by clang for Windows at -O2, the same machine code in all columns, the fastest of ${ROUNDS} rounds in turn, code translated before the time counts.`,
      ...(hasUnicorn
        ? [
            verdict(
              `Target: at least ${LIMIT}× libunicorn in geometric mean`,
              geometricMean(unicorn) >= LIMIT,
            ),
            verdict('Target: slower than libunicorn on no kernel', Math.min(...unicorn) >= 1),
          ]
        : ['libunicorn is not installed: its column is left out.']),
    ],
  };
}
