/** What documents show of the command line is what it does. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { iospace } from './command.suite.ts';

const root = join(import.meta.dirname, '..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

const guides = readdirSync(join(root, 'docs/guide')).map((name) => `docs/guide/${name}`);

/** Arguments of every `npx iospace` that a document gives, with the samples where they lie. */
function commandsOf(path: string): readonly string[][] {
  const typed = read(path).matchAll(/npx iospace ([^\n`]+)/g);
  return [...typed].map(([, line = '']) =>
    line.split(' ').map((word) => (existsSync(join(root, word)) ? join(root, word) : word)),
  );
}

const commands = ['README.md', 'drivers/README.md', ...guides].flatMap((path) =>
  commandsOf(path).map((argv) => [path, argv.join(' '), argv] as const),
);

test.each(commands)('%s: iospace %s works', async (_path, _line, argv) => {
  const { exitCode, err } = await iospace(...argv);
  expect([0, 1], err).toContain(exitCode);
});

test('the report in the readme is the one that its command prints', async () => {
  const [, sample = ''] = /^```text\n([\s\S]*?)^```/m.exec(read('README.md')) ?? [];
  const image = join(root, 'drivers/bin/wdm/wdm-unmap-length.sys');
  const { out } = await iospace('run', image);
  expect(out.slice(out.indexOf('\nMappings\n') + 1)).toBe(sample);
});
