/** `npm run bench [SECTION...]`: measures, prints, and writes the numbers into docs/performance.md. */
import { measureColdStart } from './cold-start.ts';
import { measureCpu } from './cpu.ts';
import { measureMappings } from './mappings.ts';
import { measureMemory } from './memory.ts';
import { measureNdis } from './ndis.ts';
import { type Measured, markdown, writeSection } from './page.ts';

const SECTIONS: Readonly<Record<string, () => Measured | Promise<Measured>>> = {
  'cold-start': measureColdStart,
  cpu: measureCpu,
  mappings: measureMappings,
  memory: measureMemory,
  ndis: measureNdis,
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => SECTIONS[name] === undefined);
if (unknown.length > 0) {
  console.error(`no section ${unknown.join(', ')}; there are ${Object.keys(SECTIONS).join(', ')}`);
  process.exit(2);
}
for (const [name, measure] of Object.entries(SECTIONS)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  console.log(`## ${name}\n`);
  const measured = await measure();
  console.log(`${markdown(measured)}\n`);
  writeSection(name, measured);
}
