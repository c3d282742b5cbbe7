/** Timing of whole processes and of functions: medians, and ratios of runs made in turn. */
import { spawnSync } from 'node:child_process';

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

export const geometricMean = (values: readonly number[]): number =>
  Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);

/** Milliseconds that `work` takes. */
export function milliseconds(work: () => void): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

/** Runs a program to its end and gives its output; anything but the expected exit code is an error. */
export function runProgram(program: string, args: readonly string[], exitCode = 0): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8' });
  if (error !== undefined) throw error;
  if (status !== exitCode) {
    throw new Error(`${program} ${args.join(' ')} exited with ${status}: ${stderr.slice(-2000)}`);
  }
  return stdout;
}

/** True when the program exists and answers. */
export const isInstalled = (program: string): boolean =>
  spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0;
