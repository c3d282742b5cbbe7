/** Profiles: which of two disagreeing sources counts. */
import type { Rule, Severity } from './rule.ts';

export const PROFILES = {
  documented: 'What the function and driver-model pages oblige a driver to do.',
  verifier:
    'What Driver Verifier, the memory manager and code analysis accept, where they are stricter than the pages.',
} as const;

export type Profile = keyof typeof PROFILES;
export const DEFAULT_PROFILE: Profile = 'documented';
export const PROFILE_NAMES = Object.keys(PROFILES) as readonly Profile[];

/** How hard a profile takes a rule, or `off`. */
export const severityIn = (
  rule: Pick<Rule, 'severity' | 'profiles'>,
  profile: Profile,
): Severity | 'off' => rule.profiles?.[profile] ?? rule.severity;
