/** The reference pages say what the declarations say. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { REFERENCE_PAGES } from './gen-reference.ts';

test.each(Object.entries(REFERENCE_PAGES))('docs/reference/%s is up to date', (name, page) => {
  const text = readFileSync(new URL(`../docs/reference/${name}`, import.meta.url), 'utf8');
  expect(text === page(), 'run tsx tools/gen-reference.ts').toBe(true);
});
