/** The verdict on a run: its outcome in one word, the exit code, and the sentence that says why. */
import type { OutcomeKind, RunResult } from '../events/run.ts';
import type { Finding } from '../rules/finding.ts';
import { SEVERITIES, type Severity } from '../rules/rule.ts';
import { hex } from '../units/address.ts';

/** What every command's exit code means. */
export const EXIT = {
  clean: 0,
  findings: 1,
  usage: 2,
  incomplete: 3,
  defect: 70,
} as const;

export interface Verdict {
  readonly exitCode: number;
  readonly failOn: Severity;
  readonly sentence: string;
}

export function verdictOf(
  result: RunResult,
  findings: readonly Finding[],
  failOn: Severity,
): { readonly outcome: OutcomeKind; readonly verdict: Verdict } {
  const bar = SEVERITIES.indexOf(failOn);
  const counted = findings.filter(({ severity }) => SEVERITIES.indexOf(severity) <= bar).length;
  const outcome = outcomeOf(result, counted);
  const sentence = sentenceOf(result, findings, counted);
  return { outcome, verdict: { exitCode: exitCodeOf(outcome), failOn, sentence } };
}

/** A crash is graver than a finding, and a finding stands even where the run could not go on. */
function outcomeOf(result: RunResult, counted: number): OutcomeKind {
  if (result.ended === 'bugcheck') return 'bugcheck';
  if (counted > 0) return 'findings';
  if (result.ended !== 'complete') return result.ended;
  return sawNothing(result) ? 'not-started' : 'clean';
}

/** No device started and no map service was called on the way: there was no contract to keep. */
const sawNothing = ({ notStarted, coverage, mappings }: RunResult): boolean =>
  notStarted !== null && coverage.mapSites.reached === 0 && mappings.length === 0;

function exitCodeOf(outcome: OutcomeKind): number {
  switch (outcome) {
    case 'clean':
      return EXIT.clean;
    case 'findings':
    case 'bugcheck':
      return EXIT.findings;
    case 'not-modelled':
    case 'budget':
    case 'not-started':
      return EXIT.incomplete;
  }
}

function sentenceOf(result: RunResult, findings: readonly Finding[], counted: number): string {
  const said: string[] = [];
  if (result.bugCheck !== null) {
    said.push(`bug check ${hex(result.bugCheck.code)} ${result.bugCheck.name}`);
  }
  if (findings.length > 0) {
    const below = counted === 0 ? ', none that counts' : '';
    said.push(`${countFindings(findings)}${below}`);
  }
  if (result.ended === 'not-modelled') {
    const names = result.notModelled.map(({ name }) => name).join(', ');
    said.push(`no full verdict: ${names} not modelled`);
  }
  if (result.ended === 'budget') {
    said.push(`no full verdict: ${result.budget ?? 'the budget ran out'}`);
  }
  if (result.ended === 'complete' && sawNothing(result)) {
    said.push(`no full verdict: no device started, ${result.notStarted}`);
  }
  if (said.length === 0) said.push(cleanSentence(result));
  return said.join('; ');
}

function cleanSentence(result: RunResult): string {
  const length = result.mappings.length + result.mappingsDropped;
  if (length === 0) return 'clean: no device memory was mapped';
  return `clean: ${count(length, 'mapping')}, every contract kept`;
}

function countFindings(findings: readonly Finding[]): string {
  return SEVERITIES.map((severity) => {
    const number = findings.filter((finding) => finding.severity === severity).length;
    if (number === 0) return null;
    return severity === 'advice' ? `${number} advice` : count(number, severity);
  })
    .filter((part) => part !== null)
    .join(', ');
}

const count = (number: number, noun: string): string =>
  `${number} ${noun}${number === 1 ? '' : 's'}`;
