/**
 * Flattens the linked function images and records what they answer on this processor:
 * `tsx tools/oracle/functions.ts RECORDER FOLDER OUTPUT`, FOLDER holding one linked LEVEL.dll per level.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const LEVELS = ['O0', 'O2', 'Os'] as const;
const SEEDS = [1n, 42n, 0xdead_beef_cafen];
const COLUMNS = 100;

interface FlatImage {
  readonly base: bigint;
  readonly entry: number;
  /** Every section at its place, from the image base on. */
  readonly bytes: Buffer;
}

/** Sections of a PE32+ file as the loader would lay them (Microsoft PE format, section table). */
function flatten(file: Buffer): FlatImage {
  const pe = file.readUInt32LE(0x3c);
  const optional = pe + 24;
  const sections = optional + file.readUInt16LE(pe + 20);
  const bytes = Buffer.alloc(file.readUInt32LE(optional + 56));
  for (let i = 0; i < file.readUInt16LE(pe + 6); i++) {
    const header = sections + i * 40;
    const [size, at, stored, from] = [8, 12, 16, 20].map((field) =>
      file.readUInt32LE(header + field),
    );
    const name = file.toString('latin1', header, header + 8).replace(/\0+$/, '');
    if (!/^\.(text|rdata|data|pdata|xdata|edata)$/.test(name)) throw new Error(`section ${name}`);
    if (name === '.pdata' || name === '.xdata') continue;
    file.copy(bytes, at ?? 0, from ?? 0, (from ?? 0) + Math.min(size ?? 0, stored ?? 0));
  }
  return {
    base: file.readBigUInt64LE(optional + 24),
    entry: onlyExport(file, bytes, optional),
    bytes,
  };
}

function onlyExport(file: Buffer, bytes: Buffer, optional: number): number {
  const directory = file.readUInt32LE(optional + 112);
  const ordinal = bytes.readUInt16LE(bytes.readUInt32LE(directory + 36));
  return bytes.readUInt32LE(bytes.readUInt32LE(directory + 28) + ordinal * 4);
}

function print({ base, entry, bytes }: FlatImage): string {
  const text = bytes.toString('base64').replace(/A+=*$/, '');
  const padded = text.padEnd(Math.ceil(text.length / 4) * 4, 'A');
  const lines = padded.match(new RegExp(`.{1,${COLUMNS}}`, 'g')) ?? [];
  return `base ${base.toString(16)}\nentry ${entry.toString(16)}\n${lines.join('\n')}\n`;
}

function namesIn(header: string): string[] {
  const list = /#define FUNCTIONS\(F\)((?:.*\\\n)*.*\n)/.exec(header)?.[1] ?? '';
  return [...list.matchAll(/F\((\w+)\)/g)].map(([, name = '']) => name);
}

const [recorder = '', folder = '', output = ''] = process.argv.slice(2);
const names = namesIn(readFileSync(join(output, 'functions.h'), 'utf8'));
const answers = LEVELS.map((level) => {
  const image = flatten(readFileSync(join(folder, `${level}.dll`)));
  const flat = join(folder, `${level}.bin`);
  writeFileSync(flat, image.bytes);
  writeFileSync(join(output, `${level}.image.txt`), print(image));
  const seeds = SEEDS.map((seed) => seed.toString(16));
  const place = [image.base.toString(16), image.entry.toString(16), String(names.length)];
  return execFileSync(recorder, [flat, ...place, ...seeds], { encoding: 'utf8' });
});

const [first = '', ...others] = answers.map((answer) => answer.trim().split('\n'));
for (const [i, line] of [...first].entries()) {
  const different = others.find((other) => other[i] !== line);
  if (different)
    throw new Error(`the levels disagree on ${names[Math.floor(i / SEEDS.length)]}: ${line}`);
}
const lines = [...first].map((line) =>
  line.replace(/^\d+/, (number) => names[Number(number)] ?? ''),
);
writeFileSync(join(output, 'results.txt'), `${lines.join('\n')}\n`);
console.info(`functions: ${names.length}, ${lines.length} results at ${LEVELS.length} levels`);
