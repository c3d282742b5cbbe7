import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { Machine } from './machine.ts';

const edu = readFileSync(new URL('../../drivers/bin/wdm/edu.sys', import.meta.url));
const legacy = readFileSync(new URL('../../drivers/bin/wdm/legacy.sys', import.meta.url));

test('images in memory at once do not touch, and one loaded again finds its old place', () => {
  const machine = new Machine();
  const first = machine.loadImage(edu, 'edu.sys');
  const second = machine.loadImage(legacy, 'legacy.sys');
  expect(second.module.base).toBeGreaterThan(first.module.end);
  const { base } = first.module;
  first.unload();
  expect(machine.loadImage(edu, 'edu.sys').module.base).toBe(base);
  expect(machine.loadImage(edu, 'edu2.sys').module.base).toBeGreaterThan(second.module.end);
});
