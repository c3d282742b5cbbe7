/**
 * Random programs on the processor and on the translator at once, nothing recorded:
 * `tsx tools/oracle/fuzz.ts RECORDER FIRST_SEED PROGRAMS`, RECORDER being native.c built. Prints what disagrees.
 */
import { describe, replay } from '../../src/cpu/vectors/replay.suite.ts';
import { parseForms } from '../../src/cpu/vectors/text.ts';
import { Placement } from './programs.ts';
import { addRandomProgram } from './random-programs.ts';
import { record } from './record.ts';

const AT_ONCE = 500;
const STATES = 4;

const [recorder = '', first = '1', count = '1000'] = process.argv.slice(2);
const end = Number(first) + Number(count);
let failures = 0;
for (let seed = Number(first); seed < end; seed += AT_ONCE) {
  const placement = new Placement();
  for (let i = seed; i < Math.min(end, seed + AT_ONCE); i++) addRandomProgram(placement, i, STATES);
  const forms = parseForms(record(recorder, placement.programs));
  for (const mode of ['whole', 'step'] as const) {
    for (const failure of replay(forms, mode)) {
      failures++;
      console.info(describe(failure));
    }
  }
}
console.info(`${count} programs, ${failures} disagreements`);
process.exitCode = failures === 0 ? 0 : 1;
