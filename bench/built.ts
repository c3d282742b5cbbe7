/** The program as it is published: dist/, built when it is missing or older than the sources. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { runProgram } from './measure.ts';

export const root = join(import.meta.dirname, '..');
const cli = join(root, 'dist/cli.js');

/** Path of the built program. */
export function builtCli(): string {
  if (!existsSync(cli) || statSync(cli).mtimeMs < newest(join(root, 'src'))) {
    runProgram(process.execPath, [
      join(root, 'node_modules/vite/bin/vite.js'),
      ...['build', root, '--logLevel', 'warn'],
    ]);
  }
  return cli;
}

const newest = (folder: string): number =>
  Math.max(
    ...readdirSync(folder, { recursive: true }).map(
      (name) => statSync(join(folder, String(name))).mtimeMs,
    ),
  );
