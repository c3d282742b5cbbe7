/** Drivers that do their worst, as a table: what they do, and how the run must end. */
import { afterAll, expect, test } from 'vitest';
import { iospace, temporaryFolder } from '../command.suite.ts';
import { type Assembler, type HandMade, handMade } from './hand-made.suite.ts';

export interface Hostile {
  readonly name: string;
  readonly write: (code: Assembler) => unknown;
  readonly image?: HandMade;
  readonly options?: readonly string[];
  readonly exitCode: number;
  readonly says: RegExp;
}

/** Each ends in far less than this on one core. */
const TIME_LIMIT = 20_000;
const BUDGET = ['--max-instructions', '20000000'];

export const bugCheck = (code: string): RegExp => new RegExp(`bug check 0x${code}\\b`, 'i');
export const BUDGET_ENDED = /no full verdict: (the driver|every thread|an hour|[0-9]+ threads)/;

/** One test a driver: its own exit code, one verdict, nothing on standard error. */
export function testHostile(drivers: readonly Hostile[]): void {
  const { put, remove } = temporaryFolder();
  afterAll(remove);
  test.each([...drivers])(
    '$name',
    async ({ write, image = {}, options = BUDGET, exitCode, says }) => {
      const path = put('hostile.sys', handMade(write, image));
      const said = await iospace('run', path, ...options);
      expect(said.err).toBe('');
      expect(said.out).toMatch(says);
      expect(said.exitCode).toBe(exitCode);
      expect(said.out.match(/^Verdict /gm)?.length).toBe(1);
    },
    TIME_LIMIT,
  );
}
