/** What a command declares of itself, and the help text made of it. */
import type { Arguments, Option } from './arguments.ts';
import type { Io } from './io.ts';

export interface Command {
  readonly name: string;
  readonly operands: { readonly least: number; readonly most: number; readonly name: string };
  readonly summary: string;
  readonly options: readonly Option[];
  /** Lines shown below the options. */
  readonly notes?: readonly string[];
  /** Resolves to the exit code. */
  run(args: Arguments, io: Io): Promise<number>;
}

export const HELP: Option = { name: 'help', short: 'h', help: 'show this help' };

const EXIT_CODES = [
  '0  clean: every contract kept',
  '1  findings at or above --fail-on, or a bug check',
  '2  bad input or usage',
  '3  no full verdict: something is not modelled (named), or the budget ran out',
  '70 a defect of iospace',
];

export function commandHelp({ name, operands, summary, options, notes = [] }: Command): string {
  const usage = `iospace ${name}${operandText(operands)} [options]`;
  return lines([
    `${usage}`,
    '',
    `  ${summary}`,
    '',
    'Options',
    ...optionLines([...options, HELP]),
    ...(notes.length === 0 ? [] : ['', ...notes]),
  ]);
}

export function mainHelp(commands: readonly Command[], options: readonly Option[]): string {
  const rows = commands.map(({ name, operands, summary }) => [
    `${name}${operandText(operands)}`,
    summary,
  ]);
  return lines([
    'iospace runs a Windows driver binary and judges every device-memory mapping it makes.',
    '',
    'Commands',
    ...twoColumns(rows),
    '',
    'Options',
    ...optionLines(options),
    '',
    'Exit codes',
    ...EXIT_CODES.map((line) => `  ${line}`),
    '',
    'iospace COMMAND --help shows the options of a command.',
  ]);
}

const operandText = ({ least, name }: Command['operands']): string =>
  name === '' ? '' : least === 0 ? ` [${name}]` : ` ${name}`;

const optionLines = (options: readonly Option[]): string[] =>
  twoColumns(
    options.map(({ name, short, value, help }) => [
      `--${name}${value === undefined ? '' : ` ${value}`}${short === undefined ? '' : `, -${short}`}`,
      help,
    ]),
  );

function twoColumns(rows: readonly (readonly string[])[]): string[] {
  const width = Math.max(...rows.map(([left = '']) => left.length));
  return rows.map(([left = '', right = '']) => `  ${left.padEnd(width)}  ${right}`);
}

const lines = (all: readonly string[]): string => `${all.join('\n')}\n`;
