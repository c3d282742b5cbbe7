/** `iospace run`: one life cycle of one driver, and the verdict on it. */
import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import type { Event } from '../events/event.ts';
import { buildReport, type Case, type InfCase, type Report, reportText } from '../report/report.ts';
import { textReport } from '../report/text.ts';
import { createTrace } from '../report/trace.ts';
import { DEFAULT_PROFILE, PROFILE_NAMES } from '../rules/profiles.ts';
import { SEVERITIES } from '../rules/rule.ts';
import { DEFAULT_MAX_INSTRUCTIONS, type DriverRun, type RunOptions } from '../scenario/options.ts';
import { hex, hexVa } from '../units/address.ts';
import { badArgument, HostError } from '../units/errors.ts';
import type { Arguments, Option } from './arguments.ts';
import { chosenDevice } from './chosen-device.ts';
import { type ChosenInf, chosenInf } from './chosen-inf.ts';
import type { Command } from './command.ts';
import { type Engine, loadEngine } from './engine.ts';
import { readInput, writeOutput } from './files.ts';
import type { Io } from './io.ts';
import { createProgress } from './progress.ts';
import { ioctl, registryValue, stub, wholeNumber } from './values.ts';
import { TOOL } from './version.ts';

const OPTIONS: readonly Option[] = [
  {
    name: 'format',
    value: 'FORMAT',
    choices: ['text', 'json'],
    help: 'text (default) or json, alone on standard output',
  },
  { name: 'json', value: 'FILE', help: 'write the JSON report to FILE as well' },
  {
    name: 'device',
    value: 'NAME|FILE',
    help: 'virtual hardware to run on: a name of `iospace devices`, a .json or module file, or none',
  },
  {
    name: 'inf',
    value: 'FILE',
    help: 'how the driver is installed; by default the .inf beside it that names it',
  },
  { name: 'no-inf', help: 'leave the .inf beside the driver out' },
  {
    name: 'registry',
    value: 'KEY=VALUE',
    isRepeatable: true,
    help: "a value of the driver's registry key; HKR\\KEY: of its devices' key",
  },
  {
    name: 'ioctl',
    value: 'CODE[:INPUTHEX[:OUTLEN|=OUTHEX]]',
    isRepeatable: true,
    help: 'a request to send once the device has started',
  },
  {
    name: 'stub',
    value: 'NAME=VALUE',
    isRepeatable: true,
    help: 'answer a service that is not modelled, at your own risk',
  },
  {
    name: 'profile',
    value: 'PROFILE',
    choices: PROFILE_NAMES,
    help: 'which rules count: documented (default) or verifier',
  },
  {
    name: 'fail-on',
    value: 'SEVERITY',
    choices: SEVERITIES,
    help: 'least severity that makes the exit code 1: error (default), warning or advice',
  },
  { name: 'seed', value: 'NUMBER', help: 'seed of every choice the run makes, 0 by default' },
  {
    name: 'max-instructions',
    value: 'NUMBER',
    help: `instructions before the run is cut short, ${DEFAULT_MAX_INSTRUCTIONS} by default`,
  },
  { name: 'trace', help: 'show every event on standard error as it happens' },
];

export const runCommand: Command = commandWith(loadEngine);

/** The command over an engine of the caller's choice. */
export function commandWith(load: (image: Uint8Array) => Promise<Engine>): Command {
  return {
    name: 'run',
    operands: { least: 1, most: 1, name: 'DRIVER' },
    summary: 'one life cycle: load, start, use, stop, restart, remove, unload; a verdict',
    options: OPTIONS,
    run: (args, io) => run(args, io, load),
  };
}

type Choices = Omit<RunOptions, 'image' | 'fileName' | 'onEvent' | 'device' | 'inf'>;

function choicesOf(args: Arguments): Choices {
  return {
    registry: args.all('registry').map(registryValue),
    stubs: new Map(args.all('stub').map(stub)),
    ioctls: args.all('ioctl').map(ioctl),
    seed: wholeNumber('seed', args.one('seed') ?? '0', 0, 0xffff_ffff),
    maxInstructions: wholeNumber(
      'max-instructions',
      args.one('max-instructions') ?? String(DEFAULT_MAX_INSTRUCTIONS),
      1,
      Number.MAX_SAFE_INTEGER,
    ),
  };
}

