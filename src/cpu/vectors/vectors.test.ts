/** Every recorded state, run whole and one instruction at a time, must end as on the processor. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { describe as describeFailure, type Mode, replay } from './replay.suite.ts';
import { parseForms } from './text.ts';

const SHOWN = 12;
const folder = import.meta.dirname;
const files = readdirSync(folder).filter((name) => name.endsWith('.txt'));

const runs = files.flatMap((file) => (['whole', 'step'] as const).map((mode) => ({ file, mode })));

test.each<{ file: string; mode: Mode }>(runs)('$file agrees with the processor, $mode', (run) => {
  const forms = parseForms(readFileSync(join(folder, run.file), 'utf8'));
  const failures = replay(forms, run.mode);
  const shown = failures.slice(0, SHOWN).map(describeFailure).join('\n');
  expect(failures.length, shown).toBe(0);
});
