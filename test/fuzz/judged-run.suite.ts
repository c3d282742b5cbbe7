/** A whole run with its judge and its reports, as the command makes it; what it throws is for the caller to judge. */
import { buildReport, type Report, reportText } from '../../src/report/report.ts';
import { textReport } from '../../src/report/text.ts';
import { Judge } from '../../src/rules/judge.ts';
import { DEFAULT_PROFILE } from '../../src/rules/profiles.ts';
import { RULES } from '../../src/rules/registry.ts';
import { runDriver } from '../../src/scenario/run.ts';
import { HostError } from '../../src/units/errors.ts';

function judgedRun(image: Uint8Array, seed: number, maxInstructions: number): Report {
  const judge = new Judge(RULES, DEFAULT_PROFILE);
  const { driver, device, result } = runDriver({
    image,
    fileName: 'damaged.sys',
    registry: [],
    stubs: new Map(),
    ioctls: [],
    seed,
    maxInstructions,
    onEvent: (event) => judge.handle(event),
  });
  const report = buildReport({
    tool: { name: 'iospace', version: '0.0.0' },
    driver: { path: 'damaged.sys', sha256: '', ...driver },
    result,
    findings: judge.findings,
    findingsDropped: judge.dropped,
    case: {
      device,
      profile: DEFAULT_PROFILE,
      seed,
      maxInstructions,
      registry: [],
      stubs: [],
      ioctls: [],
    },
    failOn: 'error',
  });
  textReport(report);
  reportText(report);
  return report;
}

/** The outcome of the run, or that the image was refused; anything else is thrown on. */
export function outcomeOf(image: Uint8Array, seed: number, maxInstructions: number): string {
  try {
    return judgedRun(image, seed, maxInstructions).outcome;
  } catch (error) {
    if (!(error instanceof HostError) || error.code !== 'bad-image') throw error;
    return 'refused';
  }
}

/** Runs `one` for each seed and counts the outcomes; a failure names its seed. */
export function tally(count: number, one: (seed: number) => string): Readonly<Map<string, number>> {
  const outcomes = new Map<string, number>();
  for (let seed = 0; seed < count; seed++) {
    try {
      const outcome = one(seed);
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    } catch (cause) {
      throw new Error(`seed ${seed}: ${textOf(cause)}`, { cause });
    }
  }
  return outcomes;
}

const textOf = (cause: unknown): string =>
  cause instanceof Error ? `${cause.name}: ${cause.message}` : `thrown ${typeof cause}`;
