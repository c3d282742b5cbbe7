/** Writes docs/reference/rules.md from the rules; with `--check` only compares. */
import { readFileSync, writeFileSync } from 'node:fs';
import { pageAddress } from '../src/report/page.ts';
import { DISAGREEMENTS } from '../src/rules/disagreements.ts';
import { type ExplainedRule, explainRule } from '../src/rules/explain.ts';
import { NOT_OBSERVABLE } from '../src/rules/not-observable.ts';
import { PROFILES } from '../src/rules/profiles.ts';
import { RULES } from '../src/rules/registry.ts';

const TARGET = new URL('../docs/reference/rules.md', import.meta.url);

const link = (page: string): string => `[${page}](${pageAddress(page)})`;
const anchor = (id: string): string => `[${id}](#${id.toLowerCase()})`;
const cell = (text: string): string => text.replaceAll('|', '\\|');

const severityText = ({ severity, profiles }: ExplainedRule): string => {
  const differing = Object.entries(profiles).filter(([, one]) => one !== severity);
  return [severity, ...differing.map(([profile, one]) => `${one} in profile \`${profile}\``)].join(
    ', ',
  );
};

const code = (text: string): string => `\`\`\`c\n${text}\n\`\`\``;

const section = (rule: ExplainedRule): string => `## ${rule.id}

${rule.summary}

Severity: ${severityText(rule)}. Framework: ${rule.framework}.
Message: \`${rule.message}\`

**Why it matters.** ${rule.why}

**How to mend it.** ${rule.fix}

**What a run cannot see.** ${rule.limits}

Wrong:

${code(rule.bad)}

Right:

${code(rule.good)}

Sources: ${[...new Set([rule.doc, ...rule.sources])].map(link).join(', ')}
`;

export function rulesDoc(): string {
  const rules = RULES.flatMap(({ id }) => explainRule(id) ?? []);
  return `# The rules

<!-- Written by tools/gen-rules-doc.ts from src/rules; do not edit. -->

Each rule is one obligation of a driver towards the mapping services, in our words, with the page that it was read from.
\`iospace rules RULE\` prints the same. A finding names the rule; ids are permanent.

Sources disagree in places. A profile, chosen with \`--profile\`, says which one counts:

${Object.entries(PROFILES)
  .map(([name, words]) => `- \`${name}\`: ${words}`)
  .join('\n')}

| rule | severity | what it asks |
| --- | --- | --- |
${rules.map((rule) => `| ${anchor(rule.id)} | ${severityText(rule)} | ${cell(rule.summary)} |`).join('\n')}

## Where the sources disagree

| about | the sources | what the rules do |
| --- | --- | --- |
${DISAGREEMENTS.map(({ about, sources, decision }) => `| ${cell(about)} | ${cell(sources)} | ${cell(decision)} |`).join('\n')}

## Not observable in a run

These obligations of the same contracts have no rule of their own.

| id | obligation | why there is no rule |
| --- | --- | --- |
${NOT_OBSERVABLE.map(({ id, summary, reason }) => `| ${id} | ${cell(summary)} | ${cell(reason)} |`).join('\n')}

${rules.map(section).join('\n')}`;
}

if (process.argv[1]?.endsWith('gen-rules-doc.ts') === true) {
  const text = rulesDoc();
  if (!process.argv.includes('--check')) writeFileSync(TARGET, text);
  else if (readFileSync(TARGET, 'utf8') !== text) {
    console.error('docs/reference/rules.md is out of date: run tsx tools/gen-rules-doc.ts');
    process.exitCode = 1;
  }
}
