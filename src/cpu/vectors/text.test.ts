import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseForms, printForm, printVector } from './text.ts';

const folder = import.meta.dirname;
const files = readdirSync(folder).filter((name) => name.endsWith('.txt'));

test.each(files)('%s reads back as it was written', (file) => {
  const text = readFileSync(join(folder, file), 'utf8');
  const [comment] = text.split('\n');
  const again = parseForms(text).flatMap((form) => [
    printForm(form),
    ...form.vectors.map((vector) => printVector(form, vector)),
  ]);
  expect([comment, ...again, ''].join('\n')).toBe(text);
});
