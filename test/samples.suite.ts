/** What holds for every sample driver, run as a user runs it: the verdict that its source states, twice the same bytes. */
import { expect, test } from 'vitest';
import { iospace } from './command.suite.ts';
import type { Sample } from './samples.ts';

interface Frame {
  readonly module: string;
}
interface Finding {
  readonly rule: string;
  readonly severity: string;
  readonly phase: string;
  readonly mapping: number | null;
  readonly at: readonly Frame[];
  readonly bornAt: readonly Frame[] | null;
}
interface Report {
  readonly outcome: string;
  readonly findings: readonly Finding[];
  readonly mappings: readonly { readonly id: number; readonly bornAt: readonly Frame[] }[];
  readonly bugCheck: { readonly code: string } | null;
  readonly notModelled: readonly unknown[];
}

const run = (sample: Sample, extra: readonly string[] = []) =>
  iospace('run', sample.image, '--format', 'json', ...sample.options, ...extra);

/** The first run of each sample, for every test that only looks at it. */
const first = new Map<string, Awaited<ReturnType<typeof run>>>();

async function firstRun(sample: Sample) {
  const known = first.get(sample.image) ?? (await run(sample));
  first.set(sample.image, known);
  return known;
}

const brief = ({ rule, severity, phase }: Pick<Finding, 'rule' | 'severity' | 'phase'>): string =>
  `${rule} ${severity} ${phase}`;

const named = (samples: readonly Sample[]) =>
  samples.map((sample) => [sample.name, sample] as const);

/** `models` are complete drivers that no profile finds anything in. */
export function testSamples(samples: readonly Sample[], models: RegExp): void {
  test.each(named(samples))('%s gives the verdict its source states', async (_name, sample) => {
    const { out, err, exitCode } = await firstRun(sample);
    expect(err).toBe('');
    const report = JSON.parse(out) as Report;
    expect(report.notModelled).toEqual([]);
    expect(report.findings.map(brief).sort()).toEqual(sample.expected.map(brief).sort());
    expect(report.bugCheck === null ? null : Number(report.bugCheck.code)).toBe(sample.bugCheck);
    const isError = sample.expected.some(({ severity }) => severity === 'error');
    expect(exitCode).toBe(isError || sample.bugCheck !== null ? 1 : 0);
  });

  test.each(named(samples))('%s gives the same bytes again', async (_name, sample) => {
    expect((await run(sample)).out).toBe((await firstRun(sample)).out);
  });

  const faulty = samples.filter(({ expected }) => expected.length > 0);
  test.each(named(faulty))(
    '%s is told with its mapping and the stack of its birth',
    async (_name, sample) => {
      const report = JSON.parse((await firstRun(sample)).out) as Report;
      for (const finding of report.findings) {
        const born = report.mappings.find(({ id }) => id === finding.mapping);
        if (finding.mapping !== null) expect(born?.bornAt).not.toEqual([]);
        if (finding.bornAt !== null) expect(finding.bornAt[0]?.module).toBe(`${sample.name}.sys`);
        expect([...finding.at, ...(finding.bornAt ?? [])]).not.toEqual([]);
      }
    },
  );

  test.each(named(samples.filter(({ name }) => models.test(name))))(
    '%s has no finding in the verifier profile either',
    async (_name, sample) => {
      const { out } = await run(sample, ['--profile', 'verifier']);
      expect((JSON.parse(out) as Report).findings).toEqual([]);
    },
  );
}
