/** From arguments to an exit code: finds the command, and turns what it throws into one clear line. */
import { EXIT } from '../report/verdict.ts';
import { badArgument, HostError } from '../units/errors.ts';
import { type Option, parse } from './arguments.ts';
import { type Command, commandHelp, HELP, mainHelp } from './command.ts';
import { devicesCommand } from './devices.ts';
import type { Io } from './io.ts';
import { rulesCommand } from './rules.ts';
import { runCommand } from './run.ts';
import { suggestion } from './suggest.ts';
import { TOOL } from './version.ts';

const COMMANDS: readonly Command[] = [runCommand, rulesCommand, devicesCommand];
const VERSION: Option = { name: 'version', short: 'V', help: 'show the version' };
const GLOBAL = [HELP, VERSION];

export async function main(
  argv: readonly string[],
  io: Io,
  commands: readonly Command[] = COMMANDS,
): Promise<number> {
  try {
    return await dispatch(argv, io, commands);
  } catch (error) {
    return failed(error, io);
  }
}

async function dispatch(
  argv: readonly string[],
  io: Io,
  commands: readonly Command[],
): Promise<number> {
  const [name, ...rest] = argv;
  if (name === undefined || name.startsWith('-')) return global(argv, io, commands);
  const command = commands.find((known) => known.name === name);
  if (command === undefined) {
    const names = commands.map((known) => known.name);
    throw badArgument(
      `unknown command ${name}${suggestion(name, names) || `; there are ${names.join(', ')}`}`,
    );
  }
  if (rest.includes('--help') || rest.includes('-h')) {
    io.out(commandHelp(command));
    return EXIT.clean;
  }
  return command.run(parse(rest, command), io);
}

function global(argv: readonly string[], io: Io, commands: readonly Command[]): number {
  const args = parse(argv, { options: GLOBAL, operands: { least: 0, most: 0, name: '' } });
  if (args.has('version')) io.out(`${TOOL.name} ${TOOL.version}\n`);
  else if (args.has('help')) io.out(mainHelp(commands, GLOBAL));
  else {
    io.err(mainHelp(commands, GLOBAL));
    return EXIT.usage;
  }
  return EXIT.clean;
}

function failed(error: unknown, io: Io): number {
  if (error instanceof HostError) {
    io.err(`iospace: ${error.message}\n`);
    return error.code === 'not-modelled' ? EXIT.incomplete : EXIT.usage;
  }
  const told = error instanceof Error ? (error.stack ?? error.message) : String(error);
  io.err(`${told}\niospace: this is a defect of iospace, not of the driver; please report it\n`);
  return EXIT.defect;
}
