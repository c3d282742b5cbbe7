/** A finding: a rule broken, with its facts and the way there, as plain data. */
import type { Stack } from '../events/frame.ts';
import type { Framework } from '../events/mapping.ts';
import { type Facts, SEVERITIES, type Severity } from './rule.ts';

export interface Finding {
  readonly rule: string;
  readonly severity: Severity;
  readonly message: string;
  /** Addresses as hex strings; `times` when the same place broke the rule more than once. */
  readonly facts: Facts;
  readonly framework: Framework;
  readonly phase: string;
  /** Identity of the mapping, or null. */
  readonly mapping: number | null;
  readonly at: Stack;
  /** Where the mapping was made (or, for a NULL result, asked for). */
  readonly bornAt: Stack | null;
  /** The case that shows it, filled in by whoever runs cases. */
  readonly case: string | null;
  readonly doc: string;
}

/** True when some finding is as bad as the bar or worse. */
export const failsAt = (findings: readonly Finding[], bar: Severity): boolean =>
  findings.some(({ severity }) => SEVERITIES.indexOf(severity) <= SEVERITIES.indexOf(bar));

/** The message of a rule with its facts filled in. */
export const fillIn = (message: string, facts: Facts): string =>
  message.replaceAll(/\{(\w+)\}/g, (whole, name: string) => String(facts[name] ?? whole));
