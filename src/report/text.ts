/** The report for people: what ran, what was mapped, which contracts were broken, and the verdict. */
import type { Frame, Stack } from '../events/frame.ts';
import type { LifecycleStep, NotModelled, Remark, Traffic } from '../events/run.ts';
import type { Finding } from '../rules/finding.ts';
import type { Fact, Severity } from '../rules/rule.ts';
import { pageAddress } from './page.ts';
import { indent, type Paint, PLAIN, printable, type Style, table } from './paint.ts';
import type { Case, Report } from './report.ts';

const MAX_MAPPINGS = 200;
const MAX_REMARKS = 20;
const MAX_DEBUG_LINES = 20;
const MAX_FRAMES = 8;

export function textReport(report: Report, paint: Paint = PLAIN): string {
  const sections = [
    header(report, paint),
    lifecycle(report, paint),
    mappings(report, paint),
    findings(report, paint),
    bugCheck(report, paint),
    traffic(report, paint),
    remarks(report, paint),
    debugPrint(report, paint),
    notModelled(report, paint),
    coverage(report, paint),
    verdict(report, paint),
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

export function frameText({ module, offset, symbol, file, line }: Frame): string {
  const where = module === '?' ? offset : `${module}+${offset}`;
  const source = file === undefined ? '' : ` ${file}${line === undefined ? '' : `:${line}`}`;
  return printable(`${where}${symbol === undefined ? '' : ` ${symbol}`}${source}`);
}

const severityStyle = (paint: Paint, severity: Severity): Style =>
  severity === 'error' ? paint.red : severity === 'warning' ? paint.yellow : paint.cyan;

const titled = (paint: Paint, title: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : [paint.bold(title), ...indent(lines)];

function header({ tool, driver, case: decided }: Report, paint: Paint): string[] {
  const version = driver.frameworkVersion === null ? '' : ` ${driver.frameworkVersion}`;
  const facts = `${driver.machine} ${driver.framework}${version}, device ${decided.device}, profile ${decided.profile}`;
  const title = `${tool.name} ${tool.version}  ${printable(driver.path)}`;
  return [paint.bold(title), paint.dim(printable(facts)), ...infLines(decided, paint)];
}

function infLines({ inf }: Case, paint: Paint): string[] {
  if (inf === undefined) return [];
  const section = inf.section === null ? '' : ` [${inf.section}]`;
  const id = inf.hardwareId === null ? ', no hardware id' : ` for ${inf.hardwareId}`;
  const line = paint.dim(printable(`installed by ${inf.path}${section}${id}`));
  const warning =
    'no device model is this hardware: a blank one stands in for it (--device FILE describes yours)';
  return inf.isStandIn ? [line, paint.yellow(warning)] : [line];
}

function lifecycle(report: Report, paint: Paint): string[] {
  const statusStyle = (status: string): Style =>
    status === 'STATUS_SUCCESS' || status === '-' ? paint.dim : paint.yellow;
  const rows = runsOf(report.lifecycle).map((step) => [
    step.phase,
    step.subject ?? '-',
    step.callback,
    step.status ?? '-',
    String(step.instructions),
  ]);
  const columns = [
    { title: 'phase' },
    { title: 'subject' },
    { title: 'callback' },
    { title: 'status', style: statusStyle },
    { title: 'instructions', right: true },
  ];
  return titled(paint, 'Life cycle', rows.length === 0 ? [] : table(columns, rows, paint));
}

const routineOf = ({ callback }: LifecycleStep): string => callback.split(' ', 1)[0] ?? callback;

/** Calls of one routine in a row, answered alike, as one step: a miniport is asked some thirty OIDs at a time. */
function runsOf(steps: readonly LifecycleStep[]): LifecycleStep[] {
  const runs: { first: LifecycleStep; calls: number; instructions: number }[] = [];
  for (const step of steps) {
    const run = runs.at(-1);
    if (run !== undefined && isSameCall(run.first, step)) {
      run.calls += 1;
      run.instructions += step.instructions;
    } else runs.push({ first: step, calls: 1, instructions: step.instructions });
  }
  return runs.map(({ first, calls, instructions }) =>
    calls === 1
      ? first
      : { ...first, callback: `${routineOf(first)}, ${calls} calls`, instructions },
  );
}

const isSameCall = (one: LifecycleStep, other: LifecycleStep): boolean =>
  one.phase === other.phase &&
  one.subject === other.subject &&
  one.status === other.status &&
  routineOf(one) === routineOf(other);

function mappings(report: Report, paint: Paint): string[] {
  if (report.mappings.length === 0) return titled(paint, 'Mappings', ['none']);
  const columns = [
    { title: '#', right: true },
    { title: 'service' },
    { title: 'physical' },
    { title: 'length', right: true },
    { title: 'virtual' },
    { title: 'cache' },
    { title: 'born in' },
    { title: 'released in', style: (cell: string) => (cell === 'never' ? paint.red : same) },
    { title: 'reads', right: true },
    { title: 'writes', right: true },
  ];
  const shown = report.mappings.slice(0, MAX_MAPPINGS);
  const shutDown = new Set(
    report.lifecycle.filter(({ phase }) => phase === 'shutdown').map(({ subject }) => subject),
  );
  const rows = shown.map((mapping) => [
    String(mapping.id),
    mapping.service,
    mapping.physical,
    `0x${mapping.length.toString(16)}`,
    mapping.virtual,
    mapping.cacheType,
    bornIn(mapping.bornIn, mapping.owner),
    mapping.releasedIn ?? (shutDown.has(mapping.owner) ? 'kept at shutdown' : 'never'),
    String(mapping.accesses.reads),
    String(mapping.accesses.writes),
  ]);
  const left = report.mappings.length + report.mappingsDropped - shown.length;
  const more = left > 0 ? [`and ${left} more`] : [];
  return titled(paint, 'Mappings', [...table(columns, rows, paint), ...more]);
}

const same: Style = (text) => text;
const bornIn = (phase: string, owner: string | null): string =>
  owner === null ? phase : `${phase} ${owner}`;

function findings(report: Report, paint: Paint): string[] {
  const blocks = report.findings.flatMap((finding, at) => [
    ...(at === 0 ? [] : ['']),
    ...findingLines(finding, paint),
  ]);
  const more = report.findingsDropped > 0 ? [`and ${report.findingsDropped} more`] : [];
  return titled(paint, 'Findings', [...blocks, ...more]);
}

function findingLines(finding: Finding, paint: Paint): string[] {
  const severity = severityStyle(paint, finding.severity)(finding.severity);
  const mapping = finding.mapping === null ? '' : `, mapping ${finding.mapping}`;
  const rows = [
    ...Object.entries(finding.facts).map(([name, value]) => [name, factText(value)]),
    ...findingStacks(finding),
    ['page', pageAddress(finding.doc)],
    ['more', `iospace rules ${finding.rule}`],
  ];
  return [
    `${severity} ${paint.bold(printable(finding.rule))} in ${printable(finding.phase)}${mapping}`,
    ...indent([printable(finding.message)]),
    ...indent(table([{ title: '', style: () => paint.dim }, { title: '' }], rows, paint), '    '),
  ];
}

/** One stack where the finding is about the very call that mapped. */
function findingStacks({ at, bornAt }: Finding): string[][] {
  const rows = stackRows('mapped at', bornAt ?? []);
  return JSON.stringify(at) === JSON.stringify(bornAt) ? rows : [...stackRows('at', at), ...rows];
}

const factText = (value: Fact): string =>
  typeof value === 'string' ? value : JSON.stringify(value);

function stackRows(title: string, stack: Stack): string[][] {
  const rows = stack
    .slice(0, MAX_FRAMES)
    .map((frame, at) => [at === 0 ? title : '', frameText(frame)]);
  const left = stack.length - MAX_FRAMES;
  return left > 0 ? [...rows, ['', `and ${left} more`]] : rows;
}

function bugCheck({ bugCheck: crash }: Report, paint: Paint): string[] {
  if (crash === null) return [];
  const rows = [
    ...crash.parameters.map((parameter, at) => [`parameter ${at + 1}`, parameter]),
    ...stackRows('at', crash.at),
  ];
  return titled(paint, 'Bug check', [
    `${paint.red(`${crash.code} ${printable(crash.name)}`)} in ${printable(crash.phase)}`,
    ...(crash.detail === null ? [] : indent([printable(crash.detail)])),
    ...indent(table([{ title: '', style: () => paint.dim }, { title: '' }], rows, paint)),
  ]);
}

function traffic(report: Report, paint: Paint): string[] {
  const counters = (said: Traffic['counters']): string =>
    said === null ? 'counters not compared' : `counters ${said}`;
  const lines = report.traffic.map((sum) => {
    const sent = sum.sent === sum.given ? `${sum.sent}` : `${sum.sent} of ${sum.given}`;
    const seen = sum.seen === null ? '' : `, seen by the device ${sum.seen}`;
    const line = `frames: sent ${sent}${seen}, received ${sum.received}, indicated ${sum.indicated}; ${counters(sum.counters)}`;
    return `${printable(sum.subject)}  ${isWhole(sum) ? line : paint.yellow(line)}`;
  });
  return titled(paint, 'Traffic', lines);
}

/** Everything arrived that was sent, either way, and nobody counts otherwise. */
const isWhole = ({ sent, seen, received, indicated, counters }: Traffic): boolean =>
  (seen === null || seen === sent) && received === indicated && counters !== 'disagree';

function remarks(report: Report, paint: Paint): string[] {
  const shown = report.remarks.slice(0, MAX_REMARKS).map(remarkText);
  const left = report.remarks.length - shown.length;
  if (left > 0) shown.push(`and ${left} more in the JSON report`);
  return titled(paint, 'Remarks', shown);
}

function remarkText({ subject, text, times, at: [frame] }: Remark): string {
  const often = times === 1 ? '' : `, ${times} times`;
  const where = frame === undefined ? '' : `, ${times === 1 ? '' : 'first '}at ${frameText(frame)}`;
  return printable(`${subject === null ? '' : `${subject}: `}${text}${often}${where}`);
}

function debugPrint(report: Report, paint: Paint): string[] {
  const shown = report.debugPrint.slice(0, MAX_DEBUG_LINES).map(printable);
  const left = report.debugPrint.length - shown.length;
  const dropped = report.debugPrintDropped;
  const beyond = dropped === 0 ? '' : `, and ${dropped} that no report holds`;
  if (left > 0) shown.push(`and ${left} more lines in the JSON report${beyond}`);
  return titled(paint, 'Debug output', shown);
}

function notModelled(report: Report, paint: Paint): string[] {
  const lines = [
    ...report.notModelled.flatMap(missingLines),
    ...(report.budget === null ? [] : [`the run was cut short: ${printable(report.budget)}`]),
    ...(report.notStarted === null ? [] : notStartedLines(report.notStarted, report.remarks)),
    ...report.stubbed.map((name) => `${printable(name)} answered by --stub, at your own risk`),
  ];
  return titled(paint, 'What limits this verdict', lines);
}

function notStartedLines(answer: string, remarks: readonly Remark[]): string[] {
  const missed = remarks.some(({ subject }) => subject === null);
  const advice = missed
    ? 'the remarks say what it looked for in vain'
    : 'is it the hardware the driver expects? --device and --inf choose others (see iospace devices)';
  return [`no device started: ${printable(answer)}`, ...indent([advice])];
}

function missingLines({ name, dll, where }: NotModelled): string[] {
  const called = where[0] === undefined ? '' : `, called at ${frameText(where[0])}`;
  const subject = printable(dll === null ? name : `${dll}!${name}`);
  const advice =
    dll === null
      ? 'iospace cannot go on from here'
      : `to go on at your own risk: --stub ${printable(name)}=VALUE (what it shall return, such as 0)`;
  return [`${subject} is not modelled${called}`, ...indent([advice])];
}

function coverage(report: Report, paint: Paint): string[] {
  const { mapSites, functions } = report.coverage;
  const lines = [
    `map call sites reached: ${mapSites.reached} of ${mapSites.total}; functions: ${functions.reached} of ${functions.total}; instructions: ${report.instructions}`,
    ...mapSites.unreached.map((site) => `not reached: ${printable(site)}`),
  ];
  return titled(paint, 'Coverage', lines);
}

function verdict({ verdict: said, outcome }: Report, paint: Paint): string[] {
  const style = outcome === 'clean' ? paint.green : said.exitCode === 1 ? paint.red : paint.yellow;
  return [
    `${paint.bold('Verdict')}  ${style(printable(said.sentence))} (exit code ${said.exitCode})`,
  ];
}
