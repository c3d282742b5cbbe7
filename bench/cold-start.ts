/** How long a command takes from a cold process, against Node doing nothing. */
import { join } from 'node:path';
import { builtCli, root } from './built.ts';
import { median, milliseconds, runProgram } from './measure.ts';
import { figure, type Measured, type Table, times, verdict } from './page.ts';

const ROUNDS = 15;
const LIMIT = 8;
const DRIVER = join(root, 'drivers/bin/wdm/edu.sys');

export function measureColdStart(): Measured {
  const { table, last } = coldRuns([['--version'], ['rules'], ['run', DRIVER]]);
  return {
    tables: [table],
    notes: [
      COLD_NOTE,
      verdict(`Target: \`run\` of a driver in at most ${LIMIT}× of \`node -e 0\``, last <= LIMIT),
    ],
  };
}

/** What the table of `coldRuns` says of itself. */
export const COLD_NOTE = `${ROUNDS} rounds after one that is not counted, the commands in turn; the ratio is the median of each round's.`;

/** The built program with each set of arguments, and the last one's ratio to Node doing nothing. */
export function coldRuns(commands: readonly (readonly string[])[]): {
  readonly table: Table;
  readonly last: number;
} {
  const cli = builtCli();
  const all = [['-e', '0'], ...commands.map((args) => [cli, ...args])];
  const rounds = Array.from({ length: ROUNDS + 1 }, () =>
    all.map((args) => milliseconds(() => runProgram(process.execPath, args))),
  ).slice(1);
  const rows = all.map((args, index) => {
    const each = rounds.map((round) => round[index] ?? Number.NaN);
    const ratios = rounds.map((round) => (round[index] ?? Number.NaN) / (round[0] ?? Number.NaN));
    return { name: nameOf(args), time: median(each), ratio: median(ratios) };
  });
  return {
    table: {
      columns: ['command', 'median ms', 'of `node -e 0`'],
      rows: rows.map(({ name, time, ratio }) => [name, figure(time), times(ratio)]),
    },
    last: rows.at(-1)?.ratio ?? Number.NaN,
  };
}

const nameOf = ([first = '', ...rest]: readonly string[]): string =>
  first === '-e'
    ? '`node -e 0`'
    : `\`iospace ${rest.map((word) => word.replace(`${root}/`, '')).join(' ')}\``;
