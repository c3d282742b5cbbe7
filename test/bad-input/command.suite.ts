/** The command line in this process, with files of the test's own. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { main } from '../../src/cli/cli.ts';
import { paintFor } from '../../src/cli/io.ts';

export interface Said {
  readonly exitCode: number;
  readonly out: string;
  readonly err: string;
}

export async function iospace(...argv: readonly string[]): Promise<Said> {
  const said = { out: '', err: '' };
  const exitCode = await main(argv, {
    out: (text) => {
      said.out += text;
    },
    err: (text) => {
      said.err += text;
    },
    paint: paintFor(false, {}),
    isWatched: false,
  });
  return { exitCode, ...said };
}

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
