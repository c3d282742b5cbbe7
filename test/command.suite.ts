/** The command line in this process, with files of the test's own. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { main } from '../src/cli/cli.ts';
import type { Command } from '../src/cli/command.ts';
import { type Io, paintFor } from '../src/cli/io.ts';

export interface Said {
  readonly exitCode: number;
  readonly out: string;
  readonly err: string;
}

/** What a command line says and answers, of the commands there are or of others. */
export async function said(argv: readonly string[], commands?: readonly Command[]): Promise<Said> {
  const texts = { out: '', err: '' };
  const io: Io = {
    out: (text) => {
      texts.out += text;
    },
    err: (text) => {
      texts.err += text;
    },
    paint: paintFor(false, {}),
    isWatched: false,
  };
  const exitCode = await main(argv, io, commands);
  return { exitCode, ...texts };
}

export const iospace = (...argv: readonly string[]): Promise<Said> => said(argv);

/** A temporary folder: `put` writes a file and gives its path. */
export function temporaryFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'iospace-'));
  return {
    folder,
    put(name: string, content: Uint8Array | string): string {
      writeFileSync(join(folder, name), content);
      return join(folder, name);
    },
    remove: () => rmSync(folder, { recursive: true }),
  };
}
