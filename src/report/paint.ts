/** Colours as functions that the command line hands in, columns that line up, and text made safe for a terminal. */

export type Style = (text: string) => string;

export interface Paint {
  readonly bold: Style;
  readonly dim: Style;
  readonly red: Style;
  readonly yellow: Style;
  readonly green: Style;
  readonly cyan: Style;
}

const same: Style = (text) => text;
export const PLAIN: Paint = {
  bold: same,
  dim: same,
  red: same,
  yellow: same,
  green: same,
  cyan: same,
};

/** Names and messages come from the driver, so its control characters must not reach the terminal. */
export const printable = (text: string): string =>
  text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return `\\x${code.toString(16).padStart(2, '0')}`;
  });

export interface Column {
  readonly title: string;
  readonly right?: boolean;
  readonly style?: (cell: string) => Style;
}

/** Rows below their titles, two spaces between columns, nothing trailing. */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  paint: Paint,
): string[] {
  const cells = rows.map((row) => row.map(printable));
  const widths = columns.map(({ title }, at) =>
    cells.reduce((width, row) => Math.max(width, row[at]?.length ?? 0), title.length),
  );
  const line = (row: readonly string[], styleOf: (column: Column, cell: string) => Style) =>
    columns
      .map((column, at) => {
        const cell = row[at] ?? '';
        const padding = ' '.repeat((widths[at] ?? 0) - cell.length);
        const styled = cell === '' ? '' : styleOf(column, cell)(cell);
        return column.right ? padding + styled : styled + padding;
      })
      .join('  ')
      .trimEnd();
  const heading = columns.map(({ title }) => title);
  const head = heading.some((title) => title !== '') ? [line(heading, () => paint.dim)] : [];
  return [...head, ...cells.map((row) => line(row, ({ style }, cell) => style?.(cell) ?? same))];
}

export const indent = (lines: readonly string[], by = '  '): string[] =>
  lines.map((line) => (line === '' ? line : by + line));
