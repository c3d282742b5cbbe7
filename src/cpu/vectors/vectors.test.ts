/** Every recorded state, run whole and one instruction at a time, must end as on the processor. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { describe as describeFailure, type Mode, replay } from './replay.suite.ts';
import { parseForms } from './text.ts';

const SHOWN = 12;
const folder = import.meta.dirname;
const files = readdirSync(folder).filter((name) => name.endsWith('.txt'));

/** Recorded for a later day: nothing below SSSE3 and BMI is missing, and CPUID does not promise these. */
const NOT_MODELLED = `bextr bzhi crc32 packusdw pabsb pabsd pabsw palignr pblendw pcmpeqq pcmpgtq pdep
  pext pextrb pextrd pextrq phaddd phaddw pinsrb pinsrd pinsrq pmaddubsw pmaxsb pmaxsd pmaxud pmaxuw
  pminsb pminsd pminud pminuw pmovsxbd pmovsxbq pmovsxbw pmovsxdq pmovsxwd pmovsxwq pmovzxbd pmovzxbq
  pmovzxbw pmovzxdq pmovzxwd pmovzxwq pmuldq pmulhrsw pmulld pshufb psignb psignd psignw ptest`;

const runs = files.flatMap((file) => (['whole', 'step'] as const).map((mode) => ({ file, mode })));

test.each<{ file: string; mode: Mode }>(runs)('$file agrees with the processor, $mode', (run) => {
  const forms = parseForms(readFileSync(join(folder, run.file), 'utf8'));
  const failures = replay(forms, run.mode);
  const wrong = failures.filter(({ notModelled }) => notModelled === undefined);
  const shown = wrong.slice(0, SHOWN).map(describeFailure).join('\n');
  expect(wrong.length, shown).toBe(0);
  const missing = new Set(failures.map(({ notModelled }) => notModelled));
  const expected = run.file === 'optional.txt' ? NOT_MODELLED.split(/\s+/) : [];
  expect([...missing].sort()).toEqual([...expected].sort());
});
