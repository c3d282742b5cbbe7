/** What is known while one state of one form is being chosen. */
import type { CodeEntry, Encoded } from './encode.ts';
import type { Random } from './forms.ts';
import type { Operands } from './operands.ts';

export interface Choosing {
  readonly entry: CodeEntry;
  readonly operands: Operands;
  readonly encoded: Encoded;
  readonly next: Random;
  readonly index: number;
  readonly count: number;
  /** Where the explicit memory operand lies. */
  readonly target: bigint;
}