function infFor(args: Arguments, driver: string): ChosenInf | undefined {
  const given = args.one('inf');
  if (!args.has('no-inf')) return chosenInf(given, driver);
  if (given !== undefined) throw badArgument('--inf and --no-inf exclude each other');
  return undefined;
}

async function run(
  args: Arguments,
  io: Io,
  load: (image: Uint8Array) => Promise<Engine>,
): Promise<number> {
  const [path = ''] = args.operands;
  const choices = choicesOf(args);
  const image = readInput(path);
  const inf = infFor(args, path);
  const device = await chosenDevice(args.one('device'));
  const report = reportOn({
    path,
    image,
    inf,
    device,
    choices,
    args,
    io,
    engine: await load(image),
  });
  io.out(args.one('format') === 'json' ? reportText(report) : textReport(report, io.paint));
  const file = args.one('json');
  if (file !== undefined) writeOutput(file, reportText(report));
  return report.verdict.exitCode;
}

interface Job {
  readonly path: string;
  readonly image: Uint8Array;
  readonly inf: ChosenInf | undefined;
  readonly device: RunOptions['device'];
  readonly choices: Choices;
  readonly args: Arguments;
  readonly io: Io;
  readonly engine: Engine;
}

function reportOn({ path, image, inf, device, choices, args, io, engine }: Job): Report {
  const profile = PROFILE_NAMES.find((known) => known === args.one('profile')) ?? DEFAULT_PROFILE;
  const failOn = SEVERITIES.find((known) => known === args.one('fail-on')) ?? 'error';
  const judge = engine.judgeBy(profile);
  const watch = args.has('trace') ? traceTo(io) : createProgress(io);
  const onEvent = (event: Event) => {
    watch.see(event);
    judge.handle(event);
  };
  const options: RunOptions = {
    ...choices,
    image,
    fileName: basename(path),
    onEvent,
    ...(inf === undefined ? {} : { inf: inf.bytes }),
    ...(device === undefined ? {} : { device }),
  };
  const run = namingFile(path, () => engine.runDriver(options));
  watch.end();
  return buildReport({
    tool: TOOL,
    driver: { path, sha256: sha256(image), ...run.driver },
    result: run.result,
    findings: judge.findings,
    findingsDropped: judge.dropped,
    case: caseOf(choices, inf === undefined ? undefined : infCase(inf, run), run.device, profile),
    failOn,
  });
}

/** What is wrong with an image is told with its path in front. */
function namingFile<T>(path: string, body: () => T): T {
  try {
    return body();
  } catch (cause) {
    if (!(cause instanceof HostError) || cause.code !== 'bad-image') throw cause;
    throw new HostError(cause.code, `${path}: ${cause.message}`, { cause });
  }
}

function traceTo(io: Io) {
  const trace = createTrace();
  const show = (lines: readonly string[]) => {
    for (const line of lines) io.err(`${line}\n`);
  };
  return { see: (event: Event) => show(trace.see(event)), end: () => show(trace.end()) };
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

const infCase = ({ path, bytes }: ChosenInf, { installed }: DriverRun): InfCase => ({
  path,
  sha256: sha256(bytes),
  hardwareId: installed?.hardwareId ?? null,
  section: installed?.section ?? null,
  isStandIn: installed?.isStandIn ?? false,
});

function caseOf(choices: Choices, inf: Case['inf'], device: string, profile: string): Case {
  return {
    device,
    ...(inf === undefined ? {} : { inf }),
    profile,
    seed: choices.seed,
    maxInstructions: choices.maxInstructions,
    registry: choices.registry,
    stubs: [...choices.stubs].map(([name, value]) => ({ name, value: hexVa(value) })),
    ioctls: choices.ioctls.map(({ code, input, outputLength, output }) => ({
      code: hex(code),
      input: Buffer.from(input).toString('hex'),
      outputLength,
      ...(output === undefined ? {} : { output: Buffer.from(output).toString('hex') }),
    })),
  };
}
