/** The rules page says what the rules say. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { rulesDoc } from './gen-rules-doc.ts';

test('docs/reference/rules.md is what the rules generate', () => {
  const page = readFileSync(new URL('../docs/reference/rules.md', import.meta.url), 'utf8');
  expect(page === rulesDoc(), 'run tsx tools/gen-rules-doc.ts').toBe(true);
});
