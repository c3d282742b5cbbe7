/** docs/performance.md: each section's numbers stand between markers and are replaced by a new run. */
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';

const PAGE = join(import.meta.dirname, '../docs/performance.md');

export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
}

/** What one section measured. */
export interface Measured {
  readonly tables: readonly Table[];
  /** Sentences below the tables: targets and whether they are met, what was left out and why. */
  readonly notes: readonly string[];
}

/** Three significant digits, thousands separated. */
export const figure = (value: number): string =>
  Number(value.toPrecision(3)).toLocaleString('en-US', { maximumFractionDigits: 6 });

export const times = (value: number): string => `${figure(value)}×`;

export const verdict = (what: string, isMet: boolean): string =>
  `${what}: ${isMet ? 'met' : 'NOT met'}.`;

export const markdown = ({ tables, notes }: Measured): string =>
  [...tables.map(tableText), ...notes].join('\n\n');

function tableText({ columns, rows }: Table): string {
  const row = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;
  const rule = columns.map((_, index) => (index === 0 ? '---' : '---:'));
  return [columns, rule, ...rows].map(row).join('\n');
}

function machine(): string {
  const [cpu] = cpus();
  return `${cpu?.model.trim() ?? 'unknown processor'}, ${cpus().length} processors, Node ${process.version}`;
}

/** Replaces a section's numbers; its markers must be there. */
export function writeSection(name: string, measured: Measured): void {
  const text = readFileSync(PAGE, 'utf8');
  const [open, close] = [`<!-- bench: ${name} -->`, `<!-- end: ${name} -->`];
  const [from, to] = [text.indexOf(open), text.indexOf(close)];
  if (from < 0 || to < from) throw new Error(`docs/performance.md has no section ${name}`);
  const made = `Made by \`npm run bench ${name}\` on ${machine()}.`;
  const body = `${open}\n${made}\n\n${markdown(measured)}\n`;
  writeFileSync(PAGE, text.slice(0, from) + body + text.slice(to));
}
