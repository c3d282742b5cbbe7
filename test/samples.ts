/** The sample drivers and what their sources say a run of them shows. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface ExpectedFinding {
  readonly rule: string;
  readonly severity: string;
  readonly phase: string;
}

export interface Sample {
  readonly name: string;
  readonly image: string;
  /** Arguments of `iospace run` that the source asks for. */
  readonly options: readonly string[];
  readonly expected: readonly ExpectedFinding[];
  /** Bug check that ends the run, or null. */
  readonly bugCheck: number | null;
}

const root = new URL('..', import.meta.url).pathname;

export const wdmSamples = (): Sample[] => samplesIn('wdm');
export const ndisSamples = (): Sample[] => samplesIn('ndis');

/** Every built image with the source that it was built from; `edu-mingw.sys` comes from `edu.c`. */
function samplesIn(folder: string): Sample[] {
  return readdirSync(join(root, 'drivers/bin', folder))
    .filter((file) => file.endsWith('.sys'))
    .sort()
    .map((file) => readSample(folder, file.replace(/\.sys$/, '')));
}

function readSample(folder: string, name: string): Sample {
  const stem = join(root, 'drivers', folder, name.replace(/-mingw$/, ''));
  const source = existsSync(`${stem}.c`) ? `${stem}.c` : `${stem}.cpp`;
  const lines = readFileSync(source, 'utf8').split('\n');
  const notes = (key: string): string[] =>
    lines
      .filter((line) => line.startsWith(`// ${key}:`))
      .map((line) => line.slice(key.length + 4).trim());
  const profile = notes('profile').flatMap((value) => ['--profile', value]);
  const [outcome = ''] = notes('outcome');
  return {
    name,
    image: join(root, 'drivers/bin', folder, `${name}.sys`),
    options: [...notes('options').flatMap((value) => value.split(/\s+/)), ...profile],
    expected: notes('expect')
      .filter((value) => value !== 'clean')
      .map(readFinding),
    bugCheck: outcome.startsWith('bugcheck') ? Number(outcome.split(/\s+/)[1]) : null,
  };
}

function readFinding(text: string): ExpectedFinding {
  const [rule = '', severity = '', phase = ''] = text.split(/\s+/);
  return { rule, severity, phase };
}
