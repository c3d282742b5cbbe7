/** What instructions that the host executes work on. */
import type { Mmu } from '../memory/mmu.ts';
import type { CpuEnvironment } from './environment.ts';
import type { CpuState } from './state.ts';

export interface Host {
  readonly state: CpuState;
  readonly mmu: Mmu;
  readonly environment: CpuEnvironment;
}
