/** The program as it is installed: built, started by Node, light until a run is asked for. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'vite';
import { afterAll, beforeAll, expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');
/** Below node_modules, so that the packages left outside the bundle are found. */
const outDir = join(root, `node_modules/.built-cli-${process.pid}`);
const cli = join(outDir, 'cli.js');

beforeAll(async () => {
  await build({ root, logLevel: 'silent', build: { outDir, emptyOutDir: true } });
});
afterAll(() => rmSync(outDir, { recursive: true, force: true }));

const start = (...argv: string[]) =>
  spawnSync(process.execPath, [cli, ...argv], { encoding: 'utf8' });

/** Everything loaded before the first `import()`. */
function loadedAtStart(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  const text = readFileSync(join(outDir, file), 'utf8');
  for (const [, specifier = ''] of text.matchAll(/(?:^|;)(?:import|export)\b[^;"(]*"([^"]+)"/gm)) {
    if (specifier.startsWith('./')) loadedAtStart(specifier.slice(2), seen);
    else seen.add(specifier);
  }
  return seen;
}

test('it starts with the line that names Node', () => {
  expect(readFileSync(cli, 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
});

test('it answers and exits as the commands say', () => {
  expect(start('--version')).toMatchObject({
    status: 0,
    stdout: expect.stringMatching(/^iospace \d/),
  });
  expect(start('rules')).toMatchObject({ status: 0, stderr: '' });
  expect(start('devices', 'edu')).toMatchObject({ status: 0, stderr: '' });
  expect(start('run', 'no-such-driver.sys')).toMatchObject({
    status: 2,
    stdout: '',
    stderr: 'iospace: no-such-driver.sys: no such file or directory\n',
  });
});

test('the decoder is not loaded at start, and comes with its licence but without its formatters', () => {
  const loaded = [...loadedAtStart('cli.js')];
  const chunks = readdirSync(outDir).filter((file) => file.endsWith('.js'));
  const text = (file: string): string => readFileSync(join(outDir, file), 'utf8');
  const holding = chunks.filter((file) => text(file).includes('iced_x86_bg.wasm'));
  expect(loaded).toContain('picocolors');
  expect(loaded).toContain('cli.js');
  expect(holding).toHaveLength(1);
  expect(loaded).not.toContain(holding[0]);
  expect(text(holding[0] ?? '')).toContain('Permission is hereby granted');
  expect(text(holding[0] ?? '')).not.toMatch(/class \w*Formatter/);
});
