/** The built sample drivers, as the fuzz tests start from them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Specimen, specimen } from './mutate.suite.ts';

const folder = join(import.meta.dirname, '../../drivers/bin');

export const SPECIMENS: readonly Specimen[] = readdirSync(folder, { recursive: true })
  .map(String)
  .filter((path) => path.endsWith('.sys'))
  .sort()
  .map((path) => specimen(path, new Uint8Array(readFileSync(join(folder, path)))));
