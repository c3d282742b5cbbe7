/** A rule in full, as plain data for whoever prints it. */
import { NOT_OBSERVABLE, type NotObservable } from './not-observable.ts';
import { PROFILE_NAMES, type Profile, severityIn } from './profiles.ts';
import { RULES } from './registry.ts';
import type { Explanation, Rule, Severity } from './rule.ts';

export interface ExplainedRule extends Omit<Explanation, 'profiles' | 'fault'> {
  /** How hard each profile takes it. */
  readonly profiles: Readonly<Record<Profile, Severity | 'off'>>;
}

const byId = new Map(RULES.map((rule) => [rule.id, rule]));

/** Ids in any case; nothing for an unknown one. */
export function explainRule(id: string): ExplainedRule | undefined {
  const found = byId.get(id.toUpperCase());
  return found === undefined ? undefined : explained(found);
}

/** An obligation of the contracts that no run shows, with the reason. */
export const notObservable = (id: string): NotObservable | undefined =>
  NOT_OBSERVABLE.find((entry) => entry.id === id.toUpperCase());

function explained({
  initialState: _state,
  on: _on,
  fault: _fault,
  ...words
}: Rule): ExplainedRule {
  const profiles = Object.fromEntries(
    PROFILE_NAMES.map((profile) => [profile, severityIn(words, profile)]),
  ) as ExplainedRule['profiles'];
  return { ...words, profiles };
}
