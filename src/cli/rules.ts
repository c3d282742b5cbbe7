/** `iospace rules`: every contract in a line, or one explained in full. */

import { pageAddress } from '../report/page.ts';
import { indent, type Paint, table } from '../report/paint.ts';
import { EXIT } from '../report/verdict.ts';
import type { NotObservable } from '../rules/not-observable.ts';
import { PROFILE_NAMES, severityIn } from '../rules/profiles.ts';
import type { Rule } from '../rules/rule.ts';
import { badArgument } from '../units/errors.ts';
import type { Command } from './command.ts';
import { suggestion } from './suggest.ts';

const WIDTH = 88;

export const rulesCommand: Command = {
  name: 'rules',
  operands: { least: 0, most: 1, name: 'RULE' },
  summary: 'the contracts, or one explained in full',
  options: [],
  async run(args, io) {
    const { RULES } = await import('../rules/registry.ts');
    const { notObservable } = await import('../rules/explain.ts');
    const [id] = args.operands;
    const unseen = id === undefined ? undefined : notObservable(id);
    let all: string[];
    if (id === undefined) all = listed(RULES, io.paint);
    else if (unseen !== undefined) all = withoutRule(unseen, io.paint);
    else all = explained(named(id, RULES), io.paint);
    io.out(`${all.join('\n')}\n`);
    return EXIT.clean;
  },
};

function named(id: string, rules: readonly Rule[]): Rule {
  const found = rules.find((rule) => rule.id === id.toUpperCase());
  if (found !== undefined) return found;
  const ids = rules.map((rule) => rule.id);
  throw badArgument(`unknown rule ${id}${suggestion(id, ids) || '; iospace rules lists them'}`);
}

function listed(rules: readonly Rule[], paint: Paint): string[] {
  const columns = [{ title: 'rule', style: () => paint.bold }, { title: 'severity' }];
  const rows = rules.map(({ id, severity, summary }) => [id, severity, summary]);
  return table([...columns, { title: 'what it asks' }], rows, paint);
}

function explained(rule: Rule, paint: Paint): string[] {
  const severities = PROFILE_NAMES.map((profile) => `${severityIn(rule, profile)} in ${profile}`);
  const block = (title: string, body: readonly string[]) => [
    '',
    paint.bold(title),
    ...indent(body),
  ];
  return [
    `${paint.bold(rule.id)}  ${rule.framework}`,
    ...indent(wrapped(rule.summary)),
    ...block('Severity', [severities.join(', ')]),
    ...block('Why it matters', wrapped(rule.why)),
    ...block('How to mend it', wrapped(rule.fix)),
    ...block('Wrong', snippet(rule.bad)),
    ...block('Right', snippet(rule.good)),
    ...block('What a run cannot see', wrapped(rule.limits)),
    ...block('Page', [pageAddress(rule.doc)]),
    ...(rule.sources.length === 0 ? [] : block('Sources', rule.sources.map(pageAddress))),
  ];
}

function withoutRule({ id, summary, reason }: NotObservable, paint: Paint): string[] {
  return [
    `${paint.bold(id)}  no rule`,
    ...indent(wrapped(summary)),
    '',
    paint.bold('Why a run does not report it'),
    ...indent(wrapped(reason)),
  ];
}

function wrapped(text: string): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/).filter((part) => part !== '')) {
    const last = lines.at(-1);
    if (last === undefined || last.length + word.length >= WIDTH) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}

/** The code without the blank lines around it and the indentation all its lines share. */
function snippet(code: string): string[] {
  const lines = code.replace(/^\s*\n|\s+$/g, '').split('\n');
  const margins = lines.filter((line) => line.trim() !== '').map((line) => line.search(/\S/));
  const margin = margins.length === 0 ? 0 : Math.min(...margins);
  return lines.map((line) => line.slice(margin));
}
