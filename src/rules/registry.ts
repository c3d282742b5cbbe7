/** Every rule, framework by framework, each by id. A new framework is a folder and a line here. */
import type { Rule } from './rule.ts';
import { wdmRules } from './wdm/registry.ts';

export const RULES: readonly Rule[] = [...wdmRules];
