/** Runs machine states on the processor itself, through the small program in native.c. */
import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  copyState,
  dataPattern,
  FLAGS_FIXED,
  FLAGS_MASK,
  type MachineState,
  type Patch,
} from '../../src/cpu/vectors/layout.ts';
import type { Exception } from '../../src/cpu/vectors/text.ts';

export interface Outcome {
  readonly after: MachineState;
  readonly exception: Exception | undefined;
}

const STATE_BYTES = 16 * 8 + 8 + 8 + 4 + 4 + 256;
const RESULT_BYTES = 16 * 8 + 8 + 8 + 16 + 8 + 256;
const BREAKPOINT = 3;
/** The recorder runs in user mode; vectors are read as kernel code. */
const USER_ERROR_BIT = 4;

export function runOnProcessor(
  program: string,
  code: Uint8Array,
  states: MachineState[],
): Outcome[] {
  const folder = mkdtempSync(join(tmpdir(), 'oracle-'));
  const [job, answer] = [join(folder, 'job'), join(folder, 'answer')];
  writeFileSync(job, Buffer.concat([...header(code, states.length), ...states.map(encodeState)]));
  const [input, output] = [openSync(job, 'r'), openSync(answer, 'w')];
  try {
    execFileSync(program, { stdio: [input, output, 'inherit'] });
    return decodeAnswer(readFileSync(answer), states);
  } finally {
    closeSync(input);
    closeSync(output);
    rmSync(folder, { recursive: true });
  }
}

function header(code: Uint8Array, count: number): Uint8Array[] {
  const pattern = dataPattern();
  return [word(pattern.length), pattern, word(code.length), code, word(count)];
}

const word = (value: number): Uint8Array => new Uint8Array(Uint32Array.of(value).buffer);

function encodeState(state: MachineState): Uint8Array {
  const patches = state.memory.flatMap(({ offset, bytes }) => [
    new Uint8Array(Uint16Array.of(offset, bytes.length).buffer),
    bytes,
  ]);
  const fixed = Buffer.alloc(STATE_BYTES);
  state.gpr.forEach((value, i) => {
    fixed.writeBigUInt64LE(value, i * 8);
  });
  fixed.writeBigUInt64LE(state.rip, 128);
  fixed.writeBigUInt64LE(BigInt(state.flags | FLAGS_FIXED), 136);
  fixed.writeUInt32LE(state.mxcsr, 144);
  fixed.writeUInt32LE(state.memory.length, 148);
  fixed.set(state.xmm, 152);
  return Buffer.concat([fixed, ...patches]);
}

function decodeAnswer(answer: Buffer, states: MachineState[]): Outcome[] {
  let at = 0;
  return states.map((state) => {
    const fixed = answer.subarray(at, at + RESULT_BYTES);
    at += RESULT_BYTES;
    const memory: Patch[] = [];
    for (let i = 0; i < fixed.readUInt32LE(148); i++) {
      const [offset, length] = [answer.readUInt16LE(at), answer.readUInt16LE(at + 2)];
      memory.push({ offset, bytes: Uint8Array.from(answer.subarray(at + 4, at + 4 + length)) });
      at += 4 + length;
    }
    return decodeResult(fixed, copyState(state), memory);
  });
}

function decodeResult(fixed: Buffer, after: MachineState, memory: Patch[]): Outcome {
  for (let i = 0; i < 16; i++) after.gpr[i] = fixed.readBigUInt64LE(i * 8);
  after.flags = Number(fixed.readBigUInt64LE(136)) & FLAGS_MASK;
  after.mxcsr = fixed.readUInt32LE(144);
  after.xmm.set(fixed.subarray(168, 168 + 256));
  after.memory = memory;
  const vector = fixed.readUInt32LE(152);
  const rip = fixed.readBigUInt64LE(128);
  after.rip = vector === BREAKPOINT ? rip - 1n : rip;
  if (vector === BREAKPOINT) return { after, exception: undefined };
  const isPageFault = vector === 14;
  return {
    after,
    exception: {
      vector,
      errorCode: isPageFault ? fixed.readUInt32LE(156) & ~USER_ERROR_BIT : 0,
      address: isPageFault ? fixed.readBigUInt64LE(160) : 0n,
    },
  };
}
