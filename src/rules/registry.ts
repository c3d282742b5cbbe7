/** Every rule by id. A new framework is a folder and a line here. */
import { ndisRules } from './ndis/registry.ts';
import type { Rule } from './rule.ts';
import { wdmRules } from './wdm/registry.ts';

export const RULES: readonly Rule[] = [...ndisRules, ...wdmRules].sort((a, b) =>
  a.id < b.id ? -1 : 1,
);
