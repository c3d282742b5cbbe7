/**
 * Writes the vectors: `tsx tools/oracle/generate.ts RECORDER FOLDER [TOPIC...]`, RECORDER being native.c built.
 * Same processor, same bytes.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TOPICS } from './families.ts';
import { instructions } from './instructions.ts';
import { addressing, prefixes } from './raw.ts';
import { type Program, record } from './record.ts';
import { sequences } from './sequences.ts';

const [recorder = '', folder = '', ...wanted] = process.argv.slice(2);

const sources: [string, () => Program[]][] = [...TOPICS.keys()].map((topic) => [
  topic,
  () => instructions(topic),
]);
sources.push(['addressing', addressing], ['prefixes', prefixes], ['sequences', sequences]);

for (const [topic, programs] of sources) {
  if (wanted.length > 0 && !wanted.includes(topic)) continue;
  const text = record(recorder, programs());
  writeFileSync(join(folder, `${topic}.txt`), text);
  const forms = text.split('\n@').length - 1;
  console.info(`${topic}: ${forms} forms, ${text.split('\n').length - forms - 2} states`);
}
