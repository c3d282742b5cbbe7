/** The circumstances that every new mapping and every release carry. */
import type { MappingFacts } from '../../events/mapping.ts';
import type { Release } from '../../mapping/ledger.ts';
import type { Kernel } from '../kernel.ts';

export const birth = (kernel: Kernel): Pick<MappingFacts, 'owner' | 'bornIn' | 'bornAt'> => ({
  owner: kernel.device(),
  bornIn: kernel.phase(),
  bornAt: kernel.stack(),
});

export const release = (kernel: Kernel, service: string): Release => ({
  phase: kernel.phase(),
  service,
  at: kernel.stack(),
});
