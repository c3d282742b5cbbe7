/** How long the first command takes from a cold process, against Node doing nothing. */
import { join } from 'node:path';
import { builtCli, root } from './built.ts';
import { median, milliseconds, runProgram } from './measure.ts';
import { figure, type Measured, times, verdict } from './page.ts';

const ROUNDS = 15;
const LIMIT = 8;
const DRIVER = join(root, 'drivers/bin/wdm/edu.sys');

export function measureColdStart(): Measured {
  const cli = builtCli();
  const commands: readonly (readonly string[])[] = [
    ['-e', '0'],
    [cli, '--version'],
    [cli, 'rules'],
    [cli, 'run', DRIVER],
  ];
  const rounds = Array.from({ length: ROUNDS + 1 }, () =>
    commands.map((args) => milliseconds(() => runProgram(process.execPath, args))),
  ).slice(1);
  const rows = commands.map((args, index) => {
    const all = rounds.map((round) => round[index] ?? Number.NaN);
    const ratios = rounds.map((round) => (round[index] ?? Number.NaN) / (round[0] ?? Number.NaN));
    return { name: nameOf(args), time: median(all), ratio: median(ratios) };
  });
  const run = rows.at(-1)?.ratio ?? Number.NaN;
  return {
    table: {
      columns: ['command', 'median ms', 'of `node -e 0`'],
      rows: rows.map(({ name, time, ratio }) => [name, figure(time), times(ratio)]),
    },
    notes: [
      `${ROUNDS} rounds after one that is not counted, the commands in turn; the ratio is the median of each round's.`,
      verdict(`Target: \`run\` of a driver in at most ${LIMIT}× of \`node -e 0\``, run <= LIMIT),
    ],
  };
}

const nameOf = ([first = '', ...rest]: readonly string[]): string =>
  first === '-e'
    ? '`node -e 0`'
    : `\`iospace ${rest.map((word) => word.replace(`${root}/`, '')).join(' ')}\``;
